// Responses to containerd's requests, and the results of the workers that make them.
#pragma once

#include "kernel/socket.h"
#include "messages/codec.h"
#include "messages/google.h"
#include "shim/tasks/process.h"
#include "ttrpc/call.h"

namespace tare::shim {

template <class Message>
void Reply(const ttrpc::Respond& respond, const Message& message) {
  respond(messages::Encode(message));
}

// Responds with an empty message, or with the error.
void Acknowledge(const ttrpc::Respond& respond, const Status& status);

// The response or event, with the fields set that describe how a process ended.
template <class Message>
Message WithExit(Message message, const Exit& exit) {
  message.exit_status = static_cast<uint32_t>(exit.status);
  message.exited_at = messages::ToTimestamp(exit.at);
  return message;
}

// An error of lifecycle's with the code that containerd expects for errors of the runtime: Unknown. Other
// codes would refer to the task or to containerd's own objects; Docker would misunderstand a NotFound that is
// about a missing program.
Status RuntimeError(const Status& status);

// The same, with the words that users of containerd look for.
Status OciRuntimeError(absl::string_view operation, const Status& why);

}  // namespace tare::shim
