// logs: shows what a supervised container has written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "base/status.h"
#include "session/cri.h"

namespace tare::session {

enum class Follow { kNo, kUntilItEnds };
enum class Times { kNone, kShown };

struct LogsOptions {
  std::string id;
  std::string since;            // in the form of UtcTime(); empty: from the beginning
  std::optional<int64_t> tail;  // only so many lines at the end
  Follow follow = Follow::kNo;
  Times times = Times::kNone;
};

using WriteTo = absl::FunctionRef<Status(Stream stream, absl::string_view text)>;
Status ShowLogs(const std::string& root, const LogsOptions& options, WriteTo write);

}  // namespace tare::session
