// How spec/ makes JSON text: nlohmann's value that keeps the order of insertion, dumped so that it never
// throws.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tare::spec {

using Json = nlohmann::ordered_json;

// Bytes that are not UTF-8 (a path can hold any) become U+FFFD.
std::string OneLine(const Json& json);
std::string Indented(const Json& json, int width, char with = ' ');

}  // namespace tare::spec
