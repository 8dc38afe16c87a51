// Network configuration lists of CNI: files that name a network and the plugins that make it.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"

namespace tare::cni {

// One plugin of a list.
struct PluginConfig {
  std::string type;                       // the name of its program
  std::string json;                       // its configuration as written in the list
  std::vector<std::string> capabilities;  // those that it declares as true: "portMappings"

  bool Declares(absl::string_view capability) const;
};

struct NetworkList {
  std::string name;
  // The versions that the list may be used with: "cniVersion", and since 1.1.0 "cniVersions".
  std::vector<std::string> versions;
  std::vector<PluginConfig> plugins;  // in the order of ADD; at least one
  bool disable_check = false;
  bool disable_gc = false;
  std::string file;  // its path
  std::string json;  // its text

  // Whether one of its plugins declares the capability.
  bool Declares(absl::string_view capability) const;
};

// A name is that of a file, too: it begins with a letter or digit and has only letters, digits, "_", "." and
// "-" (CNI's specification, "Section 1: Network configuration format").
Status CheckNetworkName(absl::string_view name);

// A list ("plugins"), or the configuration of one plugin ("type"), which becomes a list of one. `file` is
// quoted in errors.
StatusOr<NetworkList> ParseNetworkList(absl::string_view json, const std::string& file);

// A file of the directory that is not a usable list.
struct BadList {
  std::string file;
  Status why;
};

struct NetworkLists {
  std::vector<NetworkList> lists;  // in the order of their file names
  std::vector<BadList> bad;        // unreadable, malformed, or with the name of an earlier list
};

// The files *.conflist, *.conf and *.json of the directory, in the order of their names, as CNI's own library
// reads them. A directory that does not exist has no lists.
StatusOr<NetworkLists> LoadNetworkLists(const std::string& directory);

// The list called `name`. If there is none, the error lists the names that exist, and the files that cannot
// be used.
StatusOr<NetworkList> FindNetwork(const NetworkLists& lists, absl::string_view name,
                                  const std::string& directory);

}  // namespace tare::cni
