#include "spec/write.h"

namespace tare::spec {

std::string OneLine(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string Indented(const Json& json, int width, char with) {
  return json.dump(width, with, false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tare::spec
