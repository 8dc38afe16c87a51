#include "process/program.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "kernel/arguments.h"

namespace tare::process {
namespace {

namespace fs = std::filesystem;

Status ExecutionOf(const std::string& path) {
  const std::vector<std::string> args = {path};
  execve(path.c_str(), kernel::Pointers(args).data(), kernel::Pointers({}).data());
  return ExecutionError(errno, path, WhatIsMissing(path));
}

class ProgramTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tare-program.XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    top_ = name;
  }
  void TearDown() override { fs::remove_all(top_); }

  std::string Make(const std::string& name, const std::string& contents, mode_t mode) {
    const std::string path = top_ / name;
    std::ofstream(path) << contents;
    chmod(path.c_str(), mode);
    return path;
  }

  fs::path top_;
};

TEST_F(ProgramTest, IsFoundInPath) {
  Make("tool", "", 0755);
  const std::vector<std::string> env = {absl::StrCat("PATH=/nonesuch:", top_.string())};
  EXPECT_EQ(*FindProgram("tool", env), (top_ / "tool").string());
}

TEST_F(ProgramTest, WhatCannotBeExecutedHidesNothingFurtherInPath) {
  fs::create_directories(top_ / "directories/tool");
  fs::create_directories(top_ / "data");
  Make("data/tool", "", 0644);
  Make("tool", "", 0755);
  const std::string top = top_.string();
  EXPECT_EQ(*FindProgram("tool", {absl::StrCat("PATH=", top, "/directories:", top, "/data:", top)}),
            top + "/tool");
}

TEST_F(ProgramTest, FailuresAreInGosWords) {
  Make("data", "", 0644);
  const std::string data = top_ / "data";
  EXPECT_EQ(FindProgram("nope", {"PATH=/nonesuch"}).status().message(),
            "exec: \"nope\": executable file not found in $PATH");
  EXPECT_EQ(FindProgram("/nope", {}).status().message(),
            "exec: \"/nope\": stat /nope: no such file or directory");
  EXPECT_EQ(FindProgram(data, {}).status().message(),
            absl::StrCat("exec: \"", data, "\": permission denied"));
  EXPECT_EQ(FindProgram("/tmp", {}).status().message(), "exec: \"/tmp\": is a directory: permission denied");
}

TEST_F(ProgramTest, TheEnvironmentHasEachNameOnceAndHome) {
  const std::vector<std::string> env = CompleteEnvironment({"A=1", "B=2", "A=3"}, 4'000'000'000);
  EXPECT_EQ(env, (std::vector<std::string>{"B=2", "A=3", "HOME=/"}));
  EXPECT_EQ(CompleteEnvironment({"HOME=/x"}, 0), std::vector<std::string>{"HOME=/x"});
  EXPECT_EQ(CompleteEnvironment({}, 0), std::vector<std::string>{"HOME=/root"});
}

TEST_F(ProgramTest, AMissingInterpreterIsNamed) {
  const std::string script = Make("script", "#!/nonesuch/sh -e\n", 0755);
  EXPECT_EQ(
      ExecutionOf(script).message(),
      absl::StrCat("exec ", script, ": no such file or directory (its interpreter /nonesuch/sh is missing)"));
  const std::string dos = Make("dos", "#!/nonesuch/sh\r\n", 0755);
  EXPECT_NE(ExecutionOf(dos).message().find("DOS line endings"), absl::string_view::npos);
}

TEST_F(ProgramTest, AFileOfNoKnownFormatIsSaid) {
  const std::string junk = Make("junk", "\x01\x02\x03", 0755);
  EXPECT_EQ(ExecutionOf(junk).message(), absl::StrCat("exec ", junk, ": exec format error"));
}

}  // namespace
}  // namespace tare::process
