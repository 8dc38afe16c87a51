#include <algorithm>
#include <iterator>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "json/reader.h"
#include "spec/sections.h"

namespace tare::spec {
namespace {

using json::List;
using json::Map;
using json::Value;

char ReadRuleType(Value at) {
  const std::string type = at.String();
  if (type.empty()) return 'a';
  if (type == "a" || type == "b" || type == "c") return type[0];
  at.Fail(absl::StrCat("unknown device type \"", type, "\""));
  return 'a';
}

// Go programs wrote -1 for "any" before the numbers became optional in the spec.
std::optional<int64_t> ReadRuleNumber(Value at) {
  const int64_t number = at.present() ? at.Integer<int64_t>(-1) : -1;
  return number == -1 ? std::nullopt : std::optional<int64_t>(number);
}

// Other letters are ignored with a warning, as they have no effect in runc. If there are only such letters,
// the rule has no meaning, which is an error.
std::string ReadAccess(Value at) {
  const std::string written = at.String();
  std::string access;
  std::copy_if(written.begin(), written.end(), std::back_inserter(access),
               [](char letter) { return absl::StrContains("rwm", letter); });
  if (access.size() == written.size()) return access;
  if (access.empty()) {
    at.Fail(absl::StrCat("must consist of \"r\", \"w\" and \"m\", not \"", written, "\""));
  } else {
    at.Remark(absl::StrCat("read as \"", access, "\": it should consist of \"r\", \"w\" and \"m\""));
  }
  return access;
}

DeviceRule ReadDeviceRule(Value at) {
  return {
      .allow = at.Required("allow").Bool(),
      .type = ReadRuleType(at["type"]),
      .major = ReadRuleNumber(at["major"]),
      .minor = ReadRuleNumber(at["minor"]),
      .access = ReadAccess(at["access"]),
  };
}

// Docker before version 23 writes uint64(-1) if the value is not set.
std::optional<uint64_t> ReadSwappiness(Value at) {
  std::optional<uint64_t> swappiness = at.OptionalInteger<uint64_t>();
  if (swappiness == std::numeric_limits<uint64_t>::max()) return std::nullopt;
  if (swappiness > 100) at.Fail(absl::StrCat("must be from 0 to 100, not ", *swappiness));
  return swappiness;
}

std::optional<int64_t> ReadBytes(Value at) {
  return at.OptionalInteger<int64_t>(-1);
}

MemoryResources ReadMemory(Value at) {
  return {
      .limit = ReadBytes(at["limit"]),
      .reservation = ReadBytes(at["reservation"]),
      .swap = ReadBytes(at["swap"]),
      .kernel = ReadBytes(at["kernel"]),
      .kernel_tcp = ReadBytes(at["kernelTCP"]),
      .swappiness = ReadSwappiness(at["swappiness"]),
      .disable_oom_killer = at["disableOOMKiller"].OptionalBool(),
      .use_hierarchy = at["useHierarchy"].OptionalBool(),
      .check_before_update = at["checkBeforeUpdate"].OptionalBool(),
  };
}

CpuResources ReadCpu(Value at) {
  return {
      .shares = at["shares"].OptionalInteger<uint64_t>(),
      .quota = at["quota"].OptionalInteger<int64_t>(),
      .burst = at["burst"].OptionalInteger<uint64_t>(),
      .period = at["period"].OptionalInteger<uint64_t>(),
      .realtime_runtime = at["realtimeRuntime"].OptionalInteger<int64_t>(),
      .realtime_period = at["realtimePeriod"].OptionalInteger<uint64_t>(),
      .cpus = at["cpus"].OptionalString(),
      .mems = at["mems"].OptionalString(),
      .idle = at["idle"].OptionalInteger<int64_t>(),
  };
}

WeightDevice ReadWeightDevice(Value at) {
  WeightDevice device{
      .major = at.Required("major").Integer<int64_t>(0),
      .minor = at.Required("minor").Integer<int64_t>(0),
      .weight = at["weight"].OptionalInteger<uint16_t>(),
      .leaf_weight = at["leafWeight"].OptionalInteger<uint16_t>(),
  };
  if (!device.weight && !device.leaf_weight) at.Fail("needs a weight or a leafWeight");
  return device;
}

ThrottleDevice ReadThrottleDevice(Value at) {
  return {
      .major = at.Required("major").Integer<int64_t>(0),
      .minor = at.Required("minor").Integer<int64_t>(0),
      .rate = at.Required("rate").Integer<uint64_t>(),
  };
}

BlockIoResources ReadBlockIo(Value at) {
  return {
      .weight = at["weight"].OptionalInteger<uint16_t>(),
      .leaf_weight = at["leafWeight"].OptionalInteger<uint16_t>(),
      .weight_device = List(at["weightDevice"], ReadWeightDevice),
      .throttle_read_bps = List(at["throttleReadBpsDevice"], ReadThrottleDevice),
      .throttle_write_bps = List(at["throttleWriteBpsDevice"], ReadThrottleDevice),
      .throttle_read_iops = List(at["throttleReadIOPSDevice"], ReadThrottleDevice),
      .throttle_write_iops = List(at["throttleWriteIOPSDevice"], ReadThrottleDevice),
  };
}

HugepageLimit ReadHugepageLimit(Value at) {
  return {
      .page_size = at.Required("pageSize").NonEmptyString(),
      .limit = at.Required("limit").Integer<uint64_t>(),
  };
}

InterfacePriority ReadInterfacePriority(Value at) {
  return {
      .name = at.Required("name").NonEmptyString(),
      .priority = at.Required("priority").Integer<uint32_t>(),
  };
}

NetworkResources ReadNetwork(Value at) {
  return {
      .class_id = at["classID"].OptionalInteger<uint32_t>(),
      .priorities = List(at["priorities"], ReadInterfacePriority),
  };
}

RdmaLimit ReadRdmaLimit(Value at) {
  RdmaLimit limit{
      .hca_handles = at["hcaHandles"].OptionalInteger<uint32_t>(),
      .hca_objects = at["hcaObjects"].OptionalInteger<uint32_t>(),
  };
  if (!limit.hca_handles && !limit.hca_objects) at.Fail("needs hcaHandles or hcaObjects");
  return limit;
}

}  // namespace

Resources ReadResources(Value at) {
  return {
      .devices = List(at["devices"], ReadDeviceRule),
      .memory = ReadMemory(at["memory"]),
      .cpu = ReadCpu(at["cpu"]),
      .block_io = ReadBlockIo(at["blockIO"]),
      .hugepage_limits = List(at["hugepageLimits"], ReadHugepageLimit),
      .network = ReadNetwork(at["network"]),
      .pids_limit = at["pids"]["limit"].OptionalInteger<int64_t>(),
      .rdma = Map(at["rdma"], ReadRdmaLimit),
      .unified = at["unified"].StringMap(),
  };
}

}  // namespace tare::spec
