#include "hooks/cni/attach.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "hooks/cni/address.h"
#include "hooks/cni/call.h"
#include "hooks/cni/network_list.h"
#include "hooks/cni/plan.h"
#include "hooks/cni/record_directory.h"
#include "hooks/cni/release.h"
#include "hooks/cni/taken_ports.h"
#include "hooks/cni/versions.h"
#include "kernel/file.h"
#include "kernel/procfs.h"

namespace tare::cni {
namespace {

// Makes the record of what will be done. Nothing has been done after it except VERSION calls.
StatusOr<Record> Plan(const Places& places, Caller& caller, const Request& request) {
  TARE_ASSIGN_OR_RETURN(const NetworkLists known, LoadNetworkLists(places.configs));
  std::vector<NetworkList> lists;
  for (const Attachment& attachment : request.attachments) {
    TARE_ASSIGN_OR_RETURN(NetworkList list, FindNetwork(known, attachment.network, places.configs));
    lists.push_back(std::move(list));
  }
  Record record;
  TARE_ASSIGN_OR_RETURN(record.attachments, PlanAttachments(request, lists));
  for (size_t i = 0; i < lists.size(); ++i) {
    TARE_ASSIGN_OR_RETURN(record.attachments[i].version, caller.VersionFor(lists[i]), "network \"",
                          lists[i].name, "\"");
  }
  record.ports = request.ports;
  return record;
}

// host-local leases another address if a plugin of the list does not pass the requested one on, and a plugin
// may ignore CNI_ARGS.
Status CheckGranted(const Attachment& asked, const Joined& joined) {
  for (const std::string& ip : asked.ips) {
    const std::optional<IpAddress> wanted = ParseAddress(ip.substr(0, ip.find('/')));
    const auto is_it = [&](const std::string& given) { return ParseNetwork(given)->address == wanted; };
    if (std::ranges::none_of(joined.addresses, is_it))
      return absl::FailedPreconditionError(
          absl::StrCat("network \"", joined.network, "\" did not give the requested address ", ip));
  }
  if (asked.mac.empty() || joined.mac.empty() || absl::EqualsIgnoreCase(asked.mac, joined.mac))
    return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("network \"", joined.network, "\" gave the MAC address ",
                                                    joined.mac, " and not the requested ", asked.mac));
}

// Plugins would change the interfaces, addresses and routes of the host.
Status CheckOwnNamespace(pid_t pid) {
  TARE_ASSIGN_OR_RETURN(const kernel::Fd own, kernel::Open("/proc/self/ns/net", O_RDONLY));
  TARE_ASSIGN_OR_RETURN(const kernel::Fd its, kernel::Open(absl::StrCat("/proc/", pid, "/ns/net"), O_RDONLY));
  TARE_ASSIGN_OR_RETURN(const struct stat one, kernel::Stat(own.get()));
  TARE_ASSIGN_OR_RETURN(const struct stat other, kernel::Stat(its.get()));
  if (one.st_ino != other.st_ino || one.st_dev != other.st_dev) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the container has no network namespace of its own, so it cannot be attached to networks");
}

// The record is written under the lock, where the next one looks for it.
Status ClaimPorts(const Places& places, const RecordDirectory& directory, const Record& record) {
  if (record.ports.empty()) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(const kernel::Fd lock, LockPorts(places));
  TARE_RETURN_IF_ERROR(CheckPortsAreFree(places, record));
  return directory.Save(record);
}

// The calls of ADD for one container, which keep its record up to date.
class Adding {
 public:
  Adding(const Caller& caller, const RecordDirectory& directory, Record& record)
      : caller_(caller), directory_(directory), record_(record) {}

  StatusOr<std::vector<Joined>> Run(const Request& request) {
    TARE_RETURN_IF_ERROR(directory_.Save(record_));
    TARE_RETURN_IF_ERROR(directory_.PinNamespace(record_.pid));
    std::vector<Joined> all;
    for (size_t i = 0; i < record_.attachments.size(); ++i) {
      AttachmentRecord& attachment = record_.attachments[i];
      TARE_RETURN_IF_ERROR(AddPlugins(attachment), "network \"", attachment.network, "\"");
      TARE_ASSIGN_OR_RETURN(Joined joined,
                            ParseResult(attachment.result, attachment.network, attachment.interface));
      TARE_RETURN_IF_ERROR(CheckGranted(request.attachments[i], joined));
      all.push_back(std::move(joined));
    }
    TARE_RETURN_IF_ERROR(directory_.Save(record_));
    return all;
  }

 private:
  Status AddPlugins(AttachmentRecord& attachment) {
    TARE_ASSIGN_OR_RETURN(const NetworkList list, ParseNetworkList(attachment.list, attachment.file));
    for (const PluginConfig& plugin : list.plugins) {
      ++attachment.begun;
      TARE_RETURN_IF_ERROR(directory_.Save(record_));
      TARE_ASSIGN_OR_RETURN(const std::string input, InputFor(plugin, attachment));
      TARE_ASSIGN_OR_RETURN(
          std::string result,
          caller_.Call("ADD", plugin.type, SubjectOf(record_, attachment, directory_.NamespacePath(record_)),
                       input));
      TARE_RETURN_IF_ERROR(ParseResult(result, list.name, attachment.interface).status(), "CNI plugin \"",
                           plugin.type, "\", ADD");
      attachment.result = std::move(result);
    }
    return absl::OkStatus();
  }

  const Caller& caller_;
  const RecordDirectory& directory_;
  Record& record_;
};

// Releases what is recorded of an earlier container of the same name.
Status ReleaseEarlier(const Caller& caller, const RecordDirectory& directory) {
  TARE_ASSIGN_OR_RETURN(std::optional<Record> earlier, directory.Load());
  if (!earlier) return directory.Remove();
  if (InitIsAlive(*earlier))
    return absl::AlreadyExistsError(
        absl::StrCat("container \"", earlier->id, "\" is already attached to networks"));
  return Release(caller, directory, *earlier);
}

// The directory, with nothing in it.
StatusOr<RecordDirectory> EmptyRecord(const Places& places, const Caller& caller, const std::string& root,
                                      const std::string& id) {
  TARE_ASSIGN_OR_RETURN(const std::optional<RecordDirectory> earlier,
                        RecordDirectory::Open(places, root, id));
  if (earlier) TARE_RETURN_IF_ERROR(ReleaseEarlier(caller, *earlier));
  return RecordDirectory::Make(places, root, id);
}

}  // namespace

StatusOr<std::vector<Joined>> Attach(const Places& places, const std::string& root, const std::string& id,
                                     pid_t pid, const Request& request) {
  Caller caller(places);
  TARE_ASSIGN_OR_RETURN(const Request checked, CheckRequest(request));
  TARE_RETURN_IF_ERROR(CheckOwnNamespace(pid));
  TARE_ASSIGN_OR_RETURN(Record record, Plan(places, caller, checked));
  record.id = id;
  record.root = root;
  record.container_id = ContainerId(root, id);
  record.pid = pid;
  TARE_ASSIGN_OR_RETURN(record.boot, BootId());
  TARE_ASSIGN_OR_RETURN(record.start_time, kernel::ProcessStartTime(pid));
  TARE_ASSIGN_OR_RETURN(const RecordDirectory directory, EmptyRecord(places, caller, root, id));
  if (Status claimed = ClaimPorts(places, directory, record); !claimed.ok()) {
    (void)directory.Remove();
    return claimed;
  }
  StatusOr<std::vector<Joined>> joined = Adding(caller, directory, record).Run(checked);
  if (joined.ok()) return joined;
  const Status undone = Release(caller, directory, record);
  if (!undone.ok()) log::Warning("after a failed ADD: ", undone.message());
  return joined.status();
}

Status Detach(const Places& places, const std::string& root, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(const std::optional<RecordDirectory> directory,
                        RecordDirectory::Open(places, root, id));
  if (!directory) return absl::OkStatus();
  TARE_ASSIGN_OR_RETURN(std::optional<Record> record, directory->Load());
  return record ? Release(Caller(places), *directory, *record) : directory->Remove();
}

Status Check(const Places& places, const std::string& root, const std::string& id) {
  TARE_ASSIGN_OR_RETURN(const std::optional<RecordDirectory> directory,
                        RecordDirectory::Open(places, root, id));
  std::optional<Record> record;
  if (directory) {
    TARE_ASSIGN_OR_RETURN(record, directory->Load());
  }
  if (!record)
    return absl::NotFoundError(absl::StrCat("container \"", id, "\" is not attached to a network"));
  const Caller caller(places);
  for (const AttachmentRecord& attachment : record->attachments) {
    TARE_ASSIGN_OR_RETURN(const NetworkList list, ParseNetworkList(attachment.list, attachment.file));
    if (list.disable_check || !IsAtLeast(attachment.version, "0.4.0")) continue;
    for (const PluginConfig& plugin : list.plugins) {
      TARE_ASSIGN_OR_RETURN(const std::string input, InputFor(plugin, attachment));
      TARE_RETURN_IF_ERROR(caller
                               .Call("CHECK", plugin.type,
                                     SubjectOf(*record, attachment, directory->NamespacePath(*record)), input)
                               .status(),
                           "network \"", attachment.network, "\"");
    }
  }
  return absl::OkStatus();
}

StatusOr<std::optional<Record>> Load(const Places& places, const std::string& root, const std::string& id) {
  return PeekRecord(places, root, id);
}

}  // namespace tare::cni
