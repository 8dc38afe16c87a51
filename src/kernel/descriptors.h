// Descriptors that do not block, and the standard streams.
#pragma once

#include <array>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::kernel {

// Sets or clears O_NONBLOCK by ioctl(FIONBIO), which leaves the other flags alone; fcntl(2) takes two calls.
Status SetNonBlocking(int fd);
Status SetBlocking(int fd);

// Writes as much of `bytes` as `fd` accepts without blocking, and returns how much that is; a blocking `fd`
// accepts all. After an error, part of `bytes` may have been written.
StatusOr<size_t> WriteNow(int fd, absl::string_view bytes);

// dup2(2) of each of `fds` to standard input, output and error, in this order; -1 means /dev/null.
// They stay open, and must not be 0 to 2 themselves.
Status SetStandardStreams(const std::array<int, 3>& fds);

}  // namespace tare::kernel
