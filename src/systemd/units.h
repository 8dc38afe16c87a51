// Calls to systemd: the Manager interface of org.freedesktop.systemd1(5).
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/status.h"
#include "dbus/connection.h"
#include "dbus/property.h"

namespace tare::systemd {

// The systemd of the machine, or that of the calling user.
enum class Instance { kSystem, kUser };

// Every call returns within 30 s. Its errors say what was asked of systemd.
class Units {
 public:
  // Connects through the message bus or, if there is none, through systemd's own socket. The user's bus is
  // found by $DBUS_SESSION_BUS_ADDRESS or $XDG_RUNTIME_DIR.
  static StatusOr<Units> Connect(Instance instance);

  // The cgroup that this systemd manages: "" for the system's, for example
  // "/user.slice/user-1000.slice/user@1000.service" for a user's.
  StatusOr<std::string> ControlGroup();

  // For example 257 for "257.9-1".
  StatusOr<int> Version();

  // "active", "deactivating", "failed", ...; "inactive" if there is no such unit.
  StatusOr<std::string> ActiveState(const std::string& unit);

  // A property of a scope, of type "t". kInfinity: it is not set.
  StatusOr<uint64_t> ScopeNumber(const std::string& unit, const char* name);

  // Starts a transient unit and waits until it is active. A unit of that name that has failed or is just
  // stopping is cleared first; an active one is an error.
  Status Start(const std::string& unit, const std::vector<dbus::Property>& properties);

  // Sets properties until the next boot. Returns when systemd has written the cgroup's files.
  Status Set(const std::string& unit, const std::vector<dbus::Property>& properties);

  // Moves a process into an existing unit, or into the cgroup `below` it ("/sub"), for users who may not
  // write to the cgroup files between their own cgroup and the container's.
  Status AttachProcess(const std::string& unit, const std::string& below, pid_t pid);

  // Stops the unit and waits until systemd has forgotten it. It is not an error if it does not exist.
  Status Stop(const std::string& unit);

 private:
  Units(dbus::Connection connection, bool has_daemon)
      : connection_(std::move(connection)), has_daemon_(has_daemon) {}
  Status SayHello();
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

  dbus::Connection connection_;
  bool has_daemon_;
};

// The hint for a name that is in use.
std::string UnitExists(const std::string& unit);

}  // namespace tare::systemd
