#include "hooks/cni/hook_program.h"

#include <unistd.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "base/version.h"
#include "hooks/cni/annotations.h"
#include "hooks/cni/attach.h"
#include "json/reader.h"
#include "kernel/file.h"

namespace tare::cni {
namespace {

constexpr absl::string_view kName = "tare-cni";
constexpr absl::string_view kUsage =
    "tare-cni is a hook program of OCI runtimes: it reads a container's state on standard input.\n"
    "See tare-cni(8).\n";

struct HookState {
  std::string id;
  std::string status;
  std::string bundle;
  pid_t pid = 0;
  std::map<std::string, std::string> annotations;
};

HookState ReadState(json::Value at) {
  return {.id = at.Required("id").NonEmptyString(),
          .status = at.Required("status").NonEmptyString(),
          .bundle = at.Required("bundle").AbsolutePath(),
          .pid = at["pid"].Integer<pid_t>(0),
          .annotations = at["annotations"].StringMap()};
}

Status Act(const HookState& state) {
  TARE_ASSIGN_OR_RETURN(const Places places, PlacesOf());
  if (state.status == "stopped") return Detach(places, state.bundle, state.id);
  // The specification has "creating" for createRuntime; crun has "created".
  if (state.status != "creating" && state.status != "created")
    return InvalidError("status \"", state.status,
                        "\": tare-cni must be a createRuntime hook and a poststop hook");
  TARE_ASSIGN_OR_RETURN(const Request request, RequestOf(state.annotations));
  if (request.attachments.empty()) return absl::OkStatus();
  if (state.pid == 0) return InvalidError("the state of the container has no pid");
  return Attach(places, state.bundle, state.id, state.pid, request).status();
}

Status RunHook() {
  if (isatty(STDIN_FILENO)) return InvalidError(kUsage.substr(0, kUsage.size() - 1));
  TARE_ASSIGN_OR_RETURN(const std::string text, kernel::ReadAll(STDIN_FILENO, "standard input"));
  TARE_ASSIGN_OR_RETURN(const HookState state,
                        json::Read(text, "the state on standard input", ReadState, json::Remarks::kDrop));
  return Act(state);
}

void Write(int fd, absl::string_view text) {
  (void)kernel::WriteAll(fd, text, "the output");
}

}  // namespace

bool IsHookProgram(absl::string_view program) {
  return program.substr(program.rfind('/') + 1) == kName;  // npos + 1 is 0
}

int HookMain(std::span<const std::string> line) {
  const std::string word = line.empty() ? "" : line.front();
  if (word == "--version" || word == "--help") {
    Write(STDOUT_FILENO, word == "--help" ? std::string(kUsage) : absl::StrCat(kName, " ", kVersion, "\n"));
    return 0;
  }
  const Status done = RunHook();
  if (done.ok()) return 0;
  // Runtimes quote it in their error.
  Write(STDERR_FILENO, absl::StrCat(kName, ": ", done.message(), "\n"));
  return 1;
}

}  // namespace tare::cni
