#include "spec/parse.h"

#include <sys/resource.h>

#include "spec/fixture.h"
#include "spec/rules.h"

namespace tare::spec {
namespace {

using Strings = std::vector<std::string>;

Config Everything() {
  StatusOr<Config> config = ParseConfig(TestData("everything.json"), "everything.json");
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *std::move(config) : Config{};
}

Config Small(const std::string& patch) {
  StatusOr<Config> config = ParseConfig(SmallConfigWith(patch), "config.json");
  EXPECT_TRUE(config.ok()) << config.status();
  return config.ok() ? *std::move(config) : Config{};
}

TEST(ParseConfig, ReadsTheTop) {
  const Config config = Everything();
  EXPECT_EQ(config.oci_version, "1.3.0");
  EXPECT_EQ(config.root.path, "/srv/rootfs");
  EXPECT_TRUE(config.root.readonly);
  EXPECT_EQ(config.hostname, "host");
  EXPECT_EQ(config.domainname, "example.org");
  EXPECT_EQ(config.annotations,
            (std::map<std::string, std::string>{{"com.example.key", "value"}, {"empty", ""}}));
}

// Their names are data, and must be exact.
TEST(ParseConfig, ReadsAnnotationsOfCrun) {
  const Config config = Small(R"({"annotations": {"run.oci.keep_original_groups": "1",
      "run.oci.hooks.stdout": "out", "run.oci.hooks.stderr": "/err", "run.oci.mount_context_type": "rootcontext"}})");
  EXPECT_TRUE(config.process->user.keeps_groups);
  EXPECT_EQ(config.hook_files, (HookFiles{.out = "out", .err = "/err"}));
  EXPECT_EQ(config.mount_context, "rootcontext");
  const Config without =
      Small(R"({"annotations": {"run.oci.keep_original_groups": "0", "Run.oci.hooks.stdout": ""}})");
  EXPECT_FALSE(without.process->user.keeps_groups);
  EXPECT_EQ(without.hook_files, HookFiles());
  EXPECT_EQ(without.mount_context, "context");
}

TEST(ParseConfig, ReadsMounts) {
  const Config config = Everything();
  ASSERT_EQ(config.mounts.size(), 2u);
  const Mount& mount = config.mounts[0];
  EXPECT_EQ(mount.destination, "/data");  // "data", taken relative to "/"
  EXPECT_EQ(mount.type, "bind");
  EXPECT_EQ(mount.source, "/srv/data");
  EXPECT_EQ(mount.options, (Strings{"rbind", "ridmap", "ro"}));
  ASSERT_EQ(mount.uid_mappings.size(), 1u);
  EXPECT_EQ(mount.uid_mappings[0].host_id, 1000u);
  EXPECT_EQ(mount.uid_mappings[0].size, 10u);
  ASSERT_EQ(mount.gid_mappings.size(), 1u);
  EXPECT_EQ(mount.gid_mappings[0].host_id, 2000u);
  EXPECT_TRUE(config.mounts[1].options.empty());
}

TEST(ParseConfig, ReadsTheProcess) {
  const Config config = Everything();
  ASSERT_TRUE(config.process);
  const Process& process = *config.process;
  EXPECT_TRUE(process.terminal);
  ASSERT_TRUE(process.console_size);
  EXPECT_EQ(process.console_size->height, 24);
  EXPECT_EQ(process.console_size->width, 80);
  EXPECT_EQ(process.cwd, "/home");
  EXPECT_EQ(process.env, (Strings{"A=1", "B="}));
  EXPECT_EQ(process.args, (Strings{"/bin/sh", "-c", "true"}));
  EXPECT_EQ(process.apparmor_profile, "acme");
  EXPECT_TRUE(process.no_new_privileges);
  EXPECT_EQ(process.oom_score_adj, -7);
  EXPECT_EQ(process.selinux_label, "system_u:system_r:container_t:s0");
  EXPECT_EQ(process.user.uid, 1000u);
  EXPECT_EQ(process.user.gid, 2000u);
  EXPECT_EQ(process.user.umask, 077u);
  EXPECT_EQ(process.user.additional_gids, (std::vector<gid_t>{5, 4294967294}));
}

TEST(ParseConfig, ReadsTheLimitsOfTheProcess) {
  const Process process = *Everything().process;
  ASSERT_EQ(process.rlimits.size(), 2u);
  EXPECT_EQ(process.rlimits[0].resource, RLIMIT_NOFILE);
  EXPECT_EQ(process.rlimits[0].soft, 1024u);
  EXPECT_EQ(process.rlimits[0].hard, 4096u);
  EXPECT_EQ(process.rlimits[1].resource, RLIMIT_MEMLOCK);
  EXPECT_EQ(process.rlimits[1].hard, RLIM_INFINITY);
  ASSERT_TRUE(process.capabilities);
  EXPECT_EQ(process.capabilities->bounding, Strings{"CAP_KILL"});
  EXPECT_EQ(process.capabilities->effective, Strings{"CAP_CHOWN"});
  EXPECT_EQ(process.capabilities->inheritable, Strings{"CAP_FOWNER"});
  EXPECT_EQ(process.capabilities->permitted, Strings{"CAP_MKNOD"});
  EXPECT_EQ(process.capabilities->ambient,
            Strings{"CAP_NO_SUCH"});  // the runtime warns about it and continues
}

TEST(ParseConfig, ReadsTheSchedulingOfTheProcess) {
  const Process process = *Everything().process;
  ASSERT_TRUE(process.scheduler);
  EXPECT_EQ(process.scheduler->policy, 6u);
  EXPECT_EQ(process.scheduler->nice, -3);
  EXPECT_EQ(process.scheduler->priority, 0u);
  EXPECT_EQ(process.scheduler->flags, 5u);
  EXPECT_EQ(process.scheduler->runtime, 1u);
  EXPECT_EQ(process.scheduler->deadline, 2u);
  EXPECT_EQ(process.scheduler->period, 3u);
  ASSERT_TRUE(process.io_priority);
  EXPECT_EQ(process.io_priority->io_class, 3);
  EXPECT_EQ(process.io_priority->priority, 4);
  ASSERT_TRUE(process.exec_cpu_affinity);
  EXPECT_EQ(process.exec_cpu_affinity->initial, "0-3,7");
  EXPECT_EQ(process.exec_cpu_affinity->final, "1");
}

TEST(ParseConfig, ReadsHooks) {
  const Hooks hooks = Everything().hooks;
  ASSERT_EQ(hooks.create_runtime.size(), 1u);
  EXPECT_EQ(hooks.create_runtime[0].path, "/bin/create-runtime");
  EXPECT_EQ(hooks.create_runtime[0].args, (Strings{"a", "b"}));
  EXPECT_EQ(hooks.create_runtime[0].env, Strings{"K=V"});
  EXPECT_EQ(hooks.create_runtime[0].timeout, 30);
  ASSERT_EQ(hooks.prestart.size(), 1u);
  EXPECT_EQ(hooks.prestart[0].path, "/bin/prestart");
  EXPECT_FALSE(hooks.prestart[0].timeout);
  ASSERT_EQ(hooks.create_container.size(), 1u);
  EXPECT_EQ(hooks.create_container[0].path, "/bin/create-container");
  ASSERT_EQ(hooks.start_container.size(), 1u);
  EXPECT_EQ(hooks.start_container[0].path, "/bin/start-container");
  ASSERT_EQ(hooks.poststart.size(), 1u);
  EXPECT_EQ(hooks.poststart[0].path, "/bin/poststart");
  ASSERT_EQ(hooks.poststop.size(), 2u);
  EXPECT_EQ(hooks.poststop[1].path, "/bin/poststop2");
}

TEST(ParseConfig, ReadsNamespaces) {
  const Linux platform = Everything().platform;
  ASSERT_EQ(platform.namespaces.size(), 8u);
  for (int i = 0; i < kNamespaceTypes; ++i) {
    EXPECT_EQ(platform.namespaces[static_cast<size_t>(i)].type, static_cast<NamespaceType>(i));
  }
  EXPECT_EQ(platform.namespaces[1].path, "/run/netns/x");
  EXPECT_EQ(platform.namespaces[0].path, "");
  ASSERT_EQ(platform.uid_mappings.size(), 1u);
  EXPECT_EQ(platform.uid_mappings[0].container_id, 1u);
  EXPECT_EQ(platform.uid_mappings[0].host_id, 2u);
  EXPECT_EQ(platform.uid_mappings[0].size, 3u);
  ASSERT_EQ(platform.gid_mappings.size(), 1u);
  EXPECT_EQ(platform.gid_mappings[0].container_id, 4u);
  EXPECT_EQ(platform.time_offsets.at("monotonic").secs, -5);
  EXPECT_EQ(platform.time_offsets.at("monotonic").nanosecs, 999'999'999u);
  EXPECT_EQ(platform.time_offsets.at("boottime").secs, 0);
}

TEST(ParseConfig, ReadsDevices) {
  const Linux platform = Everything().platform;
  ASSERT_EQ(platform.devices.size(), 3u);
  const Device& fuse = platform.devices[0];
  EXPECT_EQ(fuse.type, DeviceType::kChar);
  EXPECT_EQ(fuse.path, "/dev/fuse");
  EXPECT_EQ(fuse.major, 10u);
  EXPECT_EQ(fuse.minor, 229u);
  EXPECT_EQ(fuse.file_mode, 0666u);
  EXPECT_EQ(fuse.uid, 1u);
  EXPECT_EQ(fuse.gid, 2u);
  EXPECT_EQ(platform.devices[1].type, DeviceType::kBlock);
  EXPECT_EQ(platform.devices[1].file_mode, 0660u);  // 060660: without the file's type
  EXPECT_FALSE(platform.devices[1].uid);
  EXPECT_EQ(platform.devices[2].type, DeviceType::kFifo);
  EXPECT_EQ(platform.net_devices.at("eth0").name, "in0");
  EXPECT_EQ(platform.net_devices.at("eth1").name, "");
}

TEST(ParseConfig, ReadsMemoryAndCpu) {
  const Resources resources = *Everything().platform.resources;
  const MemoryResources& memory = resources.memory;
  EXPECT_EQ(memory.limit, 1);
  EXPECT_EQ(memory.reservation, 2);
  EXPECT_EQ(memory.swap, -1);
  EXPECT_EQ(memory.kernel, 4);
  EXPECT_EQ(memory.kernel_tcp, 5);
  EXPECT_EQ(memory.swappiness, 60u);
  EXPECT_EQ(memory.disable_oom_killer, false);
  EXPECT_EQ(memory.use_hierarchy, true);
  EXPECT_EQ(memory.check_before_update, true);
  const CpuResources& cpu = resources.cpu;
  EXPECT_EQ(cpu.shares, 1u);
  EXPECT_EQ(cpu.quota, 20);
  EXPECT_EQ(cpu.burst, 3u);
  EXPECT_EQ(cpu.period, 4u);
  EXPECT_EQ(cpu.realtime_runtime, 5);
  EXPECT_EQ(cpu.realtime_period, 6u);
  EXPECT_EQ(cpu.cpus, "0-1");
  EXPECT_EQ(cpu.mems, "0");
  EXPECT_EQ(cpu.idle, 1);
}

TEST(ParseConfig, ReadsBlockIo) {
  const BlockIoResources io = Everything().platform.resources->block_io;
  EXPECT_EQ(io.weight, 10);
  EXPECT_EQ(io.leaf_weight, 11);
  ASSERT_EQ(io.weight_device.size(), 2u);
  EXPECT_EQ(io.weight_device[0].major, 8);
  EXPECT_EQ(io.weight_device[0].minor, 1);
  EXPECT_EQ(io.weight_device[0].weight, 12);
  EXPECT_FALSE(io.weight_device[0].leaf_weight);
  EXPECT_EQ(io.weight_device[1].leaf_weight, 13);
  ASSERT_EQ(io.throttle_read_bps.size(), 1u);
  EXPECT_EQ(io.throttle_read_bps[0].minor, 3);
  EXPECT_EQ(io.throttle_read_bps[0].rate, 1u);
  ASSERT_EQ(io.throttle_write_bps.size(), 1u);
  EXPECT_EQ(io.throttle_write_bps[0].minor, 4);
  ASSERT_EQ(io.throttle_read_iops.size(), 1u);
  EXPECT_EQ(io.throttle_read_iops[0].minor, 5);
  ASSERT_EQ(io.throttle_write_iops.size(), 1u);
  EXPECT_EQ(io.throttle_write_iops[0].minor, 6);
}

TEST(ParseConfig, ReadsTheOtherResources) {
  const Resources resources = *Everything().platform.resources;
  ASSERT_EQ(resources.devices.size(), 2u);
  EXPECT_FALSE(resources.devices[0].allow);
  EXPECT_EQ(resources.devices[0].type, 'a');
  EXPECT_FALSE(resources.devices[0].major);
  EXPECT_EQ(resources.devices[0].access, "rwm");
  EXPECT_TRUE(resources.devices[1].allow);
  EXPECT_EQ(resources.devices[1].type, 'c');
  EXPECT_EQ(resources.devices[1].major, 10);
  EXPECT_EQ(resources.devices[1].minor, 229);
  ASSERT_EQ(resources.hugepage_limits.size(), 1u);
  EXPECT_EQ(resources.hugepage_limits[0].page_size, "2MB");
  EXPECT_EQ(resources.hugepage_limits[0].limit, 9u);
  EXPECT_EQ(resources.network.class_id, 1048577u);
  ASSERT_EQ(resources.network.priorities.size(), 1u);
  EXPECT_EQ(resources.network.priorities[0].name, "eth0");
  EXPECT_EQ(resources.network.priorities[0].priority, 500u);
  EXPECT_EQ(resources.pids_limit, 0);
  EXPECT_EQ(resources.rdma.at("mlx5_1").hca_handles, 3u);
  EXPECT_FALSE(resources.rdma.at("mlx5_1").hca_objects);
  EXPECT_EQ(resources.rdma.at("mlx4_0").hca_objects, 4u);
  EXPECT_EQ(resources.unified.at("memory.high"), "1000");
}

TEST(ParseConfig, ReadsTheRestOfLinux) {
  const Linux platform = Everything().platform;
  EXPECT_EQ(platform.cgroups_path, "/tare/test");
  EXPECT_EQ(platform.intel_rdt->clos_id, "gold");
  EXPECT_EQ(platform.intel_rdt->schemata, (Strings{"L3:0=f", "MB:0=50"}));
  EXPECT_EQ(platform.intel_rdt->l3_cache_schema, "L3:0=7f0");
  EXPECT_EQ(platform.intel_rdt->mem_bw_schema, "MB:0=20");
  EXPECT_TRUE(platform.intel_rdt->enable_monitoring);
  EXPECT_EQ(platform.memory_policy->mode, 3);
  EXPECT_EQ(platform.memory_policy->nodes, "0-1");
  EXPECT_EQ(platform.memory_policy->flags, (1u << 15) | (1u << 13));
  EXPECT_EQ(platform.sysctl.at("net.core.somaxconn"), "256");
  EXPECT_EQ(platform.rootfs_propagation, "shared");
  EXPECT_EQ(platform.masked_paths, Strings{"/proc/kcore"});
  EXPECT_EQ(platform.readonly_paths, Strings{"/proc/sys"});
  EXPECT_EQ(platform.mount_label, "system_u:object_r:container_file_t:s0");
  EXPECT_EQ(platform.personality->domain, "LINUX32");
}

TEST(ParseConfig, ReadsSeccomp) {
  const Seccomp seccomp = *Everything().platform.seccomp;
  EXPECT_EQ(seccomp.default_action, "SCMP_ACT_ERRNO");
  EXPECT_EQ(seccomp.default_errno_ret, 38u);
  EXPECT_EQ(seccomp.architectures, (Strings{"SCMP_ARCH_X86_64", "SCMP_ARCH_RISCV64"}));
  EXPECT_EQ(seccomp.flags, Strings{"SECCOMP_FILTER_FLAG_LOG"});
  EXPECT_EQ(seccomp.listener_path, "/run/agent.sock");
  EXPECT_EQ(seccomp.listener_metadata, "m");
  ASSERT_EQ(seccomp.syscalls.size(), 2u);
  EXPECT_EQ(seccomp.syscalls[0].names, (Strings{"read", "write"}));
  EXPECT_FALSE(seccomp.syscalls[0].errno_ret);
  const SeccompRule& clone = seccomp.syscalls[1];
  EXPECT_EQ(clone.action, "SCMP_ACT_TRACE");
  EXPECT_EQ(clone.errno_ret, 7u);
  ASSERT_EQ(clone.args.size(), 1u);
  EXPECT_EQ(clone.args[0].index, 5u);
  EXPECT_EQ(clone.args[0].value, UINT64_MAX);
  EXPECT_EQ(clone.args[0].value_two, 2u);
  EXPECT_EQ(clone.args[0].op, "SCMP_CMP_MASKED_EQ");
}

// runtime.md, "start": process may be absent at create. Without `linux`, nothing is isolated;
// this is allowed.
TEST(ParseConfig, NeedsLittle) {
  StatusOr<Config> config = ParseConfig(R"({"ociVersion": "1.0.0", "root": {"path": "/"}})", "config.json");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE(config->process);
  EXPECT_FALSE(config->platform.resources);
  EXPECT_FALSE(config->platform.seccomp);
  EXPECT_TRUE(Check(*config).ok());
}

TEST(ParseConfig, IgnoresWhatItDoesNotKnow) {
  Small(R"({"future": {"a": [1]}, "solaris": 5, "windows": [], "vm": {}, "zos": 1,
            "process": {"commandLine": 7, "future": true, "user": {"username": 1, "uid": 0, "gid": 0}},
            "linux": {"future": null, "resources": {"future": 1}}})");
}

TEST(ParseConfig, TakesWhatEnginesLeaveOpen) {
  const Config config = Small(R"({
    "hostname": "",
    "process": {
      "consoleSize": {"height": 0, "width": 0}, "apparmorProfile": "", "selinuxLabel": "",
      "capabilities": {"bounding": ["CAP_KILL"], "ambient": []}, "rlimits": []
    },
    "linux": {
      "rootfsPropagation": "", "mountLabel": "", "cgroupsPath": "",
      "resources": {"cpu": {"shares": 0, "cpus": ""}, "blockIO": {"weight": 0}, "devices": [{"allow": false}],
                    "memory": {"swappiness": 18446744073709551615}, "pids": {}}
    }
  })");
  EXPECT_FALSE(config.process->console_size);
  EXPECT_EQ(config.platform.resources->cpu.shares, 0u);
  EXPECT_EQ(config.platform.resources->block_io.weight, 0);
  EXPECT_FALSE(config.platform.resources->memory.swappiness);
  EXPECT_FALSE(config.platform.resources->pids_limit);
}

TEST(ParseConfig, TakesNullsForAbsent) {
  const std::string json = R"({"ociVersion": "1.0.0", "root": {"path": "/", "readonly": null}, "mounts": null,
    "hooks": null, "annotations": null, "hostname": null, "linux": {"namespaces": null, "seccomp": null,
    "resources": {"memory": null, "cpu": {"quota": null}, "pids": null, "unified": {"memory.max": null}}},
    "process": {"cwd": "/", "args": null, "capabilities": null, "user": {"uid": 0, "gid": 0, "umask": null}, "oomScoreAdj": null}})";
  StatusOr<Config> config = ParseConfig(json, "config.json");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_FALSE(config->process->capabilities);
  EXPECT_FALSE(config->process->oom_score_adj);
  EXPECT_FALSE(config->process->user.umask);
  EXPECT_TRUE(config->platform.resources->unified.empty());
}

TEST(ParseConfig, IgnoresAnErrnoThatItsActionDoesNotTake) {
  const Seccomp seccomp =
      *Small(R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_LOG", "defaultErrnoRet": 1,
      "syscalls": [{"names": [], "action": "SCMP_ACT_KILL", "errnoRet": 2}]}}})")
           .platform.seccomp;
  EXPECT_FALSE(seccomp.default_errno_ret);
  ASSERT_EQ(seccomp.syscalls.size(), 1u);
  EXPECT_FALSE(seccomp.syscalls[0].errno_ret);
}

TEST(ParseConfig, TakesAnEmptySeccompForNone) {
  for (const char* empty : {"{}", R"({"defaultAction": ""})", R"({"defaultAction": "", "syscalls": []})"})
    EXPECT_FALSE(Small(absl::StrCat(R"({"linux": {"seccomp": )", empty, "}}")).platform.seccomp) << empty;
}

// For seccomp(2), the default flags of the runtime and an empty list of flags are different.
TEST(ParseConfig, TellsAbsentSeccompFlagsFromNone) {
  EXPECT_FALSE(Small(R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_LOG"}}})").platform.seccomp->flags);
  EXPECT_EQ(Small(R"({"linux": {"seccomp": {"defaultAction": "SCMP_ACT_LOG", "flags": []}}})")
                .platform.seccomp->flags,
            Strings{});
}

TEST(ParseConfig, TellsZeroFromAbsent) {
  EXPECT_EQ(Small(R"({"process": {"oomScoreAdj": 0}})").process->oom_score_adj, 0);
  EXPECT_FALSE(Small("{}").process->oom_score_adj);
  EXPECT_EQ(Small(R"({"process": {"user": {"umask": 0}}})").process->user.umask, 0u);
  EXPECT_FALSE(Small("{}").process->user.umask);
}

TEST(ParseProcess, ReadsALoneProcess) {
  StatusOr<Process> process = ParseProcess(
      R"({"terminal": true, "user": {"uid": 5, "gid": 6}, "args": ["ps"], "cwd": "/tmp"})", "process.json");
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_EQ(process->user.uid, 5u);
  EXPECT_EQ(process->args, Strings{"ps"});
}

TEST(ParseResources, ReadsLoneResources) {
  StatusOr<Resources> resources =
      ParseResources(R"({"memory": {"limit": 4096}, "cpu": {}, "pids": {"limit": -1}})", "resources");
  ASSERT_TRUE(resources.ok()) << resources.status();
  EXPECT_EQ(resources->memory.limit, 4096);
  EXPECT_EQ(resources->pids_limit, -1);
}

// Go programs wrote -1 for "any" before the numbers became optional in the spec.
TEST(ParseResources, TakesMinusOneOfADeviceForAny) {
  StatusOr<Resources> resources =
      ParseResources(R"({"devices": [{"allow": true, "type": "c", "major": 10, "minor": -1}]})", "resources");
  ASSERT_TRUE(resources.ok()) << resources.status();
  EXPECT_EQ(resources->devices[0].major, 10);
  EXPECT_FALSE(resources->devices[0].minor);
}

class EngineConfig : public testing::TestWithParam<const char*> {};

TEST_P(EngineConfig, ParsesAndBreaksNoRule) {
  StatusOr<Config> config = ParseConfig(TestData(GetParam()), "config.json");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(Check(*config), absl::OkStatus());
  EXPECT_FALSE(config->mounts.empty());
  EXPECT_FALSE(config->process->args.empty());
}

INSTANTIATE_TEST_SUITE_P(Of, EngineConfig, testing::Values("docker.json", "podman.json", "kubernetes.json"),
                         [](const auto& row) {
                           return std::string(row.param).substr(0, std::string(row.param).find('.'));
                         });

}  // namespace
}  // namespace tare::spec
