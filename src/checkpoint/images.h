// The directories of a checkpoint: the images that CRIU writes or reads, and its log.
#pragma once

#include <set>
#include <string>

#include "base/status.h"
#include "checkpoint/options.h"
#include "kernel/fd.h"

namespace tare::checkpoint {

class Images {
 public:
  // For a dump: makes the directories, with mode 0700, if they are missing.
  static StatusOr<Images> Make(const CriuOptions& options, const char* log);
  // For a restore: the images exist.
  static StatusOr<Images> Open(const CriuOptions& options, const char* log);

  // Opens the same directories in the mount namespace that the process is in by now, or takes those that a
  // process in another one has opened.
  Status Reopen() { return OpenDirectories(); }
  void Use(kernel::Fd images, kernel::Fd work) {
    images_ = std::move(images);
    if (work_) work_ = std::move(work);
  }

  // InvalidArgument, in runc's words: `parent` is not a relative path to a directory of images.
  Status CheckParent(const std::string& parent) const;

  int directory() const { return images_.get(); }
  int work() const { return work_ ? work_.get() : images_.get(); }
  bool has_work() const { return static_cast<bool>(work_); }
  const char* log() const { return log_; }

  // Paths of the standard streams of the container, for the restore: pipes among them are connected again.
  // The file has runc's name and format, so that either runtime restores the images of the other.
  Status SaveStreams(const std::vector<std::string>& paths) const;
  StatusOr<std::vector<std::string>> LoadStreams() const;

  // `why`, with the last errors in CRIU's log and the path of the log.
  Status Explain(const Status& why) const;

  // After a failed dump: removes everything but the log that was not there at the beginning.
  void Discard();

 private:
  Images(CriuOptions options, const char* log) : options_(std::move(options)), log_(log) {}
  Status OpenDirectories();
  std::string LogPath() const;

  CriuOptions options_;
  const char* log_;
  kernel::Fd images_;
  kernel::Fd work_;
  bool made_ = false;  // image_path was missing
  std::set<std::string> present_;
};

}  // namespace tare::checkpoint
