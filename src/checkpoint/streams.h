// The standard streams of init. A pipe among them is not saved: the restored init gets that of the restore.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"

namespace tare::checkpoint {

// As /proc names them: "/dev/null", "pipe:[4711]"; empty if init has closed it. A FIFO, which containerd's
// clients make, is named as for CRIU's --external, by mount and inode: "file[1c:2f]".
StatusOr<std::vector<std::string>> StreamsOf(pid_t init);

bool IsFifo(const std::string& stream);
bool IsPipe(const std::string& stream);

}  // namespace tare::checkpoint
