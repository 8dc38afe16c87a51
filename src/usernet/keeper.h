// The process that starts pasta or slirp4netns for a container, and ends it with the container; see
// usernet.h.
#pragma once

#include <string>
#include <vector>

#include "kernel/fd.h"
#include "usernet/usernet.h"

namespace tare::usernet {

struct Job {
  const Request* request = nullptr;
  std::string path;    // of the program
  std::string socket;  // of slirp4netns
  int channel = -1;    // a SEQPACKET socket: begin, when a packet has arrived; then send the report
};

// What the keeper reports: a JSON object with "program" (a PID) and a Joined's members, or with "error".
StatusOr<std::pair<pid_t, cni::Joined>> ParseReport(const std::string& report);

// The body of the keeper, a copy of the runtime. It returns when the container's init has exited.
int RunKeeper(const Job& job);

}  // namespace tare::usernet
