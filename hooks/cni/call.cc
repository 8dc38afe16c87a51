#include "hooks/cni/call.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/step.h"
#include "hooks/cni/known_versions.h"
#include "hooks/cni/result.h"
#include "hooks/cni/versions.h"
#include "hooks/program.h"
#include "json/editor.h"

namespace tare::cni {
namespace {

constexpr size_t kMostOfOutput = 1 << 20;  // bytes
constexpr size_t kQuotedOutput = 512;      // bytes of output without meaning that an error quotes
// For a caller without PATH (a hook may have none). Plugins look for iptables in it.
constexpr char kUsualPath[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Our environment, as CNI's own library passes it on, without variables of an outer call.
std::vector<std::string> Environment(absl::string_view command, const Subject& subject,
                                     const Places& places) {
  std::vector<std::string> env;
  bool has_path = false;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (absl::StartsWith(*variable, "CNI_")) continue;
    has_path |= absl::StartsWith(*variable, "PATH=");
    env.emplace_back(*variable);
  }
  if (!has_path) env.emplace_back(kUsualPath);
  env.push_back(absl::StrCat("CNI_COMMAND=", command));
  env.push_back(absl::StrCat("CNI_PATH=", absl::StrJoin(places.plugins, ":")));
  const auto add = [&](absl::string_view name, const std::string& value) {
    if (!value.empty()) env.push_back(absl::StrCat(name, "=", value));
  };
  add("CNI_CONTAINERID", subject.container_id);
  add("CNI_NETNS", subject.netns);
  add("CNI_IFNAME", subject.interface);
  add("CNI_ARGS", subject.args);
  return env;
}

// What to quote of output that is not a document.
std::string Quote(absl::string_view output) {
  const absl::string_view text = absl::StripAsciiWhitespace(output);
  return absl::StrCat(text.substr(0, kQuotedOutput), text.size() > kQuotedOutput ? "..." : "");
}

std::string StderrOf(const hooks::Finished& finished) {
  const absl::string_view err = absl::StripAsciiWhitespace(finished.err);
  return err.empty() ? "" : absl::StrCat(" (stderr: ", err, ")");
}

// The output of a call that has ended by itself.
StatusOr<std::string> OutputOf(hooks::Finished finished) {
  if (const std::optional<std::string> error = ErrorOf(finished.out))
    return absl::AbortedError(absl::StrCat(*error, StderrOf(finished)));
  if (finished.succeeded()) return std::move(finished.out);
  const std::string out = Quote(finished.out);
  return absl::AbortedError(
      absl::StrCat(hooks::Outcome(finished.wait_status), out.empty() ? "" : ": ", out, StderrOf(finished)));
}

// In the plugin's process. If `caller` is killed, a plugin that went on would add what has just been
// released. What the plugin itself has started, such as iptables, is not ended: it is short.
Status EndWith(pid_t caller) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return ErrnoError(errno, "prctl(PR_SET_PDEATHSIG)");
  if (getppid() != caller) return absl::AbortedError("the caller has been killed");
  return absl::OkStatus();
}

StatusOr<std::string> Run(const std::string& program, const std::vector<std::string>& env,
                          const std::string& input, absl::Duration deadline) {
  const std::function<Status()> end_with_us = [caller = getpid()] { return EndWith(caller); };
  const hooks::Surroundings surroundings{.env = &env, .confine = &end_with_us};
  TARE_ASSIGN_OR_RETURN(
      hooks::Finished finished,
      hooks::RunProgram({.path = program}, input, surroundings, {.time = deadline, .output = kMostOfOutput}));
  switch (finished.ending) {
    case hooks::Ending::kTimedOut:
      return absl::DeadlineExceededError(absl::StrCat(
          "it did not end within ", absl::FormatDuration(deadline), " and was killed", StderrOf(finished)));
    case hooks::Ending::kWroteTooMuch:
      return absl::ResourceExhaustedError(
          absl::StrCat("it printed more than ", kMostOfOutput, " bytes and was killed", StderrOf(finished)));
    case hooks::Ending::kExited:
      return OutputOf(std::move(finished));
  }
  __builtin_unreachable();
}

}  // namespace

StatusOr<std::string> PluginInput(const PluginConfig& plugin, const Input& input) {
  TARE_ASSIGN_OR_RETURN(json::Editor config, json::Editor::Parse(plugin.json, "the configuration"));
  config.Set("/cniVersion", input.version);
  config.Set("/name", input.network);
  config.Remove("/prevResult");
  config.Remove("/runtimeConfig");
  if (!input.previous.empty()) config.Set("/prevResult", json::Raw{input.previous});
  if (!input.runtime_config.empty()) {
    TARE_ASSIGN_OR_RETURN(const json::Editor capabilities,
                          json::Editor::Parse(input.runtime_config, "runtimeConfig"));
    for (const std::string& name : capabilities.Names("")) {
      const std::string pointer = absl::StrCat("/", json::PointerToken(name));
      if (plugin.Declares(name))
        config.Set(absl::StrCat("/runtimeConfig", pointer), *capabilities.Value(pointer));
    }
  }
  if (!input.valid_attachments.empty())
    config.Set("/cni.dev~1valid-attachments", json::Raw{input.valid_attachments});
  return config.Text();
}

StatusOr<std::string> Caller::Call(absl::string_view command, const std::string& plugin,
                                   const Subject& subject, const std::string& input) const {
  TARE_STEP("CNI: ", command, " of ", plugin, " for ", subject.container_id, " ", subject.interface);
  const std::string context = absl::StrCat("CNI plugin \"", plugin, "\", ", command);
  TARE_ASSIGN_OR_RETURN(const std::string program, Find(plugin));
  TARE_ASSIGN_OR_RETURN(std::string output,
                        Run(program, Environment(command, subject, places_), input, places_.deadline),
                        context);
  return output;
}

StatusOr<std::vector<std::string>> Caller::Versions(const std::string& plugin) {
  if (const auto known = versions_.find(plugin); known != versions_.end()) return known->second;
  TARE_ASSIGN_OR_RETURN(const std::string program, Find(plugin));
  if (const std::optional<std::vector<std::string>> kept = KnownVersions(places_, program))
    return versions_[plugin] = *kept;
  // The version in it is that of the question; plugins of all versions can read it.
  TARE_ASSIGN_OR_RETURN(const std::string answer, Call("VERSION", plugin, {}, R"({"cniVersion":"1.0.0"})"));
  StatusOr<std::vector<std::string>> versions = ParseVersions(answer);
  if (!versions.ok()) return Annotate(versions.status(), "CNI plugin \"", plugin, "\"");
  KeepVersions(places_, program, *versions);
  versions_[plugin] = *versions;
  return versions;
}

StatusOr<std::string> Caller::VersionFor(const NetworkList& list) {
  std::vector<PluginVersions> plugins;
  for (const PluginConfig& plugin : list.plugins) {
    TARE_ASSIGN_OR_RETURN(std::vector<std::string> versions, Versions(plugin.type));
    plugins.push_back({plugin.type, std::move(versions)});
  }
  TARE_ASSIGN_OR_RETURN(std::string version, Negotiate(list.versions, plugins), list.file);
  return version;
}

StatusOr<std::string> Caller::Find(const std::string& plugin) const {
  std::string not_executable;
  for (const std::string& directory : places_.plugins) {
    std::string path = absl::StrCat(directory, "/", plugin);
    struct stat st {};
    if (stat(path.c_str(), &st) != 0 || !S_ISREG(st.st_mode)) continue;
    if (access(path.c_str(), X_OK) == 0) return path;
    not_executable = path;
  }
  if (!not_executable.empty())
    return absl::PermissionDeniedError(
        absl::StrCat("CNI plugin \"", plugin, "\": ", not_executable, " is not executable"));
  return absl::NotFoundError(
      absl::StrCat("CNI plugin \"", plugin, "\" not found in ", absl::StrJoin(places_.plugins, ", "),
                   "; Debian's package containernetworking-plugins has the usual ones"));
}

}  // namespace tare::cni
