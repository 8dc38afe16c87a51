#include "spec/record.h"

#include <algorithm>
#include <array>

#include "spec/json.h"
#include "spec/names.h"
#include "spec/write.h"

namespace tare::spec {
namespace {

using json::Value;

Json Names(const std::vector<NamespaceType>& types) {
  Json names = Json::array();
  for (NamespaceType type : types) names.push_back(std::string(NamespaceName(type)));
  return names;
}

Json Joined(const std::vector<Namespace>& namespaces) {
  Json joined = Json::array();
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
      .chrooted = at["chrooted"].Bool(),
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
  return OneLine({
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
      {"chrooted", record.chrooted},
      {"hasProcess", record.has_process},
      {"hasPoststartHooks", record.has_poststart_hooks},
      {"hasPoststopHooks", record.has_poststop_hooks},
      {"annotations", record.annotations},
  });
}

StatusOr<Record> ParseRecord(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, ReadRecord);
}

}  // namespace tare::spec
