#include "spec/record.h"

#include <algorithm>
#include <array>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "json/reader.h"
#include "json/writer.h"
#include "spec/names.h"

namespace tare::spec {
namespace {

using json::Value;

json::Output Names(const std::vector<NamespaceType>& types) {
  json::Output names = json::Output::array();
  for (NamespaceType type : types) names.push_back(std::string(NamespaceName(type)));
  return names;
}

json::Output Joined(const std::vector<Namespace>& namespaces) {
  json::Output joined = json::Output::array();
  for (const Namespace& ns : namespaces) {
    joined.push_back({{"type", std::string(NamespaceName(ns.type))}, {"path", ns.path}});
  }
  return joined;
}

NamespaceType ReadType(Value at) {
  const std::string name = json::KnownName(at, kNamespaceNames, "namespace type");
  for (size_t i = 0; i < kNamespaceNames.size(); ++i) {
    if (kNamespaceNames[i] == name) return static_cast<NamespaceType>(i);
  }
  return NamespaceType::kPid;
}

Namespace ReadJoined(Value at) {
  return {.type = ReadType(at.Required("type")), .path = at.Required("path").String()};
}

// The number of the member, which ends in the text: one that was cut short is none. What a string holds
// cannot be taken for it, for quotes are escaped there.
uint64_t NumberOf(absl::string_view name, absl::string_view text) {
  const std::string member = absl::StrCat("\"", name, "\":");
  const size_t found = text.find(member);
  if (found == absl::string_view::npos) return 0;
  const absl::string_view rest = text.substr(found + member.size());
  const size_t end = rest.find_first_of(",}");
  uint64_t number = 0;
  return end != absl::string_view::npos && absl::SimpleAtoi(rest.substr(0, end), &number) ? number : 0;
}

// What records say that were written before they had a word for it.
bool MadePidNamespace(const Record& record) {
  const auto is_joined_pid = [](const Namespace& ns) { return ns.type == NamespaceType::kPid; };
  return std::ranges::find(record.namespaces, NamespaceType::kPid) != record.namespaces.end() &&
         std::ranges::none_of(record.joined, is_joined_pid);
}

Record ReadRecord(Value at) {
  Record record = {
      .id = at.Required("id").String(),
      .bundle = at.Required("bundle").String(),
      .rootfs = at.Required("rootfs").String(),
      .created = at.Required("created").String(),
      .owner = at.Required("owner").Integer<uid_t>(),
      .init_pid = at.Required("initPid").Integer<pid_t>(0),
      .init_start_time = at.Required("initStartTime").Integer<uint64_t>(),
      .cgroup_paths = at["cgroupPaths"].StringMap(),
      .systemd_cgroup = at["systemdCgroup"].Bool(),
      .namespaces = json::List(at["namespaces"], ReadType),
      .joined = json::List(at["joined"], ReadJoined),
      .rootfs_mount = at["rootfsMount"].Integer<uint64_t>(),
      .rdt_control = at["rdtControl"].String(),
      .rdt_monitor = at["rdtMonitor"].String(),
      .rdt_owned = at["rdtOwned"].Strings(),
      .chrooted = at["chrooted"].Bool(),
      .has_seccomp = at["hasSeccomp"].Bool(),
      .has_process = at["hasProcess"].Bool(),
      .has_poststart_hooks = at["hasPoststartHooks"].Bool(),
      .has_poststop_hooks = at["hasPoststopHooks"].Bool(),
      .annotations = at["annotations"].StringMap(),
  };
  record.own_pid_namespace = at["ownPidNamespace"].OptionalBool().value_or(MadePidNamespace(record));
  return record;
}

}  // namespace

std::string RecordJson(const Record& record) {
  return json::OneLine({
      {"id", record.id},
      {"bundle", record.bundle},
      {"rootfs", record.rootfs},
      {"created", record.created},
      {"owner", record.owner},
      {"initPid", record.init_pid},
      {"initStartTime", record.init_start_time},
      {"cgroupPaths", record.cgroup_paths},
      {"systemdCgroup", record.systemd_cgroup},
      {"namespaces", Names(record.namespaces)},
      {"joined", Joined(record.joined)},
      {"ownPidNamespace", record.own_pid_namespace},
      {"rootfsMount", record.rootfs_mount},
      {"rdtControl", record.rdt_control},
      {"rdtMonitor", record.rdt_monitor},
      {"rdtOwned", record.rdt_owned},
      {"chrooted", record.chrooted},
      {"hasSeccomp", record.has_seccomp},
      {"hasProcess", record.has_process},
      {"hasPoststartHooks", record.has_poststart_hooks},
      {"hasPoststopHooks", record.has_poststop_hooks},
      {"annotations", record.annotations},
  });
}

StatusOr<Record> ParseRecord(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, ReadRecord);
}

Record SalvageRecord(absl::string_view damaged, const std::string& id) {
  Record record{.id = id};
  if (!absl::StartsWith(damaged, absl::StrCat("{\"id\":\"", id, "\",")))
    return record;  // another container's
  const uint64_t pid = NumberOf("initPid", damaged);
  const uint64_t start_time = NumberOf("initStartTime", damaged);
  if (pid == 0 || pid > std::numeric_limits<pid_t>::max() || start_time == 0) return record;
  record.init_pid = static_cast<pid_t>(pid);
  record.init_start_time = start_time;
  return record;
}

}  // namespace tare::spec
