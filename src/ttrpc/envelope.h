// The messages in ttrpc's frames (containerd/ttrpc, request.proto).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "messages/codec.h"
#include "messages/google.h"

namespace tare::ttrpc {

struct KeyValue {
  std::string key, value;
  TARE_MESSAGE("ttrpc.KeyValue", (1, key)(2, value));
};

struct Request {
  std::string service, method, payload;
  int64_t timeout_nano = 0;  // 0: none
  std::vector<KeyValue> metadata;
  TARE_MESSAGE("ttrpc.Request", (1, service)(2, method)(3, payload)(4, timeout_nano)(5, metadata));
};

struct Response {
  messages::RpcStatus status;
  std::string payload;
  TARE_MESSAGE("ttrpc.Response", (1, status)(2, payload));
};

}  // namespace tare::ttrpc
