#include "commands/listing.h"

#include "json/writer.h"
#include "spec/features.h"

namespace tare::commands {
namespace {

json::Output SupervisionObject(const SupervisorState& supervision) {
  json::Output object = {{"supervisor", supervision.supervisor}};
  if (!supervision.started.empty()) object["started"] = supervision.started;
  object["restarts"] = supervision.restarts;
  object["restartPolicy"] = supervision.policy;
  object["log"] = supervision.log;
  if (!supervision.ended) return object;
  object["exitStatus"] = supervision.ended->status;
  object["finished"] = supervision.ended->at;
  object["oomKilled"] = supervision.ended->oom_killed;
  return object;
}

json::Output NetworkObject(const container::Network& network) {
  json::Output object = {{"name", network.name}};
  if (!network.interface.empty()) object["interface"] = network.interface;
  if (!network.mac.empty()) object["mac"] = network.mac;
  object["addresses"] = network.addresses;
  return object;
}

// In runc's order, which scripts that do not use jq rely on.
json::Output Object(const Listing& listing) {
  const spec::State& state = listing.state;
  json::Output object = {
      {"ociVersion", std::string(spec::kOciVersion)},
      {"id", state.id},
      {"pid", state.pid},
      {"status", std::string(spec::StatusName(state.status))},
      {"bundle", state.bundle},
      {"rootfs", listing.rootfs},
      {"created", listing.created},
  };
  if (!state.annotations.empty()) object["annotations"] = state.annotations;
  object["owner"] = listing.owner;
  for (const container::Network& network : listing.networks)
    object["network"].push_back(NetworkObject(network));
  if (!listing.ports.empty()) object["ports"] = listing.ports;
  if (listing.supervision) object["supervision"] = SupervisionObject(*listing.supervision);
  return object;
}

}  // namespace

std::string StateDocument(const Listing& listing) {
  return json::Indented(Object(listing), 2);
}

std::string ListDocument(const std::vector<Listing>& listings) {
  json::Output list;  // null
  for (const Listing& listing : listings) list.push_back(Object(listing));
  return json::OneLine(list);
}

}  // namespace tare::commands
