#include "network/net_devices.h"

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/match.h"
#include "base/log.h"
#include "base/step.h"
#include "kernel/fd.h"
#include "network/netlink.h"

namespace tare::network {
namespace {

struct Link {
  int index = 0;
  bool up = false;
};

struct Address {
  ifaddrmsg fixed{};
  Message attributes;  // the message it was read from
};

// The move of one interface, with what is needed to undo it.
struct Move {
  std::string name;      // in the runtime's namespace
  std::string new_name;  // in the container's; may be a template
  Link link;             // in the runtime's
  int new_index = 0;     // in the container's
  std::vector<Address> addresses;
};

// A namespace that an interface leaves or enters.
struct Side {
  Netlink netlink;
  kernel::Fd netns;
};

ifinfomsg LinkOf(int index) {
  return {.ifi_family = AF_UNSPEC, .ifi_index = index};
}

// The kernel's rule for names (net/core/dev.c, dev_valid_name()). A '%' is only allowed in a single "%d".
Status CheckName(const std::string& name) {
  const bool ok = !name.empty() && name.size() < IFNAMSIZ && name != "." && name != ".." &&
                  name.find_first_of("/: \t\n\v\f\r") == std::string::npos;
  const size_t percent = name.find('%');
  const bool plain = percent == std::string::npos;
  const bool once =
      !plain && name.compare(percent, 2, "%d") == 0 && name.find('%', percent + 1) == std::string::npos;
  if (!ok || !(plain || once)) return InvalidError("\"", name, "\" is not a valid network device name");
  return absl::OkStatus();
}

// nullopt: there is no such interface.
StatusOr<std::optional<Link>> Find(Netlink& netlink, const Message& request) {
  StatusOr<std::vector<Message>> answer = netlink.Ask(request);
  if (ErrnoOf(answer.status()) == ENODEV) return std::optional<Link>();
  TARE_RETURN_IF_ERROR(answer.status());
  if (answer->empty()) return std::optional<Link>();
  const auto info = FixedPart<ifinfomsg>(answer->front());
  return std::make_optional(Link{info.ifi_index, (info.ifi_flags & IFF_UP) != 0});
}

StatusOr<std::optional<Link>> FindByName(Netlink& netlink, const std::string& name) {
  Message request = MakeMessage(RTM_GETLINK, LinkOf(0));
  AddAttribute(request, IFLA_IFNAME, {name.c_str(), name.size() + 1});
  return Find(netlink, request);
}

// The first free index from `index` on. We choose it, so that we know it even if the kernel chooses the name.
StatusOr<int> FreeIndex(Netlink& netlink, int index) {
  for (;; ++index) {
    TARE_ASSIGN_OR_RETURN(const std::optional<Link> taken,
                          Find(netlink, MakeMessage(RTM_GETLINK, LinkOf(index))));
    if (!taken) return index;
  }
}

StatusOr<std::vector<Message>> ListAddresses(Netlink& netlink) {
  constexpr int kTries = 10;
  const Message request = MakeMessage(RTM_GETADDR, ifaddrmsg{.ifa_family = AF_UNSPEC});
  StatusOr<std::vector<Message>> answer = netlink.Ask(request, NLM_F_DUMP);
  // Addresses of other interfaces may change at any time.
  for (int i = 1; i < kTries && ErrnoOf(answer.status()) == EINTR; ++i)
    answer = netlink.Ask(request, NLM_F_DUMP);
  return answer;
}

uint32_t AddressFlags(const Message& message) {
  for (const Attribute& attribute : Attributes(message, sizeof(ifaddrmsg))) {
    uint32_t flags = 0;
    if (attribute.type != IFA_FLAGS || attribute.value.size() != sizeof flags) continue;
    std::memcpy(&flags, attribute.value.data(), sizeof flags);
    return flags;
  }
  return FixedPart<ifaddrmsg>(message).ifa_flags;  // only the lowest eight
}

// The spec preserves global and permanent addresses: not link-local ones, which the kernel makes again, and
// not leased ones.
std::vector<Address> AddressesToKeep(const std::vector<Message>& all, int index) {
  std::vector<Address> keep;
  for (const Message& message : all) {
    const auto fixed = FixedPart<ifaddrmsg>(message);
    if (fixed.ifa_index == static_cast<uint32_t>(index) && fixed.ifa_scope == RT_SCOPE_UNIVERSE &&
        (AddressFlags(message) & IFA_F_PERMANENT))
      keep.push_back({fixed, message});
  }
  return keep;
}

// Attributes that the user has set with the address. The label is left out, because it has to begin with the
// name of the interface.
bool IsUserSet(uint16_t attribute) {
  switch (attribute) {
    case IFA_ADDRESS:
    case IFA_LOCAL:
    case IFA_BROADCAST:
    case IFA_CACHEINFO:
    case IFA_RT_PRIORITY:
    case IFA_PROTO:
      return true;
    default:
      return false;
  }
}

Status AddAddress(Netlink& netlink, const Address& address, int index) {
  constexpr uint32_t kGiven = IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE;
  ifaddrmsg fixed = address.fixed;
  fixed.ifa_index = static_cast<uint32_t>(index);
  fixed.ifa_flags = 0;
  Message request = MakeMessage(RTM_NEWADDR, fixed);
  for (const Attribute& attribute : Attributes(address.attributes, sizeof(ifaddrmsg)))
    if (IsUserSet(attribute.type)) AddAttribute(request, attribute.type, attribute.value);
  AddNumber(request, IFA_FLAGS, AddressFlags(address.attributes) & kGiven);
  return netlink.Ask(request, NLM_F_CREATE | NLM_F_REPLACE).status();
}

Status SetUp(Netlink& netlink, int index) {
  ifinfomsg info = LinkOf(index);
  info.ifi_flags = IFF_UP;
  info.ifi_change = IFF_UP;
  return netlink.Ask(MakeMessage(RTM_NEWLINK, info)).status();
}

// Moves and renames in one request, so that the interface never has its old name in the new namespace. The
// kernel brings it down.
Status ChangeNamespace(Side& from, const Side& to, int index, const std::string& name, int new_index) {
  Message request = MakeMessage(RTM_NEWLINK, LinkOf(index));
  AddNumber(request, IFLA_NET_NS_FD, static_cast<uint32_t>(to.netns.get()));
  AddAttribute(request, IFLA_IFNAME, {name.c_str(), name.size() + 1});
  AddNumber(request, IFLA_NEW_IFINDEX, static_cast<uint32_t>(new_index));
  return from.netlink.Ask(request).status();
}

Status Configure(Netlink& netlink, int index, const std::vector<Address>& addresses) {
  for (const Address& address : addresses)
    TARE_RETURN_IF_ERROR(AddAddress(netlink, address, index), "adding an address");
  return Annotate(SetUp(netlink, index), "bringing it up");
}

// Moves an interface back, as far as possible. Failures are only logged, because the original error is the
// one to report.
void MoveBack(Side& here, Side& there, const Move& move) {
  const StatusOr<std::optional<Link>> never_left = FindByName(here.netlink, move.name);
  if (never_left.ok() && *never_left) return;
  Status status = ChangeNamespace(there, here, move.new_index, move.name, move.link.index);
  for (const Address& address : move.addresses)
    status.Update(AddAddress(here.netlink, address, move.link.index));
  if (move.link.up) status.Update(SetUp(here.netlink, move.link.index));
  if (!status.ok())
    log::Warning("network device ", move.name, " could not be moved back: ", status.message());
}

Status MoveOne(Side& here, Side& there, Move& move) {
  TARE_ASSIGN_OR_RETURN(move.new_index, FreeIndex(there.netlink, move.link.index));
  TARE_RETURN_IF_ERROR(ChangeNamespace(here, there, move.link.index, move.new_name, move.new_index));
  return Configure(there.netlink, move.new_index, move.addresses);
}

StatusOr<Move> PlanMove(Side& here, Side& there, const std::string& name, const spec::NetDevice& device) {
  Move move{.name = name, .new_name = device.name.empty() ? name : device.name};
  TARE_RETURN_IF_ERROR(CheckName(move.new_name));
  TARE_ASSIGN_OR_RETURN(const std::optional<Link> link, FindByName(here.netlink, name));
  if (!link) return absl::NotFoundError("no such device in the runtime's network namespace");
  move.link = *link;
  if (absl::StrContains(move.new_name, '%')) return move;
  TARE_ASSIGN_OR_RETURN(const std::optional<Link> taken, FindByName(there.netlink, move.new_name));
  if (taken)
    return absl::AlreadyExistsError(
        absl::StrCat("the container already has a device \"", move.new_name, "\""));
  return move;
}

StatusOr<std::vector<Move>> PlanMoves(Side& here, Side& there,
                                      const std::map<std::string, spec::NetDevice>& devices) {
  std::vector<Move> moves;
  std::set<std::string> names;
  for (const auto& [name, device] : devices) {
    TARE_ASSIGN_OR_RETURN(Move move, PlanMove(here, there, name, device), "network device ", name);
    const bool is_template = absl::StrContains(move.new_name, '%');
    if (!is_template && !names.insert(move.new_name).second)
      return InvalidError("network device ", name, ": another device has the same new name, \"",
                          move.new_name, "\"");
    moves.push_back(std::move(move));
  }
  TARE_ASSIGN_OR_RETURN(const std::vector<Message> addresses, ListAddresses(here.netlink),
                        "listing addresses");
  for (Move& move : moves) move.addresses = AddressesToKeep(addresses, move.link.index);
  return moves;
}

StatusOr<Side> MakeSide(Netlink netlink) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd netns, netlink.Namespace());
  return Side{std::move(netlink), std::move(netns)};
}

}  // namespace

Status MoveDevices(const std::map<std::string, spec::NetDevice>& devices, int netns_fd) {
  if (devices.empty()) return absl::OkStatus();
  TARE_STEP("move ", devices.size(), " network devices into the container");
  TARE_ASSIGN_OR_RETURN(Netlink own, Netlink::Open());
  TARE_ASSIGN_OR_RETURN(Netlink containers, own.OpenIn(netns_fd));
  TARE_ASSIGN_OR_RETURN(Side here, MakeSide(std::move(own)));
  TARE_ASSIGN_OR_RETURN(Side there, MakeSide(std::move(containers)));
  TARE_ASSIGN_OR_RETURN(std::vector<Move> moves, PlanMoves(here, there, devices));
  for (size_t i = 0; i < moves.size(); ++i) {
    const Status status = MoveOne(here, there, moves[i]);
    if (status.ok()) continue;
    for (size_t done = 0; done <= i; ++done) MoveBack(here, there, moves[done]);
    return Annotate(status, "network device ", moves[i].name);
  }
  return absl::OkStatus();
}

Status BringLoopbackUp() {
  TARE_STEP("bring the loopback interface up");
  const kernel::Fd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return ErrnoError(errno, "socket(AF_INET)");
  // The loopback interface of a new namespace has no other flags set, so they need not be read first.
  ifreq request{.ifr_ifrn = {"lo"}};
  request.ifr_flags = IFF_UP;
  if (ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) return ErrnoError(errno, "ioctl(SIOCSIFFLAGS, lo)");
  return absl::OkStatus();
}

}  // namespace tare::network
