#include "container/record.h"

#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "json/fields.h"
#include "spec/names.h"
#include "spec/sections.h"

namespace tare::container {
namespace {

json::Output WriteNamespaceType(const spec::NamespaceType& type) {
  return std::string(spec::NamespaceName(type));
}

json::Output WriteNamespace(const spec::Namespace& ns) {
  return {{"type", WriteNamespaceType(ns.type)}, {"path", ns.path}};
}

}  // namespace

static void ListFields(auto& fields, json::FieldsOf<Network> auto& network) {
  fields.Required("name", network.name);
  fields.Optional("interface", network.interface);
  fields.Optional("mac", network.mac);
  fields.Optional("addresses", network.addresses);
}

static void ListFields(auto& fields, json::FieldsOf<Record> auto& record) {
  fields.Required("id", record.id);  // first, then the version: see LooksWhole() and SalvageRecord()
  fields.Version(kRecordVersion);
  fields.Required("bundle", record.bundle);
  fields.Required("rootfs", record.rootfs);
  fields.Required("created", record.created);
  fields.Required("owner", record.owner);
  fields.Required("initPid", record.init_pid, 0);
  fields.Required("initStartTime", record.init_start_time);
  fields.Optional("cgroupPaths", record.cgroup_paths);
  fields.Optional("systemdCgroup", record.systemd_cgroup);
  fields.OptionalList("namespaces", record.namespaces, spec::ReadNamespaceType, WriteNamespaceType);
  fields.OptionalList("joined", record.joined, spec::ReadNamespace, WriteNamespace);
  fields.Optional("ownPidNamespace", record.own_pid_namespace);
  fields.Optional("rootfsMount", record.rootfs_mount);
  fields.Optional("rdtControl", record.rdt_control);
  fields.Optional("rdtMonitor", record.rdt_monitor);
  fields.Optional("rdtOwned", record.rdt_owned);
  fields.Optional("chrooted", record.chrooted);
  fields.Optional("hasSeccomp", record.has_seccomp);
  fields.Required("hasProcess", record.has_process);
  fields.Optional("hasPoststartHooks", record.has_poststart_hooks);
  fields.Optional("hasPoststopHooks", record.has_poststop_hooks);
  fields.OptionalList("networks", record.networks);
  fields.Optional("ports", record.ports);
  fields.Optional("hostname", record.hostname);
  fields.Optional("annotations", record.annotations);
  fields.Optional("flags", record.flags);
  fields.Optional("program", record.program);
  fields.Optional("flagsDirectory", record.flags_directory);
}

namespace {

// The number of a member, or 0 if the text ends within it. The text of a string cannot be mistaken for a
// member, because quotes are escaped in it.
uint64_t NumberOf(absl::string_view name, absl::string_view text) {
  const std::string member = absl::StrCat("\"", name, "\":");
  const size_t found = text.find(member);
  if (found == absl::string_view::npos) return 0;
  const absl::string_view rest = text.substr(found + member.size());
  const size_t end = rest.find_first_of(",}");
  uint64_t number = 0;
  return end != absl::string_view::npos && absl::SimpleAtoi(rest.substr(0, end), &number) ? number : 0;
}

// How the text of a record begins, in every version.
std::string Beginning(const std::string& id) {
  return absl::StrCat("{\"id\":\"", id, "\",");
}

}  // namespace

std::string RecordJson(const Record& record) {
  return json::OneLine(json::WriteFields(record));
}

StatusOr<Record> ParseRecord(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, json::ReadFields<Record>);
}

Record SalvageRecord(absl::string_view damaged, const std::string& id) {
  Record record{.id = id};
  if (!absl::StartsWith(damaged, Beginning(id))) return record;  // another container's
  const uint64_t pid = NumberOf("initPid", damaged);
  const uint64_t start_time = NumberOf("initStartTime", damaged);
  if (pid == 0 || pid > std::numeric_limits<pid_t>::max() || start_time == 0) return record;
  record.init_pid = static_cast<pid_t>(pid);
  record.init_start_time = start_time;
  return record;
}

bool LooksWhole(absl::string_view json, const std::string& id) {
  return absl::StartsWith(json, absl::StrCat(Beginning(id), "\"version\":", kRecordVersion, ",")) &&
         absl::EndsWith(absl::StripTrailingAsciiWhitespace(json), "}");
}

}  // namespace tare::container
