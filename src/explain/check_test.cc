#include "explain/check.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "explain/privileges.h"
#include "spec/features.h"

namespace tare::explain {
namespace {

using Json = nlohmann::json;
using Lines = std::vector<std::string>;

// A container about which there is nothing to warn of.
constexpr char kConfined[] = R"({
  "ociVersion": "1.2.0",
  "root": {"path": "rootfs"},
  "process": {
    "user": {"uid": 0, "gid": 0}, "cwd": "/", "args": ["sh"], "noNewPrivileges": true,
    "capabilities": {"bounding": ["CAP_CHOWN", "CAP_NET_BIND_SERVICE"]}
  },
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "ro"]},
    {"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]},
    {"destination": "/data", "source": "/srv/data", "options": ["rbind"]}
  ],
  "linux": {
    "namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}],
    "maskedPaths": ["/proc/kcore"],
    "readonlyPaths": ["/proc/sys", "/proc/sysrq-trigger"],
    "resources": {"devices": [{"allow": false}, {"allow": true, "type": "c", "major": 10, "minor": 229}]},
    "seccomp": {"defaultAction": "SCMP_ACT_ERRNO"}
  }
})";

// The pointers of all warnings of privileges, and of other findings, which are marked.
Lines Warnings(const std::string& patch) {
  Json document = Json::parse(kConfined);
  document.merge_patch(Json::parse(patch));
  const std::string text = document.dump();
  spec::Inspection inspection(text);
  WarnOfPrivileges(inspection);
  Lines lines;
  for (const spec::Finding& finding : inspection.Findings())
    lines.push_back(absl::StrCat(finding.topic == spec::Topic::kPrivilege ? "" : "! ", finding.pointer));
  return lines;
}

TEST(Privileges, NoWarningAboutAConfinedContainer) {
  EXPECT_EQ(Warnings("{}"), Lines{});
}

struct Row {
  const char* patch;
  Lines pointers;
};

void Expect(std::initializer_list<Row> rows) {
  for (const Row& row : rows) EXPECT_EQ(Warnings(row.patch), row.pointers) << row.patch;
}

TEST(Privileges, Namespaces) {
  const std::string all = "/linux/namespaces";
  Expect({
      {R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "uts"}, {"type": "ipc"}, {"type": "network"}]}})",
       {all}},
      {R"({"linux": {"namespaces": [{"type": "mount"}]}})", {all, all, all, all}},
      {R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "uts"}, {"type": "ipc"}, {"type": "pid"},
                     {"type": "network", "path": "/proc/1/ns/net"}]}})",
       {all + "/4"}},
      {R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "uts"}, {"type": "ipc"}, {"type": "pid"},
                     {"type": "network", "path": "/proc/12/ns/net"}]}})",
       {}},
  });
}

TEST(Privileges, WhatAUserNamespaceTakesAway) {
  const std::string user = R"("linux": {"namespaces": [{"type": "mount"}, {"type": "uts"}, {"type": "ipc"},
      {"type": "pid"}, {"type": "network"}, {"type": "user"}],
      "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}],
      "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]})";
  const std::string process = R"({"process": {"noNewPrivileges": false,
      "capabilities": {"bounding": ["CAP_SYS_ADMIN", "CAP_BPF"], "effective": ["CAP_SYS_ADMIN"]}})";
  EXPECT_EQ(Warnings(process + "}"), (Lines{"/process/capabilities/bounding/0",
                                            "/process/capabilities/bounding/1", "/process/noNewPrivileges"}));
  EXPECT_EQ(Warnings(process + "," + user + "}"), Lines{});
}

TEST(Privileges, RootOfTheHostInAUserNamespace) {
  EXPECT_EQ(Warnings(R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "uts"}, {"type": "ipc"},
      {"type": "pid"}, {"type": "network"}, {"type": "user"}],
      "uidMappings": [{"containerID": 1, "hostID": 1000, "size": 1}, {"containerID": 0, "hostID": 0, "size": 1}],
      "gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}})"),
            (Lines{"/linux/gidMappings/0/hostID", "/linux/uidMappings/1/hostID"}));
}

std::string MountPatch(const std::string& mount) {
  return absl::StrCat(R"({"mounts": [{"destination": "/x", )", mount, "}]}");
}

TEST(Privileges, Mounts) {
  for (const char* mount :
       {R"("type": "bind", "source": "/")", R"("source": "/etc/", "options": ["bind", "ro"])",
        R"("source": "/run/docker.sock", "options": ["bind"])",
        R"("source": "//var/run/./containerd.sock", "type": "bind")",
        R"("source": "/dev/sda", "options": ["bind"])", R"("type": "sysfs")", R"("type": "cgroup")",
        R"("type": "cgroup2")", R"("type": "debugfs")", R"("type": "devtmpfs")",
        R"("source": "/srv", "options": ["rbind", "rshared"])"})
    EXPECT_EQ(Warnings(MountPatch(mount)), Lines{"/mounts/0"}) << mount;
  for (const char* mount :
       {R"("type": "tmpfs")", R"("source": "/srv/etc", "options": ["rbind", "ro"])",
        R"("type": "sysfs", "options": ["ro"])", R"("source": "/dev/null", "options": ["bind"])",
        R"("type": "cgroup", "options": ["ro"])", R"("type": "mqueue")",
        R"("source": "/srv", "options": ["rbind", "rslave"])", R"("source": "dev", "options": ["bind"])"})
    EXPECT_EQ(Warnings(MountPatch(mount)), Lines{}) << mount;
}

TEST(Privileges, PathsOfProc) {
  Expect({
      {R"({"linux": {"maskedPaths": null}})", {"/linux/maskedPaths"}},
      {R"({"linux": {"readonlyPaths": ["/proc/sys"]}})", {"/linux/readonlyPaths"}},
      {R"({"linux": {"readonlyPaths": ["/proc/sysrq-trigger", "/proc/sys/net"]}})", {"/linux/readonlyPaths"}},
      {R"({"linux": {"readonlyPaths": null}})", {"/linux/readonlyPaths", "/linux/readonlyPaths"}},
      {R"({"linux": {"readonlyPaths": ["/proc"]}})", {}},
      {R"({"linux": {"readonlyPaths": null, "maskedPaths": null},
           "mounts": [{"destination": "/proc", "type": "tmpfs"}]})",
       {}},
      {R"({"linux": {"readonlyPaths": null},
           "mounts": [{"destination": "/proc", "type": "proc", "options": ["ro"]}]})",
       {}},
      {R"({"linux": {"rootfsPropagation": "rshared"}})", {"/linux/rootfsPropagation"}},
  });
}

TEST(Privileges, DevicesAndFilters) {
  Expect({
      {R"({"linux": {"resources": {"devices": [{"allow": false}, {"allow": true, "access": "rwm"}]}}})",
       {"/linux/resources/devices/1"}},
      {R"({"linux": {"resources": {"devices": [{"allow": true, "type": "b", "access": "r"}]}}})",
       {"/linux/resources/devices/0"}},
      {R"({"linux": {"resources": {"devices": [{"allow": true, "access": "m"}, {"allow": true, "type": "c"}]}}})",
       {}},
      {R"({"linux": {"devices": [{"type": "b", "path": "/dev/sda", "major": 8, "minor": 0},
                                 {"type": "c", "path": "/dev/mem", "major": 1, "minor": 1},
                                 {"type": "c", "path": "/dev/fuse", "major": 10, "minor": 229}]}})",
       {"/linux/devices/0", "/linux/devices/1"}},
      {R"({"linux": {"seccomp": null}})", {"/linux/seccomp"}},
      {R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_ALLOW"}}})", {"/linux/seccomp/defaultAction"}},
      {R"({"process": {"apparmorProfile": "unconfined"}})", {"/process/apparmorProfile"}},
  });
}

TEST(Report, AsJson) {
  const Report report{.file = "b/config.json",
                      .findings = {{.pointer = "/root/path",
                                    .what = "is required",
                                    .place = {.line = 3, .column = 5},
                                    .clause = "config.md, Root"},
                                   {.topic = spec::Topic::kPrivilege, .pointer = "/linux", .what = "w"}}};
  EXPECT_EQ(Json::parse(Document(report)),
            Json::parse(R"({"file": "b/config.json", "errors": 1, "warnings": 1,
    "findings": [{"severity": "error", "topic": "fault", "line": 3, "column": 5, "pointer": "/root/path",
                  "message": "is required", "clause": "config.md, Root"},
                 {"severity": "warning", "topic": "privilege", "line": 1, "column": 1, "pointer": "/linux",
                  "message": "w"}]})"));
}

}  // namespace
}  // namespace tare::explain
