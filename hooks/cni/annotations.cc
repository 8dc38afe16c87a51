#include "hooks/cni/annotations.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "hooks/cni/network_list.h"

namespace tare::cni {
namespace {

constexpr char kNetwork[] = "org.tare.network";
constexpr char kIp[] = "org.tare.ip";
constexpr char kMac[] = "org.tare.mac";
constexpr char kPublish[] = "org.tare.publish";

std::vector<std::string> ValuesOf(const std::map<std::string, std::string>& annotations, const char* name) {
  const auto found = annotations.find(name);
  if (found == annotations.end()) return {};
  return absl::StrSplit(found->second, absl::ByAnyChar(", "), absl::SkipEmpty());
}

bool ParsePortNumber(absl::string_view text, uint16_t& port) {
  uint32_t number = 0;
  if (text.empty() || text.find_first_not_of("0123456789") != absl::string_view::npos) return false;
  if (!absl::SimpleAtoi(text, &number) || number == 0 || number > 65535) return false;
  port = static_cast<uint16_t>(number);
  return true;
}

StatusOr<PortMapping> ParsePort(const std::string& text) {
  const Status error =
      InvalidError(kPublish, ": \"", text, "\": expected [IP:]HOST-PORT:CONTAINER-PORT[/PROTOCOL]");
  PortMapping mapping;
  absl::string_view rest = text;
  if (const size_t slash = rest.find('/'); slash != absl::string_view::npos) {
    mapping.protocol = std::string(rest.substr(slash + 1));
    rest = rest.substr(0, slash);
  }
  const size_t last = rest.rfind(':');
  if (last == absl::string_view::npos) return error;
  if (!ParsePortNumber(rest.substr(last + 1), mapping.container_port)) return error;
  rest = rest.substr(0, last);
  if (const size_t colon = rest.rfind(':'); colon != absl::string_view::npos) {
    absl::string_view ip = rest.substr(0, colon);
    if (absl::ConsumePrefix(&ip, "[") && !absl::ConsumeSuffix(&ip, "]")) return error;
    if (ip.empty()) return error;
    mapping.host_ip = std::string(ip);
    rest = rest.substr(colon + 1);
  }
  if (!ParsePortNumber(rest, mapping.host_port)) return error;
  return mapping;
}

}  // namespace

StatusOr<Request> RequestOf(const std::map<std::string, std::string>& annotations) {
  Request request;
  for (const std::string& text : ValuesOf(annotations, kNetwork)) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
    TARE_RETURN_IF_ERROR(CheckNetworkName(parts.first), kNetwork);
    request.attachments.push_back({.network = parts.first, .interface = parts.second});
  }
  if (request.attachments.empty()) {
    for (const char* other : {kIp, kMac, kPublish})
      if (annotations.contains(other)) return InvalidError(other, " needs ", kNetwork);
    return request;
  }
  Attachment& first = request.attachments.front();
  first.ips = ValuesOf(annotations, kIp);
  const std::vector<std::string> macs = ValuesOf(annotations, kMac);
  if (macs.size() > 1) return InvalidError(kMac, ": an interface has one MAC address");
  if (!macs.empty()) first.mac = macs.front();
  for (const std::string& text : ValuesOf(annotations, kPublish)) {
    TARE_ASSIGN_OR_RETURN(PortMapping mapping, ParsePort(text));
    request.ports.push_back(std::move(mapping));
  }
  return request;
}

}  // namespace tare::cni
