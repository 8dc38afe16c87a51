// The stories of `create` and `run`.
#include "lifecycle/create.h"

#include "lifecycle/control.h"
#include "lifecycle/creation.h"
#include "lifecycle/foreground.h"
#include "security/own_executable.h"

namespace tare::lifecycle {
namespace {

Starter StarterOf(const RunOptions& options) {
  return options.detach ? Starter::kDetachedRun : Starter::kForegroundRun;
}

}  // namespace

Status Create(const Runtime& runtime, const CreateOptions& options) {
  TARE_RETURN_IF_ERROR(security::ProtectOwnExecutable());
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<Creation> creation,
                        Creation::Create(runtime, options, Starter::kStartCommand));
  creation->Keep();
  return absl::OkStatus();
}

StatusOr<Supervised> CreateSupervised(const Runtime& runtime, const CreateOptions& options) {
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<Creation> creation,
                        Creation::Create(runtime, options, Starter::kSupervisor));
  creation->Keep();
  return Supervised{.process = creation->Release(), .master = creation->TakeMaster()};
}

StatusOr<int> Run(const Runtime& runtime, const RunOptions& options) {
  TARE_RETURN_IF_ERROR(security::ProtectOwnExecutable());
  std::optional<Foreground> foreground;
  if (!options.detach) foreground.emplace(options.no_subreaper ? Subreaper::kNo : Subreaper::kYes);
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<Creation> creation,
                        Creation::Create(runtime, options.create, StarterOf(options)));
  TARE_RETURN_IF_ERROR(creation->Start());
  creation->Keep();
  if (!foreground) return 0;

  StatusOr<int> status = foreground->Supervise(creation->init(), creation->TakeMaster());
  if (!options.keep) TARE_RETURN_IF_ERROR(Delete(runtime, options.create.id, /*force=*/true));
  return status;
}

}  // namespace tare::lifecycle
