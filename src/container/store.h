// The directory of a container, <root>/<id>, which keeps what later commands need: the record, a copy of
// config.json (so editing the bundle after create changes nothing), the compiled seccomp filter, and the gate
// of a created container.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "container/record.h"
#include "kernel/fd.h"
#include "spec/config.h"

namespace tare::container {

// The maximum size of a config.json, and of each file that is derived from it, in bytes. Annotations can take
// megabytes; a larger file is not a config.json.
inline constexpr size_t kMostOfDocument = 256 << 20;

// An ID consists of [a-zA-Z0-9_+.-], is not empty, and is not one of ".", "..", ".seccomp" and ".supervise".
// The error for any other is "invalid container ID format".
Status CheckId(const std::string& id);

// The open directory of one container.
class Directory {
 public:
  // DoesNotExist() if there is none.
  static StatusOr<Directory> Open(const std::string& root, const std::string& id);
  // A directory that no longer exists: nothing can be read from it, and removing it is not an error.
  static Directory Gone(const std::string& root, const std::string& id) {
    return Directory(root, id, kernel::Fd());
  }
  // Creates it with mode 0700. If it exists, the error is "container with given ID already exists".
  static StatusOr<Directory> Claim(const std::string& root, const std::string& id);

  // ENOENT if there is no record: the creating process has only begun, or was killed early. See ParseRecord()
  // for records that cannot be used.
  StatusOr<Record> Load() const;
  // Saves the record of a container that is being created. Promote() turns it into that of an existing one.
  Status SaveCreating(const Record& record) const;
  Status Promote() const;
  // True until Promote().
  StatusOr<bool> creating() const;
  // True if the container has had a record: it is there, even if damaged, or config.json, which
  // is saved later.
  bool was_used() const;

  StatusOr<std::string> ReadConfig() const;
  StatusOr<spec::Config> LoadConfig() const;  // without the warnings that create gave
  Status SaveConfig(const std::string& json) const;

  // The bytes of security::SerializeSeccomp; NotFound if the container has no filter.
  StatusOr<std::string> ReadSeccomp() const;
  Status SaveSeccomp(const std::string& bytes) const;

  // The path of a cgroup that is created before there is a process, and therefore before the record. It
  // is needed if the creating process is killed before it has marked the cgroup (cgroup/mark.h). "" if
  // there is none.
  Status NoteCgroup(const std::string& path) const;
  std::string NotedCgroup() const;

  // The text of the record, even if it is damaged; "" if it cannot be read.
  std::string LoadDamaged() const;

  // Removes the directory and everything in it. Not an error if it does not exist.
  Status Remove();

  // True if it was removed since it was opened. Its name may belong to another container by now.
  bool is_removed() const;

  // True if the directory belongs to the effective user.
  bool is_ours() const;
  bool exists() const { return static_cast<bool>(fd_); }
  const std::string& root() const { return root_; }
  std::string path() const { return absl::StrCat(root_, "/", id_); }

  int fd() const { return fd_.get(); }
  const std::string& id() const { return id_; }

 private:
  struct RecordFile {
    std::string path;
    std::string json;
  };
  StatusOr<RecordFile> ReadRecord() const;
  Status Write(const char* name, const std::string& contents) const;
  StatusOr<std::string> Read(const char* name) const;
  bool Has(const char* name) const;

  Directory(std::string root, std::string id, kernel::Fd fd)
      : root_(std::move(root)), id_(std::move(id)), fd_(std::move(fd)) {}

  std::string root_;
  std::string id_;
  kernel::Fd fd_;
};

// NotFound. The text begins with runc's words, because engines and scripts search for them.
Status DoesNotExist(const std::string& root, const std::string& id);

// The text with which the container's cgroups are marked (cgroup/mark.h). It contains the device number of
// the file system, because a runtime inside a container may have a root directory with the same path.
std::string OwnerName(const std::string& root, const std::string& id);

// The IDs of the containers below `root`, sorted. ENOENT if `root` does not exist.
StatusOr<std::vector<std::string>> ListIds(const std::string& root);

// A quick check for callers that only need IDs: true if container `id` below the directory `root` has a
// complete record of its own. If not, Load() returns the reason.
bool HasWholeRecord(int root, const std::string& id);

// The record of container `id` below the directory `root`, with three system calls. Nothing if there is
// anything unusual about it: Load() then returns the record or the reason.
std::optional<Record> PeekRecord(int root, const std::string& id);

// The current time in the format of the record: RFC 3339, with nanoseconds, UTC.
std::string Timestamp();

}  // namespace tare::container
