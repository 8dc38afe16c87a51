#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "commands/networks.h"
#include "container/container.h"
#include "hooks/cni/call.h"
#include "hooks/cni/record_directory.h"
#include "hooks/cni/release.h"
#include "hooks/cni/versions.h"
#include "json/writer.h"

namespace tare::commands {
namespace {

// Whether there is still a container that will be deleted, and detached then. A creation whose init has ended
// was interrupted.
bool StillExists(const cni::Record& record) {
  const StatusOr<std::string> boot = cni::BootId();
  if (boot.ok() && *boot != record.boot) return false;
  const StatusOr<container::Container> container = container::Load(record.root, record.id);
  if (absl::IsNotFound(container.status())) return false;
  if (!container.ok()) return true;  // damaged: `tare delete --force` removes it
  return !container->directory.creating().value_or(false);
}

std::string ReleasedLine(const cni::Record& record) {
  std::vector<std::string> parts;
  const StatusOr<std::vector<cni::Joined>> all = cni::JoinedOf(record);
  for (const cni::Joined& joined : all.value_or(std::vector<cni::Joined>()))
    parts.push_back(absl::StrCat(joined.network, " ", absl::StrJoin(joined.addresses, " ")));
  return absl::StrCat(record.id, parts.empty() ? "" : ": ", absl::StrJoin(parts, ", "));
}

Status Collect(const cni::Places& places, const cni::Caller& caller, const cni::RecordName& name,
               Collected& collected) {
  // One that is being attached or detached at this moment is left alone.
  TARE_ASSIGN_OR_RETURN(const std::optional<cni::RecordDirectory> directory,
                        cni::RecordDirectory::TryOpen(places, name.root, name.id));
  if (!directory) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(std::optional<cni::Record> record, directory->Load());
  if (!record) return directory->Remove();
  if (cni::InitIsAlive(*record) || StillExists(*record)) return absl::OkStatus();
  const std::string line = ReleasedLine(*record);
  TARE_RETURN_IF_ERROR(cni::Release(caller, *directory, *record));
  collected.released.push_back(line);
  return absl::OkStatus();
}

// The attachments that GC must keep.
StatusOr<json::Output> ValidAttachments(const cni::Places& places, const std::string& network) {
  json::Output valid = json::Output::array();
  TARE_ASSIGN_OR_RETURN(const std::vector<cni::RecordName> names, cni::ListRecords(places));
  for (const cni::RecordName& name : names) {
    // A record that cannot be read may be of this network, too. Then nothing is collected.
    TARE_ASSIGN_OR_RETURN(const std::optional<cni::Record> record,
                          cni::PeekRecord(places, name.root, name.id));
    if (!record) continue;
    for (const cni::AttachmentRecord& attachment : record->attachments)
      if (attachment.network == network)
        valid.push_back({{"containerID", record->container_id}, {"ifname", attachment.interface}});
  }
  return valid;
}

Status CallGc(const cni::Places& places, cni::Caller& caller, const cni::NetworkList& list) {
  TARE_ASSIGN_OR_RETURN(const std::string version, caller.VersionFor(list));
  if (list.disable_gc || !cni::IsAtLeast(version, "1.1.0")) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const json::Output valid, ValidAttachments(places, list.name));
  Status first;
  for (const cni::PluginConfig& plugin : list.plugins) {
    TARE_ASSIGN_OR_RETURN(
        const std::string input,
        cni::PluginInput(
            plugin, {.network = list.name, .version = version, .valid_attachments = json::OneLine(valid)}));
    first.Update(caller.Call("GC", plugin.type, {}, input).status());
  }
  return first;
}

}  // namespace

StatusOr<Collected> CollectNetworks(const cni::Places& places) {
  Collected collected;
  cni::Caller caller(places);
  TARE_ASSIGN_OR_RETURN(const std::vector<cni::RecordName> names, cni::ListRecords(places));
  for (const cni::RecordName& name : names)
    if (const Status status = Collect(places, caller, name, collected); !status.ok())
      collected.errors.push_back(Annotate(status, "container \"", name.id, "\""));
  TARE_ASSIGN_OR_RETURN(const cni::NetworkLists lists, cni::LoadNetworkLists(places.configs));
  for (const cni::NetworkList& list : lists.lists) {
    // Only lists that ask for it. Others are not looked at: their plugins may be missing.
    const bool asks = std::ranges::any_of(
        list.versions, [](const std::string& version) { return cni::IsAtLeast(version, "1.1.0"); });
    if (!asks) continue;
    if (const Status status = CallGc(places, caller, list); !status.ok())
      collected.errors.push_back(Annotate(status, "network \"", list.name, "\""));
  }
  return collected;
}

}  // namespace tare::commands
