// What tare asks of systemd: org.freedesktop.systemd1(5), the Manager interface.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "dbus/bus.h"
#include "dbus/property.h"

namespace tare::systemd {

// The machine's, or that of the user who calls.
enum class Instance { kSystem, kUser };

// Every call ends within 30 s, at the latest with an error that says what systemd was asked for.
class Units {
 public:
  // Through the message bus; if there is none, through systemd's own socket. The user's bus is found by
  // $DBUS_SESSION_BUS_ADDRESS or $XDG_RUNTIME_DIR.
  static StatusOr<Units> Connect(Instance instance);

  // The cgroup of this systemd: "" for the machine's, "/user.slice/user-1000.slice/user@1000.service" or so
  // for a user's.
  StatusOr<std::string> ControlGroup();

  // 257 of "257.9-1"
  StatusOr<int> Version();

  // "active", "deactivating", "failed", ...; "inactive" if there is no such unit.
  StatusOr<std::string> ActiveState(const std::string& unit);

  // A property of a scope, of type "t"; kInfinity is systemd's for one that is not set.
  StatusOr<uint64_t> NumberOfScope(const std::string& unit, const char* name);

  // Starts a transient unit and waits until it is active. A unit of that name that has failed or is just
  // stopping is cleared first; one that is active is an error.
  Status Start(const std::string& unit, const std::vector<dbus::Property>& properties);

  // Until the machine's next boot, as all that tare does. Waits until the cgroup's files are written.
  Status Set(const std::string& unit, const std::vector<dbus::Property>& properties);

  // Moves a process into a unit that exists, or into `below` it ("/sub"): for users who may not write to the
  // cgroup files between theirs and the container's.
  Status Attach(const std::string& unit, const std::string& below, pid_t pid);

  // Stops the unit and waits until systemd has forgotten it. If it does not exist, that is not an error.
  Status Stop(const std::string& unit);

 private:
  Units(dbus::Bus bus, bool has_daemon) : bus_(std::move(bus)), has_daemon_(has_daemon) {}
  Status Greet();
  Status WatchJobs();
  StatusOr<dbus::Message> Call(const std::string& object, const char* interface, const char* member,
                               const char* signature, std::string body);
  StatusOr<dbus::Message> CallManager(const char* member, const char* signature, std::string body);
  StatusOr<dbus::Message> GetProperty(const std::string& object, const char* interface, const char* name,
                                      absl::string_view signature);
  StatusOr<std::string> StringProperty(const std::string& object, const char* interface, const char* name);
  StatusOr<dbus::Message> TryStart(const std::string& unit, const std::vector<dbus::Property>& properties);
  Status WaitForJob(const dbus::Message& answer, const std::string& what);
  Status WaitUntilForgotten(const std::string& unit);

  dbus::Bus bus_;
  bool has_daemon_;
};

// The hint for a name that is taken.
std::string UnitExists(const std::string& unit);

}  // namespace tare::systemd
