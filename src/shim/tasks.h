// containerd's task service: the containers of one shim, and what is asked of them.
//
// Everything that can block or must enter a namespace is done by lifecycle, in a worker; the code here only
// keeps order. For each process, create, start and delete take turns; requests that come while it is being
// created are kept until it exists; its exit is reported after its start, and init's after that of all
// others in its container. Those who wait for its end get an answer, even if it never runs.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "kernel/loop.h"
#include "lifecycle/create/create.h"
#include "messages/task.h"
#include "shim/process.h"
#include "shim/publisher.h"
#include "shim/workers.h"
#include "ttrpc/call.h"

namespace tare::shim {

class Tasks {
 public:
  // `leave` is called when containerd wants the shim to end, and no container is left; containerd
  // gets its answer after that.
  static StatusOr<std::unique_ptr<Tasks>> Make(kernel::Loop& loop, Publisher& publisher,
                                               std::string containerd_namespace, std::function<void()> leave);
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  // Unimplemented for another service, or a method that it does not have.
  void Handle(const ttrpc::Call& call, const ttrpc::Respond& respond);

  bool empty() const { return containers_.empty(); }

 private:
  using Respond = ttrpc::Respond;
  using Held = std::shared_ptr<Container>;
  using HeldProcess = std::shared_ptr<Process>;
  struct Found {
    Held container;
    HeldProcess process;
  };
  struct Method;
  static const Method kMethods[];

  Tasks(kernel::Loop& loop, Publisher& publisher, std::string containerd_namespace,
        std::function<void()> leave);

  // tasks_create.cc: how processes begin.
  void Create(const messages::CreateTaskRequest& request, const Respond& respond);
  void Exec(const messages::ExecProcessRequest& request, const Respond& respond);
  void Start(const messages::StartRequest& request, const Respond& respond);
  void CreateInit(const Held& container, const messages::CreateTaskRequest& request,
                  const lifecycle::CreateOptions& options, const Respond& respond, const Turns::Done& done);
  void OnCreated(const Held& container, const messages::CreateTaskRequest& request, const Status& created,
                 const Respond& respond);
  void StartInit(const Held& container, const Respond& respond, const Turns::Done& done);
  void StartExec(const Held& container, const HeldProcess& process, const Respond& respond,
                 const Turns::Done& done);
  void OnExecStarted(const Held& container, const HeldProcess& process, const Status& started,
                     const Respond& respond);
  Status Adopt(const Held& container, const HeldProcess& process, StatusOr<kernel::Message> born);
  Status Watch(const Held& container, const HeldProcess& process, kernel::Message born);
  void ReadRecord(const Held& container);
  Status WatchMemory(const Held& container, const cgroup::Manager& cgroup);

  // tasks_end.cc: how they end.
  void Wait(const messages::WaitRequest& request, const Respond& respond);
  void Delete(const messages::DeleteRequest& request, const Respond& respond);
  void DeleteExec(const Held& container, const HeldProcess& process, const Respond& respond,
                  const Turns::Done& done);
  void DeleteInit(const Held& container, const Respond& respond, const Turns::Done& done);
  void TellWaiting(Process& process);
  void TellThatItNeverRan(Process& process);
  void OnExit(const Held& container, const HeldProcess& process);
  void TakeExits(const Held& container);
  void KillLeft(const Container& container);
  static void StopStarting(const Container& container);
  void TellExit(const Held& container, const HeldProcess& process);
  bool MayTell(const Container& container, const Process& process) const;
  void TellOom(const Held& container);

  // tasks.cc: all else.
  void State(const messages::StateRequest& request, const Respond& respond);
  void Pids(const messages::PidsRequest& request, const Respond& respond);
  void Pause(const messages::PauseRequest& request, const Respond& respond);
  void Resume(const messages::ResumeRequest& request, const Respond& respond);
  // `topic` lives as long as the program.
  using FreezerStory = Status (*)(const lifecycle::Runtime& runtime, const std::string& id);
  template <class Event>
  void SetPaused(const std::string& id, bool paused, FreezerStory story, absl::string_view topic,
                 const Respond& respond);
  void Checkpoint(const messages::CheckpointTaskRequest& request, const Respond& respond);
  void Kill(const messages::KillRequest& request, const Respond& respond);
  void ResizePty(const messages::ResizePtyRequest& request, const Respond& respond);
  void CloseIo(const messages::CloseIoRequest& request, const Respond& respond);
  void Update(const messages::UpdateTaskRequest& request, const Respond& respond);
  void Stats(const messages::StatsRequest& request, const Respond& respond);
  void Connect(const messages::ConnectRequest& request, const Respond& respond);
  void Shutdown(const messages::ShutdownRequest& request, const Respond& respond);

  StatusOr<Held> Find(const std::string& id) const;
  StatusOr<HeldProcess> FindProcess(const Held& container, const std::string& exec_id) const;
  StatusOr<Found> FindBoth(const std::string& id, const std::string& exec_id) const;
  HeldProcess InTheMaking(const Method& method, absl::string_view payload) const;
  // It is there now, or will never be: makes the calls that waited for it.
  void Made(Process& process);
  // `story` runs after those before it in the process's turns, unless the process is deleted by then.
  void InTurn(const Found& what, const Respond& respond, std::function<void(Turns::Done)> story);
  bool Knows(pid_t pid) const;
  // Runs `story` in a worker that has the descriptors in `keep`; `then` is given what it says.
  void Run(const std::vector<int>& keep, absl::FunctionRef<StatusOr<kernel::Message>()> story,
           const kernel::Worker::Done& then);
  template <class Event>
  void Publish(absl::string_view topic, const Event& event) {
    publisher_.Publish(topic, Event::kName, messages::Encode(event));
  }

  kernel::Loop& loop_;
  Publisher& publisher_;
  const std::string containerd_namespace_;
  std::function<void()> leave_;
  std::unique_ptr<Workers> workers_;
  std::map<std::string, Held> containers_;
};

// Answers with `message`.
template <class Message>
void Reply(const ttrpc::Respond& respond, const Message& message) {
  respond(messages::Encode(message));
}

// An error of a story of lifecycle's, with the code that containerd expects of a runtime's: Unknown. Others
// would speak of the task or of containerd's own objects: Docker takes a missing program for something else.
Status OfRuntime(const Status& status);

// Kills and removes the container, and unmounts its root file system.
StatusOr<kernel::Message> DeleteStory(const Container& container);

// A worker's story that brings nothing back.
StatusOr<kernel::Message> Nothing(Status status);

}  // namespace tare::shim
