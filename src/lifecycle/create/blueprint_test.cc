#include "lifecycle/create/blueprint.h"

#include <gtest/gtest.h>
#include <linux/sched.h>

#include "absl/strings/match.h"
#include "spec/parse.h"

namespace tare::lifecycle {
namespace {

using cgroup::Layout;

constexpr char kNamespaces[] = R"({"type":"pid"},{"type":"mount"})";
constexpr char kProcess[] = R"("process":{"user":{"uid":0,"gid":0},"cwd":"/","args":["sh"]},)";

// The bundle and its rootfs do not exist: a plan looks at neither.
Bundle BundleOf(const std::string& linux_members, const std::string& process = kProcess) {
  Bundle bundle{.path = "/nonesuch", .rootfs = "/nonesuch/rootfs"};
  bundle.json = absl::StrCat(R"({"ociVersion":"1.0.2",)", process, R"("root":{"path":"rootfs"},"linux":{)",
                             linux_members, "}}");
  StatusOr<spec::Config> config = spec::ParseConfig(bundle.json, "config.json");
  EXPECT_TRUE(config.ok()) << config.status();
  if (config.ok()) bundle.config = *std::move(config);
  return bundle;
}

std::string Members(absl::string_view namespaces, absl::string_view more = "") {
  return absl::StrCat(R"("namespaces":[)", namespaces, "]", more.empty() ? "" : ",", more);
}

Host HostWith(StatusOr<Layout> layout) {
  Host host{.mount_namespace = "mnt:[1]", .cgroups = {.layout = std::move(layout), .slices = ""}};
  return host;
}

Layout V2() {
  return {.unified = true, .hierarchies = {{.mount_point = "/sys/fs/cgroup", .own = "user.slice/me"}}};
}

Layout V1() {
  return {
      .hierarchies = {{{"memory"}, "/sys/fs/cgroup/memory", "me"}, {{"pids"}, "/sys/fs/cgroup/pids", ""}}};
}

StatusOr<Blueprint> Plan(Bundle bundle, Host host, const Runtime& runtime = {},
                         const CreateOptions& options = {.id = "web"}) {
  return MakeBlueprint(runtime, options, std::move(bundle), std::move(host));
}

TEST(Blueprint, NeedsNothingThatExists) {
  const StatusOr<Blueprint> blueprint = Plan(BundleOf(Members(kNamespaces)), HostWith(V2()));
  ASSERT_TRUE(blueprint.ok()) << blueprint.status();
  EXPECT_EQ(blueprint->id, "web");
  EXPECT_EQ(blueprint->namespaces.clone, uint64_t{CLONE_NEWPID | CLONE_NEWNS});
  EXPECT_EQ(blueprint->rootfs.rootfs, "/nonesuch/rootfs");
  EXPECT_EQ(blueprint->rootfs.runtime_mount_namespace, "mnt:[1]");
  EXPECT_TRUE(blueprint->has_process());
}

struct CgroupCase {
  const char* path;
  StatusOr<Layout> layout;
  bool rootless;
  std::map<std::string, std::string> paths;
};

TEST(Blueprint, TheCgroupFollowsTheHost) {
  const Status nothing_mounted = absl::FailedPreconditionError("no cgroup hierarchy is mounted");
  const CgroupCase cases[] = {
      {"/x/web", V2(), false, {{"", "/sys/fs/cgroup/x/web"}}},
      {"", V2(), false, {{"", "/sys/fs/cgroup/user.slice/web"}}},
      {"/x", V1(), false, {{"memory", "/sys/fs/cgroup/memory/x"}, {"pids", "/sys/fs/cgroup/pids/x"}}},
      {"", V1(), false, {{"memory", "/sys/fs/cgroup/memory/me/web"}, {"pids", "/sys/fs/cgroup/pids/web"}}},
      {"", nothing_mounted, true, {}},
  };
  for (const CgroupCase& c : cases) {
    const std::string path = absl::StrCat(R"("cgroupsPath":")", c.path, "\"");
    const StatusOr<Blueprint> blueprint =
        Plan(BundleOf(Members(kNamespaces, path)), HostWith(c.layout), {.rootless = c.rootless});
    ASSERT_TRUE(blueprint.ok()) << c.path << ": " << blueprint.status();
    EXPECT_EQ(blueprint->cgroup->paths(), c.paths) << c.path;
    EXPECT_FALSE(blueprint->systemd_cgroup);
  }
  const std::string asked = R"("cgroupsPath":"/x")";
  EXPECT_EQ(
      Plan(BundleOf(Members(kNamespaces, asked)), HostWith(nothing_mounted), {.rootless = true}).status(),
      nothing_mounted);
}

TEST(Blueprint, APathInSystemdsFormMeansSystemdOnlyIfBothTheRuntimeAndTheHostSaySo) {
  for (const bool by_path : {false, true}) {
    for (const bool has_systemd : {false, true}) {
      Host host = HostWith(V2());
      host.has_systemd = has_systemd;
      const StatusOr<Blueprint> blueprint =
          Plan(BundleOf(Members(kNamespaces, R"("cgroupsPath":"a.slice:tare:web")")), std::move(host),
               {.systemd_by_path = by_path});
      ASSERT_TRUE(blueprint.ok()) << blueprint.status();
      EXPECT_EQ(blueprint->systemd_cgroup, by_path && has_systemd);
      EXPECT_EQ(blueprint->cgroup->paths().at(""), by_path && has_systemd
                                                       ? "/sys/fs/cgroup/a.slice/tare-web.scope"
                                                       : "/sys/fs/cgroup/user.slice/a.slice:tare:web");
    }
  }
}

TEST(Blueprint, ADirectoryIsNoUnit) {
  const StatusOr<Blueprint> blueprint =
      Plan(BundleOf(Members(kNamespaces, R"("cgroupsPath":"/x")")), HostWith(V2()), {.systemd_cgroup = true});
  EXPECT_TRUE(absl::StrContains(blueprint.status().message(), "slice:prefix:name")) << blueprint.status();
}

TEST(Blueprint, ResctrlIsNeededOnlyIfSomethingIsAskedOfIt) {
  const Status missing = absl::NotFoundError("resctrl is not mounted");
  const Status unreadable = absl::PermissionDeniedError("mountinfo");
  const struct {
    const char* rdt;
    StatusOr<std::string> mounted;
    StatusOr<std::string> planned;
  } cases[] = {
      {"", missing, ""},
      {R"("intelRdt":{})", missing, ""},
      {R"("intelRdt":{})", "/sys/fs/resctrl", "/sys/fs/resctrl"},
      {R"("intelRdt":{"closID":"a"})", "/sys/fs/resctrl", "/sys/fs/resctrl"},
      {R"("intelRdt":{"closID":"a"})", unreadable, unreadable},
      {R"("intelRdt":{"closID":"a"})", missing,
       absl::FailedPreconditionError(
           "config.json: /linux/intelRdt: intelRdt is specified in config, but Intel "
           "RDT is not enabled: resctrl is not mounted")},
  };
  for (const auto& c : cases) {
    Host host = HostWith(V2());
    host.resctrl = c.mounted;
    const StatusOr<Blueprint> blueprint = Plan(BundleOf(Members(kNamespaces, c.rdt)), std::move(host));
    EXPECT_EQ(blueprint.status(), c.planned.status()) << c.rdt;
    EXPECT_EQ(blueprint.ok() ? blueprint->resctrl : "", c.planned.value_or("")) << c.rdt;
  }
}

TEST(Blueprint, TheNotifySocketIsPassedOnWhereAProgramCanFindIt) {
  const struct {
    const char* namespaces;
    const char* process;
    bool passed;
  } cases[] = {
      {kNamespaces, kProcess, true}, {R"({"type":"pid"})", kProcess, false}, {kNamespaces, "", false}};
  for (const auto& c : cases) {
    Host host = HostWith(V2());
    host.notify_socket = "/run/systemd/notify";
    const StatusOr<Blueprint> blueprint =
        Plan(BundleOf(Members(c.namespaces), c.process), std::move(host), {.root = "/run/tare"});
    ASSERT_TRUE(blueprint.ok()) << blueprint.status();
    EXPECT_EQ(blueprint->notify_socket, c.passed ? "/run/systemd/notify" : "");
    ASSERT_EQ(blueprint->rootfs.mounts.size(), c.passed ? 1u : 0u);
    if (!c.passed) continue;
    EXPECT_EQ(blueprint->rootfs.mounts[0].source, "/run/tare/web/notify");
    EXPECT_EQ(blueprint->config().process->env.back(), "NOTIFY_SOCKET=/run/notify/notify.sock");
  }
}

TEST(Blueprint, HowTheRootfsIsEntered) {
  const struct {
    const char* namespaces;
    bool no_pivot;
    rootfs::Entering entering;
  } cases[] = {{kNamespaces, false, rootfs::Entering::kPivot},
               {kNamespaces, true, rootfs::Entering::kMove},
               {R"({"type":"pid"})", false, rootfs::Entering::kChroot}};
  for (const auto& c : cases) {
    const StatusOr<Blueprint> blueprint =
        Plan(BundleOf(Members(c.namespaces)), HostWith(V2()), {}, {.id = "web", .no_pivot = c.no_pivot});
    ASSERT_TRUE(blueprint.ok()) << blueprint.status();
    EXPECT_EQ(blueprint->rootfs.entering, c.entering);
  }
}

TEST(Blueprint, CgroupMountsShowWhatTheContainerHas) {
  const StatusOr<Blueprint> blueprint =
      Plan(BundleOf(Members(kNamespaces, R"("cgroupsPath":"/x")")), HostWith(V1()));
  ASSERT_TRUE(blueprint.ok()) << blueprint.status();
  const rootfs::CgroupView view = ViewOf(*blueprint->cgroup, /*new_namespace=*/true);
  EXPECT_FALSE(view.unified);
  EXPECT_TRUE(view.new_namespace);
  ASSERT_EQ(view.hierarchies.size(), 2u);
  EXPECT_EQ(view.hierarchies[0].name, "memory");
  EXPECT_EQ(view.hierarchies[0].path, "/sys/fs/cgroup/memory/x");
}

}  // namespace
}  // namespace tare::lifecycle
