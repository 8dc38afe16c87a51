#include <limits>

#include "base/bytes.h"
#include "cli/options.h"
#include "container/store.h"
#include "kernel/file.h"

namespace tare::cli {
namespace {

// A record of the log can take 16 KiB, so a smaller file would hold only a few.
constexpr int64_t kLeastLogSize = 64 * 1024;
constexpr int64_t kMostLogFiles = 1000;

Status CheckNoneWithout(const Arguments& arguments) {
  for (absl::string_view name : {"interactive", "restart", "log-dir", "log-max-size", "log-max-files"})
    if (arguments.Has(name)) return InvalidError("--", name, " requires --supervise");
  return absl::OkStatus();
}

StatusOr<session::LogPlace> LogPlaceOf(const Arguments& arguments) {
  const std::string size_text = arguments.String("log-max-size");
  TARE_ASSIGN_OR_RETURN(const int64_t size, ParseBytes(size_text), "--log-max-size");
  if (size < kLeastLogSize)
    return InvalidError("invalid --log-max-size \"", size_text, "\": it must be at least 64k");
  const int64_t files = arguments.Int("log-max-files");
  if (files < 1 || files > kMostLogFiles)
    return InvalidError("invalid --log-max-files ", files, ": it must be between 1 and ", kMostLogFiles);
  session::LogPlace place{.max_size = static_cast<uint64_t>(size), .max_files = static_cast<int>(files)};
  const std::string directory = arguments.String("log-dir");
  if (directory.empty()) return place;
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(directory, 0700), "--log-dir");
  TARE_ASSIGN_OR_RETURN(const std::string resolved, kernel::RealPath(directory), "--log-dir");
  place.path = absl::StrCat(resolved, "/", arguments.words()[0], ".log");
  return place;
}

}  // namespace

Status RemoveNeedsSupervisor() {
  return InvalidError(
      "--rm requires --supervise here: tare itself exits, and nothing else deletes the container");
}

StatusOr<std::optional<supervise::Options>> SuperviseOptionsOf(const Arguments& arguments,
                                                               supervise::Until until) {
  if (!arguments.Bool("supervise")) {
    TARE_RETURN_IF_ERROR(CheckNoneWithout(arguments));
    return std::nullopt;
  }
  TARE_RETURN_IF_ERROR(container::CheckId(arguments.words()[0]));
  supervise::Options options{
      .input = arguments.Bool("interactive") ? supervise::Stdin::kOpen : supervise::Stdin::kEmpty,
      .until = until};
  TARE_ASSIGN_OR_RETURN(options.create, CreateOptionsOf(arguments));
  TARE_ASSIGN_OR_RETURN(options.restart, supervise::ParseRestartPolicy(arguments.String("restart")));
  options.remove = arguments.Bool("rm");
  if (options.remove && options.restart.restart != supervise::Restart::kNo)
    return InvalidError("--rm and --restart contradict each other");
  TARE_ASSIGN_OR_RETURN(options.log, LogPlaceOf(arguments));
  return options;
}

}  // namespace tare::cli
