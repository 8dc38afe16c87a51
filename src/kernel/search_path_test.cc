#include "kernel/search_path.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace tare::kernel {
namespace {

class SearchPath : public testing::Test {
 protected:
  SearchPath() {
    std::string name = (std::filesystem::temp_directory_path() / "search.XXXXXX").string();
    top_ = mkdtemp(name.data());
    if (const char* path = std::getenv("PATH")) path_ = path;
    for (const char* directory : {"folders/tool", "data", "programs"})
      std::filesystem::create_directories(top_ / directory);
    for (const char* file : {"data/tool", "programs/tool"}) std::ofstream(top_ / file) << "#!/bin/sh\n";
    chmod((top_ / "programs/tool").c_str(), 0755);
  }
  ~SearchPath() override {
    setenv("PATH", path_.c_str(), 1);
    std::filesystem::remove_all(top_);
  }

  std::filesystem::path top_;
  std::string path_;
};

TEST_F(SearchPath, FindsTheFirstFileThatMayBeExecuted) {
  const std::string top = top_.string();
  setenv("PATH", absl::StrCat(top, "/folders:", top, "/data:", top, "/none:", top, "/programs").c_str(), 1);
  EXPECT_EQ(FindProgram("tool"), top + "/programs/tool");
  EXPECT_EQ(FindProgram("no-such-tool"), "");
}

TEST_F(SearchPath, TakesANameWithASlashAsItIs) {
  const std::string top = top_.string();
  EXPECT_EQ(FindProgram(top + "/programs/tool"), top + "/programs/tool");
  EXPECT_EQ(FindProgram(top + "/data/tool"), "");
  EXPECT_EQ(FindProgram(top + "/folders/tool"), "");
}

TEST_F(SearchPath, HasADefault) {
  unsetenv("PATH");
  EXPECT_EQ(FindProgram("sh"), "/bin/sh");
}

}  // namespace
}  // namespace tare::kernel
