#include "cli/options.h"

#include <gtest/gtest.h>

#include <csignal>

#include "cli/commands.h"
#include "commands/list_table.h"

namespace tare::cli {
namespace {

using Words = std::vector<std::string>;

Arguments Given(const Command& command, const Words& line) {
  StatusOr<Arguments> arguments = Parse(command.flags, command.order, line);
  EXPECT_TRUE(arguments.ok()) << arguments.status();
  return *std::move(arguments);
}

TEST(Options, CreateHasEveryFlag) {
  StatusOr<lifecycle::CreateOptions> options = CreateOptionsOf(
      Given(kCreateCommand, {"--bundle", "/b", "--pid-file", "/p", "--console-socket", "/c", "--pidfd-socket",
                             "/d", "--no-pivot", "--no-new-keyring", "--preserve-fds", "3", "web"}));
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->id, "web");
  EXPECT_EQ(options->bundle, "/b");
  EXPECT_EQ(options->pid_file, "/p");
  EXPECT_EQ(options->console_socket, "/c");
  EXPECT_EQ(options->pidfd_socket, "/d");
  EXPECT_TRUE(options->no_pivot);
  EXPECT_TRUE(options->no_new_keyring);
  EXPECT_EQ(options->preserve_fds, 3);
}

TEST(Options, CreateWithoutFlags) {
  StatusOr<lifecycle::CreateOptions> options = CreateOptionsOf(Given(kCreateCommand, {"web"}));
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->bundle, ".");
  EXPECT_EQ(options->preserve_fds, 0);
  EXPECT_FALSE(options->no_pivot);
}

TEST(Options, RunTakesTheFlagsOfCreate) {
  StatusOr<lifecycle::CreateOptions> options =
      CreateOptionsOf(Given(kRunCommand, {"-d", "--keep", "-b", "/b", "web"}));
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->bundle, "/b");
}

TEST(Options, PreserveFdsIsACount) {
  for (const char* bad : {"-1", "2147483648"}) {
    EXPECT_FALSE(CreateOptionsOf(Given(kCreateCommand, {"--preserve-fds", bad, "web"})).ok()) << bad;
  }
}

TEST(Options, ExecHasEveryFlag) {
  StatusOr<lifecycle::ExecOptions> options = ExecOptionsOf(Given(kExecCommand, {"--cwd",
                                                                                "/w",
                                                                                "-e",
                                                                                "A=1",
                                                                                "--env",
                                                                                "B=2",
                                                                                "-t",
                                                                                "-u",
                                                                                "1:2",
                                                                                "-g",
                                                                                "3",
                                                                                "-g",
                                                                                "4",
                                                                                "-d",
                                                                                "--pid-file",
                                                                                "/p",
                                                                                "--process-label",
                                                                                "l",
                                                                                "--apparmor",
                                                                                "a",
                                                                                "--no-new-privs=false",
                                                                                "-c",
                                                                                "CAP_KILL",
                                                                                "--cap",
                                                                                "chown",
                                                                                "--preserve-fds=1",
                                                                                "--cgroup",
                                                                                "/x",
                                                                                "--cgroup",
                                                                                "cpu:/y",
                                                                                "--ignore-paused",
                                                                                "--console-socket",
                                                                                "/c",
                                                                                "--pidfd-socket",
                                                                                "/d",
                                                                                "web",
                                                                                "ls",
                                                                                "-l",
                                                                                "--",
                                                                                "-d"}));
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->id, "web");
  EXPECT_EQ(options->args, (Words{"ls", "-l", "--", "-d"}));
  EXPECT_EQ(options->cwd, "/w");
  EXPECT_EQ(options->env, (Words{"A=1", "B=2"}));
  EXPECT_EQ(options->tty, true);
  EXPECT_EQ(options->user, "1:2");
  EXPECT_EQ(options->additional_gids, (std::vector<uint32_t>{3, 4}));
  EXPECT_TRUE(options->detach);
  EXPECT_EQ(options->pid_file, "/p");
  EXPECT_EQ(options->process_label, "l");
  EXPECT_EQ(options->apparmor, "a");
  EXPECT_EQ(options->no_new_privs, false);
  EXPECT_EQ(options->capabilities, (Words{"CAP_KILL", "chown"}));
  EXPECT_EQ(options->preserve_fds, 1);
  EXPECT_EQ(options->cgroups, (Words{"/x", "cpu:/y"}));
  EXPECT_TRUE(options->ignore_paused);
  EXPECT_EQ(options->console_socket, "/c");
  EXPECT_EQ(options->pidfd_socket, "/d");
}

TEST(Options, ExecLeavesAbsentWhatIsNotGiven) {
  StatusOr<lifecycle::ExecOptions> options = ExecOptionsOf(Given(kExecCommand, {"web", "true"}));
  ASSERT_TRUE(options.ok());
  EXPECT_FALSE(options->cwd || options->user || options->process_label || options->apparmor);
  EXPECT_FALSE(options->tty.has_value() || options->no_new_privs.has_value());
}

TEST(Options, ExecNeedsACommandOrAProcess) {
  EXPECT_FALSE(ExecOptionsOf(Given(kExecCommand, {"web"})).ok());
  StatusOr<lifecycle::ExecOptions> options = ExecOptionsOf(Given(kExecCommand, {"-p", "p.json", "web"}));
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->process_file, "p.json");
}

TEST(Options, ExecRefusesGidsThatAreNone) {
  for (const char* bad : {"-1", "4294967295", "4294967296"}) {
    EXPECT_FALSE(ExecOptionsOf(Given(kExecCommand, {"-g", bad, "web", "true"})).ok()) << bad;
  }
}

TEST(Signals, NumbersAndNames) {
  struct Case {
    const char* text;
    int signal;
  };
  const Case cases[] = {{"9", SIGKILL},
                        {"0", 0},
                        {"64", SIGRTMAX},
                        {"KILL", SIGKILL},
                        {"SIGKILL", SIGKILL},
                        {"sigterm", SIGTERM},
                        {"Hup", SIGHUP},
                        {"usr1", SIGUSR1},
                        {"WINCH", SIGWINCH},
                        {"IO", SIGIO},
                        {"POLL", SIGPOLL},
                        {"CLD", SIGCHLD},
                        {"SYS", SIGSYS},
                        {"RTMIN", SIGRTMIN},
                        {"SIGRTMIN+3", SIGRTMIN + 3},
                        {"rtmax", SIGRTMAX},
                        {"SIGRTMAX-1", SIGRTMAX - 1},
                        {"RTMIN+30", SIGRTMAX}};
  for (const Case& one : cases) {
    StatusOr<int> signal = ParseSignal(one.text);
    ASSERT_TRUE(signal.ok()) << one.text;
    EXPECT_EQ(*signal, one.signal) << one.text;
  }
}

TEST(Signals, WhatIsNone) {
  for (const char* bad : {"", "FOO", "SIG", "SIGSIGKILL", "-1", "-9", "65", "4294967305", "RTMIN+31",
                          "RTMIN-1", "RTMIN+", "RTMIN++1", "RTMAX+1", "RTMAX-31", "9x", "KILL "}) {
    EXPECT_FALSE(ParseSignal(bad).ok()) << bad;
  }
  EXPECT_EQ(ParseSignal("FOO").status().message(), "unknown signal \"FOO\"");
}

TEST(Update, EveryLimit) {
  StatusOr<spec::Resources> resources = WithLimits({}, Given(kUpdateCommand, {"--blkio-weight",
                                                                              "500",
                                                                              "--cpu-period",
                                                                              "100000",
                                                                              "--cpu-quota=-1",
                                                                              "--cpu-burst",
                                                                              "5",
                                                                              "--cpu-share",
                                                                              "512",
                                                                              "--cpu-rt-period",
                                                                              "6",
                                                                              "--cpu-rt-runtime",
                                                                              "7",
                                                                              "--cpu-idle",
                                                                              "1",
                                                                              "--cpuset-cpus",
                                                                              "0-1",
                                                                              "--cpuset-mems",
                                                                              "0",
                                                                              "--memory",
                                                                              "64m",
                                                                              "--memory-reservation",
                                                                              "32m",
                                                                              "--memory-swap",
                                                                              "-1",
                                                                              "--pids-limit",
                                                                              "20",
                                                                              "web"}));
  ASSERT_TRUE(resources.ok()) << resources.status();
  EXPECT_EQ(resources->block_io.weight, 500);
  EXPECT_EQ(resources->cpu.period, 100000u);
  EXPECT_EQ(resources->cpu.quota, -1);
  EXPECT_EQ(resources->cpu.burst, 5u);
  EXPECT_EQ(resources->cpu.shares, 512u);
  EXPECT_EQ(resources->cpu.realtime_period, 6u);
  EXPECT_EQ(resources->cpu.realtime_runtime, 7);
  EXPECT_EQ(resources->cpu.idle, 1);
  EXPECT_EQ(resources->cpu.cpus, "0-1");
  EXPECT_EQ(resources->cpu.mems, "0");
  EXPECT_EQ(resources->memory.limit, 64 << 20);
  EXPECT_EQ(resources->memory.reservation, 32 << 20);
  EXPECT_EQ(resources->memory.swap, -1);
  EXPECT_EQ(resources->pids_limit, 20);
}

TEST(Update, AFlagGoesBeforeTheDocument) {
  spec::Resources document;
  document.memory.limit = 1;
  document.memory.swap = 8192;
  document.pids_limit = 3;
  StatusOr<spec::Resources> resources =
      WithLimits(document, Given(kUpdateCommand, {"--memory", "4096", "--pids-limit", "5", "web"}));
  ASSERT_TRUE(resources.ok());
  EXPECT_EQ(resources->memory.limit, 4096);
  EXPECT_EQ(resources->memory.swap, 8192);
  EXPECT_EQ(resources->pids_limit, 5);
}

TEST(Update, WhatIsNotNamedIsAbsent) {
  StatusOr<spec::Resources> resources = WithLimits({}, Given(kUpdateCommand, {"--cpu-share=", "web"}));
  ASSERT_TRUE(resources.ok());
  EXPECT_FALSE(resources->cpu.shares.has_value());
  EXPECT_FALSE(resources->memory.limit.has_value());
  EXPECT_FALSE(resources->pids_limit.has_value());
  EXPECT_FALSE(resources->block_io.weight.has_value());
}

TEST(Update, WrongValues) {
  for (const Words& line :
       {Words{"--memory", "x"}, Words{"--cpu-period", "-1"}, Words{"--cpu-quota", "1k"},
        Words{"--cpu-share", " 1"}, Words{"--blkio-weight", "9"}, Words{"--blkio-weight", "66036"}}) {
    EXPECT_FALSE(WithLimits({}, Given(kUpdateCommand, line)).ok()) << line[0] << " " << line[1];
  }
}

TEST(Update, Schemata) {
  const StatusOr<spec::IntelRdt> rdt =
      RdtOf(Given(kUpdateCommand, {"--l3-cache-schema", "L3:0=f", "--mem-bw-schema=MB:0=20", "web"}));
  ASSERT_TRUE(rdt.ok()) << rdt.status();
  EXPECT_EQ(rdt->l3_cache_schema, "L3:0=f");
  EXPECT_EQ(rdt->mem_bw_schema, "MB:0=20");
  EXPECT_EQ(*RdtOf(Given(kUpdateCommand, {"web"})), spec::IntelRdt{});
  for (const char* wrong : {"L3:0=f", "MB:0=20\nL3:0=f", " MB:0=20"})
    EXPECT_FALSE(RdtOf(Given(kUpdateCommand, {"--mem-bw-schema", wrong, "web"})).ok()) << wrong;
}

commands::Listing Container(const char* id, pid_t pid, const char* bundle) {
  return {.state = {.id = id, .status = spec::ContainerStatus::kRunning, .pid = pid, .bundle = bundle},
          .rootfs = "/r",
          .created = "2026-01-02T03:04:05Z",
          .owner = "root"};
}

TEST(List, ColumnsAreThoseOfRunc) {
  EXPECT_EQ(commands::ListTable({}), "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
  EXPECT_EQ(
      commands::ListTable({Container("a-long-name", 7, "/b\xc3\xb6"), Container("b", 123456, "/bundles/b")}),
      "ID            PID         STATUS      BUNDLE       CREATED                OWNER\n"
      "a-long-name   7           running     /b\xc3\xb6          2026-01-02T03:04:05Z   root\n"
      "b             123456      running     /bundles/b   2026-01-02T03:04:05Z   root\n");
}

TEST(List, WithoutHeadersTheColumnsStay) {
  EXPECT_EQ(commands::ListTable({Container("b", 7, "/b")}, commands::Headers::kNone),
            "b           7           running     /b          2026-01-02T03:04:05Z   root\n");
  EXPECT_EQ(commands::ListTable({}, commands::Headers::kNone), "");
}

TEST(Ps, KeepsTheHeadingAndTheContainersLines) {
  StatusOr<std::string> table = FilterPs(
      "UID          PID    PPID CMD\n"
      "root           1       0 init 42\n"
      "root          42       1 sleep\n"
      "root         421       1 sh\n"
      "  PID\n",
      {42, 7});
  ASSERT_TRUE(table.ok());
  EXPECT_EQ(*table,
            "UID          PID    PPID CMD\n"
            "root          42       1 sleep\n");
}

TEST(Ps, NeedsAPidColumn) {
  EXPECT_FALSE(FilterPs("USER CMD\nroot sh\n", {1}).ok());
  EXPECT_FALSE(FilterPs("", {1}).ok());
}

TEST(Format, TableOrJson) {
  EXPECT_EQ(*FormatOf(Given(kListCommand, {})), OutputFormat::kTable);
  EXPECT_EQ(*FormatOf(Given(kPsCommand, {"--format", "json", "web"})), OutputFormat::kJson);
  EXPECT_FALSE(FormatOf(Given(kListCommand, {"-f", "yaml"})).ok());
}

TEST(Logs, SinceIsAMomentOrADuration) {
  const absl::Time now = absl::FromUnixSeconds(1475713029);  // 2016-10-06T00:17:09Z
  const std::pair<const char*, const char*> kTable[] = {
      {"0s", "2016-10-06T00:17:09.000000000Z"},
      {"1m9.5s", "2016-10-06T00:15:59.500000000Z"},
      {"1h30m", "2016-10-05T22:47:09.000000000Z"},
      {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000000000Z"},
      {"2026-01-02T03:04:05.123456789+02:00", "2026-01-02T01:04:05.123456789Z"},
  };
  for (const auto& [text, moment] : kTable) EXPECT_EQ(ParseSince(text, now).value_or("?"), moment) << text;
  for (const char* text : {"", "yesterday", "10", "-1s", "2026-01-02", "2026-01-02T03:04:05"})
    EXPECT_FALSE(ParseSince(text, now).ok()) << text;
}

}  // namespace
}  // namespace tare::cli
