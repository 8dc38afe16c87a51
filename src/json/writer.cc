#include "json/writer.h"

namespace tare::json {

std::string OneLine(const Output& json) {
  return json.dump(-1, ' ', false, Output::error_handler_t::replace);
}

std::string Indented(const Output& json, int width, char with) {
  return json.dump(width, with, false, Output::error_handler_t::replace) + "\n";
}

}  // namespace tare::json
