// config-linux.md as C++ structs, in the order of that document. See config.h.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tare::spec {

// (uid_t)-1 and (gid_t)-1, which is not a valid ID: for setresuid(2) and chown(2) it means "unchanged", and
// it cannot be mapped (user_namespaces(7)).
inline constexpr uint32_t kNoId = std::numeric_limits<uint32_t>::max();

// A range of at least one ID. Neither side includes kNoId.
struct IdMapping {
  uint32_t container_id = 0;
  uint32_t host_id = 0;
  uint32_t size = 0;

  bool operator==(const IdMapping&) const = default;
};

// In the order of the spec. namespaces::CloneFlag(type) is the kernel's flag.
enum class NamespaceType { kPid, kNetwork, kMount, kIpc, kUts, kUser, kCgroup, kTime };
inline constexpr int kNamespaceTypes = 8;

struct Namespace {
  NamespaceType type = NamespaceType::kPid;
  std::string path;  // empty: a new namespace

  bool operator==(const Namespace&) const = default;
};

// /proc/PID/timens_offsets
struct TimeOffset {
  int64_t secs = 0;
  uint32_t nanosecs = 0;

  bool operator==(const TimeOffset&) const = default;
};

enum class DeviceType { kChar, kBlock, kFifo };

struct Device {
  DeviceType type = DeviceType::kChar;  // "c" and "u" (unbuffered) are the same node
  std::string path;
  uint32_t major = 0;
  uint32_t minor = 0;
  std::optional<mode_t> file_mode;
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;

  bool operator==(const Device&) const = default;
};

struct NetDevice {
  std::string name;  // in the container; empty: unchanged

  bool operator==(const NetDevice&) const = default;
};

// An absent type means all types, an absent number any number.
struct DeviceRule {
  bool allow = false;
  char type = 'a';  // a, b or c
  std::optional<int64_t> major;
  std::optional<int64_t> minor;
  std::string access;  // of "rwm"; empty: all

  bool operator==(const DeviceRule&) const = default;
};

struct MemoryResources {
  std::optional<int64_t> limit;        // bytes; -1: unlimited
  std::optional<int64_t> reservation;  // bytes
  std::optional<int64_t> swap;         // bytes, memory + swap
  std::optional<int64_t> kernel;       // ignored since kernel 5.16
  std::optional<int64_t> kernel_tcp;   // bytes
  std::optional<uint64_t> swappiness;
  std::optional<bool> disable_oom_killer;
  std::optional<bool> use_hierarchy;
  std::optional<bool> check_before_update;

  bool operator==(const MemoryResources&) const = default;
};

struct CpuResources {
  std::optional<uint64_t> shares;
  std::optional<int64_t> quota;    // microseconds
  std::optional<uint64_t> burst;   // microseconds
  std::optional<uint64_t> period;  // microseconds
  std::optional<int64_t> realtime_runtime;
  std::optional<uint64_t> realtime_period;
  std::optional<std::string> cpus;
  std::optional<std::string> mems;
  std::optional<int64_t> idle;

  bool operator==(const CpuResources&) const = default;
};

struct WeightDevice {
  int64_t major = 0;
  int64_t minor = 0;
  std::optional<uint16_t> weight;
  std::optional<uint16_t> leaf_weight;

  bool operator==(const WeightDevice&) const = default;
};

struct ThrottleDevice {
  int64_t major = 0;
  int64_t minor = 0;
  uint64_t rate = 0;  // bytes or operations per second

  bool operator==(const ThrottleDevice&) const = default;
};

struct BlockIoResources {
  std::optional<uint16_t> weight;
  std::optional<uint16_t> leaf_weight;
  std::vector<WeightDevice> weight_device;
  std::vector<ThrottleDevice> throttle_read_bps;
  std::vector<ThrottleDevice> throttle_write_bps;
  std::vector<ThrottleDevice> throttle_read_iops;
  std::vector<ThrottleDevice> throttle_write_iops;

  bool operator==(const BlockIoResources&) const = default;
};

struct HugepageLimit {
  std::string page_size;  // "2MB"
  uint64_t limit = 0;     // bytes

  bool operator==(const HugepageLimit&) const = default;
};

struct InterfacePriority {
  std::string name;
  uint32_t priority = 0;

  bool operator==(const InterfacePriority&) const = default;
};

struct NetworkResources {
  std::optional<uint32_t> class_id;
  std::vector<InterfacePriority> priorities;

  bool operator==(const NetworkResources&) const = default;
};

struct RdmaLimit {
  std::optional<uint32_t> hca_handles;
  std::optional<uint32_t> hca_objects;

  bool operator==(const RdmaLimit&) const = default;
};

// config-linux.md#control-groups; also the whole document of `update --resources`
struct Resources {
  std::vector<DeviceRule> devices;
  MemoryResources memory;
  CpuResources cpu;
  BlockIoResources block_io;
  std::vector<HugepageLimit> hugepage_limits;
  NetworkResources network;
  std::optional<int64_t> pids_limit;  // -1: unlimited
  std::map<std::string, RdmaLimit> rdma;
  std::map<std::string, std::string> unified;

  bool operator==(const Resources&) const = default;
};

struct IntelRdt {
  std::string clos_id;
  std::vector<std::string> schemata;
  std::string l3_cache_schema;
  std::string mem_bw_schema;
  bool enable_monitoring = false;

  bool operator==(const IntelRdt&) const = default;
};

// set_mempolicy(2)
struct MemoryPolicy {
  int mode = 0;        // MPOL_*
  std::string nodes;   // "0-3,7"
  unsigned flags = 0;  // MPOL_F_*

  bool operator==(const MemoryPolicy&) const = default;
};

// Names are kept as they are written, and have been checked to be known. security/seccomp.h translates them.
struct SeccompArg {
  unsigned index = 0;
  uint64_t value = 0;
  uint64_t value_two = 0;
  std::string op;  // "SCMP_CMP_*", known

  bool operator==(const SeccompArg&) const = default;
};

struct SeccompRule {
  std::vector<std::string> names;
  std::string action;  // "SCMP_ACT_*", known
  std::optional<uint32_t> errno_ret;
  std::vector<SeccompArg> args;

  bool operator==(const SeccompRule&) const = default;
};

struct Seccomp {
  std::string default_action;
  std::optional<uint32_t> default_errno_ret;
  std::vector<std::string> architectures;         // "SCMP_ARCH_*", known
  std::optional<std::vector<std::string>> flags;  // "SECCOMP_FILTER_FLAG_*", known
  std::string listener_path;
  std::string listener_metadata;
  std::vector<SeccompRule> syscalls;

  bool operator==(const Seccomp&) const = default;
};

struct Personality {
  std::string domain;  // LINUX or LINUX32
  std::vector<std::string> flags;

  bool operator==(const Personality&) const = default;
};

struct Linux {
  std::vector<Namespace> namespaces;
  std::vector<IdMapping> uid_mappings;
  std::vector<IdMapping> gid_mappings;
  std::map<std::string, TimeOffset> time_offsets;  // "monotonic", "boottime"
  std::vector<Device> devices;
  std::map<std::string, NetDevice> net_devices;  // by name in the runtime's network namespace
  std::string cgroups_path;
  std::optional<Resources> resources;
  std::optional<IntelRdt> intel_rdt;
  std::optional<MemoryPolicy> memory_policy;
  std::map<std::string, std::string> sysctl;
  std::optional<Seccomp> seccomp;
  std::string rootfs_propagation;  // empty: rslave
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
  std::string mount_label;
  std::optional<Personality> personality;

  bool operator==(const Linux&) const = default;
};

}  // namespace tare::spec
