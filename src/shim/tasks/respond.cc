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

kernel::Message ProcessResult(lifecycle::ChildProcess process) {
  kernel::Message result{.bytes = absl::StrCat(process.process.pid)};
  result.fds.push_back(std::move(process.process.pidfd));
  if (process.master) result.fds.push_back(std::move(process.master));
  return result;
}

}  // namespace tare::shim
