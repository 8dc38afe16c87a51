#include "commands/state.h"

#include <fcntl.h>
#include <pwd.h>

#include <cerrno>
#include <map>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/log.h"
#include "commands/supervisor.h"
#include "container/container.h"
#include "kernel/file.h"
#include "session/session.h"

namespace tare::commands {
namespace {

using container::Container;

// A static program has no name service: the file tells.
std::string LookUpUser(uid_t uid) {
  StatusOr<std::string> passwd = kernel::ReadRegular("/etc/passwd", 1 << 20);
  if (!passwd.ok()) return absl::StrCat("#", uid);
  for (absl::string_view line : absl::StrSplit(*passwd, '\n')) {
    const std::vector<absl::string_view> fields = absl::StrSplit(line, absl::MaxSplits(':', 3));
    uid_t id = 0;
    if (fields.size() > 2 && absl::SimpleAtoi(fields[2], &id) && id == uid) return std::string(fields[0]);
  }
  return absl::StrCat("#", uid);
}

// Once for all containers of an owner.
std::string UserName(uid_t uid) {
  static std::map<uid_t, std::string> names;
  const auto [name, is_new] = names.try_emplace(uid);
  if (is_new) name->second = LookUpUser(uid);
  return name->second;
}

Listing ListingOf(const container::Record& record, spec::ContainerStatus status) {
  return {.state = StateOf(record, status),
          .rootfs = record.rootfs,
          .created = record.created,
          .owner = UserName(record.owner),
          .networks = record.networks,
          .ports = record.ports};
}

// A directory whose creator has just begun, or has died early; or it has gone meanwhile.
bool IsNoContainer(const lifecycle::Runtime& runtime, const std::string& id, const Status& why) {
  if (!absl::IsNotFound(why)) return false;
  StatusOr<container::Directory> directory = container::Directory::Open(runtime.root, id);
  return !directory.ok() || !directory->was_used();
}

StatusOr<std::vector<std::string>> ListIds(const lifecycle::Runtime& runtime) {
  StatusOr<std::vector<std::string>> ids = container::ListIds(runtime.root);
  if (ErrnoOf(ids.status()) == ENOENT && runtime.root_by_default) return std::vector<std::string>();
  return ids;
}

// Reads the containers below the root directory one after the other.
class Reader {
 public:
  explicit Reader(const lifecycle::Runtime& runtime)
      : runtime_(runtime), root_(kernel::Open(runtime.root, O_PATH | O_DIRECTORY).value_or(kernel::Fd())) {}

  // Nothing: there is no container, or none that can be read, and there is a warning about it.
  std::optional<container::Summary> LoadOrWarn(const std::string& id) const {
    StatusOr<container::Summary> summary = container::LoadSummary(runtime_.root, root_.get(), id);
    if (summary.ok()) return *std::move(summary);
    if (!IsNoContainer(runtime_, id, summary.status()))
      log::Warning("load container ", id, ": ", summary.status().message());
    return std::nullopt;
  }

  bool Exists(const std::string& id) const {
    return container::HasWholeRecord(root_.get(), id) || LoadOrWarn(id);
  }

 private:
  const lifecycle::Runtime& runtime_;
  kernel::Fd root_;
};

std::optional<SupervisorState> ReadSupervision(const session::Session& session) {
  const StatusOr<session::SupervisorRecord> record = session.Load();
  if (!record.ok()) return std::nullopt;
  const bool alive = !session::HasExited(*record);
  SupervisorState state{.supervisor = alive ? record->pid : 0,
                        .lost = !alive && !record->ended,
                        .started = record->started,
                        .restarts = record->restarts,
                        .policy = record->policy,
                        .log = record->log};
  if (StatusOr<spec::Exit> exit = session.LoadExit(); exit.ok()) state.ended = *std::move(exit);
  return state;
}

// Nothing is added to a container that was not created with --supervise.
void AddSupervision(const lifecycle::Runtime& runtime, Listing& listing) {
  const StatusOr<session::Session> session = session::Session::Open(runtime.root, listing.state.id);
  if (!session.ok()) return;
  listing.supervision = ReadSupervision(*session);
  if (listing.supervision && listing.supervision->lost) log::Warning(session::ExitLost(listing.state.id));
}

// A supervised container that is being created again is waited for.
StatusOr<Container> LoadExisting(const lifecycle::Runtime& runtime, const std::string& id) {
  StatusOr<Container> container = container::Load(runtime.root, id);
  if (!absl::IsNotFound(container.status())) return container;
  const StatusOr<session::SupervisorClient> supervisor = FindSupervisor(runtime, id);
  return supervisor.ok() && supervisor->AwaitContainer() ? container::Load(runtime.root, id)
                                                         : std::move(container);
}

}  // namespace

StatusOr<Listing> State(const lifecycle::Runtime& runtime, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(const Container container, LoadExisting(runtime, id));
  Listing listing = ListingOf(container.record, container.status);
  AddSupervision(runtime, listing);
  return listing;
}

StatusOr<std::vector<std::string>> ListNames(const lifecycle::Runtime& runtime) {
  TARE_ASSIGN_OR_RETURN(std::vector<std::string> ids, ListIds(runtime));
  const Reader reader(runtime);
  std::erase_if(ids, [&](const std::string& id) { return !reader.Exists(id); });
  return ids;
}

StatusOr<std::vector<Listing>> List(const lifecycle::Runtime& runtime) {
  TARE_ASSIGN_OR_RETURN(const std::vector<std::string> ids, ListIds(runtime));
  const Reader reader(runtime);
  std::vector<Listing> listings;
  listings.reserve(ids.size());
  for (const std::string& id : ids)
    if (const std::optional<container::Summary> summary = reader.LoadOrWarn(id))
      listings.push_back(ListingOf(summary->record, summary->status));
  if (!session::Session::Any(runtime.root)) return listings;
  for (Listing& listing : listings) AddSupervision(runtime, listing);
  return listings;
}

}  // namespace tare::commands
