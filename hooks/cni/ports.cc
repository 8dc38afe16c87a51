// Ports as podman-run(1) describes them for --publish.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "hooks/cni/address.h"
#include "hooks/cni/request.h"

namespace tare::cni {
namespace {

// Both ends belong to it.
struct Range {
  uint16_t first = 0;
  uint16_t last = 0;

  int size() const { return last - first + 1; }
};

Status BadPorts(absl::string_view text, absl::string_view why) {
  return InvalidError("\"", text, "\": ", why);
}

bool ParsePort(absl::string_view text, uint16_t& port) {
  uint32_t number = 0;
  if (text.empty() || text.front() < '0' || text.front() > '9' || !absl::SimpleAtoi(text, &number))
    return false;
  port = static_cast<uint16_t>(number);
  return number >= 1 && number <= 65535;
}

bool ParseRange(absl::string_view text, Range& range) {
  const std::vector<absl::string_view> ends = absl::StrSplit(text, absl::MaxSplits('-', 1));
  return ParsePort(ends.front(), range.first) && ParsePort(ends.back(), range.last) &&
         range.first <= range.last;
}

// "[::1]:80:80" and "10.0.0.1:80:80" in their address and the rest.
bool SplitAddress(absl::string_view text, std::string& address, absl::string_view& rest) {
  const bool bracketed = !text.empty() && text.front() == '[';
  const size_t end = bracketed ? text.find("]:") : text.find(':');
  if (!bracketed && std::ranges::count(text, ':') < 2) {
    rest = text;
    return true;
  }
  if (end == absl::string_view::npos) return false;
  address = std::string(text.substr(bracketed ? 1 : 0, bracketed ? end - 1 : end));
  rest = text.substr(end + (bracketed ? 2 : 1));
  return ParseAddress(address).has_value();
}

bool IsProtocol(absl::string_view text) {
  return text == "tcp" || text == "udp" || text == "sctp";
}

}  // namespace

StatusOr<std::vector<PortMapping>> ParsePorts(absl::string_view text) {
  const std::vector<absl::string_view> halves = absl::StrSplit(text, absl::MaxSplits('/', 1));
  const std::string protocol = halves.size() == 1 ? "tcp" : absl::AsciiStrToLower(halves[1]);
  if (!IsProtocol(protocol)) return BadPorts(text, "the protocol must be tcp, udp or sctp");
  std::string address;
  absl::string_view rest;
  if (!SplitAddress(halves[0], address, rest)) return BadPorts(text, "there is no such address");
  const std::vector<absl::string_view> ports = absl::StrSplit(rest, ':');
  Range container;
  Range host;
  if (ports.size() > 2 || !ParseRange(ports.back(), container))
    return BadPorts(text,
                    "expected [[IP:][HOST-PORT]:]CONTAINER-PORT[/PROTOCOL], with ports from 1 to 65535");
  const bool any_port = ports.size() == 1 || ports.front().empty();
  if (!any_port && !ParseRange(ports.front(), host)) return BadPorts(text, "bad port of the host");
  if (!any_port && host.size() != container.size())
    return BadPorts(text, "the host's range is not as long as the container's");
  std::vector<PortMapping> mappings;
  for (int i = 0; i < container.size(); ++i)
    mappings.push_back({.host_ip = address,
                        .host_port = any_port ? uint16_t{0} : static_cast<uint16_t>(host.first + i),
                        .container_port = static_cast<uint16_t>(container.first + i),
                        .protocol = protocol});
  return mappings;
}

}  // namespace tare::cni
