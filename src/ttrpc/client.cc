#include "ttrpc/client.h"

#include <sys/socket.h>

#include <utility>

#include "kernel/socket.h"
#include "ttrpc/envelope.h"

namespace tare::ttrpc {
namespace {

StatusOr<std::string> Read(const Frame& frame) {
  if (frame.too_long) return absl::ResourceExhaustedError("the response is too long");
  TARE_ASSIGN_OR_RETURN(Response response, messages::Decode<Response>(frame.data));
  TARE_RETURN_IF_ERROR(messages::FromRpcStatus(response.status));
  return std::move(response.payload);
}

}  // namespace

StatusOr<std::unique_ptr<Client>> Client::Connect(kernel::Loop& loop, const std::string& path) {
  TARE_ASSIGN_OR_RETURN(kernel::Fd socket, kernel::ConnectUnix(path, SOCK_STREAM | SOCK_NONBLOCK));
  std::unique_ptr<Client> client(new Client(loop));
  Client* raw = client.get();
  TARE_ASSIGN_OR_RETURN(client->connection_,
                        Connection::Make(
                            loop, std::move(socket), [raw](const Frame& frame) { raw->OnFrame(frame); },
                            [raw](const Status& why) { raw->OnEnd(why); }));
  return client;
}

Client::~Client() {
  if (connection_) connection_->Close();
}

void Client::Send(Call call, absl::Duration timeout, Respond done) {
  const uint32_t stream = std::exchange(next_stream_, next_stream_ + 2);
  Unanswered& unanswered = unanswered_[stream];
  unanswered.done = std::move(done);
  Request request{std::move(call.service), std::move(call.method), std::move(call.payload)};
  if (timeout != absl::InfiniteDuration()) {
    request.timeout_nano = absl::ToInt64Nanoseconds(timeout);
    unanswered.timeout = loop_.After(
        timeout, [this, stream] { Finish(stream, absl::DeadlineExceededError("no response in time")); });
  }
  std::string data = messages::Encode(request);
  if (!alive()) return FinishSoon(stream, absl::UnavailableError("the connection is closed"));
  if (data.size() > kMaxData)
    return FinishSoon(stream, absl::ResourceExhaustedError(
                                  absl::StrCat("the request is too long: ", data.size(), " bytes")));
  connection_->Send({.stream = stream, .type = FrameType::kRequest, .data = std::move(data)});
}

void Client::FinishSoon(uint32_t stream, Status error) {
  loop_.Soon([this, weak = std::weak_ptr(connection_), stream, error = std::move(error)] {
    if (!weak.expired()) Finish(stream, error);
  });
}

void Client::OnFrame(const Frame& frame) {
  if (frame.type == FrameType::kResponse) Finish(frame.stream, Read(frame));
}

void Client::OnEnd(const Status& why) {
  for (const auto& [stream, unanswered] : std::exchange(unanswered_, {}))
    unanswered.done(absl::UnavailableError(why.message()));
}

void Client::Finish(uint32_t stream, StatusOr<std::string> response) {
  auto answered = unanswered_.extract(stream);
  if (!answered.empty()) answered.mapped().done(std::move(response));  // may destroy this object
}

StatusOr<std::string> CallOnce(const std::string& path, Call call, absl::Duration timeout) {
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<kernel::Loop> loop, kernel::Loop::Make());
  TARE_ASSIGN_OR_RETURN(std::unique_ptr<Client> client, Client::Connect(*loop, path));
  StatusOr<std::string> response;
  client->Send(std::move(call), timeout, [&](StatusOr<std::string> answer) {
    response = std::move(answer);
    loop->Stop();
  });
  TARE_RETURN_IF_ERROR(loop->Run());
  return response;
}

}  // namespace tare::ttrpc
