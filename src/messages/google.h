// Google's common messages: google.protobuf.Timestamp, Empty and Any, google.rpc.Status.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "messages/codec.h"

namespace tare::messages {

// Without a value, the time is not known yet. It is not written, and containerd reads Go's zero time.
struct Timestamp {
  int64_t seconds = 0;  // since the Unix epoch
  int32_t nanos = 0;
  TARE_MESSAGE("google.protobuf.Timestamp", (1, seconds)(2, nanos));
};

Timestamp ToTimestamp(absl::Time time);
absl::Time ToTime(const Timestamp& timestamp);

struct Empty {
  TARE_MESSAGE("google.protobuf.Empty", );
};

// A message or a JSON document, with the name of its type. containerd uses names without a prefix
// ("containerd.runc.v1.Options"), not "type.googleapis.com/...".
struct Any {
  std::string type_url;
  std::string value;
  TARE_MESSAGE("google.protobuf.Any", (1, type_url)(2, value));

  bool empty() const { return type_url.empty() && value.empty(); }
};

// True if the type is `name`, with or without a prefix that ends in "/".
bool Is(const Any& any, absl::string_view name);

template <Message M>
Any Pack(const M& message) {
  return {.type_url = M::kName, .value = Encode(message)};
}

// An error if `any` has another type or is malformed.
template <Message M>
StatusOr<M> Unpack(const Any& any) {
  if (!Is(any, M::kName)) return InvalidError("expected a ", M::kName, ", not a \"", any.type_url, "\"");
  return Decode<M>(any.value);
}

// The codes are gRPC's, which have the same numbers as absl's: https://grpc.io/docs/guides/status-codes/
struct RpcStatus {
  int32_t code = 0;
  std::string message;
  std::vector<Any> details;
  TARE_MESSAGE("google.rpc.Status", (1, code)(2, message)(3, details));
};

// Bytes that are not UTF-8 become "?". Protobuf requires UTF-8, but a path in an error may be anything.
RpcStatus ToRpcStatus(const Status& status);
Status FromRpcStatus(const RpcStatus& status);

}  // namespace tare::messages
