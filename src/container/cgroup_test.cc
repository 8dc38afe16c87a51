#include "container/cgroup.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace tare::container {
namespace {

TEST(CgroupTest, ASystemdPathHasThreeParts) {
  for (const char* path : {"/a/b", "system.slice", "a:b", "a:b:c:d", "system.slice:tare:sub/x"}) {
    const CgroupRequest request = {.container_id = "test", .cgroups_path = path, .systemd = true};
    const Status status = PlanCgroup(request, LookAtHost(request)).status();
    EXPECT_TRUE(
        absl::StrContains(status.message(), "expected cgroupsPath to be of format \"slice:prefix:name\""))
        << path << ": " << status;
  }
}

}  // namespace
}  // namespace tare::container
