#include "systemd/annotations.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"

namespace tare::systemd {
namespace {

using dbus::Property;

StatusOr<std::vector<Property>> One(const std::string& name, const std::string& text) {
  return PropertiesOf(std::map<std::string, std::string>{{"org.systemd.property." + name, text}});
}

TEST(AnnotationsTest, Values) {
  const struct {
    const char* name;
    const char* text;
    Property property;
  } table[] = {
      {"TimeoutStopUSec", "uint64 5000000", {"TimeoutStopUSec", uint64_t{5000000}}},
      {"TimeoutStopUSec", "5000000", {"TimeoutStopUSec", uint64_t{5000000}}},
      {"TimeoutStopUSec", " 0x10 ", {"TimeoutStopUSec", uint64_t{16}}},
      {"TimeoutStopSec", "90", {"TimeoutStopUSec", uint64_t{90000000}}},
      {"RuntimeMaxSec", "double 1.5", {"RuntimeMaxUSec", uint64_t{1500000}}},
      {"CollectMode", "'inactive-or-failed'", {"CollectMode", std::string("inactive-or-failed")}},
      {"Description", "\"it\\'s \\\"mine\\\"\"", {"Description", std::string("it's \"mine\"")}},
      {"SendSIGHUP", "true", {"SendSIGHUP", true}},
      {"KillSignal", "int32 37", {"KillSignal", int32_t{37}}},
      {"ManagedOOMMemoryPressureLimit", "uint32 7", {"ManagedOOMMemoryPressureLimit", uint32_t{7}}},
      {"After",
       "['a.service', \"b.service\"]",
       {"After", std::vector<std::string>{"a.service", "b.service"}}},
      {"Before", "@as []", {"Before", std::vector<std::string>{}}},
      {"AllowedCPUs", "[byte 0x03, 255]", {"AllowedCPUs", std::vector<uint8_t>{3, 255}}},
  };
  for (const auto& row : table) {
    const auto properties = One(row.name, row.text);
    ASSERT_TRUE(properties.ok()) << row.name << " " << row.text << ": " << properties.status();
    EXPECT_EQ(*properties, std::vector<Property>{row.property}) << row.name << " " << row.text;
  }
}

TEST(AnnotationsTest, OthersAreNoneOfOurs) {
  EXPECT_TRUE(PropertiesOf(std::map<std::string, std::string>{{"org.systemd", "x"}, {"com.example.a", "b"}})
                  ->empty());
}

// CVE-2024-3154 and what is like it: properties that start, stop or run something else, or
// loosen the container.
TEST(AnnotationsTest, DangerousOnesAreRefused) {
  for (const char* name :
       {"ExecStopPost", "SuccessAction", "FailureAction",    "Requires", "Wants",
        "BindsTo",      "Conflicts",     "OnFailure",        "Upholds",  "JobTimeoutAction",
        "DeviceAllow",  "DevicePolicy",  "Delegate",         "Slice",    "PIDs",
        "User",         "Controller",    "RefuseManualStop", "KillMode", "",
        "../x"}) {
    const Status status = One(name, "'x'").status();
    EXPECT_TRUE(absl::StrContains(status.message(), "is not allowed")) << name << ": " << status;
  }
}

TEST(AnnotationsTest, WrongValuesAreErrors) {
  const std::pair<const char*, const char*> table[] = {
      {"TimeoutStopUSec", "'5'"}, {"TimeoutStopUSec", "-1"},  {"TimeoutStopUSec", "5 6"},
      {"TimeoutStopUSec", ""},    {"TimeoutStopSec", "soon"}, {"TimeoutStopSec", "-1"},
      {"TimeoutStopSec", "nan"},  {"SendSIGHUP", "1"},        {"KillSignal", "5000000000"},
      {"CollectMode", "'open"},   {"CollectMode", "bare"},    {"After", "'a'"},
      {"After", "['a'"},          {"After", "['a' 'b']"},     {"AllowedCPUs", "[256]"},
      {"CollectMode", "'a\\"},
  };
  for (const auto& [name, text] : table) EXPECT_FALSE(One(name, text).ok()) << name << " " << text;
}

}  // namespace
}  // namespace tare::systemd
