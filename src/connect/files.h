// The texts of /etc/hosts and /etc/resolv.conf of a container with networks. Makes no system calls.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "connect/networks.h"
#include "hooks/cni/result.h"

namespace tare::connect {

// The addresses and names that one container has, or gives to the others of its networks.
struct Names {
  std::string id;
  std::string hostname;                // "": none but the ID
  std::vector<std::string> addresses;  // without the length of the prefix
};

// localhost, `own` and the lines of --add-host.
std::string HostsText(const Names& own, const std::vector<HostName>& more);

// `hosts` with the lines of container `other`, and without those that it had. The lines end in a comment
// that names the container, by which they are found again; everything else is kept.
std::string WithNames(absl::string_view hosts, const Names& other);
std::string WithoutNames(absl::string_view hosts, absl::string_view id);

// The servers are `given`; else those of the networks' results; else the host's, whose text is `host`, but
// for addresses that only the host itself can reach. Other lines are those of the results, or else the
// host's.
std::string ResolvConfText(const std::vector<std::string>& given, const std::vector<cni::Joined>& joined,
                           absl::string_view host);

}  // namespace tare::connect
