#include "hooks/cni/release.h"

#include <algorithm>

#include "hooks/cni/network_list.h"
#include "hooks/cni/versions.h"

namespace tare::cni {
namespace {

Status DeletePlugins(const Caller& caller, const Record& record, const AttachmentRecord& attachment,
                     const std::string& netns) {
  TARE_ASSIGN_OR_RETURN(const NetworkList list, ParseNetworkList(attachment.list, attachment.file));
  Status first;
  for (size_t i = std::min<size_t>(attachment.begun, list.plugins.size()); i-- > 0;) {
    const PluginConfig& plugin = list.plugins[i];
    Status deleted;
    if (StatusOr<std::string> input = InputFor(plugin, attachment); input.ok())
      deleted = caller.Call("DEL", plugin.type, SubjectOf(record, attachment, netns), *input).status();
    else
      deleted = input.status();
    first.Update(Annotate(deleted, "network \"", attachment.network, "\""));
  }
  return first;
}

}  // namespace

Status Release(const Caller& caller, const RecordDirectory& directory, Record& record) {
  const std::string netns = directory.NamespacePath(record);
  Status first;
  std::vector<AttachmentRecord> kept;
  for (size_t i = record.attachments.size(); i-- > 0;) {
    const AttachmentRecord& attachment = record.attachments[i];
    const Status deleted = DeletePlugins(caller, record, attachment, netns);
    if (!deleted.ok()) kept.insert(kept.begin(), attachment);
    first.Update(deleted);
  }
  if (first.ok()) return directory.Remove();
  record.attachments = std::move(kept);
  (void)directory.Save(record);
  return first;
}

StatusOr<std::string> InputFor(const PluginConfig& plugin, const AttachmentRecord& attachment) {
  return PluginInput(plugin, {.network = attachment.network,
                              .version = attachment.version,
                              // Before 0.4.0, DEL has no prevResult; plugins ignore it.
                              .previous = attachment.result,
                              .runtime_config = attachment.runtime_config});
}

Subject SubjectOf(const Record& record, const AttachmentRecord& attachment, const std::string& netns) {
  return {.container_id = record.container_id,
          .netns = netns,
          .interface = attachment.interface,
          .args = attachment.args};
}

}  // namespace tare::cni
