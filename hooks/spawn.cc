#include "hooks/spawn.h"

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace tare::hooks {
namespace {

// The attributes and file actions of one posix_spawn(3). glibc uses CLONE_VM|CLONE_VFORK, which copies
// no page tables, and reports an exec that failed. The calls below fail only with ENOMEM, or if an
// argument is wrong.
class Request {
 public:
  Request() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
  }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  int Prepare(const std::array<int, 3>& stdio, int directory) {
    if (directory == kRootDirectory)
      if (int error = posix_spawn_file_actions_addchdir_np(&actions_, "/")) return error;
    if (directory >= 0)
      if (int error = posix_spawn_file_actions_addfchdir_np(&actions_, directory)) return error;
    for (int i = 0; i < 3; ++i)
      if (int error = posix_spawn_file_actions_adddup2(&actions_, stdio[static_cast<size_t>(i)], i))
        return error;
    // Also those that were inherited from the engine without close-on-exec.
    if (int error = posix_spawn_file_actions_addclosefrom_np(&actions_, 3)) return error;
    return PrepareSignals();
  }

  int Spawn(const std::string& path, char* const* args, char* const* env, pid_t* pid) {
    return posix_spawn(pid, path.c_str(), &actions_, &attributes_, args, env);
  }

 private:
  int PrepareSignals() {
    sigset_t all;
    sigset_t none;
    // sigfillset(3) leaves out 32 and 33, which glibc uses itself: if the caller ignores them, the hook would
    // ignore them too.
    std::memset(&all, 0xff, sizeof all);
    sigemptyset(&none);
    if (int error = posix_spawnattr_setsigdefault(&attributes_, &all)) return error;
    if (int error = posix_spawnattr_setsigmask(&attributes_, &none)) return error;
    if (int error = posix_spawnattr_setpgroup(&attributes_, 0)) return error;
    return posix_spawnattr_setflags(&attributes_,
                                    POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }

  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

StatusOr<pid_t> SpawnHook(const spec::Hook& hook, const std::array<int, 3>& stdio,
                          const Surroundings& surroundings) {
  Request request;
  if (int error = request.Prepare(stdio, surroundings.directory)) return ErrnoError(error, "posix_spawn");
  const ExecArguments arguments(hook, surroundings);
  pid_t pid = 0;
  if (int error = request.Spawn(hook.path, arguments.args(), arguments.env(), &pid))
    return ErrnoError(error, "exec");
  return pid;
}

}  // namespace tare::hooks
