#include "line/globals.h"

#include <gtest/gtest.h>

namespace tare::line {
namespace {

Arguments Given(const std::vector<std::string>& line) {
  StatusOr<Arguments> arguments = Parse(GlobalFlags(), Order::kBeforeWords, line);
  EXPECT_TRUE(arguments.ok()) << arguments.status();
  return *std::move(arguments);
}

constexpr char kUserDir[] = "/run/user/7";

struct RootCase {
  Caller caller;
  const char* root;
  bool rootless;
};

TEST(Globals, DefaultsDependOnTheCaller) {
  const RootCase cases[] = {
      {{.euid = 0}, "/run/tare", false},
      {{.euid = 0, .user = "root", .runtime_dir = "/run/user/0"}, "/run/tare", false},
      {{.euid = 0, .in_user_namespace = true, .user = "root", .runtime_dir = kUserDir}, "/run/tare", true},
      {{.euid = 0, .in_user_namespace = true, .user = "jo", .runtime_dir = kUserDir},
       "/run/user/7/tare",
       true},
      {{.euid = 0, .in_user_namespace = true, .user = "", .runtime_dir = kUserDir}, "/run/user/7/tare", true},
      {{.euid = 0, .in_user_namespace = true, .user = "jo", .runtime_dir = ""}, "/run/tare", true},
      {{.euid = 7, .user = "jo", .runtime_dir = kUserDir}, "/run/user/7/tare", true},
      {{.euid = 7, .user = "root", .runtime_dir = kUserDir}, "/run/user/7/tare", true},
      {{.euid = 7, .user = "jo", .runtime_dir = ""}, "/run/tare", true},
  };
  for (const RootCase& one : cases) {
    StatusOr<lifecycle::Runtime> runtime = RuntimeOf(Given({}), one.caller);
    ASSERT_TRUE(runtime.ok());
    EXPECT_EQ(runtime->root, one.root) << one.caller.euid << one.caller.user;
    EXPECT_EQ(runtime->rootless, one.rootless) << one.caller.euid << one.caller.user;
    EXPECT_EQ(HasPrivateRoot(one.caller), runtime->root != "/run/tare");
  }
}

TEST(Globals, RootIsMadeAbsolute) {
  StatusOr<lifecycle::Runtime> runtime =
      RuntimeOf(Given({"--root", "state"}), {.working_directory = "/home/jo"});
  ASSERT_TRUE(runtime.ok());
  EXPECT_EQ(runtime->root, "/home/jo/state");
}

TEST(Globals, RootlessIsToldOrFound) {
  Caller root = {.euid = 0};
  Caller user = {.euid = 7};
  EXPECT_TRUE(RuntimeOf(Given({"--rootless=true"}), root)->rootless);
  EXPECT_FALSE(RuntimeOf(Given({"--rootless", "false"}), user)->rootless);
  EXPECT_TRUE(RuntimeOf(Given({"--rootless", "auto"}), user)->rootless);
  EXPECT_FALSE(RuntimeOf(Given({"--rootless", "maybe"}), root).ok());
}

TEST(Globals, Log) {
  StatusOr<log::Options> options = LogOptions(Given({"--log", "/l", "--log-format=json", "--debug"}));
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->path, "/l");
  EXPECT_EQ(options->format, log::Format::kJson);
  EXPECT_EQ(options->level, log::Level::kDebug);
  EXPECT_EQ(LogOptions(Given({}))->level, log::Level::kInfo);
  EXPECT_EQ(LogOptions(Given({"--log-level", "error"}))->level, log::Level::kError);
  EXPECT_EQ(LogOptions(Given({"--log-format", "xml"})).status().message(), "invalid log-format: xml");
  EXPECT_FALSE(LogOptions(Given({"--log-level", "loud"})).ok());
}

TEST(Globals, WhatRuncTakesIsTaken) {
  Arguments globals = Given({"--systemd-cgroup", "--criu", "/usr/sbin/criu", "-v", "list", "-q"});
  EXPECT_TRUE(RuntimeOf(globals, {})->systemd_cgroup);
  EXPECT_TRUE(globals.Bool("version"));
  EXPECT_EQ(globals.words(), (std::vector<std::string>{"list", "-q"}));
}

}  // namespace
}  // namespace tare::line
