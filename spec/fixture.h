// The data of this room's tests: the documents in testdata/, and a small valid config that can be patched.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

namespace tare::spec {

inline std::string TestData(const std::string& name) {
  std::ifstream file(std::string(SPEC_TESTDATA) + "/" + name);
  EXPECT_TRUE(file.is_open()) << name;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline constexpr char kSmallConfig[] = R"({
  "ociVersion": "1.3.0",
  "root": {"path": "rootfs"},
  "process": {"user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["sh"]},
  "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}]}
})";

// Applies a merge patch (RFC 7396) to `json`: null in the patch removes a property.
inline std::string Patched(const std::string& json, const std::string& patch) {
  nlohmann::json document = nlohmann::json::parse(json);
  document.merge_patch(nlohmann::json::parse(patch));
  return document.dump();
}

inline std::string SmallConfigWith(const std::string& patch) {
  return Patched(kSmallConfig, patch);
}

// A patch that sets only the property at `pointer`.
inline std::string PatchAt(const std::string& pointer, const std::string& value) {
  nlohmann::json patch;
  patch[nlohmann::json::json_pointer(pointer)] = nlohmann::json::parse(value);
  return patch.dump();
}

}  // namespace tare::spec
