#include "setup/null_streams.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "kernel/fd.h"
#include "kernel/file.h"
#include "rootfs/paths.h"

namespace tare::setup {

Status ReopenNullStreams(int root) {
  kernel::Fd null;
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    struct stat st {};
    if (fstat(stream, &st) != 0 || !rootfs::IsNull(st)) continue;  // or it is closed
    if (!null) {
      TARE_ASSIGN_OR_RETURN(const kernel::Fd node, rootfs::OpenNull(root));
      StatusOr<kernel::Fd> opened = kernel::Reopen(node.get(), O_RDWR);
      // /dev is on a mount with the flag nodev: the host's node is better than none.
      if (ErrnoOf(opened.status()) == EACCES) return absl::OkStatus();
      TARE_ASSIGN_OR_RETURN(null, std::move(opened));
    }
    if (dup2(null.get(), stream) < 0) return ErrnoError(errno, "dup2(/dev/null)");
  }
  return absl::OkStatus();
}

}  // namespace tare::setup
