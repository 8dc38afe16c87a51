#include "lifecycle/runtime_hooks.h"

#include <fcntl.h>

#include "base/log.h"
#include "hooks/run.h"
#include "kernel/file.h"

namespace tare::lifecycle {
namespace {

kernel::Fd OpenBundle(const spec::State& state) {
  StatusOr<kernel::Fd> bundle = kernel::Open(state.bundle, O_PATH | O_DIRECTORY);
  return bundle.ok() ? *std::move(bundle) : kernel::Fd();
}

}  // namespace

Status RunInBundle(const std::vector<spec::Hook>& hooks, const char* kind, const spec::State& state) {
  if (hooks.empty()) return absl::OkStatus();
  const kernel::Fd bundle = OpenBundle(state);
  return hooks::Run(hooks, kind, spec::StateJson(state), {.directory = bundle.get()});
}

void RunPoststop(const std::vector<spec::Hook>& hooks, const spec::State& state) {
  if (hooks.empty()) return;
  const kernel::Fd bundle = OpenBundle(state);
  for (size_t i = 0; i < hooks.size(); ++i) {
    Status status = hooks::RunOne(hooks, i, "poststop", spec::StateJson(state), {.directory = bundle.get()});
    if (!status.ok()) log::Warning(status.message());
  }
}

}  // namespace tare::lifecycle
