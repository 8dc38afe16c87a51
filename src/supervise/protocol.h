// What is said at the control socket of a supervisor, in packets (SOCK_SEQPACKET): a letter and a payload.
//
//   client                       supervisor
//   Wait ──────────────────────▶ ... Exit, when the container has ended for good
//   Retire ────────────────────▶ Done: it will not be started again
//   Settle ────────────────────▶ Done, when the container is not being made, or made again
//   Starting ──────────────────▶ Done: `start` is about to start the program of a created container
//   Attach ────────────────────▶ Done, then Output and Errors as they come, and Exit
//     Input, EndInput, Size ───▶
//   Wait, Attach ──────────────▶ Full: there are too many of those
//
// If the connection of an attached client ends without Exit, the client was dismissed: it did not read the
// output in time. A client that neither waits nor is attached, and sends nothing for two seconds, is
// dismissed, too.
#pragma once

#include <cstddef>

namespace tare::supervise {

enum class Ask : char {
  kWait = 'w',
  kRetire = 'r',
  kSettle = 'S',
  kStarting = 's',
  kAttach = 'a',
  kInput = 'i',     // bytes for the container's standard input
  kEndInput = 'e',  // there are no more
  kSize = 'z',      // "ROWS COLUMNS"
};

enum class Reply : char {
  kDone = 'd',    // to Attach: "t" if the container has a terminal, else ""
  kOutput = 'o',  // bytes of standard output, or of the terminal
  kErrors = 'E',  // bytes of standard error
  kExit = 'x',    // spec::ExitJson; empty: it was not made, or not started
  kFull = 'f',    // see above
};

inline constexpr size_t kMostBytes = 16 * 1024;  // of Input, Output, Errors

}  // namespace tare::supervise
