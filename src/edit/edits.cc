#include "edit/edits.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "edit/capabilities.h"
#include "edit/environment.h"
#include "edit/limits.h"
#include "edit/mounts.h"
#include "edit/users.h"

namespace tare::edit {
namespace {

using json::Editor;
using Edits = std::vector<Edit>;

Edit Set(std::string pointer, json::NewValue value) {
  return [pointer = std::move(pointer), value = std::move(value)](Editor& config, const std::string&) {
    config.Set(pointer, value);
    return absl::OkStatus();
  };
}

// Podman sets TERM, because programs on a terminal need it.
Status SetTerminal(Editor& config) {
  config.Set("/process/terminal", true);
  if (!HasVariable(config, "TERM")) config.Set("/process/env/-", "TERM=xterm");
  return absl::OkStatus();
}

void AddTerminal(const Request& request, Edits& edits) {
  if (!request.tty) return;
  if (*request.tty)
    edits.push_back([](Editor& config, const std::string&) { return SetTerminal(config); });
  else
    edits.push_back(Set("/process/terminal", false));
}

Status AddEnvironment(const Request& request, Edits& edits) {
  if (request.env.empty() && request.env_files.empty()) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> variables,
                        ReadVariables(request.env_files, request.env, CallersEnvironment()));
  edits.push_back([variables = std::move(variables)](Editor& config, const std::string&) {
    SetVariables(variables, config);
    return absl::OkStatus();
  });
  return absl::OkStatus();
}

Status AddWorkdir(const Request& request, Edits& edits) {
  if (request.workdir.empty()) return absl::OkStatus();
  if (request.workdir.front() != '/')
    return InvalidError("--workdir: \"", request.workdir, "\" must be an absolute path");
  edits.push_back(Set("/process/cwd", request.workdir));
  return absl::OkStatus();
}

void AddUser(const Request& request, Edits& edits) {
  if (request.user.empty() && request.group_add.empty()) return;
  edits.push_back(
      [user = request.user, groups = request.group_add](Editor& config, const std::string& bundle) {
        return SetUser(user, groups, bundle, config);
      });
}

Status AddCapabilities(const Request& request, Edits& edits) {
  if (request.cap_add.empty() && request.cap_drop.empty()) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(CapabilityChange change, ParseCapabilities(request.cap_add, request.cap_drop));
  edits.push_back([change = std::move(change)](Editor& config, const std::string&) {
    ChangeCapabilities(change, config);
    return absl::OkStatus();
  });
  return absl::OkStatus();
}

bool HasNewNamespace(const Editor& config, absl::string_view type) {
  for (size_t i = 0; i < config.Size("/linux/namespaces"); ++i) {
    const std::string pointer = absl::StrCat("/linux/namespaces/", i);
    if (config.String(pointer + "/type") == type)
      return config.String(pointer + "/path").value_or("").empty();
  }
  return false;
}

Status SetHostname(const std::string& hostname, Editor& config) {
  if (!HasNewNamespace(config, "uts"))
    return InvalidError("--hostname: the config gives the container no UTS namespace of its own");
  config.Set("/hostname", hostname);
  return absl::OkStatus();
}

void AddHostname(const Request& request, Edits& edits) {
  if (request.hostname.empty()) return;
  edits.push_back([hostname = request.hostname](Editor& config, const std::string&) {
    return SetHostname(hostname, config);
  });
}

Status AddMounts(const Request& request, Edits& edits) {
  TARE_ASSIGN_OR_RETURN(std::vector<Mount> mounts, ParseMounts(request.mounts, request.volumes));
  if (mounts.empty()) return absl::OkStatus();
  edits.push_back([mounts = std::move(mounts)](Editor& config, const std::string&) {
    for (const Mount& mount : mounts) SetMount(mount, config);
    return absl::OkStatus();
  });
  return absl::OkStatus();
}

// After the mounts, which come instead of the file systems that Podman adds.
void AddReadOnly(const Request& request, Edits& edits) {
  if (!request.read_only) return;
  edits.push_back(Set("/root/readonly", *request.read_only));
  if (!*request.read_only || !request.read_only_tmpfs) return;
  edits.push_back([](Editor& config, const std::string&) {
    AddWritableMounts(config);
    return absl::OkStatus();
  });
}

Status AddLimits(const Request& request, Edits& edits) {
  TARE_ASSIGN_OR_RETURN(const Limits limits, ParseLimits(request));
  if (limits == Limits{}) return absl::OkStatus();
  edits.push_back([limits](Editor& config, const std::string&) { return SetLimits(limits, config); });
  return absl::OkStatus();
}

Status AddAnnotations(const Request& request, Edits& edits) {
  for (const std::string& annotation : request.annotations) {
    const std::vector<std::string> parts = absl::StrSplit(annotation, absl::MaxSplits('=', 1));
    if (parts.size() < 2 || parts[0].empty())
      return InvalidError("--annotation: \"", annotation, "\" must have the form KEY=VALUE");
    edits.push_back(Set(absl::StrCat("/annotations/", json::PointerToken(parts[0])), parts[1]));
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<Edits> Parse(const Request& request) {
  Edits edits;
  if (!request.program.empty()) edits.push_back(Set("/process/args", request.program));
  TARE_RETURN_IF_ERROR(AddEnvironment(request, edits));
  AddTerminal(request, edits);
  TARE_RETURN_IF_ERROR(AddWorkdir(request, edits));
  AddUser(request, edits);
  TARE_RETURN_IF_ERROR(AddCapabilities(request, edits));  // these depend on the user
  AddHostname(request, edits);
  TARE_RETURN_IF_ERROR(AddMounts(request, edits));
  AddReadOnly(request, edits);
  TARE_RETURN_IF_ERROR(AddLimits(request, edits));
  TARE_RETURN_IF_ERROR(AddAnnotations(request, edits));
  return edits;
}

}  // namespace tare::edit
