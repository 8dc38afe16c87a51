#include "checkpoint/restore.h"

#include <optional>

#include "checkpoint/restoration.h"
#include "lifecycle/destroy.h"
#include "lifecycle/foreground.h"

namespace tare::checkpoint {

StatusOr<int> Restore(const lifecycle::Runtime& runtime, const RestoreOptions& options) {
  std::optional<lifecycle::Foreground> foreground;
  if (!options.detach)
    TARE_RETURN_IF_ERROR(foreground.emplace().Begin(options.no_subreaper ? lifecycle::Subreaper::kNo
                                                                         : lifecycle::Subreaper::kYes));
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<Restoration> restoration,
                        Restoration::Restore(runtime, options, /*relayed=*/!options.detach));
  restoration->Keep();
  if (!foreground) return 0;
  StatusOr<int> status = foreground->Wait(restoration->init(), restoration->TakeMaster());
  // If another command has deleted it meanwhile, its ID may already be that of a new container.
  if (container::Container ended = restoration->TakeEnded(); !ended.directory.is_removed())
    TARE_RETURN_IF_ERROR(lifecycle::Destroy(ended));
  return status;
}

StatusOr<lifecycle::ChildProcess> RestoreInWorker(const lifecycle::Runtime& runtime,
                                                  const RestoreOptions& options) {
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<Restoration> restoration,
                        Restoration::Restore(runtime, options, /*relayed=*/false));
  restoration->Keep();
  return lifecycle::ChildProcess{
      .process = restoration->Release(), .master = restoration->TakeMaster(), .notify = {}};
}

}  // namespace tare::checkpoint
