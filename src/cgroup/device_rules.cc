#include "cgroup/device_rules.h"

#include <algorithm>
#include <optional>

namespace tare::cgroup {
namespace {

using Number = std::optional<int64_t>;

spec::DeviceRule Allow(char type, Number major, Number minor, const char* access) {
  return {.allow = true, .type = type, .major = major, .minor = minor, .access = access};
}

// These are runc's defaults: those of config-linux.md, "Default Devices"; creating any node, which does no
// harm if it cannot be opened, and which package managers and tar do; and tun, which only acts on the network
// namespace of the process that opens it, and which images of VPNs need. 5:1 is not among them: the
// container's /dev/console is a pty (136:*), whereas 5:1 is the machine's.
std::vector<spec::DeviceRule> DefaultRules() {
  return {
      Allow('c', {}, {}, "m"),    Allow('b', {}, {}, "m"),     //
      Allow('c', 1, 3, "rwm"),    Allow('c', 1, 5, "rwm"),     // null, zero
      Allow('c', 1, 7, "rwm"),    Allow('c', 1, 8, "rwm"),     // full, random
      Allow('c', 1, 9, "rwm"),    Allow('c', 5, 0, "rwm"),     // urandom, tty
      Allow('c', 5, 2, "rwm"),    Allow('c', 136, {}, "rwm"),  // ptmx, pts/*
      Allow('c', 10, 200, "rwm"),                              // net/tun
  };
}

bool IsFor(const spec::DeviceRule& rule, const spec::DeviceRule& node) {
  return rule.type == node.type && rule.major == node.major && rule.minor == node.minor;
}

// A rule for a single node takes precedence over the defaults, even with less access: see
// DropRulesOnDefaultDevices(). A rule that matches more than that does not change them.
bool Decides(const std::vector<spec::DeviceRule>& rules, const spec::DeviceRule& node) {
  return node.major &&
         std::ranges::any_of(rules, [&node](const spec::DeviceRule& rule) { return IsFor(rule, node); });
}

bool IsPassedOn(const std::vector<spec::Device>& devices, const spec::DeviceRule& node) {
  return std::ranges::any_of(devices, [&node](const spec::Device& device) {
    return device.type == spec::DeviceType::kChar && device.major == node.major && device.minor == node.minor;
  });
}

// The spec leaves the meaning of -1 to runtimes. Engines use it for "any", like an absent number.
Number Normalized(Number number) {
  return number && *number < 0 ? std::nullopt : number;
}

}  // namespace

DevicePolicy CompletePolicy(const std::vector<spec::DeviceRule>& rules) {
  DevicePolicy policy;
  for (const spec::DeviceRule& rule : rules) {
    if (rule.type == 'a') {
      policy = {.allow = rule.allow, .rules = {}};
      continue;
    }
    policy.rules.push_back(rule);
    policy.rules.back().major = Normalized(rule.major);
    policy.rules.back().minor = Normalized(rule.minor);
  }
  std::vector<spec::DeviceRule> defaults = DefaultRules();
  std::erase_if(defaults, [&policy](const spec::DeviceRule& node) { return Decides(policy.rules, node); });
  policy.rules.insert(policy.rules.end(), defaults.begin(), defaults.end());
  return policy;
}

void DropRulesOnDefaultDevices(std::vector<spec::DeviceRule>& rules,
                               const std::vector<spec::Device>& devices) {
  for (const spec::DeviceRule& node : DefaultRules()) {
    if (!node.major || IsPassedOn(devices, node)) continue;
    std::erase_if(rules, [&node](const spec::DeviceRule& rule) { return IsFor(rule, node); });
  }
}

unsigned AccessOf(const spec::DeviceRule& rule) {
  if (rule.access.empty()) return kAnyAccess;
  unsigned access = 0;
  for (char letter : rule.access) access |= letter == 'r' ? kRead : letter == 'w' ? kWrite : kMknod;
  return access;
}

}  // namespace tare::cgroup
