// What this build and this kernel can do, as `tare features` and a shim's -info print it.
#pragma once

#include <string>

namespace tare::commands {

// The indented JSON document of features.md, without a newline at its end.
std::string FeaturesDocument();

}  // namespace tare::commands
