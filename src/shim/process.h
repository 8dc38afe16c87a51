// What the shim knows of one process, and of one container.
#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kernel/fd.h"
#include "kernel/loop.h"
#include "lifecycle/runtime.h"
#include "shim/stdio.h"
#include "stats/oom_watch.h"
#include "ttrpc/call.h"

namespace tare::shim {

// Stories of one process that wait for each other: its creation, its start, its end.
class Turns {
 public:
  using Done = std::function<void()>;
  // `story` is begun when all before it are done; it says that it is by calling what it is given, once.
  void Add(std::function<void(Done)> story);

 private:
  void Next();

  std::deque<std::function<void(Done)>> waiting_;
  bool busy_ = false;
};

enum class Phase {
  kAdded,     // an exec that was not started yet
  kFailed,    // an exec whose start has failed: it will never run
  kCreating,  // init, until it waits at the start gate
  kCreated,
  kStarting,
  kRunning,
  kDeleting,  // init, which was only created: its deletion kills it
  kStopped,   // it has ended, and that was reported
};

struct Exit {
  int status = 0;  // the exit code, or 128 + signal
  absl::Time at = absl::InfinitePast();
};

// Init, or a process that an exec added. It is held as long as somebody works on it.
struct Process {
  std::string exec_id;   // empty: init
  std::string document;  // of an exec: its OCI process, as JSON, until it starts

  Turns turns;
  Phase phase = Phase::kAdded;
  std::unique_ptr<Stdio> stdio;                  // from Create or Exec on
  std::vector<std::function<void()>> once_made;  // calls that came while it was in the making, in order
  pid_t pid = 0;
  kernel::Fd pidfd;
  kernel::Loop::Registration until_exit;
  std::optional<Exit> exit;             // known, but perhaps not reported yet
  std::vector<ttrpc::Respond> waiting;  // for its end

  bool is_init() const { return exec_id.empty(); }
  // The process does not exist yet: it is being created, which may fail.
  bool in_the_making() const { return phase == Phase::kCreating || (phase == Phase::kStarting && pid == 0); }
  bool alive() const { return pid > 0 && !exit; }
};

struct Container {
  std::string id;
  std::string bundle;
  lifecycle::Runtime runtime;
  StdioOwner owner;  // of the streams of all its processes
  std::shared_ptr<Process> init = std::make_shared<Process>();
  std::map<std::string, std::shared_ptr<Process>> execs;
  bool paused = false;
  // As in its record (spec/record.h). If not, processes may outlive init, and are killed when it ends.
  bool own_pid_namespace = false;
  std::optional<stats::OomWatch> oom;
  kernel::Loop::Registration on_oom;
};

}  // namespace tare::shim
