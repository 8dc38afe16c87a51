#include "edit/edits.h"

#include <gtest/gtest.h>

namespace tare::edit {
namespace {

// The config after the changes, or the error.
std::string After(const std::string& before, const Request& request) {
  StatusOr<json::Editor> config = json::Editor::Parse(before, "config.json");
  EXPECT_TRUE(config.ok()) << config.status();
  const StatusOr<std::vector<Edit>> edits = Parse(request);
  if (!edits.ok()) return std::string(edits.status().message());
  for (const Edit& edit : *edits)
    if (Status status = edit(*config, "/none"); !status.ok()) return std::string(status.message());
  return config->Text();
}

struct Case {
  std::string before;
  Request request;
  std::string after;
};

TEST(Edits, ChangeTheConfig) {
  const std::vector<Case> cases = {
      {R"({"process":{"args":["sh"]}})",
       {.program = {"echo", "-n", ""}},
       R"({"process":{"args":["echo","-n",""]}})"},
      {"{}", {.tty = true}, R"({"process":{"terminal":true,"env":["TERM=xterm"]}})"},
      {R"({"process":{"env":["TERM=vt100"]}})",
       {.tty = true},
       R"({"process":{"env":["TERM=vt100"],"terminal":true}})"},
      {R"({"process":{"terminal":true}})", {.tty = false}, R"({"process":{"terminal":false}})"},
      {R"({"process":{"cwd":"/"}})", {.workdir = "/srv"}, R"({"process":{"cwd":"/srv"}})"},
      {R"({"Process":{"Cwd":"/"}})", {.workdir = "/srv"}, R"({"Process":{"Cwd":"/srv"}})"},
      {R"({"linux":{"namespaces":[{"type":"uts"}]}})",
       {.hostname = "web"},
       R"({"linux":{"namespaces":[{"type":"uts"}]},"hostname":"web"})"},
      {R"({"root":{"path":"rootfs"}})",
       {.read_only = true, .read_only_tmpfs = false},
       R"({"root":{"path":"rootfs","readonly":true}})"},
      {R"({"root":{"readonly":true}})", {.read_only = false}, R"({"root":{"readonly":false}})"},
      {"{}", {.annotations = {"a/b=x=y", "c="}}, R"({"annotations":{"a/b":"x=y","c":""}})"},
  };
  for (const Case& one : cases) EXPECT_EQ(After(one.before, one.request), one.after);
}

TEST(Edits, AnEmptyRequestChangesNothing) {
  const StatusOr<std::vector<Edit>> edits = Parse({});
  ASSERT_TRUE(edits.ok());
  EXPECT_TRUE(edits->empty());
}

TEST(Edits, ErrorsBeginWithTheFlag) {
  const std::string host_uts = R"({"linux":{"namespaces":[{"type":"pid"}]}})";
  const std::string joined_uts = R"({"linux":{"namespaces":[{"type":"uts","path":"/proc/1/ns/uts"}]}})";
  const std::vector<Case> cases = {
      {"{}", {.workdir = "srv"}, "--workdir: \"srv\" must be an absolute path"},
      {host_uts,
       {.hostname = "web"},
       "--hostname: the config gives the container no UTS namespace of its own"},
      {joined_uts,
       {.hostname = "web"},
       "--hostname: the config gives the container no UTS namespace of its own"},
      {"{}", {.annotations = {"a"}}, "--annotation: \"a\" must have the form KEY=VALUE"},
      {"{}", {.annotations = {"=a"}}, "--annotation: \"=a\" must have the form KEY=VALUE"},
  };
  for (const Case& one : cases) EXPECT_EQ(After(one.before, one.request), one.after);
}

TEST(Limits, AreThoseOfPodman) {
  const std::string limited = R"({"linux":{"resources":{"memory":{"limit":1000}}}})";
  const std::vector<Case> cases = {
      {"{}",
       {.memory = "512m", .memory_swap = "1g"},
       R"({"linux":{"resources":{"memory":{"limit":536870912,"swap":1073741824}}}})"},
      {"{}",
       {.memory = "512m", .memory_swap = "-1"},
       R"({"linux":{"resources":{"memory":{"limit":536870912,"swap":-1}}}})"},
      {limited, {.memory = "0"}, R"({"linux":{"resources":{"memory":{"limit":-1,"swap":-1}}}})"},
      {limited, {.memory_swap = "2000"}, R"({"linux":{"resources":{"memory":{"limit":1000,"swap":2000}}}})"},
      {"{}", {.memory_reservation = "1k"}, R"({"linux":{"resources":{"memory":{"reservation":1024}}}})"},
      {"{}", {.cpus = "1.5"}, R"({"linux":{"resources":{"cpu":{"quota":150000,"period":100000}}}})"},
      {"{}", {.cpus = "0"}, R"({"linux":{"resources":{"cpu":{"quota":-1,"period":100000}}}})"},
      {"{}",
       {.cpu_shares = "512", .cpuset_cpus = "0-1", .cpuset_mems = "0"},
       R"({"linux":{"resources":{"cpu":{"shares":512,"cpus":"0-1","mems":"0"}}}})"},
      {"{}", {.pids_limit = 50}, R"({"linux":{"resources":{"pids":{"limit":50}}}})"},
      {"{}", {.pids_limit = 0}, R"({"linux":{"resources":{"pids":{"limit":-1}}}})"},
      {"{}", {.pids_limit = -1}, R"({"linux":{"resources":{"pids":{"limit":-1}}}})"},
  };
  for (const Case& one : cases) EXPECT_EQ(After(one.before, one.request), one.after);
}

TEST(Limits, BadOnesAreErrors) {
  struct Bad {
    Request request;
    std::string start;
  };
  const std::vector<Bad> cases = {
      {{.memory = "1x"}, "--memory: invalid size \"1x\""},
      {{.memory = "-1"}, "--memory: invalid size \"-1\""},
      {{.memory_swap = "1g"}, "--memory-swap: it limits memory and swap together, so it needs --memory"},
      {{.memory = "1g", .memory_swap = "1m"},
       "--memory-swap: it limits memory and swap together, so it must not"},
      {{.cpus = "x"}, "--cpus: \"x\" must be"},
      {{.cpus = "-1"}, "--cpus: \"-1\" must be"},
      {{.cpus = "nan"}, "--cpus: \"nan\" must be"},
      {{.cpus = "0.001"}, "--cpus: \"0.001\" must be"},
      {{.cpu_shares = "1.5"}, "--cpu-shares: \"1.5\" must be"},
  };
  for (const Bad& one : cases) {
    const std::string error = After("{}", one.request);
    EXPECT_TRUE(error.starts_with(one.start)) << error;
  }
}

TEST(CapabilityFlags, ChangeTheSets) {
  const std::string root = R"({"process":{"capabilities":{"bounding":["CAP_KILL","CAP_CHOWN"],)"
                           R"("permitted":["CAP_KILL"],"ambient":["CAP_CHOWN"]}}})";
  const std::vector<Case> cases = {
      {root,
       {.cap_add = {"net_admin"}},
       R"({"process":{"capabilities":{"bounding":["CAP_KILL","CAP_CHOWN","CAP_NET_ADMIN"],)"
       R"("permitted":["CAP_KILL","CAP_NET_ADMIN"],"ambient":["CAP_CHOWN"],"effective":["CAP_NET_ADMIN"]}}})"},
      {root,
       {.cap_drop = {"CHOWN,CAP_KILL"}},
       R"({"process":{"capabilities":{"bounding":[],"permitted":[],"ambient":[]}}})"},
      {root,
       {.cap_add = {"CAP_KILL"}, .cap_drop = {"all"}},
       R"({"process":{"capabilities":{"bounding":["CAP_KILL"],"permitted":["CAP_KILL"],"ambient":[],)"
       R"("effective":["CAP_KILL"]}}})"},
      {R"({"process":{"user":{"uid":5}}})",
       {.cap_add = {"KILL"}},
       R"({"process":{"user":{"uid":5},"capabilities":{"bounding":["CAP_KILL"],"effective":["CAP_KILL"],)"
       R"("permitted":["CAP_KILL"],"inheritable":["CAP_KILL"],"ambient":["CAP_KILL"]}}})"},
      {"{}", {.cap_add = {"nope"}}, "--cap-add: unknown capability \"CAP_NOPE\""},
      {"{}", {.cap_add = {"KILL"}, .cap_drop = {"kill"}}, "--cap-add: CAP_KILL cannot be dropped and added"},
      {"{}", {.cap_add = {"ALL"}, .cap_drop = {"all"}}, "--cap-add: ALL cannot be dropped and added"},
  };
  for (const Case& one : cases) EXPECT_EQ(After(one.before, one.request), one.after);
}

TEST(CapabilityFlags, AllButSome) {
  const std::string after = After("{}", {.cap_add = {"ALL"}, .cap_drop = {"KILL"}});
  EXPECT_NE(after.find("\"CAP_CHOWN\""), std::string::npos) << after;
  EXPECT_EQ(after.find("\"CAP_KILL\""), std::string::npos) << after;
}

}  // namespace
}  // namespace tare::edit
