// How many descriptors the runtime itself may have open (RLIMIT_NOFILE, setrlimit(2)).
#pragma once

#include <sys/resource.h>

#include "base/status.h"

namespace tare::kernel {

// While it lives, the soft limit of this process is the hard one. A process cloned meanwhile has that limit,
// too, and its copy of this object puts back what the caller gave: programs and hooks never see the raised
// one.
class OpenFilesLimit {
 public:
  OpenFilesLimit();
  ~OpenFilesLimit() { Restore(); }
  OpenFilesLimit(const OpenFilesLimit&) = delete;
  OpenFilesLimit& operator=(const OpenFilesLimit&) = delete;

  void Restore();

 private:
  rlimit given_{};
  bool raised_ = false;
};

// An EMFILE in spite of that: names the limit that somebody has to raise. Any other status stays as it is.
Status ExplainTooManyOpenFiles(Status status);

}  // namespace tare::kernel
