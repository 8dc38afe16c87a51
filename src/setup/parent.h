// The parent's side of a process that sets itself up in a container: of init (create) and of a process that
// exec adds. It answers the child's messages (protocol.h) that are the same for both.
#pragma once

#include <optional>
#include <string>

#include "base/status.h"
#include "kernel/fd.h"
#include "kernel/process.h"
#include "setup/channel.h"
#include "spec/config.h"
#include "spec/state.h"

namespace tare::setup {

// What becomes of the terminal's master that the child sends.
struct Console {
  std::string socket;    // --console-socket; empty: it is kept, see TakeMaster()
  bool relayed = false;  // it is kept, for the caller's own terminal (terminal/relay.h)
};

// --pid-file (the number alone; the file is replaced as a whole) and --pidfd-socket (one message with the
// pidfd); empty: none.
Status ReportPid(const kernel::Child& child, const std::string& pid_file, const std::string& pidfd_socket);

class Parent {
 public:
  // What create and exec do differently.
  class Story {
   public:
    virtual ~Story() = default;
    // A second clone made the process, which is now child(). It waits for what this sends.
    virtual Status OnSecondClone() = 0;
    // The child is in its namespaces, and waits for Go.
    virtual Status OnContained() = 0;
    // The child has closed the channel: it executed its program, or it has died.
    virtual Status OnEnd() = 0;
    // The state of the container, for a seccomp agent (config-linux.md, "The Container Process State").
    virtual spec::State StateForAgent() const = 0;
  };

  explicit Parent(Console console) : console_(std::move(console)) {}
  // A child that was not released is killed.
  ~Parent();
  Parent(const Parent&) = delete;
  Parent& operator=(const Parent&) = delete;

  // Takes the child that was cloned, and the parent's end of its channel.
  void Begin(kernel::Child child, Channel channel);

  // Answers the child until it is Ready, or until the channel ends: then with the result of OnEnd(). Failed
  // is the error that it carries. `seccomp` is the profile in the container's config.json.
  Status Serve(Story& story, const std::optional<spec::Seccomp>& seccomp);

  // What can be set from outside, late, so that it binds the program and not the setup: OOM score, limits,
  // priorities, and the CPUs of `affinity`. Init passes {}: config.md has affinity for exec only.
  Status SetAttributes(const spec::Process& process, const spec::Config& config,
                       const spec::ExecCpuAffinity& affinity);

  // Why the child, called `name` in the error, ended before its program ran. Reaps it.
  Status WhyChildDied(absl::string_view name);

  // False if the channel has ended because the child died, and not because it executed its program.
  bool HasExecuted() const;

  const kernel::Child& child() const { return child_; }
  // For what is sent or received besides Serve(). Why a child has exited is received, and is no error of
  // sending: so the same failure is reported in the same way, however fast the child is.
  Status Send(Tag tag, const std::vector<int>& fds = {}) { return channel_->SendIfOpen(tag, "", fds); }
  Channel& channel() { return *channel_; }
  // From here on the child is the caller's.
  kernel::Child Release() { return std::move(child_); }
  // The terminal's master; no descriptor if there is no terminal, or if it was sent to a console socket.
  kernel::Fd TakeMaster() { return std::move(master_); }
  void KillChild();

 private:
  Status Adopt(const std::string& pid);
  Status OnConsole(Packet packet);
  Status OnListener(const Packet& packet, const Story& story, const std::optional<spec::Seccomp>& seccomp);

  const Console console_;
  kernel::Child child_;
  std::optional<Channel> channel_;
  kernel::Fd master_;
};

}  // namespace tare::setup
