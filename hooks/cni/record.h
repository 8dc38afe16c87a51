// What is remembered of a container that is attached to networks, and its JSON text. It is written before the
// first plugin is called, and again before and after each ADD, so that everything can be released even if the
// process that attaches the container is killed. Makes no system calls.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/status.h"
#include "hooks/cni/network_list.h"
#include "hooks/cni/request.h"
#include "hooks/cni/result.h"

namespace tare::cni {

// One network of the container. DEL must be called with what ADD was called with, so it is all kept: the list
// may have been changed or removed since.
struct AttachmentRecord {
  std::string network;
  std::string interface;
  std::string version;         // CNI's, which was negotiated
  std::string list;            // the text of the list
  std::string file;            // its path, for errors
  std::string runtime_config;  // as Input::runtime_config
  std::string args;            // CNI_ARGS
  uint32_t begun = 0;          // how many of the list's plugins ADD may have been called of
  std::string result;          // the last one, "" if there is none
};

struct Record {
  std::string id;
  std::string root;          // of the runtime; for a hook the bundle
  std::string container_id;  // CNI_CONTAINERID
  std::string boot;          // the boot ID of the machine (random(4))
  pid_t pid = 0;             // of init
  uint64_t start_time = 0;   // field 22 of /proc/PID/stat
  std::vector<AttachmentRecord> attachments;
  std::vector<PortMapping> ports;
};

std::string RecordJson(const Record& record);
StatusOr<Record> ParseRecord(absl::string_view json, absl::string_view name);

// The networks whose ADD is complete.
StatusOr<std::vector<Joined>> JoinedOf(const Record& record);

// The value of CNI_CONTAINERID. It must begin with a letter or digit, and may have no "+"; and it must differ
// between two roots that have a container of the same name. So it is a hash of both, and then the name.
std::string ContainerId(absl::string_view root, absl::string_view id);

}  // namespace tare::cni
