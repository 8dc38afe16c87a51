// A property of a systemd unit: a name and a value that knows its D-Bus type.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tare::dbus {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// The C++ type determines the D-Bus type: b, i, u, x, t, d, s, ay, au, as, a(ss).
using Value = std::variant<bool, int32_t, uint32_t, int64_t, uint64_t, double, std::string,
                           std::vector<uint8_t>, std::vector<uint32_t>, std::vector<std::string>, Pairs>;

struct Property {
  std::string name;
  Value value;

  bool operator==(const Property&) const = default;
};

}  // namespace tare::dbus
