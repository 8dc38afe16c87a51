// The readers of config.json's larger sections, each in a file of its own; spec/parse.h is the door to them.
#pragma once

#include "json/reader.h"
#include "spec/config.h"

namespace tare::spec {

Config ReadConfig(json::Value at);                   // parse.cc
Process ReadProcess(json::Value at);                 // parse_process.cc
Linux ReadLinux(json::Value at);                     // parse_linux.cc
IdMapping ReadIdMapping(json::Value at);             // parse_linux.cc
Namespace ReadNamespace(json::Value at);             // parse_linux.cc
NamespaceType ReadNamespaceType(json::Value at);     // parse_linux.cc
Resources ReadResources(json::Value at);             // parse_resources.cc
std::optional<Seccomp> ReadSeccomp(json::Value at);  // parse_seccomp.cc; none: no filter

// The id of a user or group, from 0 to the last before kNoId.
uint32_t ReadId(json::Value at);  // parse_process.cc

// A list of numbers and ranges as the kernel writes CPUs and memory nodes: "0-3,7".
std::string ReadNumberList(json::Value at);

}  // namespace tare::spec
