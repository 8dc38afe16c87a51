// config.json as C++ structs, in the order of the runtime spec's config.md
// (for config-linux.md: config_linux.h).
//
// std::optional means that the property may be absent, and that this differs from its zero value. Everything
// here is plain data. spec/parse.h reads it from JSON and names the JSON pointer of every error; spec/rules.h
// checks what a schema cannot express.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "spec/config_linux.h"

namespace tare::spec {

// https://github.com/opencontainers/runtime-spec/blob/main/config.md#root
struct Root {
  std::string path;  // as written: absolute, or relative to the bundle
  bool readonly = false;

  bool operator==(const Root&) const = default;
};

// config.md#mounts
struct Mount {
  std::string destination;  // absolute; a relative one was taken relative to "/"
  std::string type;
  std::string source;
  std::vector<std::string> options;
  std::vector<IdMapping> uid_mappings;
  std::vector<IdMapping> gid_mappings;

  bool operator==(const Mount&) const = default;
};

struct ConsoleSize {
  uint16_t height = 0;
  uint16_t width = 0;

  bool operator==(const ConsoleSize&) const = default;
};

// config.md#user; the IDs are those inside the container's user namespace
struct User {
  uid_t uid = 0;
  gid_t gid = 0;
  std::optional<mode_t> umask;
  std::vector<gid_t> additional_gids;
  bool keeps_groups = false;  // the annotation run.oci.keep_original_groups: no groups are set

  bool operator==(const User&) const = default;
};

// Names as they are written ("CAP_KILL"), including unknown ones: the runtime must warn about
// these and continue.
struct Capabilities {
  std::vector<std::string> bounding;
  std::vector<std::string> effective;
  std::vector<std::string> inheritable;
  std::vector<std::string> permitted;
  std::vector<std::string> ambient;

  bool operator==(const Capabilities&) const = default;
};

struct Rlimit {
  int resource = 0;  // RLIMIT_*
  uint64_t soft = 0;
  uint64_t hard = 0;

  bool operator==(const Rlimit&) const = default;
};

// sched_setattr(2)
struct Scheduler {
  uint32_t policy = 0;  // SCHED_*
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t flags = 0;     // SCHED_FLAG_*
  uint64_t runtime = 0;   // nanoseconds
  uint64_t deadline = 0;  // nanoseconds
  uint64_t period = 0;    // nanoseconds

  bool operator==(const Scheduler&) const = default;
};

// ioprio_set(2)
struct IoPriority {
  int io_class = 0;  // IOPRIO_CLASS_*
  int priority = 0;

  bool operator==(const IoPriority&) const = default;
};

// CPU lists such as "0-3,7"; empty if unset
struct ExecCpuAffinity {
  std::string initial;
  std::string final;

  bool operator==(const ExecCpuAffinity&) const = default;
};

// config.md#process; also the whole document of `exec --process`
struct Process {
  bool terminal = false;
  std::optional<ConsoleSize> console_size;
  std::string cwd;
  std::vector<std::string> env;
  std::vector<std::string> args;
  std::vector<Rlimit> rlimits;
  std::string apparmor_profile;
  std::optional<Capabilities> capabilities;
  bool no_new_privileges = false;
  std::optional<int> oom_score_adj;
  std::optional<Scheduler> scheduler;
  std::string selinux_label;
  std::optional<IoPriority> io_priority;
  std::optional<ExecCpuAffinity> exec_cpu_affinity;
  bool has_user = false;  // if false: root, or with `exec --process` the container's user
  User user;

  bool operator==(const Process&) const = default;
};

// config.md#posix-platform-hooks
struct Hook {
  std::string path;  // absolute
  std::vector<std::string> args;
  std::optional<std::vector<std::string>> env;  // absent: inherited (hooks/run.h); empty: none
  std::optional<int> timeout;                   // seconds, > 0

  bool operator==(const Hook&) const = default;
};

struct Hooks {
  std::vector<Hook> prestart;
  std::vector<Hook> create_runtime;
  std::vector<Hook> create_container;
  std::vector<Hook> start_container;
  std::vector<Hook> poststart;
  std::vector<Hook> poststop;

  bool operator==(const Hooks&) const = default;
};

// Files that take the output of hooks (the annotations run.oci.hooks.stdout and run.oci.hooks.stderr); "":
// none.
struct HookFiles {
  std::string out;
  std::string err;

  bool operator==(const HookFiles&) const = default;
};

struct Config {
  std::string oci_version;
  Root root;
  std::vector<Mount> mounts;
  std::optional<Process> process;  // may be absent at create, but not at start
  std::string hostname;
  std::string domainname;
  Hooks hooks;
  HookFiles hook_files;
  // The mount option that linux.mountLabel is given with: "context", or what run.oci.mount_context_type says.
  std::string mount_context = "context";
  std::map<std::string, std::string> annotations;
  Linux platform;  // config.json's "linux"; GNU compilers may define `linux` as a macro

  bool operator==(const Config&) const = default;
};

}  // namespace tare::spec
