// Containers of one network find each other by name: the /etc/hosts of each has the addresses of the others,
// and is changed when one of them comes or goes.
#pragma once

#include <string>
#include <vector>

#include "connect/files.h"
#include "container/record.h"

namespace tare::connect {

// "10.1.2.3/24" is "10.1.2.3".
std::vector<std::string> WithoutPrefixes(const std::vector<std::string>& addresses);

// The addresses of `other` in networks that `one` is in, too.
std::vector<std::string> SharedAddresses(const container::Record& one, const container::Record& other);

// Adds the names of a container to the files of the others in its networks, and theirs to its own. After its
// record has been saved: if two containers come at the same time, at least one of them sees the other.
void ExchangeNames(const std::string& root, const container::Record& record);

// Takes the names of the container out of the files of all others below `root`.
void RemoveFromPeers(const std::string& root, const container::Record& record);

}  // namespace tare::connect
