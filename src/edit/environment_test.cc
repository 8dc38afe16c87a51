#include "edit/environment.h"

#include <gtest/gtest.h>

#include <fstream>

namespace tare::edit {
namespace {

using Strings = std::vector<std::string>;

const Strings kCaller = {"HOME=/root", "LC_ALL=C", "LC_TIME=de=DE", "EMPTY="};

std::string FileWith(const std::string& text) {
  const std::string path = testing::TempDir() + "/environment";
  std::ofstream(path) << text;
  return path;
}

Strings Read(const Strings& files, const Strings& entries) {
  StatusOr<Strings> variables = ReadVariables(files, entries, kCaller);
  EXPECT_TRUE(variables.ok()) << variables.status();
  return variables.ok() ? *variables : Strings();
}

TEST(Variables, OfTheCommandLine) {
  EXPECT_EQ(Read({}, {"A=1", "B=", "C=x=y"}), (Strings{"A=1", "B=", "C=x=y"}));
  EXPECT_EQ(Read({}, {"HOME", "NONE", "EMPTY", ""}), (Strings{"HOME=/root", "EMPTY="}));
  EXPECT_EQ(Read({}, {"LC_*"}), (Strings{"LC_ALL=C", "LC_TIME=de=DE"}));
  EXPECT_EQ(Read({}, {"*"}), kCaller);
  EXPECT_EQ(Read({}, {"LC_*=x"}), Strings{"LC_*=x"});
}

TEST(Variables, OfAFileComeFirst) {
  const std::string file = FileWith("# comment\nA=1\n\n  B=x y  \r\nC=\"q\"\nHOME\nLC_*\nNONE");
  EXPECT_EQ(Read({file}, {"A=2"}),
            (Strings{"A=1", "B=x y  ", "C=\"q\"", "HOME=/root", "LC_ALL=C", "LC_TIME=de=DE", "A=2"}));
}

TEST(Variables, BadOnesAreErrorsWithTheFlag) {
  EXPECT_EQ(ReadVariables({}, {"=x"}, {}).status().message(), "--env: invalid environment variable: \"=x\"");
  const std::string file = FileWith("=x\n");
  EXPECT_EQ(ReadVariables({file}, {}, {}).status().message(),
            "--env-file: " + file + ": invalid environment variable: \"=x\"");
  EXPECT_EQ(ReadVariables({"/none"}, {}, {}).status().message(),
            "--env-file: open(/none): no such file or directory");
}

TEST(Variables, ReplaceThoseOfTheConfig) {
  StatusOr<json::Editor> config =
      json::Editor::Parse(R"({"process":{"env":["A=1","B=2","A=3","AB=4"]}})", "config.json");
  ASSERT_TRUE(config.ok());
  SetVariables({"A=5", "C=6", "C=7"}, *config);
  EXPECT_EQ(config->Strings("/process/env"), (Strings{"B=2", "A=5", "AB=4", "C=7"}));
}

}  // namespace
}  // namespace tare::edit
