// The directory of a container's record, <records>/<escaped root>/<id>: record.json, and netns, on which the
// container's network namespace is mounted so that it can be cleared after init has ended.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "hooks/cni/places.h"
#include "hooks/cni/record.h"
#include "kernel/fd.h"

namespace tare::cni {

class RecordDirectory {
 public:
  // Makes the directory if it does not exist. Like Open(), it waits while another process attaches or
  // detaches the same container.
  static StatusOr<RecordDirectory> Make(const Places& places, const std::string& root, const std::string& id);
  // Nothing if there is none.
  static StatusOr<std::optional<RecordDirectory>> Open(const Places& places, const std::string& root,
                                                       const std::string& id);
  // As Open(), but also nothing if another process is busy with it.
  static StatusOr<std::optional<RecordDirectory>> TryOpen(const Places& places, const std::string& root,
                                                          const std::string& id);

  // Nothing if there is no record yet: the process that made the directory was killed.
  StatusOr<std::optional<Record>> Load() const;
  Status Save(const Record& record) const;

  // Mounts the network namespace of process `pid` on netns, which keeps it alive.
  Status PinNamespace(pid_t pid) const;
  // The path of the network namespace for DEL and CHECK: netns, or if it is not mounted here, that of the
  // record's init. "" if neither exists.
  std::string NamespacePath(const Record& record) const;

  // Unmounts netns, and removes the directory.
  Status Remove() const;

  const std::string& path() const { return path_; }

 private:
  RecordDirectory(std::string path, kernel::Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  static StatusOr<std::optional<RecordDirectory>> Lock(const std::string& path, bool waits);
  std::string NetnsFile() const;

  std::string path_;
  kernel::Fd fd_;  // holds the lock (flock(2))
};

// The record without waiting for the lock; nothing if there is none.
StatusOr<std::optional<Record>> PeekRecord(const Places& places, const std::string& root,
                                           const std::string& id);

struct RecordName {
  std::string root;
  std::string id;
};

// All records, ordered by root and ID.
StatusOr<std::vector<RecordName>> ListRecords(const Places& places);

// Whether init of the record is alive.
bool InitIsAlive(const Record& record);

// The boot ID of the machine.
StatusOr<std::string> BootId();

}  // namespace tare::cni
