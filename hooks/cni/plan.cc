#include "hooks/cni/plan.h"

#include <net/if.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hooks/cni/address.h"
#include "json/writer.h"

namespace tare::cni {
namespace {

constexpr std::array<absl::string_view, 3> kProtocols = {"tcp", "udp", "sctp"};

bool IsAddress(const std::string& text) {
  return ParseAddress(text).has_value() || ParseNetwork(text).has_value();
}

Status CheckAttachment(const Attachment& attachment) {
  TARE_RETURN_IF_ERROR(CheckInterfaceName(attachment.interface));
  for (const std::string& ip : attachment.ips)
    if (!IsAddress(ip)) return InvalidError("\"", ip, "\" is not an IP address");
  if (!attachment.mac.empty() && !IsMacAddress(attachment.mac))
    return InvalidError("\"", attachment.mac, "\" is not the MAC address of an interface");
  return absl::OkStatus();
}

Status CheckPort(const PortMapping& port) {
  if (port.host_port == 0 || port.container_port == 0) return InvalidError("a port must be from 1 to 65535");
  if (std::ranges::find(kProtocols, port.protocol) == kProtocols.end())
    return InvalidError("protocol \"", port.protocol, "\": must be one of ", absl::StrJoin(kProtocols, ", "));
  if (!port.host_ip.empty() && !ParseAddress(port.host_ip))
    return InvalidError("\"", port.host_ip, "\" is not an IP address");
  return absl::OkStatus();
}

Status CheckPorts(const std::vector<PortMapping>& ports) {
  std::set<std::tuple<std::string, uint16_t, std::string>> taken;
  for (const PortMapping& port : ports) {
    TARE_RETURN_IF_ERROR(CheckPort(port));
    if (!taken.emplace(port.host_ip, port.host_port, port.protocol).second)
      return InvalidError("port ", port.host_port, "/", port.protocol, " of the host is published twice");
  }
  return absl::OkStatus();
}

json::Output PortsJson(const std::vector<PortMapping>& ports) {
  json::Output list = json::Output::array();
  for (const PortMapping& port : ports) list.push_back(PortJson(port));
  return list;
}

// The plugin requires a burst with every rate. A tenth of a second's worth is enough for timers of 100 Hz,
// and 128 KiB for several packets. It takes at most 2^32 - 1 bytes.
uint64_t UsualBurst(uint64_t rate) {
  constexpr uint64_t kLeast = 8 * (128 << 10);
  constexpr uint64_t kMost = uint64_t{8} * (std::numeric_limits<uint32_t>::max() - 1);
  return std::clamp(rate / 10, kLeast, kMost);
}

json::Output BandwidthJson(const Bandwidth& bandwidth) {
  json::Output limits = json::Output::object();
  const auto add = [&](const char* rate_name, uint64_t rate, const char* burst_name, uint64_t burst) {
    if (rate == 0) return;
    limits[rate_name] = rate;
    limits[burst_name] = burst != 0 ? burst : UsualBurst(rate);
  };
  add("ingressRate", bandwidth.ingress_rate, "ingressBurst", bandwidth.ingress_burst);
  add("egressRate", bandwidth.egress_rate, "egressBurst", bandwidth.egress_burst);
  return limits;
}

Status Lacks(const NetworkList& list, absl::string_view capability, absl::string_view what) {
  return absl::FailedPreconditionError(absl::StrCat("network \"", list.name, "\": no plugin of ", list.file,
                                                    " can ", what, " (capability ", capability, ")"));
}

// A requested address goes to the plugin that declares the capability. Without one, it is passed in CNI_ARGS,
// which host-local, static, bridge and macvlan read; IgnoreUnknown is for the other plugins of the list.
Status PlanAddresses(const Attachment& attachment, const NetworkList& list, json::Output& capabilities,
                     std::string& args) {
  std::vector<std::string> variables;
  if (list.Declares("ips")) {
    if (!attachment.ips.empty()) capabilities["ips"] = attachment.ips;
  } else if (attachment.ips.size() > 1) {
    return Lacks(list, "ips", "give several requested addresses");
  } else if (!attachment.ips.empty()) {
    variables.push_back(absl::StrCat("IP=", attachment.ips[0]));
  }
  if (!attachment.mac.empty()) {
    if (list.Declares("mac"))
      capabilities["mac"] = attachment.mac;
    else
      variables.push_back(absl::StrCat("MAC=", attachment.mac));
  }
  if (!variables.empty()) args = absl::StrCat("IgnoreUnknown=1;", absl::StrJoin(variables, ";"));
  return absl::OkStatus();
}

}  // namespace

Status CheckInterfaceName(absl::string_view name) {
  // The kernel replaces "%d" by a number when an interface is made.
  const auto is_allowed = [](unsigned char c) {
    return c > ' ' && c < 0x7f && c != '/' && c != ':' && c != '%';
  };
  if (!name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." &&
      std::ranges::all_of(name, is_allowed))
    return absl::OkStatus();
  return InvalidError("invalid interface name \"", name, "\"");
}

json::Output PortJson(const PortMapping& port) {
  json::Output object = {
      {"hostPort", port.host_port}, {"containerPort", port.container_port}, {"protocol", port.protocol}};
  if (!port.host_ip.empty()) object["hostIP"] = port.host_ip;
  return object;
}

StatusOr<Request> CheckRequest(Request request) {
  std::set<std::string> interfaces;
  for (size_t i = 0; i < request.attachments.size(); ++i) {
    Attachment& attachment = request.attachments[i];
    if (attachment.interface.empty()) attachment.interface = absl::StrCat("eth", i);
    TARE_RETURN_IF_ERROR(CheckAttachment(attachment), "network \"", attachment.network, "\"");
    if (!interfaces.insert(attachment.interface).second)
      return InvalidError("two networks have the interface \"", attachment.interface, "\"");
  }
  TARE_RETURN_IF_ERROR(CheckPorts(request.ports));
  if (request.attachments.empty() && !request.ports.empty())
    return InvalidError("ports are published, but the container is not attached to a network");
  return request;
}

StatusOr<std::vector<AttachmentRecord>> PlanAttachments(const Request& request,
                                                        const std::vector<NetworkList>& lists) {
  std::vector<AttachmentRecord> attachments;
  bool mapped = request.ports.empty();
  for (size_t i = 0; i < lists.size(); ++i) {
    const NetworkList& list = lists[i];
    AttachmentRecord attachment{.network = list.name, .interface = request.attachments[i].interface};
    attachment.list = list.json;
    attachment.file = list.file;
    json::Output capabilities = json::Output::object();
    if (!mapped && list.Declares("portMappings")) {
      capabilities["portMappings"] = PortsJson(request.ports);
      mapped = true;
    }
    if (request.bandwidth != Bandwidth()) {
      if (!list.Declares("bandwidth")) return Lacks(list, "bandwidth", "limit bandwidth");
      capabilities["bandwidth"] = BandwidthJson(request.bandwidth);
    }
    TARE_RETURN_IF_ERROR(PlanAddresses(request.attachments[i], list, capabilities, attachment.args));
    if (!capabilities.empty()) attachment.runtime_config = json::OneLine(capabilities);
    attachments.push_back(std::move(attachment));
  }
  if (!mapped && !lists.empty()) return Lacks(lists[0], "portMappings", "publish ports");
  return attachments;
}

}  // namespace tare::cni
