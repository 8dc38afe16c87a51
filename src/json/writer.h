// Writes JSON text. An Output keeps the order in which its members were added.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace tare::json {

using Output = nlohmann::ordered_json;

// These do not throw: bytes that are not UTF-8 (a path may contain any) become U+FFFD.
std::string OneLine(const Output& json);                               // without a newline
std::string Indented(const Output& json, int width, char with = ' ');  // with a newline at the end

}  // namespace tare::json
