#include "usernet/programs.h"

#include "json/reader.h"
#include "json/writer.h"
#include "kernel/search_path.h"

namespace tare::usernet {
namespace {

// "127.0.0.1/8080:80"
std::string PastaPort(const cni::PortMapping& port) {
  return absl::StrCat(port.host_ip, port.host_ip.empty() ? "" : "/", port.host_port, ":",
                      port.container_port);
}

// By default, pasta forwards every port that is bound in the container; "none" turns this off.
void AddPastaPorts(const char* flag, const char* protocol, const std::vector<cni::PortMapping>& ports,
                   std::vector<std::string>& line) {
  const size_t before = line.size();
  for (const cni::PortMapping& port : ports) {
    if (port.protocol == protocol) line.insert(line.end(), {flag, PastaPort(port)});
  }
  if (line.size() == before) line.insert(line.end(), {flag, "none"});
}

}  // namespace

StatusOr<std::string> PathOf(const std::string& program) {
  std::string path = kernel::FindProgram(program);
  if (!path.empty()) return path;
  return absl::NotFoundError(absl::StrCat("there is no program ", program,
                                          " in PATH; Debian has it in the package ",
                                          program == kPasta ? "passt" : program));
}

Status CheckPorts(const std::string& program, const std::vector<cni::PortMapping>& ports) {
  for (const cni::PortMapping& port : ports) {
    if (port.protocol != "tcp" && port.protocol != "udp")
      return InvalidError("--publish: ", program, " cannot forward ports of ", port.protocol);
  }
  return absl::OkStatus();
}

std::vector<std::string> CommandLine(const std::string& program, pid_t pid,
                                     const std::vector<cni::PortMapping>& ports, const std::string& socket,
                                     int ready) {
  if (program == kSlirp) {
    return {kSlirp,
            "--configure",
            "--disable-host-loopback",
            "--mtu=65520",
            "--enable-sandbox",
            "--enable-seccomp",
            absl::StrCat("--api-socket=", socket),
            absl::StrCat("--ready-fd=", ready),
            absl::StrCat(pid),
            "tap0"};
  }
  // The container must not reach the host's loopback addresses: neither by the address of the gateway
  // (--no-map-gw) nor by its own loopback address (--tcp-ns, --udp-ns).
  std::vector<std::string> line = {kPasta,        "--config-net", "--foreground", "--quiet",
                                   "--ns-ifname", "eth0",         "--no-map-gw",  "--no-netns-quit",
                                   "--tcp-ns",    "none",         "--udp-ns",     "none"};
  AddPastaPorts("--tcp-ports", "tcp", ports, line);
  AddPastaPorts("--udp-ports", "udp", ports, line);
  line.push_back(absl::StrCat(pid));
  return line;
}

std::string ForwardRequest(const cni::PortMapping& port) {
  return json::OneLine({{"execute", "add_hostfwd"},
                        {"arguments",
                         {{"proto", port.protocol},
                          {"host_addr", port.host_ip.empty() ? "0.0.0.0" : port.host_ip},
                          {"host_port", port.host_port},
                          {"guest_addr", kSlirpAddress},
                          {"guest_port", port.container_port}}}}) +
         "\n";
}

Status ForwardResult(const std::string& answer) {
  Status status;
  TARE_RETURN_IF_ERROR(
      json::Visit(answer, "slirp4netns", json::Remarks::kDrop, json::Top::kObject, [&](json::Value root) {
        if (root["error"].present()) status = InvalidError("slirp4netns: ", root["error"]["desc"].String());
      }));
  return status;
}

}  // namespace tare::usernet
