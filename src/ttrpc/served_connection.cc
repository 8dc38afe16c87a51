#include "ttrpc/served_connection.h"

#include <utility>

#include "ttrpc/envelope.h"

namespace tare::ttrpc {
namespace {

constexpr size_t kMaxUnanswered = 4096;

}  // namespace

StatusOr<std::shared_ptr<ServedConnection>> ServedConnection::Make(kernel::Loop& loop, kernel::Fd socket,
                                                                   const Server::Handler& handler,
                                                                   Connection::OnEnd on_end) {
  auto served = std::make_shared<ServedConnection>(handler);
  auto on_frame = [raw = served.get()](Frame frame) { raw->OnFrame(std::move(frame)); };
  TARE_ASSIGN_OR_RETURN(served->connection_,
                        Connection::Make(loop, std::move(socket), std::move(on_frame), std::move(on_end)));
  return served;
}

ServedConnection::~ServedConnection() {
  if (connection_) connection_->Close();
}

void ServedConnection::OnFrame(Frame frame) {
  const auto refuse = [&](const Status& why) {
    unanswered_.insert(frame.stream);
    Answer(frame.stream, why);
  };
  if (frame.too_long)
    return refuse(
        absl::ResourceExhaustedError(absl::StrCat("the message is longer than ", kMaxData, " bytes")));
  if (frame.stream % 2 == 0)
    return refuse(InvalidError("invalid stream id ", frame.stream, ": a client's must be odd"));
  switch (frame.type) {
    case FrameType::kRequest:
      if (frame.stream <= last_stream_)
        return refuse(InvalidError("invalid stream id ", frame.stream,
                                   ": it must be higher than the last one, ", last_stream_));
      last_stream_ = frame.stream;
      if (unanswered_.size() >= kMaxUnanswered)
        return refuse(absl::ResourceExhaustedError("too many concurrent calls"));
      return OnRequest(frame);
    case FrameType::kData:
      return refuse(InvalidError("stream ", frame.stream, " does not accept data"));
    case FrameType::kResponse:
      break;  // PROTOCOL.md: other types must be ignored
  }
}

void ServedConnection::OnRequest(const Frame& frame) {
  unanswered_.insert(frame.stream);
  StatusOr<Request> request = messages::Decode<Request>(frame.data);
  if (!request.ok()) return Answer(frame.stream, request.status());
  Call call{std::move(request->service), std::move(request->method), std::move(request->payload)};
  handler_(std::move(call),
           [weak = weak_from_this(), stream = frame.stream](const StatusOr<std::string>& response) {
             if (const auto served = weak.lock()) served->Answer(stream, response);
           });
}

void ServedConnection::Answer(uint32_t stream, const StatusOr<std::string>& response) {
  if (unanswered_.erase(stream) == 0) return;
  const auto encode = [](const StatusOr<std::string>& what) {
    if (!what.ok()) return messages::Encode(Response{.status = messages::ToRpcStatus(what.status())});
    return messages::Encode(Response{.payload = *what});
  };
  std::string data = encode(response);
  if (data.size() > kMaxData)
    data = encode(
        absl::ResourceExhaustedError(absl::StrCat("the response is too long: ", data.size(), " bytes")));
  connection_->Send({.stream = stream, .type = FrameType::kResponse, .data = std::move(data)});
}

}  // namespace tare::ttrpc
