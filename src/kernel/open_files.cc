#include "kernel/open_files.h"

#include <cerrno>

namespace tare::kernel {

// What fails here fails later, with EMFILE, if it is a matter of descriptors at all.
OpenFilesLimit::OpenFilesLimit() {
  if (getrlimit(RLIMIT_NOFILE, &given_) != 0 || given_.rlim_cur == given_.rlim_max) return;
  const rlimit raised{given_.rlim_max, given_.rlim_max};
  raised_ = setrlimit(RLIMIT_NOFILE, &raised) == 0;
}

void OpenFilesLimit::Restore() {
  if (raised_) setrlimit(RLIMIT_NOFILE, &given_);
  raised_ = false;
}

Status ExplainTooManyOpenFiles(Status status) {
  if (ErrnoOf(status) != EMFILE) return status;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return Annotate(
      std::move(status), "the hard limit of open files (RLIMIT_NOFILE) is ", limit.rlim_max,
      ", and each bind mount of a container with a user namespace, or with id mappings, takes one");
}

}  // namespace tare::kernel
