// IP addresses and networks as text and as numbers. Makes no system calls.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace tare::cni {

struct IpAddress {
  bool is_v6 = false;
  std::array<uint8_t, 16> bytes = {};  // IPv4: the first four

  int bits() const { return is_v6 ? 128 : 32; }
  std::string text() const;

  bool operator==(const IpAddress&) const = default;
};

// An address with the length of its network's prefix; its other bits may be set.
struct IpNetwork {
  IpAddress address;
  int prefix = 0;

  IpAddress first() const;  // the network's own address: the bits after the prefix are 0
  bool Contains(const IpAddress& other) const;
  bool Overlaps(const IpNetwork& other) const;
  std::string text() const;

  bool operator==(const IpNetwork&) const = default;
};

std::optional<IpAddress> ParseAddress(absl::string_view text);  // "10.1.2.3", "fd00::1"
std::optional<IpNetwork> ParseNetwork(absl::string_view text);  // "10.1.2.0/24"

// The address that is `steps` after `address`.
IpAddress Next(IpAddress address, uint32_t steps = 1);

// "02:00:5e:10:00:01", in upper or lower case. Not one of a group (multicast), which no interface can have.
bool IsMacAddress(absl::string_view text);

}  // namespace tare::cni
