#include "spec/parse.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "json/reader.h"
#include "spec/sections.h"
#include "spec/version.h"

namespace tare::spec {
namespace {

using json::List;
using json::Optional;
using json::Value;

// A missing version, "1" and "1.0" are accepted with a warning, because other runtimes accept them.
std::string ReadVersion(Value config) {
  const Value at = config["ociVersion"];
  std::string version = at.String();
  if (version.empty()) {
    (at.present() ? at : config).Remark("ociVersion is missing: assuming 1.x");
    return version;
  }
  if (version == "1" || version == "1.0") {
    at.Remark(absl::StrCat("\"", version, "\" is not a semantic version (semver.org): assuming 1.x"));
  } else if (!IsSemanticVersion(version)) {
    at.Fail(absl::StrCat("must be a semantic version (semver.org), not \"", version, "\""));
  } else if (!version.starts_with("1.")) {
    at.Fail(absl::StrCat("version ", version, " of the runtime spec is not supported: use 1.x"));
  }
  return version;
}

Root ReadRoot(Value at) {
  return {
      .path = at.Required("path").NonEmptyString(),
      .readonly = at["readonly"].Bool(),
  };
}

// config.md: "a relative path is taken relative to /".
std::string ReadDestination(Value at) {
  std::string path = at.NonEmptyString();
  return path.starts_with('/') ? path : absl::StrCat("/", path);
}

Mount ReadMount(Value at) {
  return {
      .destination = ReadDestination(at.Required("destination")),
      .type = at["type"].String(),
      .source = at["source"].String(),
      .options = at["options"].Strings(),
      .uid_mappings = List(at["uidMappings"], ReadIdMapping),
      .gid_mappings = List(at["gidMappings"], ReadIdMapping),
  };
}

Hook ReadHook(Value at) {
  return {
      .path = at.Required("path").AbsolutePath(),
      .args = at["args"].Strings(),
      .env = at["env"].present() ? std::optional(at["env"].Strings()) : std::nullopt,
      .timeout = at["timeout"].OptionalInteger<int>(1),
  };
}

Hooks ReadHooks(Value at) {
  return {
      .prestart = List(at["prestart"], ReadHook),
      .create_runtime = List(at["createRuntime"], ReadHook),
      .create_container = List(at["createContainer"], ReadHook),
      .start_container = List(at["startContainer"], ReadHook),
      .poststart = List(at["poststart"], ReadHook),
      .poststop = List(at["poststop"], ReadHook),
  };
}

std::map<std::string, std::string> ReadAnnotations(Value at) {
  std::map<std::string, std::string> annotations = at.StringMap();
  if (annotations.contains("")) at.Remark("should not have an empty key");
  return annotations;
}

constexpr absl::string_view kMountContexts[] = {"context", "fscontext", "defcontext", "rootcontext"};

bool ReadSwitch(Value at) {
  const std::string word = at.String();
  if (word == "1" || word == "true") return true;
  if (!word.empty() && word != "0" && word != "false")
    at.Fail(absl::StrCat("must be \"1\" or \"0\", not \"", word, "\""));
  return false;
}

// The annotations of crun that change what the container is. Their names must be exact, as those of all
// annotations.
void ReadCrunsAnnotations(Value annotations, Config& config) {
  for (const Value at : annotations.Members()) {
    const absl::string_view name = at.key();
    if (name == "run.oci.keep_original_groups") {
      const bool keeps = ReadSwitch(at);
      if (config.process) config.process->user.keeps_groups = keeps;
    } else if (name == "run.oci.hooks.stdout") {
      config.hook_files.out = at.NonEmptyString();
    } else if (name == "run.oci.hooks.stderr") {
      config.hook_files.err = at.NonEmptyString();
    } else if (name == "run.oci.mount_context_type") {
      config.mount_context = json::KnownName(at, kMountContexts, "type of context");
    }
  }
}

std::vector<Mount> ReadMounts(Value at) {
  return List(at.IsObject() ? at.Required("mounts") : at, ReadMount);
}

// For config.json. In the document of `exec --process`, a missing user means the container's.
Process ReadInitProcess(Value at) {
  if (!at["user"].present()) at.Remark("user is missing: assuming uid 0 and gid 0");
  return ReadProcess(at);
}

}  // namespace

Config ReadConfig(Value at) {
  Config config = {
      .oci_version = ReadVersion(at),
      .root = ReadRoot(at.Required("root")),
      .mounts = List(at["mounts"], ReadMount),
      .process = Optional(at["process"], ReadInitProcess),
      .hostname = at["hostname"].String(),
      .domainname = at["domainname"].String(),
      .hooks = ReadHooks(at["hooks"]),
      .annotations = ReadAnnotations(at["annotations"]),
      .platform = ReadLinux(at["linux"]),
  };
  ReadCrunsAnnotations(at["annotations"], config);
  return config;
}

StatusOr<Config> ParseConfig(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, ReadConfig);
}

StatusOr<Config> ParseConfigAgain(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, ReadConfig, json::Remarks::kDrop);
}

StatusOr<Process> ParseProcess(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, ReadProcess);
}

StatusOr<Resources> ParseResources(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, ReadResources);
}

StatusOr<std::vector<Mount>> ParseMounts(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, ReadMounts, json::Remarks::kLog, json::Top::kAny);
}

}  // namespace tare::spec
