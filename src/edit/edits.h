// Flags of the command line that change a config.json: what they mean is Podman's, see podman-run(1). A
// Request is what was given; Parse() checks it and reads what belongs to the caller (environment, files), and
// the result is then applied to the config.
//
// Errors begin with the flag's name. What depends on the whole config is checked by the parser afterwards.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "json/editor.h"

namespace tare::edit {

struct Request {
  std::vector<std::string> program;  // in place of process.args
  std::optional<bool> tty;
  std::vector<std::string> env;
  std::vector<std::string> env_files;
  std::string workdir;
  std::string user;
  std::vector<std::string> group_add;
  std::vector<std::string> cap_add;
  std::vector<std::string> cap_drop;
  std::string hostname;
  std::optional<bool> read_only;
  bool read_only_tmpfs = true;
  std::vector<std::string> mounts;
  std::vector<std::string> volumes;
  std::string memory;
  std::string memory_reservation;
  std::string memory_swap;
  std::string cpus;
  std::string cpu_shares;
  std::string cpuset_cpus;
  std::string cpuset_mems;
  std::optional<int64_t> pids_limit;
  std::vector<std::string> annotations;

  bool operator==(const Request&) const = default;
};

// One change of a config.json. `bundle`: the absolute path of the bundle.
using Edit = std::function<Status(json::Editor& config, const std::string& bundle)>;

// The changes that `request` asks for, in the order in which they are to be made; none for an empty request.
StatusOr<std::vector<Edit>> Parse(const Request& request);

}  // namespace tare::edit
