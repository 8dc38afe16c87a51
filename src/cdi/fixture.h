// The data of this room's tests.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "cdi/spec.h"
#include "kernel/file.h"

namespace tare::cdi {

inline std::string TestData(const std::string& name) {
  return kernel::ReadFile(std::string(CDI_TESTDATA) + "/" + name).value();
}

inline Format FormatOf(const std::string& name) {
  return name.ends_with(".yaml") ? Format::kYaml : Format::kJson;
}

// A specification with one device, whose edits are `edits`, a JSON text.
inline std::string SpecWith(const std::string& edits, const std::string& version = "1.1.0") {
  return R"({"cdiVersion": ")" + version +
         R"(", "kind": "vendor.com/class", "devices": [{"name": "one", "containerEdits": )" + edits + "}]}";
}

}  // namespace tare::cdi
