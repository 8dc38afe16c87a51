// What is remembered of containers between commands: a directory <root>/<id> with the record, a copy of
// config.json (edits of the bundle's after create change nothing), the compiled seccomp filter, and the gate
// of a created container.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "container/record.h"
#include "kernel/fd.h"
#include "spec/config.h"

namespace tare::container {

// Bytes of a config.json, and so of what is remembered of it. Annotations have grown to megabytes; a
// larger file is not a config.json.
inline constexpr size_t kMostOfDocument = 256 << 20;

// [a-zA-Z0-9_+.-], not empty, none of ".", "..", ".seccomp" and ".supervise"; else "invalid container ID
// format".
Status CheckId(const std::string& id);

// The directory of one container, open.
class Directory {
 public:
  // DoesNotExist() if there is none.
  static StatusOr<Directory> Open(const std::string& root, const std::string& id);
  // One that is gone: nothing can be read, and to remove it is not an error.
  static Directory Gone(const std::string& root, const std::string& id) {
    return Directory(root, id, kernel::Fd());
  }
  // Makes it, 0700; "container with given ID already exists" if it is there.
  static StatusOr<Directory> Claim(const std::string& root, const std::string& id);

  // A directory without a record is one whose creator died early, or has only begun.
  StatusOr<Record> Load() const;
  // The record of a container that is being created; Promote() makes it the record of one that exists.
  Status SaveCreating(const Record& record) const;
  Status Promote() const;
  // True until Promote().
  StatusOr<bool> creating() const;
  // True if there was a record once: it is there, however damaged, or config.json is, which is kept after it.
  bool was_used() const;

  StatusOr<std::string> ReadConfig() const;
  StatusOr<spec::Config> LoadConfig() const;  // without the warnings that create gave
  Status SaveConfig(const std::string& json) const;

  // The bytes of security::SerializeSeccomp; NotFound if the container has no filter.
  StatusOr<std::string> ReadSeccomp() const;
  Status SaveSeccomp(const std::string& bytes) const;

  // The cgroup that is made before there is a process to record: a creator that is killed before it has
  // marked it (cgroup/mark.h) leaves its path here. "" if there is none.
  Status NoteCgroup(const std::string& path) const;
  std::string NotedCgroup() const;

  // The record as it is on disk, however damaged; "" if there is none.
  std::string LoadDamaged() const;

  // Deletes it with all that it holds. Idempotent.
  Status Remove();

  // True if it belongs to the user that we run as.
  bool is_ours() const;
  bool exists() const { return static_cast<bool>(fd_); }
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

// NotFound. It begins with runc's words, which engines and scripts look for.
Status DoesNotExist(const std::string& root, const std::string& id);

// What the cgroups of this container are marked with (cgroup/mark.h). A runtime in a container may have a
// root directory of the same path, but on another file system.
std::string OwnerName(const std::string& root, const std::string& id);

// The ids under `root`, sorted. ENOENT: there is no such directory.
StatusOr<std::vector<std::string>> ListIds(const std::string& root);

// A quick look for callers that only need names: true if container `id` below the directory `root` has a
// record that is its own and complete. If not, Load() finds out why.
bool HasWholeRecord(int root, const std::string& id);

// Now, as the record wants it: RFC 3339 with nanoseconds, UTC.
std::string Timestamp();

}  // namespace tare::container
