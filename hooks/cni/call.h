// Calls of plugins as CNI's protocol has them (specification, "Section 2: Execution Protocol"): variables of
// the environment, a network configuration on stdin, a document on stdout.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "hooks/cni/network_list.h"
#include "hooks/cni/places.h"

namespace tare::cni {

// What is added to a plugin's own configuration. The strings are JSON texts, "" if there is none.
struct Input {
  std::string network;
  std::string version;
  std::string previous = {};           // "prevResult"
  std::string runtime_config = {};     // an object: a member for each capability; only those that the plugin
                                       // declares are passed on
  std::string valid_attachments = {};  // GC's
};

// The text for stdin. Makes no system calls.
StatusOr<std::string> PluginInput(const PluginConfig& plugin, const Input& input);

// The container that a call is about. All empty for VERSION, STATUS and GC.
struct Subject {
  std::string container_id = {};
  std::string netns = {};  // a path; "" in a DEL if the namespace is gone
  std::string interface = {};
  std::string args = {};  // CNI_ARGS
};

// Calls plugins, one at a time. Each call has the deadline of Places, may print 1 MiB, and is killed with its
// process group if it exceeds one of them.
class Caller {
 public:
  explicit Caller(const Places& places) : places_(places) {}

  // Runs `plugin` with CNI_COMMAND=`command` and returns what it has printed. An exit code other than 0 and
  // an error document are errors. Their text names the plugin and the command, and quotes the document, or
  // stderr if there is none.
  StatusOr<std::string> Call(absl::string_view command, const std::string& plugin, const Subject& subject,
                             const std::string& input) const;

  // The versions that the plugin supports. It is asked once.
  StatusOr<std::vector<std::string>> Versions(const std::string& plugin);

  // The newest version of the list that all of its plugins support.
  StatusOr<std::string> VersionFor(const NetworkList& list);

  // The path of the plugin's program. If there is none, the error names the directories that were searched,
  // and Debian's package.
  StatusOr<std::string> Find(const std::string& plugin) const;

 private:
  const Places& places_;
  std::map<std::string, std::vector<std::string>> versions_;  // by plugin
};

}  // namespace tare::cni
