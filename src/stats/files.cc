#include "stats/files.h"

#include <fcntl.h>

#include <cerrno>

#include "kernel/file.h"
#include "stats/parse.h"

namespace tare::stats {
namespace {

// EOPNOTSUPP: the kernel was configured not to count this. ENODEV: the cgroup has just been removed.
bool IsAbsent(int error) {
  return error == ENOENT || error == EOPNOTSUPP || error == ENODEV;
}

}  // namespace

std::string StatsFiles::Text(const std::string& file) {
  StatusOr<std::string> text = directory_.Read(file);
  if (!IsAbsent(ErrnoOf(text.status()))) error_->Update(text.status());
  return std::move(text).value_or("");
}

uint64_t StatsFiles::Number(const std::string& file) {
  return ParseNumber(Text(file));
}

spec::PidsStats StatsFiles::Pids() {
  const uint64_t limit = Number("pids.max");
  return {.current = Number("pids.current"), .limit = limit == spec::kUnlimited ? 0 : limit};
}

std::vector<std::string> HugepageSizes() {
  std::vector<std::string> sizes;
  StatusOr<kernel::Fd> directory = kernel::Open("/sys/kernel/mm/hugepages", O_RDONLY | O_DIRECTORY);
  if (!directory.ok()) return sizes;
  StatusOr<std::vector<std::string>> names = kernel::ListDirectory(directory->get());
  if (!names.ok()) return sizes;
  for (const std::string& name : *names)
    if (std::string size = HugepageSize(name); !size.empty()) sizes.push_back(std::move(size));
  return sizes;
}

}  // namespace tare::stats
