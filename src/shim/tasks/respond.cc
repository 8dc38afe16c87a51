#include "shim/tasks/respond.h"

namespace tare::shim {

void Acknowledge(const ttrpc::Respond& respond, const Status& status) {
  status.ok() ? Reply(respond, messages::Empty{}) : respond(status);
}

Status RuntimeError(const Status& status) {
  return status.ok() ? status : absl::UnknownError(status.message());
}

Status OciRuntimeError(absl::string_view operation, const Status& why) {
  return RuntimeError(Annotate(why, "OCI runtime ", operation, " failed"));
}

}  // namespace tare::shim
