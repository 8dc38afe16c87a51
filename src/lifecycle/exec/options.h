// What the command line, or an engine, asks of exec.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spec/config.h"

namespace tare::lifecycle {

// What is absent here is taken from the process in the container's config.json.
struct ExecOptions {
  std::string id;
  std::string
      process_file;  // --process: a whole process document; only tty, detach and console apply besides
  std::string process_json;       // the same as text
  std::vector<std::string> args;  // without a process document: replaces process.args
  std::optional<std::string> cwd;
  std::vector<std::string> env;  // appended: "A=B"
  std::optional<bool> tty;
  std::optional<std::string> user;  // "UID[:GID]"
  std::vector<uint32_t> additional_gids;
  std::optional<std::string> process_label;
  std::optional<std::string> apparmor;
  std::optional<bool> no_new_privs;
  std::vector<std::string> capabilities;  // added to bounding, effective, permitted (never inheritable)
  std::vector<std::string> cgroups;       // "[CONTROLLER[,..]:]PATH" below the container's cgroup
  std::optional<spec::ConsoleSize> console_size;  // replaces that of a process document
  std::string console_socket;
  std::string pidfd_socket;
  std::string pid_file;
  int preserve_fds = 0;
  bool detach = false;
  bool ignore_paused = false;
};

}  // namespace tare::lifecycle
