// The process behind a supervised container: one loop, in which nothing blocks. What may block (creating and
// deleting containers) is done by workers.
//
//   creating ──▶ exists ──▶ draining ──▶ backing off ──▶ creating ...
//      │                        └────────────┴─────────▶ over
//      └──▶ over
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"
#include "kernel/loop.h"
#include "kernel/process.h"
#include "kernel/worker.h"
#include "lifecycle/notify_relay.h"
#include "lifecycle/runtime.h"
#include "session/log_writer.h"
#include "session/session.h"
#include "supervise/control_server.h"
#include "supervise/launch.h"
#include "supervise/stdio.h"

namespace tare::supervise {

class Supervisor : private Stdio::Listener, private ControlServer::Handler {
 public:
  // Returns when the container has ended for good. After an error, which the launcher reports, no container
  // exists. The container gets the descriptors from 3 to below `first_own`.
  static Status Run(const lifecycle::Runtime& runtime, const Options& options,
                    const session::Session& session, kernel::Fd& launcher, int first_own);

 private:
  enum class Phase { kCreating, kExists, kDraining, kBackingOff, kOver };
  enum class Creation { kFirst, kAgain };

  Supervisor(const lifecycle::Runtime& runtime, const Options& options, const session::Session& session,
             kernel::Fd& launcher, int first_own, kernel::Loop& loop, session::LogWriter log)
      : runtime_(runtime),
        options_(options),
        session_(session),
        launcher_(launcher),
        first_own_(first_own),
        loop_(loop),
        log_(std::move(log)) {}

  Status Begin();
  Status WatchSignals();
  void OnSignal();
  void Reap();

  Status StartCreating(Creation creation);
  void OnCreated(StatusOr<kernel::Message> result);
  Status TakeOver(kernel::Message result);
  Status RelayFrom(kernel::Fd notify);
  void OnNotify();
  void EndRelay();
  bool AwaitsReady() const;
  void ReleaseLauncher();
  void NoteStarted();

  void OnInitEnd();
  void FinishRun();
  void BackOff();
  void Restart();
  void OnNoRestart(const Status& why);
  void End();
  void ReportExit();
  void RemoveContainer();

  void OnOutput(session::Stream stream, absl::string_view bytes) override;
  void OnInputRoom() override;
  void OnStopRestarting(std::function<void()> done) override;
  void OnDump(bool begins) override;
  void OnAwaitContainer(std::function<void()> done) override;
  void OnProgramStarts() override;
  bool HasTerminal() const override { return record_.terminal; }
  void OnInput(absl::string_view bytes) override;
  void OnEndInput() override;
  void OnSize(uint16_t rows, uint16_t columns) override;
  void OnCaughtUp() override;

  const lifecycle::Runtime& runtime_;
  const Options& options_;
  const session::Session& session_;
  kernel::Fd& launcher_;  // the command that launched us, until it has the result
  int first_own_;
  kernel::Loop& loop_;
  session::LogWriter log_;
  kernel::Fd signals_;
  kernel::Loop::Registration on_signals_;
  std::unique_ptr<ControlServer> control_server_;
  session::SupervisorRecord record_;
  Phase phase_ = Phase::kCreating;
  int ending_ = 0;             // the signal to us that ends the container; 0: none
  bool no_restart_ = false;    // a client has asked for that
  bool being_dumped_ = false;  // if it ends now, it was saved, and is not started again
  std::vector<std::function<void()>> awaiting_container_;  // called when the container exists or is gone
  std::unique_ptr<kernel::Worker> worker_;
  std::unique_ptr<Stdio> stdio_;
  kernel::Child init_;
  kernel::Loop::Registration until_end_;
  std::optional<lifecycle::NotifyRelay> relay_;
  kernel::Loop::Registration on_notify_;
  absl::Duration began_;  // on CLOCK_BOOTTIME
  std::optional<spec::Exit> exit_;
  Backoff backoff_;
  kernel::Loop::Registration timer_;  // of draining or backing off
  bool exit_reported_ = false;
  Status failure_;  // why the container was not created
};

}  // namespace tare::supervise
