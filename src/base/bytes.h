// Sizes as they are written on a command line.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare {

// "512", "1.5g", "64 KiB" in bytes; the suffixes are powers of 1024; "-1" is -1
StatusOr<int64_t> ParseBytes(absl::string_view text);

}  // namespace tare
