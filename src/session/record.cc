#include "session/record.h"

#include "json/reader.h"
#include "json/writer.h"

namespace tare::session {
namespace {

constexpr int kVersion = 1;

SupervisorRecord ReadRecord(json::Value at) {
  json::CheckVersion(at, kVersion);  // absent in the oldest records
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

std::string SupervisorRecordJson(const SupervisorRecord& record) {
  return json::OneLine({
      {"version", kVersion},
      {"pid", record.pid},
      {"startTime", record.start_time},
      {"started", record.started},
      {"restarts", record.restarts},
      {"policy", record.policy},
      {"log", record.log},
      {"logFiles", record.log_files},
      {"terminal", record.terminal},
      {"stdinOpen", record.stdin_open},
      {"ended", record.ended},
  });
}

StatusOr<SupervisorRecord> ParseSupervisorRecord(absl::string_view json, absl::string_view name) {
  return json::Read(json, name, ReadRecord);
}

}  // namespace tare::session
