// `exec --process` and `exec --user`: no document crashes the reader, and a process that is accepted can be
// run: it has a program, an absolute working directory and ids that are ids.
#include <cstdint>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lifecycle/exec/exec_process.h"
#include "require.h"
#include "spec/parse.h"

namespace {

using namespace tare;  // NOLINT(google-build-using-namespace)

const spec::Config& Containers() {
  static const spec::Config config = [] {
    spec::Config with_process;
    with_process.process =
        spec::ParseProcess(R"({"cwd": "/", "args": ["true"], "user": {"uid": 7, "gid": 8, "umask": 63},
        "capabilities": {"bounding": ["CAP_KILL"]}, "rlimits": [{"type": "RLIMIT_CORE", "soft": 1, "hard": 2}]})",
                           "config.json")
            .value();
    return with_process;
  }();
  return config;
}

void CheckUser(const spec::User& user) {
  Require(user.uid != spec::kNoId && user.gid != spec::kNoId);
}

void Document(const std::string& text) {
  if (text.empty()) return;  // no document
  const StatusOr<spec::Process> process = lifecycle::ExecProcess(Containers(), {.process_json = text});
  if (!process.ok()) return Require(!process.status().message().empty());
  Require(!process->args.empty() && absl::StartsWith(process->cwd, "/"));
  CheckUser(process->user);
  Require(process->user.umask.has_value() &&
          process->capabilities.has_value());  // the container's, if it has none
}

void User(const std::string& text) {
  spec::User user;
  if (!lifecycle::ParseUser(text, user).ok()) return;
  CheckUser(user);
  Require(text.find_first_not_of("0123456789:") == std::string::npos);
  spec::User again;
  Require(lifecycle::ParseUser(absl::StrCat(user.uid, ":", user.gid), again).ok());
  Require(again.uid == user.uid && again.gid == user.gid);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Document(text);
  User(text);
  return 0;
}
