// containerd's sandbox service (containerd.runtime.sandbox.v1.Sandbox). A sandbox holds the namespaces that
// the containers of a pod share.
//
// Here a sandbox is a container with a program that only waits (pause.cc). It is created, killed and deleted
// through the shim's task service, so the order of requests, the cleanup after the shim's death and the
// statistics are those of any container.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kernel/loop.h"
#include "messages/sandbox.h"
#include "ttrpc/call.h"

namespace tare::sandbox {

inline constexpr char kService[] = "containerd.runtime.sandbox.v1.Sandbox";

// What the service needs of its shim.
struct Shim {
  std::string containerd_namespace;
  std::function<void(const ttrpc::Call&, const ttrpc::Respond&)> task_service;
  std::function<std::vector<std::string>()> containers;  // their IDs
  std::function<void()> shut_down;
};

class Service {
 public:
  Service(kernel::Loop& loop, Shim shim) : loop_(loop), shim_(std::move(shim)) {}
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  void Handle(const ttrpc::Call& call, const ttrpc::Respond& respond);

 private:
  using Respond = ttrpc::Respond;
  using Done = std::function<void(const Status&)>;
  // One shim has one sandbox, because shutting down the sandbox shuts down the shim.
  struct Sandbox {
    std::string id, bundle;
    absl::Time created_at;
    bool started = false;
  };

  struct Method;
  static const Method kMethods[];
  template <class Request, void (Service::*method)(const Request&, const Respond&)>
  void Serve(const ttrpc::Call& call, const Respond& respond);
  // NotFound if `id` is not that of the sandbox.
  Status Find(const std::string& id) const;

  void Create(const messages::CreateSandboxRequest& request, const Respond& respond);
  void Start(const messages::StartSandboxRequest& request, const Respond& respond);
  void Platform(const messages::PlatformRequest& request, const Respond& respond);
  void Stop(const messages::StopSandboxRequest& request, const Respond& respond);
  void Wait(const messages::WaitSandboxRequest& request, const Respond& respond);
  void ReportStatus(const messages::SandboxStatusRequest& request, const Respond& respond);
  void Ping(const messages::PingRequest& request, const Respond& respond);
  void Shutdown(const messages::ShutdownSandboxRequest& request, const Respond& respond);
  void Metrics(const messages::SandboxMetricsRequest& request, const Respond& respond);

  // Calls the task service.
  template <class Request>
  void Call(const char* method, const Request& request, Respond done) const;
  void Kill(const std::string& id, int signal, const Done& done) const;
  void WaitForExit(const std::string& id, const Done& done) const;
  // Kills, waits for and deletes the containers, in order. Stops at the first error.
  void Remove(std::vector<std::string> ids, const Done& done) const;
  // The containers of the pod; the sandbox is not among them.
  std::vector<std::string> OtherContainers() const;

  kernel::Loop& loop_;
  Shim shim_;
  std::optional<Sandbox> sandbox_;
  kernel::Loop::Registration kill_later_;
};

}  // namespace tare::sandbox
