#include "supervise/container_worker.h"

#include "commands/start.h"
#include "connect/connect.h"
#include "container/store.h"
#include "kernel/descriptors.h"
#include "lifecycle/create/create.h"
#include "lifecycle/destroy.h"

namespace tare::supervise {
namespace {

Status TakeStreams(const Stdio& stdio) {
  const auto& [in, out, err] = stdio.container_ends();
  return kernel::SetStandardStreams({in.get(), out.get(), err.get()});
}

StatusOr<kernel::Message> Create(const lifecycle::Runtime& runtime, const lifecycle::CreateOptions& create,
                                 Until until) {
  TARE_ASSIGN_OR_RETURN(lifecycle::ChildProcess child, lifecycle::CreateInWorker(runtime, create));
  if (until == Until::kRunning) {
    if (Status started = commands::Start(runtime, create.id); !started.ok()) {
      (void)lifecycle::Destroy(runtime, create.id);
      return started;
    }
  }
  return lifecycle::ToMessage(std::move(child));
}

}  // namespace

StatusOr<kernel::Message> CreateContainer(const lifecycle::Runtime& runtime, const Options& options,
                                          const Stdio& stdio) {
  TARE_RETURN_IF_ERROR(TakeStreams(stdio));
  return Create(runtime, options.create, options.until);
}

StatusOr<kernel::Message> RecreateContainer(const lifecycle::Runtime& runtime, const Options& options,
                                            const Stdio& stdio) {
  TARE_RETURN_IF_ERROR(TakeStreams(stdio));
  lifecycle::CreateOptions create = options.create;
  {
    TARE_ASSIGN_OR_RETURN(const container::Directory directory,
                          container::Directory::Open(runtime.root, create.id));
    TARE_ASSIGN_OR_RETURN(create.config, directory.ReadConfig());
    if (const StatusOr<container::Record> record = directory.Load();
        create.networks.attached() && record.ok())
      create.networks = connect::Again(create.networks, *record);
  }
  TARE_RETURN_IF_ERROR(lifecycle::Destroy(runtime, create.id));
  return Create(runtime, create, Until::kRunning);
}

}  // namespace tare::supervise
