// The state that the shim keeps for each process and each container.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "checkpoint/options.h"
#include "kernel/fd.h"
#include "kernel/loop.h"
#include "lifecycle/runtime.h"
#include "shim/tasks/operation_queue.h"
#include "stats/oom_watch.h"
#include "streams/stdio.h"
#include "ttrpc/call.h"

namespace tare::shim {

enum class Phase {
  kAdded,     // an exec that has not been started yet
  kFailed,    // an exec that could not be started and will never run
  kCreating,  // init, until it waits at the start gate
  kCreated,
  kStarting,
  kRunning,
  kDeleting,  // init that has not been started, while its deletion kills it
  kStopped,   // the process has ended, and its exit was reported
};

struct Exit {
  int status = 0;  // the exit code, or 128 + signal
  absl::Time at = absl::InfinitePast();
};

// Init, or a process that an exec added. Operations on it share its ownership.
struct Process {
  std::string exec_id;   // empty: init
  std::string document;  // of an exec: its OCI process as JSON, until it is started

  OperationQueue operations;
  Phase phase = Phase::kAdded;
  std::unique_ptr<streams::Stdio> stdio;                // exists from Create or Exec on
  std::vector<std::function<void()>> delayed_requests;  // they came while it was being created, in order
  pid_t pid = 0;
  kernel::Fd pidfd;
  kernel::Loop::Registration until_exit;
  std::optional<Exit> exit;             // set when it has ended, which may be before that can be reported
  std::vector<ttrpc::Respond> waiters;  // Wait requests

  bool is_init() const { return exec_id.empty(); }
  // It does not exist yet, and its creation may fail.
  bool being_created() const { return phase == Phase::kCreating || (phase == Phase::kStarting && pid == 0); }
  bool alive() const { return pid > 0 && !exit; }
};

struct Container {
  std::string id;
  std::string bundle;
  lifecycle::Runtime runtime;
  streams::StdioOwner owner;  // for the streams of all its processes
  std::shared_ptr<Process> init = std::make_shared<Process>();
  std::map<std::string, std::shared_ptr<Process>> execs;
  bool paused = false;
  std::optional<checkpoint::RestoreOptions>
      restore;  // it begins with a checkpoint, and Start has yet to restore it
  // A copy of the field in the container's record. If true, the kernel kills all other processes when init
  // ends. If false, they may outlive init, and the shim kills them.
  bool own_pid_namespace = false;
  std::optional<stats::OomWatch> oom;
  kernel::Loop::Registration on_oom;
};

}  // namespace tare::shim
