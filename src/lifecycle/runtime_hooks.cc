#include "lifecycle/runtime_hooks.h"

#include <fcntl.h>

#include "base/log.h"
#include "hooks/run.h"
#include "kernel/descriptors.h"
#include "kernel/file.h"

namespace tare::lifecycle {
namespace {

kernel::Fd OpenBundle(const spec::State& state) {
  StatusOr<kernel::Fd> bundle = kernel::Open(state.bundle, O_PATH | O_DIRECTORY);
  return bundle.ok() ? *std::move(bundle) : kernel::Fd();
}

// Without O_NONBLOCK, this would wait for the reader of a FIFO.
StatusOr<kernel::Fd> OpenForAppending(const std::string& file, const std::string& bundle,
                                      const char* annotation) {
  if (file.empty()) return kernel::Fd();
  const std::string path = file.front() == '/' ? file : absl::StrCat(bundle, "/", file);
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY;
  TARE_ASSIGN_OR_RETURN(kernel::Fd fd, kernel::Open(path, kFlags, 0600), "/annotations/", annotation);
  TARE_RETURN_IF_ERROR(kernel::SetBlocking(fd.get()));
  return fd;
}

}  // namespace

StatusOr<HookOutput> OpenHookOutput(const spec::HookFiles& files, const std::string& bundle) {
  HookOutput output;
  TARE_ASSIGN_OR_RETURN(output.out, OpenForAppending(files.out, bundle, "run.oci.hooks.stdout"));
  TARE_ASSIGN_OR_RETURN(output.err, OpenForAppending(files.err, bundle, "run.oci.hooks.stderr"));
  return output;
}

Status RunInBundle(const std::vector<spec::Hook>& hooks, const char* kind, const spec::State& state,
                   const spec::HookFiles& files) {
  if (hooks.empty()) return absl::OkStatus();
  const kernel::Fd bundle = OpenBundle(state);
  TARE_ASSIGN_OR_RETURN(const HookOutput output, OpenHookOutput(files, state.bundle));
  return hooks::Run(hooks, kind, spec::StateJson(state),
                    {.directory = bundle.get(), .out = output.out.get(), .err = output.err.get()});
}

// The hooks run even if their output cannot be kept.
void RunPoststop(const std::vector<spec::Hook>& hooks, const spec::State& state,
                 const spec::HookFiles& files) {
  if (hooks.empty()) return;
  const kernel::Fd bundle = OpenBundle(state);
  StatusOr<HookOutput> opened = OpenHookOutput(files, state.bundle);
  if (!opened.ok()) log::Warning("the output of poststop hooks is lost: ", opened.status().message());
  const HookOutput output = opened.ok() ? *std::move(opened) : HookOutput();
  for (size_t i = 0; i < hooks.size(); ++i) {
    Status status =
        hooks::RunOne(hooks, i, "poststop", spec::StateJson(state),
                      {.directory = bundle.get(), .out = output.out.get(), .err = output.err.get()});
    if (!status.ok()) log::Warning(status.message());
  }
}

}  // namespace tare::lifecycle
