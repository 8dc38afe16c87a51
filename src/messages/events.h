// The events that a shim publishes to containerd (containerd's api/events/task.proto), and the request in
// which they are sent: method Forward of the service containerd.services.events.ttrpc.v1.Events. Its
// response is Empty.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/codec.h"
#include "messages/google.h"
#include "messages/mount.h"

namespace tare::messages {

struct TaskIo {
  std::string stdin, stdout, stderr;
  bool terminal = false;
  TARE_MESSAGE("containerd.events.TaskIO", (1, stdin)(2, stdout)(3, stderr)(4, terminal));
};

struct TaskCreate {
  std::string container_id, bundle;
  std::vector<Mount> rootfs;
  TaskIo io;
  std::string checkpoint;
  uint32_t pid = 0;
  TARE_MESSAGE("containerd.events.TaskCreate",
               (1, container_id)(2, bundle)(3, rootfs)(4, io)(5, checkpoint)(6, pid));
};

struct TaskStart {
  std::string container_id;
  uint32_t pid = 0;
  TARE_MESSAGE("containerd.events.TaskStart", (1, container_id)(2, pid));
};

// `id` is the exec's ID, or the container's ID for init.
struct TaskExit {
  std::string container_id, id;
  uint32_t pid = 0, exit_status = 0;
  Timestamp exited_at;
  TARE_MESSAGE("containerd.events.TaskExit", (1, container_id)(2, id)(3, pid)(4, exit_status)(5, exited_at));
};

// `id` is the exec's ID, or empty for init.
struct TaskDelete {
  std::string container_id;
  uint32_t pid = 0, exit_status = 0;
  Timestamp exited_at;
  std::string id;
  TARE_MESSAGE("containerd.events.TaskDelete",
               (1, container_id)(2, pid)(3, exit_status)(4, exited_at)(5, id));
};

struct TaskExecAdded {
  std::string container_id, exec_id;
  TARE_MESSAGE("containerd.events.TaskExecAdded", (1, container_id)(2, exec_id));
};

struct TaskExecStarted {
  std::string container_id, exec_id;
  uint32_t pid = 0;
  TARE_MESSAGE("containerd.events.TaskExecStarted", (1, container_id)(2, exec_id)(3, pid));
};

struct TaskPaused {
  std::string container_id;
  TARE_MESSAGE("containerd.events.TaskPaused", (1, container_id));
};

struct TaskResumed {
  std::string container_id;
  TARE_MESSAGE("containerd.events.TaskResumed", (1, container_id));
};

struct TaskOom {
  std::string container_id;
  TARE_MESSAGE("containerd.events.TaskOOM", (1, container_id));
};

struct TaskCheckpointed {
  std::string container_id, checkpoint;
  TARE_MESSAGE("containerd.events.TaskCheckpointed", (1, container_id)(2, checkpoint));
};

struct Envelope {
  Timestamp timestamp;
  std::string containerd_namespace;
  std::string topic;  // "/tasks/exit"
  Any event;
  TARE_MESSAGE("containerd.types.Envelope", (1, timestamp)(2, containerd_namespace)(3, topic)(4, event));
};

struct ForwardRequest {
  Envelope envelope;
  TARE_MESSAGE("containerd.services.events.ttrpc.v1.ForwardRequest", (1, envelope));
};

}  // namespace tare::messages
