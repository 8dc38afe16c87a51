#include "hooks/cni/taken_ports.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hooks/cni/address.h"
#include "hooks/cni/record_directory.h"
#include "kernel/file.h"
#include "kernel/file_lock.h"

namespace tare::cni {
namespace {

constexpr char kLockFile[] = ".ports";  // beside the records; no escaped root begins with a dot

// By number and protocol.
using Wanted = std::multimap<std::pair<uint16_t, std::string>, const PortMapping*>;

std::string TextOf(const PortMapping& port) {
  return absl::StrCat("port ", port.host_port, "/", port.protocol, " of the host");
}

// No address is every address.
bool Overlap(const PortMapping& one, const PortMapping& other) {
  if (one.host_ip.empty() || other.host_ip.empty()) return true;
  const std::optional<IpAddress> first = ParseAddress(one.host_ip);
  const std::optional<IpAddress> second = ParseAddress(other.host_ip);
  const auto is_any = [](const std::optional<IpAddress>& ip) { return ip && ip->bytes == IpAddress{}.bytes; };
  if (!first || !second || first->is_v6 != second->is_v6) return false;
  return is_any(first) || is_any(second) || first == second;
}

Status Conflict(const PortMapping& port, const Record& other) {
  if (InitIsAlive(other))
    return absl::AlreadyExistsError(
        absl::StrCat(TextOf(port), " is already published by container \"", other.id, "\""));
  return absl::AlreadyExistsError(
      absl::StrCat(TextOf(port), " is still published by container \"", other.id,
                   "\", which has ended: delete it, or call \"tare network gc\""));
}

Status CheckAgainst(const Wanted& wanted, const Record& other) {
  for (const PortMapping& theirs : other.ports) {
    const auto [begin, end] = wanted.equal_range({theirs.host_port, theirs.protocol});
    for (auto one = begin; one != end; ++one)
      if (Overlap(*one->second, theirs)) return Conflict(*one->second, other);
  }
  return absl::OkStatus();
}

// Of this boot: the rules of an earlier one are gone. A record that cannot be read is left to others to
// report.
Status CheckContainers(const Places& places, const Record& record) {
  Wanted wanted;
  for (const PortMapping& port : record.ports) wanted.insert({{port.host_port, port.protocol}, &port});
  TARE_ASSIGN_OR_RETURN(const std::vector<RecordName> names, ListRecords(places));
  for (const RecordName& name : names) {
    if (name.id == record.id && name.root == record.root) continue;
    const StatusOr<std::optional<Record>> other = PeekRecord(places, name.root, name.id);
    if (!other.ok() || !*other || (*other)->boot != record.boot) continue;
    TARE_RETURN_IF_ERROR(CheckAgainst(wanted, **other));
  }
  return absl::OkStatus();
}

// bind(2) of a socket as a server would have it; 0, or errno.
int Bind(const PortMapping& port) {
  const bool tcp = port.protocol == "tcp";
  const IpAddress address = ParseAddress(port.host_ip).value_or(IpAddress{});
  const int domain = address.is_v6 ? AF_INET6 : AF_INET;
  const kernel::Fd socket(::socket(domain, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
  if (!socket) return errno;
  const int yes = 1;
  // Connections that have ended do not count. For datagrams the option would mean more.
  if (tcp) setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (address.is_v6) {
    setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof(yes));
    sockaddr_in6 v6{.sin6_family = AF_INET6, .sin6_port = htons(port.host_port)};
    std::ranges::copy(address.bytes, v6.sin6_addr.s6_addr);
    return bind(socket.get(), reinterpret_cast<sockaddr*>(&v6), sizeof(v6)) == 0 ? 0 : errno;
  }
  sockaddr_in v4{.sin_family = AF_INET, .sin_port = htons(port.host_port)};
  std::copy_n(address.bytes.begin(), 4, reinterpret_cast<uint8_t*>(&v4.sin_addr));
  return bind(socket.get(), reinterpret_cast<sockaddr*>(&v4), sizeof(v4)) == 0 ? 0 : errno;
}

// Only what is certain: an address may be one that the host will have later.
Status CheckSocket(const PortMapping& port) {
  if (port.protocol == "sctp" || Bind(port) != EADDRINUSE) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(TextOf(port), " is in use by a program of the host"));
}

}  // namespace

StatusOr<kernel::Fd> LockPorts(const Places& places) {
  TARE_RETURN_IF_ERROR(kernel::MakeDirectories(places.records, 0700));
  const std::string path = absl::StrCat(places.records, "/", kLockFile);
  TARE_ASSIGN_OR_RETURN(kernel::Fd lock, kernel::Open(path, O_RDONLY | O_CREAT | O_NOFOLLOW, 0600));
  TARE_RETURN_IF_ERROR(kernel::LockFile(lock.get(), path));
  return lock;
}

Status CheckPortsAreFree(const Places& places, const Record& record) {
  TARE_RETURN_IF_ERROR(CheckContainers(places, record));
  for (const PortMapping& port : record.ports) TARE_RETURN_IF_ERROR(CheckSocket(port));
  return absl::OkStatus();
}

}  // namespace tare::cni
