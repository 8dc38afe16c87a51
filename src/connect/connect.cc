#include "connect/connect.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/step.h"
#include "connect/files.h"
#include "connect/peers.h"
#include "hooks/cni/attach.h"
#include "kernel/file.h"
#include "namespaces/id_map.h"

namespace tare::connect {
namespace {

constexpr size_t kMostOfResolvConf = 64 << 10;

Status MakeFile(int directory, const char* name, uid_t uid, gid_t gid) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd file,
                        kernel::OpenAt(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0644));
  // Whatever the umask.
  if (fchmod(file.get(), 0644) != 0) return ErrnoError(errno, absl::StrCat("chmod(", name, ")"));
  if (fchown(file.get(), uid, gid) != 0) return ErrnoError(errno, absl::StrCat("chown(", name, ")"));
  return absl::OkStatus();
}

// The host's, or that of systemd-resolved: /etc/resolv.conf then only names resolved's own server, which the
// container cannot reach.
std::string HostResolvConf() {
  std::string host = kernel::ReadRegular("/etc/resolv.conf", kMostOfResolvConf).value_or("");
  if (!absl::StrContains(host, "nameserver 127.0.0.53")) return host;
  return kernel::ReadRegular("/run/systemd/resolve/resolv.conf", kMostOfResolvConf).value_or(host);
}

// A port that no socket of this network namespace has. Somebody else may still take it before the network
// does.
StatusOr<uint16_t> FreePort(const cni::PortMapping& mapping) {
  const bool udp = mapping.protocol == "udp";
  const kernel::Fd socket(::socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0));
  sockaddr_in address{.sin_family = AF_INET};
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (!socket || bind(socket.get(), raw, size) != 0 || getsockname(socket.get(), raw, &size) != 0)
    return ErrnoError(errno, "a free port for --publish");
  return ntohs(address.sin_port);
}

Status ChoosePorts(std::vector<cni::PortMapping>& ports) {
  for (cni::PortMapping& mapping : ports) {
    if (mapping.host_port != 0) continue;
    TARE_ASSIGN_OR_RETURN(mapping.host_port, FreePort(mapping));
  }
  return absl::OkStatus();
}

StatusOr<std::vector<cni::Joined>> Attach(const Networks& networks, const cni::Request& request,
                                          const container::Directory& directory, const std::string& root,
                                          const Init& init) {
  if (networks.kind == Kind::kUserMode) {
    TARE_ASSIGN_OR_RETURN(cni::Joined joined,
                          usernet::Attach({.program = networks.program,
                                           .ports = request.ports,
                                           .namespaces = init.namespaces,
                                           .init = init.pidfd,
                                           .directory = directory.path()}),
                          "--network ", networks.program);
    return std::vector<cni::Joined>{std::move(joined)};
  }
  if (geteuid() != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("--network ", request.attachments.front().network,
                     ": networks of CNI need root; a user without privileges can use "
                     "--network pasta or --network slirp4netns"));
  }
  TARE_ASSIGN_OR_RETURN(const cni::Places places, cni::PlacesOf());
  return cni::Attach(places, root, directory.id(), init.pid, request);
}

Status Detach(const std::string& root, const std::string& id) {
  TARE_RETURN_IF_ERROR(usernet::Detach(absl::StrCat(root, "/", id)));
  if (geteuid() != 0) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const cni::Places places, cni::PlacesOf());
  return cni::Detach(places, root, id);
}

// A port that may be any keeps the number that it was given before.
void KeepPorts(const std::vector<std::string>& before, std::vector<cni::PortMapping>& ports) {
  if (before.size() != ports.size()) return;
  for (size_t i = 0; i < ports.size(); ++i) {
    const StatusOr<std::vector<cni::PortMapping>> parsed = cni::ParsePorts(before[i]);
    if (parsed.ok() && ports[i].host_port == 0) ports[i].host_port = parsed->front().host_port;
  }
}

Status WriteFiles(const Networks& networks, const container::Directory& directory, const Files& files,
                  const Names& names, const std::vector<cni::Joined>& joined) {
  const int at = directory.fd();
  if (files.hosts)
    TARE_RETURN_IF_ERROR(kernel::WriteFileAt(at, kHostsFile, HostsText(names, networks.hosts)));
  if (files.hostname)
    TARE_RETURN_IF_ERROR(kernel::WriteFileAt(at, kHostnameFile, absl::StrCat(names.hostname, "\n")));
  if (!files.resolv_conf) return absl::OkStatus();
  return kernel::WriteFileAt(at, kResolvConfFile,
                             ResolvConfText(networks.nameservers, joined, HostResolvConf()));
}

}  // namespace

Status MakeFiles(const container::Directory& directory, const Files& files, const spec::Linux& platform) {
  const uid_t uid = namespaces::HostId(0, platform.uid_mappings);
  const gid_t gid = namespaces::HostId(0, platform.gid_mappings);
  const std::pair<bool, const char*> all[] = {
      {files.hosts, kHostsFile}, {files.resolv_conf, kResolvConfFile}, {files.hostname, kHostnameFile}};
  for (const auto& [wanted, name] : all) {
    if (wanted) TARE_RETURN_IF_ERROR(MakeFile(directory.fd(), name, uid, gid));
  }
  return absl::OkStatus();
}

std::vector<container::Network> PlannedNetworks(const Networks& networks) {
  std::vector<container::Network> planned;
  if (networks.kind == Kind::kUserMode) planned.push_back({.name = networks.program});
  for (const cni::Attachment& attachment : networks.request.attachments)
    planned.push_back({.name = attachment.network});
  return planned;
}

StatusOr<Connection> Connect(const Networks& networks, const container::Directory& directory,
                             const std::string& root, const Init& init, const Files& files,
                             const std::string& hostname) {
  TARE_STEP("connect to the networks");
  cni::Request request = networks.request;
  TARE_RETURN_IF_ERROR(ChoosePorts(request.ports));
  TARE_ASSIGN_OR_RETURN(const std::vector<cni::Joined> joined,
                        Attach(networks, request, directory, root, init));
  Connection connection;
  Names names{.id = directory.id(), .hostname = hostname};
  for (const cni::Joined& one : joined) {
    connection.networks.push_back(
        {.name = one.network, .interface = one.interface, .mac = one.mac, .addresses = one.addresses});
    const std::vector<std::string> addresses = WithoutPrefixes(one.addresses);
    names.addresses.insert(names.addresses.end(), addresses.begin(), addresses.end());
  }
  for (const cni::PortMapping& mapping : request.ports) connection.ports.push_back(PortText(mapping));
  if (Status written = WriteFiles(networks, directory, files, names, joined); !written.ok()) {
    (void)Detach(root, directory.id());
    return written;
  }
  return connection;
}

std::string PortText(const cni::PortMapping& mapping) {
  const bool v6 = absl::StrContains(mapping.host_ip, ':');
  const std::string address = mapping.host_ip.empty() ? ""
                              : v6                    ? absl::StrCat("[", mapping.host_ip, "]:")
                                                      : absl::StrCat(mapping.host_ip, ":");
  return absl::StrCat(address, mapping.host_port, ":", mapping.container_port, "/", mapping.protocol);
}

std::string AddressesOf(const Connection& connection) {
  std::vector<std::string> addresses;
  for (const container::Network& network : connection.networks)
    addresses.insert(addresses.end(), network.addresses.begin(), network.addresses.end());
  return absl::StrJoin(addresses, ",");
}

void Disconnect(const std::string& root, const container::Record& record) {
  if (record.networks.empty()) return;
  TARE_STEP("disconnect from the networks");
  RemoveFromPeers(root, record);
  Release(root, record.id);
}

void Release(const std::string& root, const std::string& id) {
  if (Status detached = Detach(root, id); !detached.ok())
    log::Warning("container ", id, ": ", detached.message(),
                 "; \"tare network gc\" tries to release its networks again");
}

Networks Again(Networks networks, const container::Record& record) {
  for (cni::Attachment& attachment : networks.request.attachments) {
    const auto before = std::ranges::find(record.networks, attachment.network, &container::Network::name);
    if (before == record.networks.end() || before->addresses.empty()) continue;
    attachment.ips = WithoutPrefixes(before->addresses);
    attachment.interface = before->interface;
    attachment.mac = before->mac;
  }
  KeepPorts(record.ports, networks.request.ports);
  return networks;
}

}  // namespace tare::connect
