// The command lines of pasta(1) and slirp4netns(1).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "hooks/cni/request.h"

namespace tare::usernet {

inline constexpr char kPasta[] = "pasta";
inline constexpr char kSlirp[] = "slirp4netns";

// The address that slirp4netns gives to the container, and that of its server for names (slirp4netns(1)).
inline constexpr char kSlirpAddress[] = "10.0.2.100";
inline constexpr char kSlirpNameserver[] = "10.0.2.3";

// The path of `program` in PATH. If it is missing, the error names Debian's package.
StatusOr<std::string> PathOf(const std::string& program);

// What cannot be asked of the program is an error.
Status CheckPorts(const std::string& program, const std::vector<cni::PortMapping>& ports);

// argv of `program`, which stays in the foreground and joins the namespaces of process `pid`. slirp4netns
// accepts requests for ports at `socket`, and writes to the descriptor `ready` when it does.
std::vector<std::string> CommandLine(const std::string& program, pid_t pid,
                                     const std::vector<cni::PortMapping>& ports, const std::string& socket,
                                     int ready);

// The request to slirp4netns for a port, one line of JSON; and the error in its answer.
std::string ForwardRequest(const cni::PortMapping& port);
Status ForwardResult(const std::string& answer);

}  // namespace tare::usernet
