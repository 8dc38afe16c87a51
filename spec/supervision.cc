#include "spec/supervision.h"

#include "json/reader.h"
#include "json/writer.h"

namespace tare::spec {
namespace {

Supervision ReadSupervision(json::Value at) {
  return {
      .pid = at.Required("pid").Integer<pid_t>(0),
      .start_time = at.Required("startTime").Integer<uint64_t>(),
      .started = at["started"].String(),
      .restarts = at["restarts"].Integer<int>(0),
      .policy = at.Required("policy").String(),
      .log = at.Required("log").AbsolutePath(),
      .log_files = at.Required("logFiles").Integer<int>(1),
      .terminal = at["terminal"].Bool(),
      .stdin_open = at["stdinOpen"].Bool(),
      .ended = at["ended"].Bool(),
  };
}

}  // namespace

std::string SupervisionJson(const Supervision& supervision) {
  return json::OneLine({
      {"pid", supervision.pid},
      {"startTime", supervision.start_time},
      {"started", supervision.started},
      {"restarts", supervision.restarts},
      {"policy", supervision.policy},
      {"log", supervision.log},
      {"logFiles", supervision.log_files},
      {"terminal", supervision.terminal},
      {"stdinOpen", supervision.stdin_open},
      {"ended", supervision.ended},
  });
}

StatusOr<Supervision> ParseSupervision(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, ReadSupervision);
}

}  // namespace tare::spec
