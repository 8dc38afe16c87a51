#include "connect/networks.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "hooks/cni/address.h"
#include "hooks/cni/network_list.h"
#include "hooks/cni/plan.h"

namespace tare::connect {
namespace {

using cni::Attachment;

Status CheckMac(absl::string_view flag, absl::string_view mac) {
  if (cni::IsMacAddress(mac)) return absl::OkStatus();
  return InvalidError(flag, " ", mac, ": expected the address of one interface, as in 02:00:5e:10:00:01");
}

Status CheckIp(absl::string_view flag, absl::string_view ip) {
  if (cni::ParseAddress(ip) || cni::ParseNetwork(ip)) return absl::OkStatus();
  return InvalidError(flag, " ", ip, ": not an IP address");
}

Status CheckInterface(absl::string_view name) {
  if (cni::CheckInterfaceName(name).ok()) return absl::OkStatus();
  return InvalidError("--network: interface_name=", name, ": not the name of an interface");
}

// "ip=10.1.2.3", "mac=...", "interface_name=net0" after the name of a network.
Status SetOption(absl::string_view option, Attachment& attachment) {
  const std::vector<std::string> pair = absl::StrSplit(option, absl::MaxSplits('=', 1));
  const std::string value = pair.size() == 2 ? pair[1] : "";
  if (pair[0] == "ip" || pair[0] == "ip6") {
    attachment.ips.push_back(value);
    return CheckIp("--network: ip", value);
  }
  if (pair[0] == "mac") {
    attachment.mac = value;
    return CheckMac("--network: mac", value);
  }
  if (pair[0] == "interface_name") {
    attachment.interface = value;
    return CheckInterface(value);
  }
  return InvalidError("--network: unknown option ", pair[0], " of network ", attachment.network,
                      ": use ip, mac or interface_name");
}

StatusOr<Attachment> ParseAttachment(absl::string_view name, absl::string_view options) {
  Attachment attachment{.network = std::string(name)};
  TARE_RETURN_IF_ERROR(cni::CheckNetworkName(name), "--network");
  for (absl::string_view option : absl::StrSplit(options, ',', absl::SkipEmpty()))
    TARE_RETURN_IF_ERROR(SetOption(option, attachment));
  return attachment;
}

// A kind that has no name of a network.
Status SetKind(Networks& networks, Kind kind, absl::string_view word, absl::string_view options) {
  if (!options.empty() && kind != Kind::kPath)
    return InvalidError("--network ", word, ": has no options: ", options);
  if (networks.kind != Kind::kAsConfigured)
    return InvalidError("--network ", word, ": cannot be combined with another network");
  networks.kind = kind;
  return absl::OkStatus();
}

Status AddNetwork(absl::string_view text, Networks& networks) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  const auto [word, options] = parts;
  if (word == "host") return SetKind(networks, Kind::kHost, word, options);
  if (word == "none") return SetKind(networks, Kind::kNone, word, options);
  if (word == "ns") {
    networks.path = std::string(options);
    if (!absl::StartsWith(options, "/"))
      return InvalidError("--network ", text, ": expected the absolute path of a network namespace");
    return SetKind(networks, Kind::kPath, word, options);
  }
  if (word == "container")
    return InvalidError("--network ", text,
                        ": for the network of another container use ns:/proc/PID/ns/net, with the PID that "
                        "\"tare state\" shows");
  if (IsUserMode(word)) {
    networks.program = std::string(word);
    return SetKind(networks, Kind::kUserMode, word, options);
  }
  if (networks.kind != Kind::kAsConfigured && networks.kind != Kind::kNamed)
    return InvalidError("--network ", word, ": cannot be combined with another network");
  networks.kind = Kind::kNamed;
  TARE_ASSIGN_OR_RETURN(Attachment attachment, ParseAttachment(word, options));
  networks.request.attachments.push_back(std::move(attachment));
  return absl::OkStatus();
}

// --ip and --mac belong to the only network.
Status AddAddresses(const NetworkFlags& flags, Networks& networks) {
  if (flags.ips.empty() && flags.mac.empty()) return absl::OkStatus();
  const absl::string_view flag = flags.ips.empty() ? "--mac" : "--ip";
  if (networks.request.attachments.size() != 1)
    return InvalidError(flag,
                        " needs exactly one --network NAME; with several, use --network NAME:ip=IP,mac=MAC");
  Attachment& attachment = networks.request.attachments.front();
  for (const std::string& ip : flags.ips) {
    TARE_RETURN_IF_ERROR(CheckIp("--ip", ip));
    attachment.ips.push_back(ip);
  }
  if (flags.mac.empty()) return absl::OkStatus();
  attachment.mac = flags.mac;
  return CheckMac("--mac", flags.mac);
}

Status AddHost(absl::string_view text, Networks& networks) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
  const auto [name, address] = parts;
  if (name.empty() || name.find_first_of(" \t\n#") != absl::string_view::npos || !cni::ParseAddress(address))
    return InvalidError("--add-host ", text, ": expected NAME:IP");
  networks.hosts.push_back({.address = std::string(address), .name = std::string(name)});
  return absl::OkStatus();
}

Status CheckDistinctNetworks(const std::vector<Attachment>& attachments) {
  for (size_t i = 0; i < attachments.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (attachments[i].network == attachments[j].network)
        return InvalidError("--network ", attachments[i].network, " is given twice");
    }
  }
  return absl::OkStatus();
}

// Flags that would have no effect.
Status CheckUse(const NetworkFlags& flags, const Networks& networks) {
  if (networks.kind == Kind::kUserMode && !flags.bandwidth.empty())
    return InvalidError("--bandwidth: ", networks.program, " cannot limit the traffic");
  if (networks.attached()) return absl::OkStatus();
  const std::pair<absl::string_view, bool> given[] = {{"--publish", !flags.ports.empty()},
                                                      {"--bandwidth", !flags.bandwidth.empty()},
                                                      {"--add-host", !flags.hosts.empty()},
                                                      {"--dns", !flags.dns.empty()}};
  for (const auto& [flag, is_given] : given) {
    if (is_given) return InvalidError(flag, " needs --network NAME");
  }
  return absl::OkStatus();
}

// "10m" bits, in powers of 1000.
bool ParseBits(absl::string_view text, uint64_t& bits) {
  uint64_t unit = 1;
  if (!text.empty()) {
    const char last = absl::ascii_tolower(static_cast<unsigned char>(text.back()));
    unit = last == 'k' ? 1'000 : last == 'm' ? 1'000'000 : last == 'g' ? 1'000'000'000 : 1;
    if (unit != 1) text.remove_suffix(1);
  }
  if (text.empty() || text.front() < '0' || text.front() > '9' || !absl::SimpleAtoi(text, &bits))
    return false;
  return bits > 0 && !__builtin_mul_overflow(bits, unit, &bits);
}

}  // namespace

std::vector<absl::string_view> NetworkWords() {
  return {"host", "none", "pasta", "slirp4netns"};
}

bool IsUserMode(absl::string_view network) {
  return network == "pasta" || network == "slirp4netns";
}

StatusOr<cni::Bandwidth> ParseBandwidth(absl::string_view text) {
  cni::Bandwidth bandwidth;
  const std::pair<absl::string_view, uint64_t*> fields[] = {{"ingress", &bandwidth.ingress_rate},
                                                            {"ingress-burst", &bandwidth.ingress_burst},
                                                            {"egress", &bandwidth.egress_rate},
                                                            {"egress-burst", &bandwidth.egress_burst}};
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    const auto field = std::ranges::find(fields, pair.first, &std::pair<absl::string_view, uint64_t*>::first);
    if (field == std::end(fields) || !ParseBits(pair.second, *field->second))
      return InvalidError("--bandwidth ", text,
                          ": expected ingress=RATE,egress=RATE, in bits per second (\"10m\"), and "
                          "ingress-burst=, egress-burst= in bits");
  }
  return bandwidth;
}

StatusOr<Networks> ParseNetworks(const NetworkFlags& flags) {
  Networks networks;
  for (const std::string& text : flags.networks) TARE_RETURN_IF_ERROR(AddNetwork(text, networks));
  TARE_RETURN_IF_ERROR(CheckDistinctNetworks(networks.request.attachments));
  TARE_RETURN_IF_ERROR(AddAddresses(flags, networks));
  TARE_RETURN_IF_ERROR(CheckUse(flags, networks));
  for (const std::string& text : flags.ports) {
    TARE_ASSIGN_OR_RETURN(const std::vector<cni::PortMapping> ports, cni::ParsePorts(text), "--publish");
    networks.request.ports.insert(networks.request.ports.end(), ports.begin(), ports.end());
  }
  if (!flags.bandwidth.empty()) {
    TARE_ASSIGN_OR_RETURN(networks.request.bandwidth, ParseBandwidth(flags.bandwidth));
  }
  for (const std::string& text : flags.hosts) TARE_RETURN_IF_ERROR(AddHost(text, networks));
  for (const std::string& text : flags.dns) {
    if (!cni::ParseAddress(text)) return InvalidError("--dns ", text, ": not an IP address");
    networks.nameservers.push_back(text);
  }
  return networks;
}

}  // namespace tare::connect
