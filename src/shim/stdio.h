// Standard input, output and error of one process, as containerd asks for them: FIFOs, a terminal that is
// copied to FIFOs, a logging program (binary://), a file (file://), or nothing.
//
// They are there as soon as containerd has named them, and opened when their process begins: what is asked of
// them in between is kept until then.
//
// Without a terminal the process itself gets the FIFOs: nothing is copied, and what is written when nobody
// reads waits in the kernel. The shim keeps a reading end of each, so that neither a client that leaves nor a
// containerd that restarts is the end of a writer, and a writing end of standard input until CloseStdin(), as
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
#include "shim/logger.h"
#include "shim/pump.h"
#include "spec/config.h"

namespace tare::shim {

// Of a process: a path, "file://PATH", "binary://PATH?KEY=VALUE..." (standard output only: it takes standard
// error, too), or "" for none.
struct StdioNames {
  std::string in, out, err;
  bool terminal = false;
};

// The owner, of which a logging program is informed.
struct StdioOwner {
  std::string containerd_namespace;
  std::string id;
  uid_t uid = 0;  // Options.io_uid, io_gid: owner of what a process without a terminal writes to
  gid_t gid = 0;
};

class Stdio {
 public:
  Stdio(kernel::Loop& loop, StdioNames names, StdioOwner owner)
      : loop_(loop), names_(std::move(names)), owner_(std::move(owner)) {}
  Stdio(const Stdio&) = delete;
  Stdio& operator=(const Stdio&) = delete;

  const StdioNames& names() const { return names_; }

  // Once. `then` is called later, from the Loop: a logging program takes its time to be ready, clients take
  // theirs to open their ends of FIFOs; 10 s at most.
  void Open(const std::function<void(Status)>& then);
  // What it is opened for will not run: clients that have not come yet are not waited for any more.
  void StopWaiting() { reader_is_late_ = true; }

  // The process's own ends, for a Worker to keep; the worker then calls Enter(), which makes them its
  // descriptors 0 to 2, and nothing else.
  std::vector<int> ends() const;
  Status Enter();

  // The process has them now, and `master` is its terminal's if it has one.
  Status Begin(kernel::Fd master);

  // Without a terminal that is nothing, as with containerd's own shim: engines do not look before. One that
  // is not there yet will have that size.
  Status Resize(uint16_t columns, uint16_t rows);
  const std::optional<spec::ConsoleSize>& size() const { return size_; }
  // No input comes any more but what clients still hold open.
  void CloseStdin();

  // The logging program's, which is our child; 0: none.
  pid_t logger() const { return logger_ ? logger_->pid() : 0; }

  // Calls `then` when all that the process wrote has been read, or after `at_most`. FIFOs of which nothing is
  // read for a while are given up sooner.
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
  void TellDrained();
  int64_t unread() const;
  void LookAgain();
  void Finish();

  kernel::Loop& loop_;
  const StdioNames names_;
  const StdioOwner owner_;
  std::array<kernel::Fd, 3> ends_;   // the process's; with a terminal the outer ends of its pumps
  std::array<kernel::Fd, 3> reads_;  // held open: what is unread stays
  kernel::Fd stdin_hold_;
  bool stdin_closed_ = false;
  kernel::Fd master_;
  std::optional<spec::ConsoleSize> size_;
  std::unique_ptr<Logger> logger_;
  std::unique_ptr<Pump> input_;
  std::unique_ptr<Pump> output_;
  std::function<void()> when_drained_;
  kernel::Loop::Registration deadline_;
  kernel::Loop::Registration again_;
  kernel::Loop::Registration given_up_;
  bool reader_is_late_ = false;  // a program need not wait for it any more
  int64_t last_unread_ = 0;      // bytes, when it was looked at last
  bool nobody_reads_ = false;    // what is unread is nobody's
};

}  // namespace tare::shim
