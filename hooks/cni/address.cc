#include "hooks/cni/address.h"

#include <arpa/inet.h>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace tare::cni {

std::string IpAddress::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(is_v6 ? AF_INET6 : AF_INET, bytes.data(), buffer, sizeof buffer);
  return buffer;
}

IpAddress IpNetwork::first() const {
  IpAddress masked = address;
  for (int bit = prefix; bit < masked.bits(); ++bit)
    masked.bytes[static_cast<size_t>(bit / 8)] &= static_cast<uint8_t>(~(0x80 >> (bit % 8)));
  return masked;
}

bool IpNetwork::Contains(const IpAddress& other) const {
  return other.is_v6 == address.is_v6 && IpNetwork{other, prefix}.first() == first();
}

bool IpNetwork::Overlaps(const IpNetwork& other) const {
  return prefix <= other.prefix ? Contains(other.address) : other.Contains(address);
}

std::string IpNetwork::text() const {
  return absl::StrCat(address.text(), "/", prefix);
}

std::optional<IpAddress> ParseAddress(absl::string_view text) {
  IpAddress address{.is_v6 = text.find(':') != absl::string_view::npos};
  if (inet_pton(address.is_v6 ? AF_INET6 : AF_INET, std::string(text).c_str(), address.bytes.data()) != 1)
    return std::nullopt;
  return address;
}

std::optional<IpNetwork> ParseNetwork(absl::string_view text) {
  const size_t slash = text.find('/');
  if (slash == absl::string_view::npos) return std::nullopt;
  const std::optional<IpAddress> address = ParseAddress(text.substr(0, slash));
  const absl::string_view digits = text.substr(slash + 1);
  int prefix = 0;
  const bool is_number = !digits.empty() &&
                         digits.find_first_not_of("0123456789") == absl::string_view::npos &&
                         absl::SimpleAtoi(digits, &prefix);
  if (!address || !is_number || prefix > address->bits()) return std::nullopt;
  return IpNetwork{*address, prefix};
}

IpAddress Next(IpAddress address, uint32_t steps) {
  uint64_t carry = steps;
  for (size_t i = static_cast<size_t>(address.bits() / 8); carry != 0 && i-- > 0; carry >>= 8) {
    carry += address.bytes[i];
    address.bytes[i] = static_cast<uint8_t>(carry);
  }
  return address;
}

bool IsMacAddress(absl::string_view text) {
  if (text.size() != 17) return false;
  for (size_t i = 0; i < text.size(); ++i)
    if (i % 3 == 2 ? text[i] != ':' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i])))
      return false;
  const char low = text[1];  // its last bit says that the address is a group's
  return absl::string_view("02468aceACE").find(low) != absl::string_view::npos;
}

}  // namespace tare::cni
