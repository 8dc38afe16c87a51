// The messages at the control socket of a supervisor. Each is a packet (SOCK_SEQPACKET): a letter
// and a payload.
//
//   client                             supervisor
//   Wait ────────────────────────────▶ ... Exit, when the container has ended for good
//   StopRestarting ──────────────────▶ Done: the container will not be started again
//   DumpBegins ──────────────────────▶ Done: the same, because the container ends with a checkpoint
//   DumpFailed ──────────────────────▶ Done: it has not ended, and DumpBegins is taken back
//   AwaitContainer ──────────────────▶ Done, when the container is not being created
//   ProgramStarts ───────────────────▶ Done: `start` is about to start the program of a created container
//   Attach ──────────────────────────▶ Done, then Output and Errors as they come, and Exit
//     Input, EndInput, Size ─────────▶
//   Wait, Attach ────────────────────▶ Full: too many clients wait or are attached
//
// An attached client whose connection ends without Exit was disconnected because it did not read the output
// in time. A client that neither waits nor is attached is disconnected when it sends nothing for two seconds.
//
// The supervisor may be of an older version of tare than the client, so letters keep their meaning.
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"

namespace tare::session {

enum class Request : char {
  kWait = 'w',
  kStopRestarting = 'r',
  kDumpBegins = 'c',
  kDumpFailed = 'C',
  kAwaitContainer = 'S',
  kProgramStarts = 's',
  kAttach = 'a',
  kInput = 'i',     // bytes for the container's standard input
  kEndInput = 'e',  // end of input
  kSize = 'z',      // "ROWS COLUMNS"
};

enum class Reply : char {
  kDone = 'd',    // to Attach: kTerminal, or nothing
  kOutput = 'o',  // bytes of standard output, or of the terminal
  kErrors = 'E',  // bytes of standard error
  kExit = 'x',    // spec::ExitJson; empty: the container was not created, or not started
  kFull = 'f',    // see above
};

inline constexpr absl::string_view kTerminal = "t";  // the container has a terminal

inline constexpr size_t kMostBytes = 16 * 1024;  // of Input, Output, Errors

}  // namespace tare::session
