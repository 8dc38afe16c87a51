// The config.json of a pod's sandbox, made from the description of the pod that CRI gives. Without system
// calls.
#pragma once

#include <string>

#include "messages/cri.h"

namespace tare::sandbox {

struct Pod {
  std::string id;
  std::string containerd_namespace;
  std::string netns_path;             // empty: a new network namespace
  std::string userns_path;            // empty: a new one, if the pod has a user namespace
  messages::StringMap annotations;    // besides those of `config`
  messages::PodSandboxConfig config;  // empty if containerd gave no description, as for `ctr sandboxes run`
  int lowest_oom_score = 0;           // the lowest oom_score_adj that may be set
};

// Its root filesystem is `rootfs` in the bundle, with `pause` in it.
std::string ConfigDocument(const Pod& pod);

}  // namespace tare::sandbox
