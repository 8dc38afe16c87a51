// The requests and responses of containerd's task service (containerd's api/runtime/task/v3/shim.proto).
// containerd.task.v2.Task and containerd.task.v3.Task have the same messages. The response to Pause, Resume,
// Checkpoint, Kill, Exec, ResizePty, CloseIO, Update and Shutdown is Empty.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/codec.h"
#include "messages/google.h"
#include "messages/mount.h"

namespace tare::messages {

enum class TaskStatus : int32_t {
  kUnknown = 0,
  kCreated = 1,
  kRunning = 2,
  kStopped = 3,
  kPaused = 4,
  kPausing = 5
};

struct StateRequest {
  std::string id, exec_id;
  TARE_MESSAGE("containerd.task.v2.StateRequest", (1, id)(2, exec_id));
};
struct StateResponse {
  std::string id, bundle;
  uint32_t pid = 0;
  TaskStatus status = TaskStatus::kUnknown;
  std::string stdin, stdout, stderr;
  bool terminal = false;
  uint32_t exit_status = 0;
  Timestamp exited_at;
  std::string exec_id;
  TARE_MESSAGE("containerd.task.v2.StateResponse",
               (1, id)(2, bundle)(3, pid)(4, status)(5, stdin)(6, stdout)(7, stderr)(8, terminal)(
                   9, exit_status)(10, exited_at)(11, exec_id));
};

struct CreateTaskRequest {
  std::string id, bundle;
  std::vector<Mount> rootfs;
  bool terminal = false;
  std::string stdin, stdout, stderr;
  std::string checkpoint, parent_checkpoint;
  Any options;  // Options or CheckpointOptions of messages/options.h
  TARE_MESSAGE("containerd.task.v2.CreateTaskRequest",
               (1, id)(2, bundle)(3, rootfs)(4, terminal)(5, stdin)(6, stdout)(7, stderr)(8, checkpoint)(
                   9, parent_checkpoint)(10, options));
};
struct CreateTaskResponse {
  uint32_t pid = 0;
  TARE_MESSAGE("containerd.task.v2.CreateTaskResponse", (1, pid));
};

struct StartRequest {
  std::string id, exec_id;
  TARE_MESSAGE("containerd.task.v2.StartRequest", (1, id)(2, exec_id));
};
struct StartResponse {
  uint32_t pid = 0;
  TARE_MESSAGE("containerd.task.v2.StartResponse", (1, pid));
};

struct DeleteRequest {
  std::string id, exec_id;
  TARE_MESSAGE("containerd.task.v2.DeleteRequest", (1, id)(2, exec_id));
};
struct DeleteResponse {
  uint32_t pid = 0;
  uint32_t exit_status = 0;
  Timestamp exited_at;
  TARE_MESSAGE("containerd.task.v2.DeleteResponse", (1, pid)(2, exit_status)(3, exited_at));
};

struct ProcessInfo {
  uint32_t pid = 0;
  Any info;  // ProcessDetails of messages/options.h
  TARE_MESSAGE("containerd.v1.types.ProcessInfo", (1, pid)(2, info));
};
struct PidsRequest {
  std::string id;
  TARE_MESSAGE("containerd.task.v2.PidsRequest", (1, id));
};
struct PidsResponse {
  std::vector<ProcessInfo> processes;
  TARE_MESSAGE("containerd.task.v2.PidsResponse", (1, processes));
};

struct PauseRequest {
  std::string id;
  TARE_MESSAGE("containerd.task.v2.PauseRequest", (1, id));
};
struct ResumeRequest {
  std::string id;
  TARE_MESSAGE("containerd.task.v2.ResumeRequest", (1, id));
};

struct CheckpointTaskRequest {
  std::string id, path;
  Any options;
  TARE_MESSAGE("containerd.task.v2.CheckpointTaskRequest", (1, id)(2, path)(3, options));
};

struct KillRequest {
  std::string id, exec_id;
  uint32_t signal = 0;
  bool all = false;
  TARE_MESSAGE("containerd.task.v2.KillRequest", (1, id)(2, exec_id)(3, signal)(4, all));
};

struct ExecProcessRequest {
  std::string id, exec_id;
  bool terminal = false;
  std::string stdin, stdout, stderr;
  Any spec;  // the JSON of an OCI Process
  TARE_MESSAGE("containerd.task.v2.ExecProcessRequest",
               (1, id)(2, exec_id)(3, terminal)(4, stdin)(5, stdout)(6, stderr)(7, spec));
};

struct ResizePtyRequest {
  std::string id, exec_id;
  uint32_t width = 0, height = 0;
  TARE_MESSAGE("containerd.task.v2.ResizePtyRequest", (1, id)(2, exec_id)(3, width)(4, height));
};

struct CloseIoRequest {
  std::string id, exec_id;
  bool stdin = false;
  TARE_MESSAGE("containerd.task.v2.CloseIORequest", (1, id)(2, exec_id)(3, stdin));
};

struct UpdateTaskRequest {
  std::string id;
  Any resources;  // the JSON of OCI LinuxResources
  StringMap annotations;
  TARE_MESSAGE("containerd.task.v2.UpdateTaskRequest", (1, id)(2, resources)(3, annotations));
};

struct WaitRequest {
  std::string id, exec_id;
  TARE_MESSAGE("containerd.task.v2.WaitRequest", (1, id)(2, exec_id));
};
struct WaitResponse {
  uint32_t exit_status = 0;
  Timestamp exited_at;
  TARE_MESSAGE("containerd.task.v2.WaitResponse", (1, exit_status)(2, exited_at));
};

struct StatsRequest {
  std::string id;
  TARE_MESSAGE("containerd.task.v2.StatsRequest", (1, id));
};
struct StatsResponse {
  Any stats;  // metrics_v1::Metrics or metrics_v2::Metrics
  TARE_MESSAGE("containerd.task.v2.StatsResponse", (1, stats));
};

struct ConnectRequest {
  std::string id;
  TARE_MESSAGE("containerd.task.v2.ConnectRequest", (1, id));
};
struct ConnectResponse {
  uint32_t shim_pid = 0, task_pid = 0;
  std::string version;
  TARE_MESSAGE("containerd.task.v2.ConnectResponse", (1, shim_pid)(2, task_pid)(3, version));
};

struct ShutdownRequest {
  std::string id;
  bool now = false;
  TARE_MESSAGE("containerd.task.v2.ShutdownRequest", (1, id)(2, now));
};

}  // namespace tare::messages
