#include "systemd/units.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/step.h"

namespace tare::systemd {
namespace {

using dbus::BodyReader;
using dbus::BodyWriter;
using dbus::Connection;
using dbus::Message;
using dbus::Property;
using std::chrono::milliseconds;

constexpr absl::Duration kTimeout = absl::Seconds(30);
constexpr char kService[] = "org.freedesktop.systemd1";
constexpr char kObject[] = "/org/freedesktop/systemd1";
constexpr char kManager[] = "org.freedesktop.systemd1.Manager";
constexpr char kUnit[] = "org.freedesktop.systemd1.Unit";
constexpr char kScopeInterface[] = "org.freedesktop.systemd1.Scope";
constexpr char kPeer[] = "org.freedesktop.DBus.Peer";
constexpr char kProperties[] = "org.freedesktop.DBus.Properties";
constexpr char kNoSuchUnit[] = "org.freedesktop.systemd1.NoSuchUnit";
constexpr char kUnitExists[] = "org.freedesktop.systemd1.UnitExists";

kernel::Deadline NewDeadline() {
  return kernel::Deadline::After(kTimeout);
}

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// The path in "unix:path=/run/user/1000/bus,guid=...;..." (D-Bus Specification, "Server Addresses"). Empty if
// there is none.
std::string PathOfAddress(absl::string_view addresses) {
  for (absl::string_view address : absl::StrSplit(addresses, ';')) {
    if (!absl::ConsumePrefix(&address, "unix:")) continue;
    for (absl::string_view pair : absl::StrSplit(address, ','))
      if (absl::ConsumePrefix(&pair, "path=")) return std::string(pair);
  }
  return "";
}

struct Sockets {
  std::string bus;
  std::string own;  // that of systemd itself
};

StatusOr<Sockets> SocketsOf(Instance instance) {
  if (instance == Instance::kSystem) {
    std::string path = PathOfAddress(Environment("DBUS_SYSTEM_BUS_ADDRESS"));
    return Sockets{path.empty() ? "/run/dbus/system_bus_socket" : path, "/run/systemd/private"};
  }
  const std::string runtime = Environment("XDG_RUNTIME_DIR");
  std::string path = PathOfAddress(Environment("DBUS_SESSION_BUS_ADDRESS"));
  if (path.empty() && runtime.empty())
    return absl::FailedPreconditionError(
        "cannot find the user's systemd: neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set (log in "
        "as this user, or run `loginctl enable-linger` and set XDG_RUNTIME_DIR=/run/user/UID)");
  return Sockets{path.empty() ? runtime + "/bus" : path, runtime + "/systemd/private"};
}

bool IsAbsent(const Status& status) {
  return ErrnoOf(status) == ENOENT || ErrnoOf(status) == ECONNREFUSED;
}

std::optional<std::string> FirstString(const Message& message) {
  if (!absl::StartsWith(message.signature, "s")) return std::nullopt;
  StatusOr<std::string> text = BodyReader(message).String();
  if (!text.ok()) return std::nullopt;
  return *std::move(text);
}

Status ErrorOf(const Message& answer) {
  if (answer.type != dbus::MessageType::kError) return absl::OkStatus();
  const std::string text = FirstString(answer).value_or("no reason given");
  return absl::FailedPreconditionError(absl::StrCat(text, " (", answer.error_name, ")"));
}

bool IsError(const Message& answer, absl::string_view name) {
  return answer.type == dbus::MessageType::kError && answer.error_name == name;
}

}  // namespace

StatusOr<Units> Units::Connect(Instance instance) {
  TARE_ASSIGN_OR_RETURN(const Sockets sockets, SocketsOf(instance));
  StatusOr<Connection> bus = Connection::Connect(sockets.bus, NewDeadline());
  const bool has_daemon = !IsAbsent(bus.status());
  if (!has_daemon) bus = Connection::Connect(sockets.own, NewDeadline());
  if (IsAbsent(bus.status()))
    return absl::UnavailableError(absl::StrCat("systemd is not running: neither ", sockets.bus, " nor ",
                                               sockets.own,
                                               " answers (omit --systemd-cgroup to use cgroupfs instead)"));
  TARE_RETURN_IF_ERROR(bus.status(), "connecting to systemd");
  Units units(*std::move(bus), has_daemon);
  TARE_RETURN_IF_ERROR(units.SayHello());
  return units;
}

// A bus requires this call before any other. The answer is not awaited: if the bus refuses, it
// closes the connection.
Status Units::SayHello() {
  if (!has_daemon_) return absl::OkStatus();
  return connection_
      .Send({.destination = "org.freedesktop.DBus",
             .path = "/org/freedesktop/DBus",
             .interface = "org.freedesktop.DBus",
             .member = "Hello"})
      .status();
}

// systemd sends a signal to the caller when its job is done. A bus passes it on only to those who have
// subscribed to it.
Status Units::WatchJobs() {
  if (!has_daemon_) return absl::OkStatus();
  return connection_
      .Send({.destination = "org.freedesktop.DBus",
             .path = "/org/freedesktop/DBus",
             .interface = "org.freedesktop.DBus",
             .member = "AddMatch",
             .signature = "s",
             .body = BodyWriter()
                         .String("type='signal',sender='org.freedesktop.systemd1',"
                                 "interface='org.freedesktop.systemd1.Manager',member='JobRemoved'")
                         .Take()})
      .status();
}

StatusOr<Message> Units::Call(const std::string& object, const char* interface, const char* member,
                              const char* signature, std::string body) {
  TARE_STEP("D-Bus: ", interface, ".", member);
  TARE_ASSIGN_OR_RETURN(const uint32_t serial, connection_.Send({.destination = has_daemon_ ? kService : "",
                                                                 .path = object,
                                                                 .interface = interface,
                                                                 .member = member,
                                                                 .signature = signature,
                                                                 .body = std::move(body)}));
  TARE_ASSIGN_OR_RETURN(Message answer, connection_.Answer(serial, NewDeadline()), "systemd: ", member);
  return answer;
}

StatusOr<Message> Units::CallManager(const char* member, const char* signature, std::string body) {
  return Call(kObject, kManager, member, signature, std::move(body));
}

// The body of the answer is a variant.
StatusOr<Message> Units::GetProperty(const std::string& object, const char* interface, const char* name,
                                     absl::string_view signature) {
  std::string body = BodyWriter().String(interface).String(name).Take();
  TARE_ASSIGN_OR_RETURN(Message answer, Call(object, kProperties, "Get", "ss", std::move(body)));
  TARE_RETURN_IF_ERROR(ErrorOf(answer), "systemd: property ", name);
  TARE_ASSIGN_OR_RETURN(const std::string found, BodyReader(answer).Signature());
  if (found == signature) return answer;
  return absl::DataLossError(absl::StrCat("systemd: property ", name, " is of type \"", found, "\""));
}

StatusOr<std::string> Units::StringProperty(const std::string& object, const char* interface,
                                            const char* name) {
  TARE_ASSIGN_OR_RETURN(const Message answer, GetProperty(object, interface, name, "s"));
  BodyReader reader(answer);
  TARE_RETURN_IF_ERROR(reader.Signature().status());
  return reader.String();
}

StatusOr<uint64_t> Units::ScopeNumber(const std::string& unit, const char* name) {
  TARE_ASSIGN_OR_RETURN(const Message found, CallManager("GetUnit", "s", BodyWriter().String(unit).Take()));
  TARE_RETURN_IF_ERROR(ErrorOf(found), "systemd: ", unit);
  TARE_ASSIGN_OR_RETURN(const std::string object, BodyReader(found).String());
  TARE_ASSIGN_OR_RETURN(const Message answer, GetProperty(object, kScopeInterface, name, "t"));
  BodyReader reader(answer);
  TARE_RETURN_IF_ERROR(reader.Signature().status());
  return reader.Uint64();
}

StatusOr<std::string> Units::ControlGroup() {
  TARE_ASSIGN_OR_RETURN(std::string cgroup, StringProperty(kObject, kManager, "ControlGroup"));
  return cgroup == "/" ? "" : cgroup;
}

StatusOr<int> Units::Version() {
  TARE_ASSIGN_OR_RETURN(const std::string text, StringProperty(kObject, kManager, "Version"));
  const size_t begin = text.find_first_of("0123456789");
  const size_t end = text.find_first_not_of("0123456789", begin);
  int version = 0;
  if (begin == std::string::npos || !absl::SimpleAtoi(text.substr(begin, end - begin), &version))
    return absl::DataLossError(absl::StrCat("systemd: unreadable version \"", text, "\""));
  return version;
}

StatusOr<std::string> Units::ActiveState(const std::string& unit) {
  TARE_ASSIGN_OR_RETURN(const Message answer, CallManager("GetUnit", "s", BodyWriter().String(unit).Take()));
  if (IsError(answer, kNoSuchUnit)) return std::string("inactive");
  TARE_RETURN_IF_ERROR(ErrorOf(answer), "systemd: ", unit);
  TARE_ASSIGN_OR_RETURN(const std::string object, BodyReader(answer).String());
  return StringProperty(object, kUnit, "ActiveState");
}

// "replace" cancels a conflicting job, for example one that would stop the slice because it had become empty.
StatusOr<Message> Units::TryStart(const std::string& unit, const std::vector<Property>& properties) {
  return CallManager(
      "StartTransientUnit", "ssa(sv)a(sa(sv))",
      BodyWriter().String(unit).String("replace").Properties(properties).EmptyArray(/*alignment=*/8).Take());
}

Status Units::Start(const std::string& unit, const std::vector<Property>& properties) {
  TARE_RETURN_IF_ERROR(WatchJobs());
  TARE_ASSIGN_OR_RETURN(Message answer, TryStart(unit, properties));
  if (IsError(answer, kUnitExists)) {
    // The unit of a container that has failed, or was killed together with its runtime, still exists.
    // ResetFailedUnit makes systemd forget it; a unit that is just stopping is gone in a moment. If it still
    // exists then, it is in use.
    for (milliseconds pause{1}; pause < milliseconds(1000) && IsError(answer, kUnitExists); pause *= 2) {
      TARE_RETURN_IF_ERROR(CallManager("ResetFailedUnit", "s", BodyWriter().String(unit).Take()).status());
      std::this_thread::sleep_for(pause);
      TARE_ASSIGN_OR_RETURN(answer, TryStart(unit, properties));
    }
  }
  if (IsError(answer, kUnitExists)) return absl::AlreadyExistsError(UnitExists(unit));
  return WaitForJob(answer, absl::StrCat("starting ", unit));
}

Status Units::Set(const std::string& unit, const std::vector<Property>& properties) {
  std::string body = BodyWriter().String(unit).Bool(/*runtime*/ true).Properties(properties).Take();
  TARE_ASSIGN_OR_RETURN(const Message answer, CallManager("SetUnitProperties", "sba(sv)", std::move(body)));
  TARE_RETURN_IF_ERROR(ErrorOf(answer), "systemd: setting properties of ", unit);
  // systemd answers before it writes the files, but it writes them before it processes the next call.
  return Call(kObject, kPeer, "Ping", "", "").status();
}

Status Units::AttachProcess(const std::string& unit, const std::string& below, pid_t pid) {
  std::string body = BodyWriter().String(unit).String(below).Uint32s({static_cast<uint32_t>(pid)}).Take();
  TARE_ASSIGN_OR_RETURN(const Message answer, CallManager("AttachProcessesToUnit", "ssau", std::move(body)));
  return Annotate(ErrorOf(answer), "systemd: adding a process to ", unit);
}

Status Units::Stop(const std::string& unit) {
  TARE_ASSIGN_OR_RETURN(const Message answer,
                        CallManager("StopUnit", "ss", BodyWriter().String(unit).String("replace").Take()));
  if (IsError(answer, kNoSuchUnit)) return absl::OkStatus();
  TARE_RETURN_IF_ERROR(ErrorOf(answer), "systemd: stopping ", unit);
  return WaitUntilForgotten(unit);
}

// `answer` names the job. The signal JobRemoved reports its end: (uint32 id, object job, string
// unit, string result).
Status Units::WaitForJob(const Message& answer, const std::string& what) {
  TARE_STEP("systemd: wait for the job: ", what);
  TARE_RETURN_IF_ERROR(ErrorOf(answer), "systemd: ", what);
  TARE_ASSIGN_OR_RETURN(const std::string job, BodyReader(answer).String(), "systemd: ", what);
  std::string result;
  const auto is_end = [&](const Message& signal) {
    if (signal.member != "JobRemoved" || signal.signature != "uoss") return false;
    BodyReader reader(signal);
    if (!reader.Uint32().ok()) return false;
    StatusOr<std::string> removed = reader.String();
    if (!removed.ok() || *removed != job || !reader.String().ok()) return false;
    result = reader.String().value_or("unknown");
    return true;
  };
  TARE_RETURN_IF_ERROR(connection_.TakeSignal(is_end, NewDeadline()).status(), "systemd: ", what);
  if (result == "done") return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("systemd: ", what, ": the job's result is \"", result, "\""));
}

Status Units::WaitUntilForgotten(const std::string& unit) {
  const kernel::Deadline deadline = NewDeadline();
  for (milliseconds pause{1}; !deadline.passed(); pause = std::min(2 * pause, milliseconds(50))) {
    const std::string name = BodyWriter().String(unit).Take();
    TARE_RETURN_IF_ERROR(CallManager("ResetFailedUnit", "s", name).status());
    TARE_ASSIGN_OR_RETURN(const Message answer, CallManager("GetUnit", "s", name));
    if (answer.type == dbus::MessageType::kError) return absl::OkStatus();
    std::this_thread::sleep_for(pause);
  }
  return absl::DeadlineExceededError(
      absl::StrCat("systemd: unit ", unit, " was stopped but still exists after 30 s"));
}

std::string UnitExists(const std::string& unit) {
  return absl::StrCat("unit ", unit,
                      " already exists: another container may be using its name (see `systemctl status ",
                      unit, "`)");
}

}  // namespace tare::systemd
