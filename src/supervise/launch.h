// `run --supervise` and `create --supervise`: start a supervisor, which creates the container.
#pragma once

#include <string>

#include "base/status.h"
#include "lifecycle/create/create.h"
#include "lifecycle/runtime.h"
#include "session/log_writer.h"
#include "supervise/policy.h"
#include "supervise/stdio.h"

namespace tare::supervise {

enum class Until { kCreated, kRunning };

struct Options {
  lifecycle::CreateOptions create;
  RestartPolicy restart;
  session::LogPlace log;  // without a path: in the directory of the session
  Stdin input = Stdin::kEmpty;
  Until until = Until::kRunning;
  bool remove = false;  // the container and its log are deleted when it has ended
};

// Returns when the container is created or runs, see Until. On an error nothing is left.
Status Launch(lifecycle::Runtime runtime, Options options);

}  // namespace tare::supervise
