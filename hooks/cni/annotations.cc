#include "hooks/cni/annotations.h"

#include <vector>

#include "absl/strings/str_split.h"
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
    TARE_ASSIGN_OR_RETURN(const std::vector<PortMapping> ports, ParsePorts(text), kPublish);
    if (ports.front().host_port == 0)
      return InvalidError(kPublish, ": \"", text, "\": needs a port of the host");
    request.ports.insert(request.ports.end(), ports.begin(), ports.end());
  }
  return request;
}

}  // namespace tare::cni
