// A plain directory stands for the kernel's: each write is appended to the file there, and so are seen in
// their order. What the kernel would do by itself, put "tasks" and "schemata" into a new group and take them
// away with it, the tests do.
//
// The tests of linux.intelRdt are named after the lines of config-linux.md, which the table of
// conformance/ points to.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "kernel/file.h"
#include "resctrl/group.h"
#include "resctrl/mark.h"
#include "resctrl/mount.h"
#include "resctrl/schemata.h"
#include "resctrl/stats.h"

namespace tare::resctrl {
namespace {

namespace fs = std::filesystem;

constexpr char kFull[] = "    L3:0=fffff;1=fffff\n    MB:0=100;1=100\n";

class Resctrl : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "resctrlXXXXXX";
    root_ = mkdtemp(name.data());
    AddGroup(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string Path(const std::string& name) const { return root_ + "/" + name; }

  static void WriteText(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string Text(const std::string& path) { return kernel::ReadFile(path).value_or("(no file)"); }

  static void AddGroup(const std::string& path) {
    fs::create_directories(path + "/mon_groups");
    WriteText(path + "/tasks", "");
    WriteText(path + "/schemata", kFull);
  }

  // The kernel's files go with their directory.
  static void ForgetFiles(const std::string& path) {
    for (const char* name : {"tasks", "schemata"}) fs::remove(path + "/" + name);
    std::error_code ignored;
    fs::remove(path + "/mon_groups", ignored);
  }

  // What was written to the schemata of a group that was there, after what was in force.
  static std::string Written(const std::string& path) {
    const std::string text = Text(path + "/schemata");
    return text.starts_with(kFull) ? text.substr(sizeof kFull - 1) : text;
  }

  StatusOr<Group> MakeGroup(const spec::IntelRdt& rdt) { return Make(root_, "web", "owner of web", rdt); }

  std::string root_;
};

// `delete --force` of a container whose record is lost.
TEST_F(Resctrl, OwnGroupsAreFoundByTheirMark) {
  AddGroup(Path("gold"));
  const StatusOr<Group> alone = Make(root_, "a", "owner of a", {.l3_cache_schema = "L3:0=f"});
  const StatusOr<Group> shared =
      Make(root_, "b", "owner of b", {.clos_id = "gold", .enable_monitoring = true});
  ASSERT_TRUE(alone.ok() && shared.ok()) << alone.status() << shared.status();
  EXPECT_EQ(*FindMarked(root_, "owner of a"), (std::vector<std::string>{Path("a")}));
  EXPECT_EQ(*FindMarked(root_, "owner of b"), (std::vector<std::string>{Path("gold/mon_groups/b")}));
  EXPECT_TRUE(FindMarked(root_, "owner of gold")->empty());
}

// A group that was there belongs to somebody else, and a closID may be shared.
TEST_F(Resctrl, GroupsThatAreNotOwnedAreNotMarked) {
  AddGroup(Path("web"));
  ASSERT_TRUE(MakeGroup({}).ok());
  ASSERT_TRUE(MakeGroup({.clos_id = "new", .l3_cache_schema = "L3:0=f"}).ok());
  EXPECT_TRUE(FindMarked(root_, "owner of web")->empty());
}

TEST_F(Resctrl, CL739ThePidIsWrittenToTheTasksOfClosId) {
  AddGroup(Path("gold"));
  const StatusOr<Group> group = MakeGroup({.clos_id = "gold"});
  ASSERT_TRUE(group.ok()) << group.status();
  ASSERT_TRUE(Enter(*group, 1234).ok());
  EXPECT_EQ(Text(Path("gold/tasks")), "1234");
  EXPECT_EQ(Text(Path("tasks")), "");
}

TEST_F(Resctrl, CL747TheSlashIsTheDefaultGroup) {
  const StatusOr<Group> group = MakeGroup({.clos_id = "/"});
  ASSERT_TRUE(group.ok()) << group.status();
  EXPECT_EQ(group->control, root_);
  ASSERT_TRUE(Enter(*group, 1234).ok());
  EXPECT_EQ(Text(Path("tasks")), "1234");
  EXPECT_TRUE(group->made.empty());
  EXPECT_TRUE(group->owned.empty());
}

TEST_F(Resctrl, CL757TheRulesHoldForTheDefaultGroupToo) {
  EXPECT_FALSE(MakeGroup({.clos_id = "/", .l3_cache_schema = "L3:0=f"}).ok());
  EXPECT_TRUE(MakeGroup({.clos_id = "/", .l3_cache_schema = "L3:0=fffff"}).ok());
}

TEST_F(Resctrl, CL759aBothSchemataAreWritten) {
  ASSERT_TRUE(MakeGroup({.l3_cache_schema = "L3:0=f", .mem_bw_schema = "MB:0=20"}).ok());
  EXPECT_EQ(Text(Path("web/schemata")), "L3:0=f\nMB:0=20\n");
}

TEST_F(Resctrl, CL759bMemoryBandwidthIsLastAndOverrulesThatOfTheOther) {
  ASSERT_TRUE(MakeGroup({.l3_cache_schema = "MB:0=90\nL3:0=f\nL3:1=ff", .mem_bw_schema = "MB:0=20"}).ok());
  EXPECT_EQ(Text(Path("web/schemata")), "L3:0=f\nL3:1=ff\nMB:0=20\n");
}

TEST_F(Resctrl, CL761OneAloneIsWritten) {
  ASSERT_TRUE(Make(root_, "a", "owner of a", {.l3_cache_schema = "L3:0=f\nMB:0=90"}).ok());
  EXPECT_EQ(Text(Path("a/schemata")), "L3:0=f\nMB:0=90\n");
  ASSERT_TRUE(Make(root_, "b", "owner of b", {.mem_bw_schema = "MB:0=20"}).ok());
  EXPECT_EQ(Text(Path("b/schemata")), "MB:0=20\n");
}

TEST_F(Resctrl, CL763SchemataAreWrittenAfterTheTwo) {
  ASSERT_TRUE(
      MakeGroup({.schemata = {"L2:0=3", "MB:0=30"}, .l3_cache_schema = "L3:0=f", .mem_bw_schema = "MB:0=20"})
          .ok());
  EXPECT_EQ(Text(Path("web/schemata")), "L3:0=f\nMB:0=20\nL2:0=3\nMB:0=30\n");
}

TEST_F(Resctrl, CL765WithoutASchemaNothingIsWritten) {
  AddGroup(Path("gold"));
  ASSERT_TRUE(MakeGroup({.clos_id = "gold"}).ok());
  EXPECT_EQ(Text(Path("gold/schemata")), kFull);
  ASSERT_TRUE(MakeGroup({}).ok());
  EXPECT_FALSE(fs::exists(Path("web/schemata")));
}

TEST_F(Resctrl, CL767WithoutAClosIdTheGroupIsNamedAfterTheContainer) {
  const StatusOr<Group> group = MakeGroup({});
  ASSERT_TRUE(group.ok()) << group.status();
  EXPECT_EQ(group->control, Path("web"));
  EXPECT_TRUE(fs::is_directory(Path("web")));
}

TEST_F(Resctrl, CL770AGroupOfAClosIdIsMadeForAnySchema) {
  ASSERT_TRUE(MakeGroup({.clos_id = "a", .l3_cache_schema = "L3:0=f"}).ok());
  ASSERT_TRUE(MakeGroup({.clos_id = "b", .mem_bw_schema = "MB:0=20"}).ok());
  ASSERT_TRUE(MakeGroup({.clos_id = "c", .schemata = {"L2:0=3"}}).ok());
  EXPECT_EQ(Text(Path("a/schemata")), "L3:0=f\n");
  EXPECT_EQ(Text(Path("b/schemata")), "MB:0=20\n");
  EXPECT_EQ(Text(Path("c/schemata")), "L2:0=3\n");
}

TEST_F(Resctrl, CL771aWhatIsInForceIsComparedByItsMeaning) {
  AddGroup(Path("gold"));
  EXPECT_TRUE(MakeGroup({.clos_id = "gold", .l3_cache_schema = "L3:1=0FFFFF; 0=fffff"}).ok());
  EXPECT_TRUE(MakeGroup({.clos_id = "gold", .mem_bw_schema = "MB:0=100"}).ok());
  EXPECT_TRUE(
      MakeGroup({.clos_id = "gold", .l3_cache_schema = "L3:0=fffff", .mem_bw_schema = "MB:1=100"}).ok());
}

TEST_F(Resctrl, CL771bWhatIsNotInForceIsAnError) {
  AddGroup(Path("gold"));
  for (const char* line : {"L3:0=ffff", "L3:2=fffff", "L3DATA:0=fffff", "L3:0", "L3:0=fffff;1=f"}) {
    const Status status = MakeGroup({.clos_id = "gold", .l3_cache_schema = line}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << line;
    EXPECT_NE(status.message().find(line), absl::string_view::npos) << status;
  }
  EXPECT_FALSE(MakeGroup({.clos_id = "gold", .mem_bw_schema = "MB:0=10"}).ok());
  EXPECT_FALSE(
      MakeGroup({.clos_id = "gold", .l3_cache_schema = "L3:0=fffff", .mem_bw_schema = "MB:0=10"}).ok());
  EXPECT_EQ(Written(Path("gold")), "");
  EXPECT_TRUE(fs::exists(Path("gold")));
}

TEST_F(Resctrl, CL773aOfAClosIdAloneTheGroupIsLookedFor) {
  fs::create_directory(Path("info"));
  EXPECT_FALSE(MakeGroup({.clos_id = "info"}).ok()) << "a directory that is no group";
}

TEST_F(Resctrl, CL773bAGroupThatIsThereIsUsed) {
  AddGroup(Path("gold"));
  const StatusOr<Group> group = MakeGroup({.clos_id = "gold"});
  ASSERT_TRUE(group.ok()) << group.status();
  EXPECT_EQ(group->control, Path("gold"));
}

TEST_F(Resctrl, CL773cAGroupThatIsNotThereIsAnError) {
  const Status status = MakeGroup({.clos_id = "gold"}).status();
  EXPECT_EQ(ErrnoOf(status), ENOENT);
  EXPECT_FALSE(fs::exists(Path("gold")));
}

TEST_F(Resctrl, CL775WhatWasMadeWithoutAClosIdIsRemoved) {
  const StatusOr<Group> group = MakeGroup({.l3_cache_schema = "L3:0=f"});
  ASSERT_TRUE(group.ok()) << group.status();
  ForgetFiles(Path("web"));
  ASSERT_TRUE(Remove(group->owned).ok());
  EXPECT_FALSE(fs::exists(Path("web")));
  EXPECT_TRUE(Remove(group->owned).ok()) << "again";
}

TEST_F(Resctrl, CL777WhatHasAClosIdOrWasThereIsLeft) {
  const StatusOr<Group> named = MakeGroup({.clos_id = "gold", .l3_cache_schema = "L3:0=f"});
  ASSERT_TRUE(named.ok()) << named.status();
  EXPECT_TRUE(named->owned.empty());
  AddGroup(Path("web"));
  const StatusOr<Group> found = MakeGroup({});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_TRUE(found->owned.empty());
  EXPECT_TRUE(found->made.empty());
}

TEST_F(Resctrl, CL779MonitoringIsAGroupOfItsOwn) {
  AddGroup(Path("gold"));
  const StatusOr<Group> group = MakeGroup({.clos_id = "gold", .enable_monitoring = true});
  ASSERT_TRUE(group.ok()) << group.status();
  ASSERT_TRUE(Enter(*group, 1234).ok());
  EXPECT_EQ(Text(group->control + "/tasks"), "1234");
  EXPECT_EQ(Text(group->monitor + "/tasks"), "1234");
  EXPECT_TRUE(MakeGroup({.clos_id = "gold"})->monitor.empty());
}

TEST_F(Resctrl, CL780TheMonitoringGroupHasTheNameOfTheContainer) {
  AddGroup(Path("gold"));
  EXPECT_EQ(MakeGroup({.clos_id = "gold", .enable_monitoring = true})->monitor, Path("gold/mon_groups/web"));
  EXPECT_EQ(MakeGroup({.clos_id = "/", .enable_monitoring = true})->monitor, Path("mon_groups/web"));
}

TEST_F(Resctrl, CL783TheMonitoringGroupIsRemovedAlsoBelowAClosId) {
  AddGroup(Path("gold"));
  const StatusOr<Group> group = MakeGroup({.clos_id = "gold", .enable_monitoring = true});
  ASSERT_TRUE(group.ok()) << group.status();
  ASSERT_TRUE(Remove(group->owned).ok());
  EXPECT_FALSE(fs::exists(Path("gold/mon_groups/web")));
  EXPECT_TRUE(fs::exists(Path("gold/tasks")));
}

TEST_F(Resctrl, CL785AMonitoringGroupThatCannotBeMadeIsAnErrorAndNothingIsLeft) {
  // A new group of a plain directory has no mon_groups.
  const Status status = MakeGroup({.enable_monitoring = true}).status();
  EXPECT_EQ(ErrnoOf(status), ENOENT);
  EXPECT_FALSE(fs::exists(Path("web")));
}

TEST_F(Resctrl, AnErrorHasTheReasonOfTheKernel) {
  fs::create_directory(Path("info"));
  WriteText(Path("info/last_cmd_status"), "Mask 5 has non-consecutive 1-bits\n");
  EXPECT_NE(MakeGroup({.clos_id = "gold"}).status().message().find("has non-consecutive 1-bits"),
            absl::string_view::npos);
  WriteText(Path("info/last_cmd_status"), "ok\n");
  EXPECT_EQ(MakeGroup({.clos_id = "gold"}).status().message().find("the kernel reports"),
            absl::string_view::npos);
}

TEST_F(Resctrl, WhatWasMadeForACreateThatFailsIsTakenBackUnlessSomebodyElseIsInIt) {
  StatusOr<Group> group = MakeGroup({.clos_id = "gold", .l3_cache_schema = "L3:0=f"});
  ASSERT_TRUE(group.ok()) << group.status();
  WriteText(Path("gold/tasks"), "4321\n");
  ASSERT_TRUE(Undo(*group).ok());
  EXPECT_TRUE(fs::exists(Path("gold")));
  ForgetFiles(Path("gold"));
  ASSERT_TRUE(Undo(*group).ok());
  EXPECT_FALSE(fs::exists(Path("gold")));
}

TEST_F(Resctrl, UpdateWritesWhatIsGiven) {
  AddGroup(Path("gold"));
  ASSERT_TRUE(Change(root_, Path("gold"), {.l3_cache_schema = "L3:0=f", .mem_bw_schema = "MB:0=20"}).ok());
  EXPECT_EQ(Written(Path("gold")), "L3:0=f\nMB:0=20\n");
}

TEST_F(Resctrl, StatisticsAreOfTheMonitoringGroupIfThereIsOne) {
  AddGroup(Path("gold"));
  WriteText(Path("gold/schemata"), "    MB:0=  50\n    L3:0=f\n");
  for (const char* directory : {"info/L3", "info/MB", "gold/mon_data/mon_L3_00", "mon_data/mon_L3_00"})
    fs::create_directories(Path(directory));
  WriteText(Path("info/L3/cbm_mask"), "fffff\n");
  WriteText(Path("info/L3/num_closids"), "16\n");
  WriteText(Path("info/MB/min_bandwidth"), "10\n");
  WriteText(Path("gold/mon_data/mon_L3_00/llc_occupancy"), "4096\n");
  WriteText(Path("gold/mon_data/mon_L3_00/mbm_total_bytes"), "Unavailable\n");
  const std::string monitor = Path("gold/mon_groups/web");
  fs::create_directories(monitor + "/mon_data/mon_L3_01");
  fs::create_directories(monitor + "/mon_data/mon_L3_00");
  WriteText(monitor + "/mon_data/mon_L3_00/mbm_total_bytes", "7\n");
  WriteText(monitor + "/mon_data/mon_L3_01/mbm_local_bytes", "8\n");

  const spec::RdtStats shared = ReadStats(root_, {.control = Path("gold")});
  EXPECT_EQ(shared.cache->mask, "fffff");
  EXPECT_EQ(shared.cache->limits.at("num_closids"), 16u);
  EXPECT_EQ(shared.cache->root_schema, "L3:0=fffff;1=fffff");
  EXPECT_EQ(shared.cache->schema, "L3:0=f");
  EXPECT_EQ(shared.bandwidth->limits.at("min_bandwidth"), 10u);
  EXPECT_EQ(shared.bandwidth->schema, "MB:0=  50");
  EXPECT_EQ(shared.occupancy, std::vector<uint64_t>{4096});
  EXPECT_TRUE(shared.traffic.empty());

  const spec::RdtStats own = ReadStats(root_, {.control = Path("gold"), .monitor = monitor});
  EXPECT_TRUE(own.occupancy.empty());
  ASSERT_EQ(own.traffic.size(), 2u);
  EXPECT_EQ(own.traffic[0].total, 7u);
  EXPECT_EQ(own.traffic[1].local, 8u);
}

TEST_F(Resctrl, StatisticsOfAMachineThatHasNoneAreNone) {
  const spec::RdtStats stats = ReadStats(root_, {.control = root_});
  EXPECT_FALSE(stats.cache.has_value());
  EXPECT_FALSE(stats.bandwidth.has_value());
  EXPECT_TRUE(stats.traffic.empty() && stats.occupancy.empty());
}

TEST(ResctrlMount, IsTheFirstOfItsType) {
  constexpr char kMounts[] =
      "20 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n"
      "30 20 0:30 / /srv/resctrl rw - tmpfs resctrl rw\n"
      "31 20 0:31 / /sys/fs/res\\040ctrl rw,nosuid shared:9 - resctrl resctrl rw,mba_MBps\n"
      "32 20 0:31 / /mnt rw - resctrl resctrl rw\n";
  EXPECT_EQ(MountPointIn(kMounts), "/sys/fs/res ctrl");
  EXPECT_EQ(MountPointIn("20 1 8:1 / / rw - ext4 /dev/sda1 rw\n\nodd"), "");
}

}  // namespace
}  // namespace tare::resctrl
