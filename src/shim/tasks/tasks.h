// containerd's task service: the containers of one shim, and the requests about them.
//
// Everything that can block or must enter a namespace is done by lifecycle in a worker. The code here only
// keeps the order:
// - Create, Start and Delete of one process run one after the other (Enqueue).
// - Other requests about a process that is being created are delayed until it exists (WaitFor).
// - The exit of a process is reported after its start, and init's exit after the exits of all other processes
//   in the container (CanReportExit).
// - Every Wait is answered, even if the process never runs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "kernel/loop.h"
#include "lifecycle/create/create.h"
#include "messages/task.h"
#include "shim/publisher.h"
#include "shim/tasks/process.h"
#include "shim/tasks/respond.h"
#include "shim/workers.h"
#include "ttrpc/call.h"

namespace tare::shim {

class Tasks {
 public:
  // `shut_down` is called when containerd asks the shim to exit and no container is left; containerd gets its
  // response after that.
  static StatusOr<std::unique_ptr<Tasks>> Make(kernel::Loop& loop, Publisher& publisher,
                                               std::string containerd_namespace,
                                               std::function<void()> shut_down);
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  // Responds with Unimplemented to another service, or to a method that does not exist.
  void Handle(const ttrpc::Call& call, const ttrpc::Respond& respond);

  bool empty() const { return containers_.empty(); }
  std::vector<std::string> ids() const;

 private:
  using Respond = ttrpc::Respond;
  using ContainerPtr = std::shared_ptr<Container>;
  using ProcessPtr = std::shared_ptr<Process>;
  // What a request is about. The process is init if the request names no exec.
  struct Target {
    ContainerPtr container;
    ProcessPtr process;
  };

  Tasks(kernel::Loop& loop, Publisher& publisher, std::string containerd_namespace,
        std::function<void()> shut_down);

  // tasks.cc: finding the method and the target of a request, and running its operation.
  enum class WaitFor { kNothing, kInit, kProcess };  // whose creation a request waits for
  struct Method;
  static const Method kMethods[];
  template <class Request, void (Tasks::*method)(const Request&, const Respond&)>
  void ServeShim(const ttrpc::Call& call, const Respond& respond);
  template <class Request, void (Tasks::*method)(const Target&, const Request&, const Respond&),
            WaitFor wait_for = WaitFor::kInit>
  void ServeTask(const ttrpc::Call& call, const Respond& respond);
  void WithTarget(const std::string& id, const std::string& exec_id, WaitFor wait_for,
                  const ttrpc::Call& call, const Respond& respond,
                  absl::FunctionRef<void(const Target&)> method);
  StatusOr<ContainerPtr> FindContainer(const std::string& id) const;
  StatusOr<ProcessPtr> FindProcess(const ContainerPtr& container, const std::string& exec_id) const;
  StatusOr<Target> FindTarget(const std::string& id, const std::string& exec_id) const;
  // Handles the requests that were delayed by the creation of the process, which has succeeded or failed.
  void HandleDelayedRequests(Process& process);
  // Runs `operation` after the earlier operations on the process, unless the process is deleted by then. The
  // operation ends when it has responded by calling `finish`.
  void Enqueue(const Target& target, const Respond& respond,
               std::function<void(const Respond& finish)> operation);
  // Runs `body` in a worker.
  void Run(absl::FunctionRef<Status()> body, std::function<void(const Status&)> done);
  // Opens the process's streams and runs `body` in a worker that has them as its standard streams.
  void RunWithStdio(const ProcessPtr& process, std::function<StatusOr<kernel::Message>()> body,
                    const kernel::Worker::Done& done);
  // Whether the child is waited for by its pidfd.
  bool IsTracked(pid_t pid) const;
  template <class Event>
  void Publish(const Container& container, absl::string_view topic, const Event& event) {
    publisher_.Publish(container.bundle, topic, Event::kName, messages::Encode(event));
  }

  // create.cc
  void Create(const messages::CreateTaskRequest& request, const Respond& respond);
  void CreateInit(const ContainerPtr& container, const messages::CreateTaskRequest& request,
                  const lifecycle::CreateOptions& options, const Respond& respond);
  void OnInitCreated(const ContainerPtr& container, const messages::CreateTaskRequest& request,
                     StatusOr<kernel::Message> result, const Respond& respond);
  void FinishCreate(const ContainerPtr& container, const messages::CreateTaskRequest& request,
                    const Status& created, const Respond& respond);
  void ReadRecord(const ContainerPtr& container);
  Status WatchMemory(const ContainerPtr& container, const cgroup::Manager& cgroup);

  // start.cc
  void Exec(const Target& target, const messages::ExecProcessRequest& request, const Respond& respond);
  void Start(const Target& target, const messages::StartRequest& request, const Respond& respond);
  void StartInit(const ContainerPtr& container, const Respond& respond);
  void OnInitStarted(const ContainerPtr& container, const Status& started, const Respond& respond);
  void StartExec(const ContainerPtr& container, const ProcessPtr& exec, const Respond& respond);
  void OnExecStarted(const ContainerPtr& container, const ProcessPtr& exec, const Status& started,
                     const Respond& respond);

  // checkpoint.cc
  void Checkpoint(const Target& target, const messages::CheckpointTaskRequest& request,
                  const Respond& respond);
  static checkpoint::RestoreOptions RestoreOptionsOf(const messages::CreateTaskRequest& request,
                                                     const lifecycle::CreateOptions& create);
  void StartRestored(const ContainerPtr& container, const Respond& respond);
  void OnRestored(const ContainerPtr& container, const Status& restored, const Respond& respond);

  // exit.cc
  Status Adopt(const ContainerPtr& container, const ProcessPtr& process, StatusOr<kernel::Message> created);
  Status Watch(const ContainerPtr& container, const ProcessPtr& process, kernel::Message created);
  void OnExit(const ContainerPtr& container, const ProcessPtr& process);
  void CollectExits(const ContainerPtr& container);
  static void StopWaitingForClients(const Container& container);
  void KillRemaining(const Container& container);
  void ReportExit(const ContainerPtr& container, const ProcessPtr& process);
  void PublishOom(const ContainerPtr& container);
  void Wait(const Target& target, const messages::WaitRequest& request, const Respond& respond);
  void RespondToWaiters(Process& process);

  // delete.cc
  void Delete(const Target& target, const messages::DeleteRequest& request, const Respond& respond);
  void DeleteExec(const ContainerPtr& container, const ProcessPtr& exec, const Respond& respond);
  void FinishDeleteExec(const ContainerPtr& container, const ProcessPtr& exec, const Respond& respond);
  void DeleteInit(const ContainerPtr& container, const Respond& respond);
  void RemoveContainer(const ContainerPtr& container, const Respond& respond);
  void FinishDeleteInit(const ContainerPtr& container, const Status& removed, const Respond& respond);

  // requests.cc
  void State(const Target& target, const messages::StateRequest& request, const Respond& respond);
  void Pids(const Target& target, const messages::PidsRequest& request, const Respond& respond);
  void Pause(const Target& target, const messages::PauseRequest& request, const Respond& respond);
  void Resume(const Target& target, const messages::ResumeRequest& request, const Respond& respond);
  // `topic` must outlive the call: a literal.
  using SetFrozen = Status (*)(const lifecycle::Runtime& runtime, const std::string& id);
  template <class Event>
  void SetPaused(const ContainerPtr& container, bool paused, SetFrozen set_frozen, absl::string_view topic,
                 const Respond& respond);
  void Kill(const Target& target, const messages::KillRequest& request, const Respond& respond);
  void ResizePty(const Target& target, const messages::ResizePtyRequest& request, const Respond& respond);
  void CloseIo(const Target& target, const messages::CloseIoRequest& request, const Respond& respond);
  void Update(const Target& target, const messages::UpdateTaskRequest& request, const Respond& respond);
  void Stats(const Target& target, const messages::StatsRequest& request, const Respond& respond);
  void Connect(const messages::ConnectRequest& request, const Respond& respond);
  void Shutdown(const messages::ShutdownRequest& request, const Respond& respond);

  kernel::Loop& loop_;
  Publisher& publisher_;
  const std::string containerd_namespace_;
  std::function<void()> shut_down_;
  std::unique_ptr<Workers> workers_;
  std::map<std::string, ContainerPtr> containers_;
};

// The streams that a request to create or to exec names.
streams::StdioNames StdioNamesIn(const auto& request) {
  return {.in = request.stdin, .out = request.stdout, .err = request.stderr, .terminal = request.terminal};
}

// Kills and removes the container, and unmounts its root filesystem. For a worker.
Status KillAndRemove(const Container& container);

// Removes the file in which the exit of the process was saved.
void RemoveExitFile(const Container& container, const Process& process);

}  // namespace tare::shim
