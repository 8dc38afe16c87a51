#include "namespaces/plan.h"

#include <gtest/gtest.h>
#include <linux/sched.h>

#include "namespaces/id_map.h"

namespace tare::namespaces {
namespace {

using spec::NamespaceType;

StatusOr<Plan> PlanOf(const std::vector<spec::Namespace>& namespaces) {
  TARE_ASSIGN_OR_RETURN(std::vector<Joined> given, OpenGiven(namespaces));
  return MakePlan(namespaces, std::move(given));
}

TEST(Plan, NewOnesAreMadeByOneClone) {
  StatusOr<Plan> plan =
      PlanOf({{NamespaceType::kPid, ""}, {NamespaceType::kMount, ""}, {NamespaceType::kUser, ""}});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->clone, uint64_t{CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUSER});
  EXPECT_TRUE(plan->new_user && plan->new_pid && plan->new_mount);
  EXPECT_FALSE(plan->second_clone());
}

TEST(Plan, InAUserNamespaceIpcWaitsForItsRoot) {
  StatusOr<Plan> plan = PlanOf({{NamespaceType::kIpc, ""}, {NamespaceType::kUser, ""}});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->clone, uint64_t{CLONE_NEWUSER});
  EXPECT_TRUE(plan->ipc_inside);
  plan = PlanOf({{NamespaceType::kIpc, ""}});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->clone, uint64_t{CLONE_NEWIPC});
  EXPECT_FALSE(plan->ipc_inside);
}

TEST(Plan, CgroupAndTimeWaitForTheirMoment) {
  StatusOr<Plan> plan = PlanOf({{NamespaceType::kCgroup, ""}, {NamespaceType::kTime, ""}});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->clone, 0u);
  EXPECT_TRUE(plan->new_cgroup && plan->new_time);
}

TEST(Plan, AJoinedPidNamespaceIsTheParents) {
  StatusOr<Plan> plan =
      PlanOf({{NamespaceType::kPid, "/proc/self/ns/pid"}, {NamespaceType::kNetwork, "/proc/self/ns/net"}});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->around_clone.size(), 1u);
  EXPECT_EQ(plan->around_clone[0].type, NamespaceType::kPid);
  ASSERT_EQ(plan->in_child.size(), 1u);
  EXPECT_EQ(plan->in_child[0].type, NamespaceType::kNetwork);
}

TEST(Plan, BesideANewUserNamespaceTheParentJoins) {
  StatusOr<Plan> plan = PlanOf({{NamespaceType::kUser, ""}, {NamespaceType::kNetwork, "/proc/self/ns/net"}});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->around_clone.size(), 1u);
  EXPECT_TRUE(plan->in_child.empty());
}

TEST(Plan, OurOwnUserNamespaceIsInherited) {
  StatusOr<Plan> plan = PlanOf({{NamespaceType::kUser, "/proc/self/ns/user"}});
  ASSERT_TRUE(plan.ok());
  EXPECT_FALSE(plan->has_user());
}

TEST(Plan, AnotherTypeOrNoNamespaceIsRefused) {
  for (const char* path : {"/proc/self/ns/uts", "/proc/self/status", "/nonesuch"}) {
    StatusOr<Plan> plan = PlanOf({{NamespaceType::kNetwork, path}});
    ASSERT_FALSE(plan.ok()) << path;
    EXPECT_NE(plan.status().message().find("/linux/namespaces/0/path"), absl::string_view::npos);
  }
}

TEST(IdMap, IsOneLineAMapping) {
  EXPECT_EQ(IdMapText({{.container_id = 0, .host_id = 1000, .size = 1},
                       {.container_id = 1, .host_id = 100000, .size = 65536}}),
            "0 1000 1\n1 100000 65536\n");
}

}  // namespace
}  // namespace tare::namespaces
