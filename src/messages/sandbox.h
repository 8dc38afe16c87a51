// The requests and responses of containerd's sandbox service (containerd's
// api/runtime/sandbox/v1/sandbox.proto). The responses to CreateSandbox, StopSandbox, PingSandbox and
// ShutdownSandbox are empty.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/codec.h"
#include "messages/google.h"
#include "messages/mount.h"

namespace tare::messages {

struct CreateSandboxRequest {
  std::string sandbox_id, bundle_path;
  std::vector<Mount> rootfs;
  Any options;  // PodSandboxConfig of messages/cri.h
  std::string netns_path;
  StringMap annotations;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.CreateSandboxRequest",
               (1, sandbox_id)(2, bundle_path)(3, rootfs)(4, options)(5, netns_path)(6, annotations));
};

struct StartSandboxRequest {
  std::string sandbox_id;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.StartSandboxRequest", (1, sandbox_id));
};
struct StartSandboxResponse {
  uint32_t pid = 0;
  Timestamp created_at;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.StartSandboxResponse", (1, pid)(2, created_at));
};

// `os` and `architecture` have the names of Go's GOOS and GOARCH.
struct Platform {
  std::string os, architecture, variant;
  TARE_MESSAGE("containerd.types.Platform", (1, os)(2, architecture)(3, variant));
};
struct PlatformRequest {
  std::string sandbox_id;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.PlatformRequest", (1, sandbox_id));
};
struct PlatformResponse {
  Platform platform;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.PlatformResponse", (1, platform));
};

struct StopSandboxRequest {
  std::string sandbox_id;
  uint32_t timeout_secs = 0;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.StopSandboxRequest", (1, sandbox_id)(2, timeout_secs));
};

struct WaitSandboxRequest {
  std::string sandbox_id;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.WaitSandboxRequest", (1, sandbox_id));
};
struct WaitSandboxResponse {
  uint32_t exit_status = 0;
  Timestamp exited_at;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.WaitSandboxResponse", (1, exit_status)(2, exited_at));
};

struct SandboxStatusRequest {
  std::string sandbox_id;
  bool verbose = false;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.SandboxStatusRequest", (1, sandbox_id)(2, verbose));
};
struct SandboxStatusResponse {
  std::string sandbox_id;
  uint32_t pid = 0;
  std::string state;  // "SANDBOX_READY" or "SANDBOX_NOTREADY", the names that CRI reads
  StringMap info;
  Timestamp created_at, exited_at;
  Any extra;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.SandboxStatusResponse",
               (1, sandbox_id)(2, pid)(3, state)(4, info)(5, created_at)(6, exited_at)(7, extra));
};

struct PingRequest {
  std::string sandbox_id;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.PingRequest", (1, sandbox_id));
};

struct ShutdownSandboxRequest {
  std::string sandbox_id;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.ShutdownSandboxRequest", (1, sandbox_id));
};

struct Metric {
  Timestamp timestamp;
  std::string id;
  Any data;  // metrics_v1::Metrics or metrics_v2::Metrics
  TARE_MESSAGE("containerd.types.Metric", (1, timestamp)(2, id)(3, data));
};
struct SandboxMetricsRequest {
  std::string sandbox_id;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.SandboxMetricsRequest", (1, sandbox_id));
};
struct SandboxMetricsResponse {
  Metric metrics;
  TARE_MESSAGE("containerd.runtime.sandbox.v1.SandboxMetricsResponse", (1, metrics));
};

}  // namespace tare::messages
