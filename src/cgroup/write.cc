#include "cgroup/write.h"

#include <fcntl.h>

#include <cerrno>

#include "base/step.h"
#include "kernel/file.h"

namespace tare::cgroup {
namespace {

// Keeps the last file open, because device rules are many writes to one file.
class Performer {
 public:
  explicit Performer(const DirectoryOf& directory_of) : directory_of_(directory_of) {}

  Status Do(const Write& write) {
    StatusOr<Directory*> directory = directory_of_(ControllerOf(write.file));
    if (!directory.ok()) {
      if (write.missing == Missing::kIgnore) return absl::OkStatus();
      return Annotate(directory.status(), "cannot set ", write.file);
    }
    Status status = WriteTo(**directory, write.file, write.value);
    if (ErrnoOf(status) != ENOENT) return status;
    if (!write.other_file.empty())
      return Do({.file = write.other_file, .value = write.other_value, .why_missing = write.why_missing});
    if (write.missing == Missing::kIgnore) return absl::OkStatus();
    return write.why_missing.empty() ? status : Annotate(status, write.why_missing);
  }

 private:
  Status WriteTo(Directory& directory, const std::string& file, absl::string_view value) {
    TARE_STEP("cgroup: write ", value, " to ", directory.path(), "/", file);
    if (!open_ || file != open_file_) {
      TARE_ASSIGN_OR_RETURN(open_, directory.Open(file, O_WRONLY), directory.path());
      open_file_ = file;
    }
    return Annotate(kernel::WriteOnce(open_.get(), value, file), directory.path());
  }

  const DirectoryOf& directory_of_;
  std::string open_file_;
  kernel::Fd open_;
};

}  // namespace

absl::string_view ControllerOf(absl::string_view file) {
  return file.substr(0, file.find('.'));
}

Status Perform(const std::vector<Write>& writes, const DirectoryOf& directory_of) {
  Performer performer(directory_of);
  std::vector<const Write*> refused;
  for (const Write& write : writes) {
    Status status = performer.Do(write);
    if (write.refused == Refused::kRetryLast && ErrnoOf(status) == EINVAL)
      refused.push_back(&write);
    else
      TARE_RETURN_IF_ERROR(status);
  }
  for (const Write* write : refused) TARE_RETURN_IF_ERROR(performer.Do(*write));
  return absl::OkStatus();
}

}  // namespace tare::cgroup
