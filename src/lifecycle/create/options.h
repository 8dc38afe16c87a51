// What the command line, or an engine, asks of create and run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/status.h"
#include "connect/networks.h"

namespace tare::json {
class Editor;
}

namespace tare::lifecycle {

// Changes a config.json before it is parsed. `bundle`: the absolute path of its bundle.
using ConfigEdit = std::function<Status(json::Editor& config, const std::string& bundle)>;

// What was given on the command line to describe the container.
struct CommandLine {
  std::vector<std::string> flags;    // "--env=A=1"
  std::vector<std::string> program;  // after "--"
  std::string directory;             // in which relative paths among the flags begin; empty without flags
};

struct CreateOptions {
  std::string id;
  std::string bundle = ".";
  std::string config_file;     // read in place of the bundle's config.json; relative to the working directory
  std::string config;          // the text of an earlier config.json, used in place of any file
  ConfigEdit edit;             // changes the file's text when it has been read; empty: none
  connect::Networks networks;  // that it is attached to
  CommandLine line;            // kept in the record, for `tare unit`
  std::string console_socket;  // a UNIX socket that gets the terminal's master (SCM_RIGHTS)
  std::string pidfd_socket;    // a UNIX socket that gets init's pidfd
  std::string pid_file;
  int preserve_fds = 0;  // how many descriptors from 3 on the container gets, besides LISTEN_FDS
  bool no_pivot = false;
  bool no_new_keyring = false;
};

}  // namespace tare::lifecycle
