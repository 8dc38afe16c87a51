#include "spec/exit.h"

#include "json/reader.h"
#include "json/writer.h"

namespace tare::spec {
namespace {

Exit ReadExit(json::Value at) {
  return {
      .pid = at.Required("pid").Integer<pid_t>(0),
      .status = at.Required("status").Integer<int>(0, 255),
      .at = at.Required("at").String(),
      .oom_killed = at["oomKilled"].Bool(),
  };
}

}  // namespace

std::string ExitJson(const Exit& exit) {
  return json::OneLine(
      {{"pid", exit.pid}, {"status", exit.status}, {"at", exit.at}, {"oomKilled", exit.oom_killed}});
}

StatusOr<Exit> ParseExit(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, ReadExit);
}

}  // namespace tare::spec
