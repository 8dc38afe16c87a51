#include "rootfs/mount_plan.h"

#include <gtest/gtest.h>

namespace tare::rootfs {
namespace {

MountStep PlanOne(const spec::Mount& mount) {
  return PlanMounts({mount}, "/bundle", "/bundle/rootfs").at(0);
}

TEST(MountPlan, TheKindFollowsFromTypeAndOptions) {
  struct Case {
    const char* type;
    std::vector<std::string> options;
    MountKind kind;
  };
  for (const Case& c : std::vector<Case>{
           {"bind", {}, MountKind::kBind},
           {"", {"bind"}, MountKind::kBind},
           {"none", {"rbind"}, MountKind::kBind},
           {"proc", {"bind"}, MountKind::kBind},
           {"bind", {"bind", "remount"}, MountKind::kRemount},
           {"proc", {"nosuid"}, MountKind::kProc},
           {"sysfs", {"ro"}, MountKind::kSysfs},
           {"mqueue", {}, MountKind::kMqueue},
           {"tmpfs", {"size=64k"}, MountKind::kTmpfs},
           {"cgroup", {}, MountKind::kCgroup},
           {"cgroup2", {}, MountKind::kCgroup},
           {"ext4", {}, MountKind::kFilesystem},
       })
    EXPECT_EQ(PlanOne({.destination = "/x", .type = c.type, .source = "/s", .options = c.options}).kind,
              c.kind)
        << c.type;
}

TEST(MountPlan, RelativeBindSourcesAreBelowTheBundle) {
  const auto planned = [](const char* type, const char* source) {
    return PlanOne({.destination = "/x", .type = type, .source = source}).source;
  };
  EXPECT_EQ(planned("bind", "data"), "/bundle/data");
  EXPECT_EQ(planned("bind", ""), "/bundle/");
  EXPECT_EQ(planned("bind", "/data"), "/data");
  EXPECT_EQ(planned("tmpfs", "tmpfs"), "tmpfs");
}

TEST(MountPlan, ADestinationThatBeginsWithTheRootfsIsBelowIt) {
  const auto planned = [](const char* destination, const char* rootfs) {
    return PlanMounts({{.destination = destination, .type = "proc"}}, "/bundle", rootfs).at(0).destination;
  };
  EXPECT_EQ(planned("/bundle/rootfs/data", "/bundle/rootfs"), "/data");
  EXPECT_EQ(planned("/bundle/rootfs", "/bundle/rootfs"), "/");
  EXPECT_EQ(planned("/bundle/rootfs2", "/bundle/rootfs"), "/bundle/rootfs2");
  EXPECT_EQ(planned("/data", "/"), "/data");
}

TEST(MountPlan, WhatIsStillFilledBecomesReadOnlyLater) {
  struct Case {
    const char* type;
    const char* destination;
    bool later;
  };
  for (const Case& c : std::vector<Case>{{"tmpfs", "/run", true},
                                         {"devtmpfs", "/dev", true},
                                         {"devtmpfs", "/dev/", true},
                                         {"devtmpfs", "/mnt", false},
                                         {"proc", "/proc", false},
                                         {"bind", "/dev", false}}) {
    const MountStep step =
        PlanOne({.destination = c.destination, .type = c.type, .source = "/s", .options = {"ro"}});
    EXPECT_EQ(step.read_only_later, c.later) << c.type << " at " << c.destination;
    EXPECT_EQ((step.options.flags & MS_RDONLY) != 0, !c.later) << c.type << " at " << c.destination;
  }
  EXPECT_FALSE(PlanOne({.destination = "/run", .type = "tmpfs"}).read_only_later);
}

TEST(MountPlan, StepsKeepTheOrderAndTheirIndex) {
  const std::vector<MountStep> steps =
      PlanMounts({{.destination = "/b", .type = "proc"}, {.destination = "/a", .type = "sysfs"}}, "/bundle",
                 "/bundle/rootfs");
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_EQ(steps[0].destination, "/b");
  EXPECT_EQ(steps[0].index, 0U);
  EXPECT_EQ(steps[1].destination, "/a");
  EXPECT_EQ(steps[1].index, 1U);
}

TEST(MountPlan, MappingsOrTheOptionMakeAStepIdmapped) {
  EXPECT_FALSE(PlanOne({.destination = "/x", .type = "bind", .source = "/s"}).idmapped());
  EXPECT_TRUE(
      PlanOne({.destination = "/x", .type = "bind", .source = "/s", .options = {"idmap"}}).idmapped());
  spec::Mount mapped{.destination = "/x", .type = "bind", .source = "/s"};
  mapped.uid_mappings = {{.container_id = 0, .host_id = 1000, .size = 1}};
  mapped.gid_mappings = {{.container_id = 0, .host_id = 2000, .size = 1}};
  const MountStep step = PlanOne(mapped);
  EXPECT_TRUE(step.idmapped());
  EXPECT_EQ(step.uid_mappings.at(0).host_id, 1000U);
  EXPECT_EQ(step.gid_mappings.at(0).host_id, 2000U);
}

TEST(MountPlan, AnErrorNamesSourceDestinationAndPlace) {
  const MountStep step = PlanOne({.destination = "/data", .type = "bind", .source = "/missing"});
  EXPECT_EQ(MountErrorPrefix(step), "error mounting \"/missing\" to rootfs at \"/data\": /mounts/0");
}

}  // namespace
}  // namespace tare::rootfs
