// The standard streams of one process, as containerd's request names them: FIFOs, a terminal that is copied
// to FIFOs, a logging program (binary://), a file (file://), or nothing.
//
// The object exists from that request on. The streams are opened when the process is created; what is
// requested before, such as a terminal size, is applied then.
//
// Without a terminal the process itself gets the FIFOs. Nothing is copied, and output that is not read stays
// in the kernel. The shim keeps a reading end of each output, so that a writer is not killed by SIGPIPE when
// a client exits or containerd is restarted. It keeps a writing end of standard input until CloseStdin(), as
// containerd's clients expect of CloseIO.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/loop.h"
#include "spec/config.h"
#include "streams/logger.h"
#include "streams/pump.h"

namespace tare::streams {

// Each is a path, "file://PATH", "binary://PATH?KEY=VALUE..." or "" for none. A logging program can only be
// named for standard output and gets standard error, too.
struct StdioNames {
  std::string in, out, err;
  bool terminal = false;
};

// The container, as a logging program is told, and the user who owns the pipes.
struct StdioOwner {
  std::string containerd_namespace;
  std::string id;
  uid_t uid = 0;  // Options.io_uid and io_gid; they apply if the process has no terminal
  gid_t gid = 0;
};

class Stdio {
 public:
  Stdio(kernel::Loop& loop, StdioNames names, StdioOwner owner)
      : loop_(loop), names_(std::move(names)), owner_(std::move(owner)) {}
  Stdio(const Stdio&) = delete;
  Stdio& operator=(const Stdio&) = delete;

  const StdioNames& names() const { return names_; }

  // Called once. `then` is called later, from the Loop: when the logging program is ready, or clients have
  // opened their ends of the FIFOs, or after 10 s.
  void Open(const std::function<void(Status)>& then);
  // Opens the FIFOs without waiting for clients any longer, because the process will fail anyway.
  void StopWaitingForClients() { stop_waiting_ = true; }

  // The process's ends. A worker keeps them, and calls Enter() to make them its descriptors 0 to 2.
  std::vector<int> ends() const;
  Status Enter();

  // Called when the process was created: closes the process's ends, or begins to copy from and
  // to its terminal.
  Status Begin(kernel::Fd master);

  // Sets the size of the terminal, or the size that it will have. Does nothing without a terminal, as in
  // containerd's own shim, because engines call it for every process.
  Status Resize(uint16_t columns, uint16_t rows);
  const std::optional<spec::ConsoleSize>& size() const { return size_; }
  // Standard input ends when all clients have closed it, too.
  void CloseStdin();

  // The PID of the logging program, which is a child of the shim; 0 if there is none.
  pid_t logger() const { return logger_ ? logger_->pid() : 0; }

  // Calls `then` when everything that the process wrote has been read, or after `at_most`, or sooner if
  // nothing was read from the FIFOs for a while.
  void WhenDrained(absl::Duration at_most, std::function<void()> then);

 private:
  void OpenAll(const std::function<void(Status)>& then);
  Status OpenNames();
  Status OpenInput();
  Status OpenOutput(const std::string& name, int number);
  Status OpenFifo(const std::string& name, int number);
  Status StartLogger(std::function<void(Status)> ready);
  Status PumpTerminal(kernel::Fd master);
  bool drained() const;
  void CheckDrained();
  int64_t unread() const;
  void PollUnread();
  void ReportDrained();

  kernel::Loop& loop_;
  const StdioNames names_;
  const StdioOwner owner_;
  // The process's ends. With a terminal, the pumps copy from and to them.
  std::array<kernel::Fd, 3> ends_;
  std::array<kernel::Fd, 3> reads_;  // kept open so that unread output is not lost
  kernel::Fd stdin_hold_;
  bool stdin_closed_ = false;
  kernel::Fd master_;
  std::optional<spec::ConsoleSize> size_;
  std::unique_ptr<Logger> logger_;
  std::unique_ptr<Pump> input_;
  std::unique_ptr<Pump> output_;
  std::function<void()> when_drained_;
  kernel::Loop::Registration deadline_;
  kernel::Loop::Registration poll_;
  kernel::Loop::Registration reader_timeout_;
  bool stop_waiting_ = false;  // for clients that have not opened their FIFOs yet
  int64_t last_unread_ = 0;    // bytes, at the last poll
  bool nobody_reads_ = false;  // unread output is given up
};

}  // namespace tare::streams
