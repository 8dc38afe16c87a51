#include "hooks/cni/record.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "json/fields.h"

namespace tare::cni {
namespace {

// Raised when an older tare must not use the records of this one.
constexpr int kRecordVersion = 1;
// Plugins write the ID into comments of iptables, which have at most 255 bytes.
constexpr size_t kLongestName = 64;

}  // namespace

static void ListFields(auto& fields, json::FieldsOf<AttachmentRecord> auto& attachment) {
  fields.Required("network", attachment.network);
  fields.Required("interface", attachment.interface);
  fields.Required("cniVersion", attachment.version);
  fields.Required("list", attachment.list);
  fields.Required("file", attachment.file);
  fields.Optional("runtimeConfig", attachment.runtime_config);
  fields.Optional("args", attachment.args);
  fields.Required("begun", attachment.begun);
  fields.Optional("result", attachment.result);
}

static void ListFields(auto& fields, json::FieldsOf<PortMapping> auto& mapping) {
  fields.Optional("hostIP", mapping.host_ip);
  fields.Required("hostPort", mapping.host_port);
  fields.Required("containerPort", mapping.container_port);
  fields.Required("protocol", mapping.protocol);
}

static void ListFields(auto& fields, json::FieldsOf<Record> auto& record) {
  fields.Version(kRecordVersion);
  fields.Required("id", record.id);
  fields.Required("root", record.root);
  fields.Required("containerId", record.container_id);
  fields.Required("boot", record.boot);
  fields.Required("pid", record.pid, 0);
  fields.Required("startTime", record.start_time);
  fields.OptionalList("attachments", record.attachments);
  fields.OptionalList("ports", record.ports);
}

namespace {

// FNV-1a, 64 bits. It keeps names apart, and protects against nothing: whoever chooses root and name of a
// container may have the container, too.
uint64_t Hash(absl::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

bool IsAccepted(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
}

}  // namespace

std::string RecordJson(const Record& record) {
  return json::OneLine(json::WriteFields(record));
}

StatusOr<Record> ParseRecord(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, json::ReadFields<Record>);
}

StatusOr<std::vector<Joined>> JoinedOf(const Record& record) {
  std::vector<Joined> all;
  for (const AttachmentRecord& attachment : record.attachments) {
    if (attachment.result.empty()) continue;
    TARE_ASSIGN_OR_RETURN(Joined joined,
                          ParseResult(attachment.result, attachment.network, attachment.interface));
    all.push_back(std::move(joined));
  }
  return all;
}

std::string ContainerId(absl::string_view root, absl::string_view id) {
  std::string name(id.substr(0, kLongestName));
  for (char& c : name)
    if (!IsAccepted(c)) c = '_';
  // A slash is in no ID.
  return absl::StrFormat("%016x-%s", Hash(absl::StrCat(root, "/", id)), name);
}

}  // namespace tare::cni
