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
      TARE_ASSIGN_OR_RETURN(null, kernel::Reopen(node.get(), O_RDWR));
    }
    if (dup2(null.get(), stream) < 0) return ErrnoError(errno, "dup2(/dev/null)");
  }
  return absl::OkStatus();
}

}  // namespace tare::setup
