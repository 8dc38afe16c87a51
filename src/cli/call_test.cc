// Runs the executable with whole command lines, and checks its output and exit status.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "absl/strings/match.h"
#include "kernel/file.h"
#include "kernel/process.h"

namespace tare::cli {
namespace {

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
};

std::string Contents(const kernel::Fd& file) {
  EXPECT_EQ(lseek(file.get(), 0, SEEK_SET), 0);
  StatusOr<std::string> text = kernel::ReadAll(file.get(), "memfd");
  EXPECT_TRUE(text.ok());
  return text.value_or("");
}

int ExecTare(std::vector<std::string> line, const kernel::Fd& out, const kernel::Fd& err) {
  if (dup2(out.get(), STDOUT_FILENO) < 0 || dup2(err.get(), STDERR_FILENO) < 0) return 99;
  line.insert(line.begin(), "tare");
  std::vector<char*> args;
  for (std::string& word : line) args.push_back(word.data());
  args.push_back(nullptr);
  execv(TARE_EXECUTABLE, args.data());
  return 99;
}

int CodeOf(const std::vector<std::string>& line, const kernel::Fd& out, const kernel::Fd& err) {
  StatusOr<kernel::Child> child = kernel::Spawn({}, [&] { return ExecTare(line, out, err); });
  EXPECT_TRUE(child.ok()) << child.status();
  StatusOr<int> status = kernel::Wait(*child);
  EXPECT_TRUE(status.ok()) << status.status();
  return kernel::ExitCode(*status);
}

Outcome Tare(const std::vector<std::string>& line) {
  kernel::Fd out(memfd_create("out", MFD_CLOEXEC));
  kernel::Fd err(memfd_create("err", MFD_CLOEXEC));
  int code = CodeOf(line, out, err);
  return {.code = code, .out = Contents(out), .err = Contents(err)};
}

class CallTest : public testing::Test {
 protected:
  CallTest() {
    char path[] = "/tmp/tare-call-XXXXXX";
    directory_ = mkdtemp(path);
  }
  ~CallTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
};

TEST_F(CallTest, SuccessIsSilentOnStandardError) {
  for (const std::vector<std::string>& line : {std::vector<std::string>{},
                                               {"--version"},
                                               {"-v"},
                                               {"--help"},
                                               {"help"},
                                               {"h", "exec"},
                                               {"checkpoint", "--help"},
                                               {"exec", "-h"},
                                               {"features"},
                                               {"--root", directory_, "list"},
                                               {"--root", directory_, "delete", "--force", "nosuch"}}) {
    Outcome outcome = Tare(line);
    EXPECT_EQ(outcome.code, 0) << testing::PrintToString(line);
    EXPECT_EQ(outcome.err, "") << testing::PrintToString(line);
  }
}

TEST_F(CallTest, UnknownCommand) {
  Outcome outcome = Tare({"nosuch"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(absl::StrContains(outcome.err, "No help topic for 'nosuch'"));
  EXPECT_EQ(Tare({"help", "nosuch"}).code, 3);
}

// This is how podman finds out whether a runtime has the flag.
TEST_F(CallTest, AFlagWithoutItsArgument) {
  Outcome outcome = Tare({"restore", "--lsm-mount-context"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(absl::StrContains(outcome.err, "flag needs an argument: -lsm-mount-context"));
  EXPECT_EQ(outcome.out,
            "Incorrect Usage: flag needs an argument: -lsm-mount-context\n\nSee 'tare restore --help'.\n");
}

TEST_F(CallTest, AMistypedFlagOrCommand) {
  const Outcome flag = Tare({"list", "--fromat", "json"});
  EXPECT_EQ(flag.code, 1);
  EXPECT_EQ(flag.out,
            "Incorrect Usage: flag provided but not defined: -fromat\n\nDid you mean --format?\n"
            "See 'tare list --help'.\n");
  EXPECT_TRUE(absl::EndsWith(flag.err, "level=error msg=\"flag provided but not defined: -fromat\"\n"))
      << flag.err;
  const Outcome global = Tare({"--rooot", "/x", "list"});
  EXPECT_EQ(
      global.out,
      "Incorrect Usage. flag provided but not defined: -rooot\n\nDid you mean --root?\nSee 'tare --help'.\n");
  const Outcome count = Tare({"start"});
  EXPECT_EQ(count.code, 1);
  EXPECT_EQ(count.out, "Incorrect Usage.\n\nSee 'tare start --help'.\n");
  EXPECT_TRUE(absl::StrContains(count.err, "\\\"start\\\" requires exactly 1 argument(s)")) << count.err;
}

TEST_F(CallTest, ErrorsGoToStandardError) {
  Outcome outcome = Tare({"--root", directory_, "state", "nosuch"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "");
  EXPECT_TRUE(absl::StartsWith(outcome.err, "time=\""));
  EXPECT_TRUE(absl::StrContains(outcome.err, "\" level=error msg=\"container does not exist: "));
}

TEST_F(CallTest, ErrorsGoToTheLogAndPlainlyToStandardError) {
  std::string log = directory_ + "/log.json";
  Outcome outcome = Tare({"--root", directory_, "--log", log, "--log-format", "json", "state", "nosuch"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "container does not exist: \"nosuch\" not found in " + directory_ + "\n");
  StatusOr<std::string> lines = kernel::ReadFile(log);
  ASSERT_TRUE(lines.ok());
  EXPECT_TRUE(absl::StartsWith(
      *lines, "{\"level\":\"error\",\"msg\":\"container does not exist: \\\"nosuch\\\" not found"));
}

TEST_F(CallTest, StandardErrorAsTheLogIsToldOnce) {
  Outcome outcome = Tare({"--root", directory_, "--log", "/dev/stderr", "state", "nosuch"});
  EXPECT_TRUE(absl::StartsWith(outcome.err, "time=\""));
  EXPECT_TRUE(absl::StrContains(outcome.err, " level=error msg=\"container does not exist: "));
}

TEST_F(CallTest, ExecFailsWith255) {
  Outcome outcome = Tare({"--root", directory_, "exec", "nosuch", "true"});
  EXPECT_EQ(outcome.code, 255);
  EXPECT_TRUE(absl::StrContains(outcome.err, "exec failed: container does not exist"));
  // The exit status of a usage error is different.
  EXPECT_EQ(Tare({"exec", "--nosuch"}).code, 1);
  EXPECT_EQ(Tare({"exec"}).code, 1);
}

TEST_F(CallTest, SeveralContainersAndOneErrorEach) {
  for (const char* command : {"delete", "pause", "resume", "stop", "wait"}) {
    const Outcome outcome = Tare({"--root", directory_, command, "one", "two"});
    EXPECT_EQ(outcome.code, 1) << command;
    EXPECT_TRUE(absl::StrContains(outcome.err, "msg=\"one: container ")) << outcome.err;
    EXPECT_TRUE(absl::StrContains(outcome.err, "msg=\"two: container ")) << outcome.err;
  }
  const Outcome kill = Tare({"--root", directory_, "kill", "--signal", "KILL", "one", "two"});
  EXPECT_EQ(kill.code, 1);
  EXPECT_TRUE(absl::StrContains(kill.err, "msg=\"two: container ")) << kill.err;
  // Two operands are an ID and a signal, as they have always been.
  EXPECT_TRUE(absl::StrContains(Tare({"--root", directory_, "kill", "one", "two"}).err, "unknown signal"));
}

TEST_F(CallTest, VersionInWordsAndAsJson) {
  EXPECT_EQ(Tare({"version"}).out, Tare({"--version"}).out);
  const Outcome json = Tare({"version", "--format", "json"});
  EXPECT_EQ(json.code, 0);
  EXPECT_TRUE(absl::StartsWith(json.out, "{\"version\":\"")) << json.out;
  EXPECT_EQ(Tare({"version", "--format", "xml"}).code, 1);
}

TEST_F(CallTest, SpecWritesAFileAndOverwritesNone) {
  EXPECT_EQ(Tare({"spec", "--bundle", directory_}).code, 0);
  StatusOr<std::string> written = kernel::ReadFile(directory_ + "/config.json");
  ASSERT_TRUE(written.ok());
  EXPECT_TRUE(absl::StartsWith(*written, "{\n"));
  EXPECT_TRUE(absl::EndsWith(*written, "\n}\n"));
  Outcome again = Tare({"spec", "--rootless", "--bundle", directory_});
  EXPECT_EQ(again.code, 1);
  EXPECT_TRUE(absl::StrContains(again.err, "exists. Remove it first"));
  EXPECT_EQ(*kernel::ReadFile(directory_ + "/config.json"), *written);
}

TEST_F(CallTest, AFullDiskIsAnError) {
  kernel::Fd full = kernel::Open("/dev/full", O_WRONLY).value();
  for (const char* word : {"features", "--version", "--help"}) {
    kernel::Fd err(memfd_create("err", MFD_CLOEXEC));
    EXPECT_EQ(CodeOf({word}, full, err), 1) << word;
    EXPECT_TRUE(absl::StrContains(Contents(err), "no space left on device")) << word;
  }
}

}  // namespace
}  // namespace tare::cli
