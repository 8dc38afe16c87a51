#include "bundle/bundle.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "json/editor.h"
#include "spec/parse.h"

namespace tare::bundle {
namespace {

TEST(SplitTag, ADirectoryWithAColonInItsNameIsPreferred) {
  const std::string base = testing::TempDir() + "/split";
  std::filesystem::create_directories(base + "/layout");
  std::filesystem::create_directories(base + "/layout:odd");
  EXPECT_EQ(SplitTag(base + "/layout").value(), (ImageSource{base + "/layout", ""}));
  EXPECT_EQ(SplitTag(base + "/layout:v1").value(), (ImageSource{base + "/layout", "v1"}));
  EXPECT_EQ(SplitTag(base + "/layout:odd").value(), (ImageSource{base + "/layout:odd", ""}));
  EXPECT_EQ(SplitTag(base + "/layout:odd:v1").value(), (ImageSource{base + "/layout:odd", "v1"}));
  EXPECT_EQ(SplitTag(base + "/none:v1").status().message(), base + "/none:v1: there is no such directory");
  std::filesystem::remove_all(base);
}

std::string Index(const std::vector<std::string>& tags) {
  std::string manifests = "{}";  // without a tag
  for (const std::string& tag : tags)
    manifests += R"(,{"annotations":{"org.opencontainers.image.ref.name":")" + tag + "\"}}";
  return R"({"schemaVersion":2,"manifests":[)" + manifests + "]}";
}

std::string TagOf(const std::vector<std::string>& tags) {
  const StatusOr<std::string> tag = DefaultTag(Index(tags));
  return tag.ok() ? *tag : std::string(tag.status().message());
}

TEST(DefaultTag, IsTheOnlyOneOrLatest) {
  EXPECT_EQ(TagOf({"v1"}), "v1");
  EXPECT_EQ(TagOf({"v1", "v1"}), "v1");
  EXPECT_EQ(TagOf({"v1", "latest"}), "latest");
  EXPECT_EQ(TagOf({"v1", "v2"}), "there are several images: add one of the tags v1, v2, as in LAYOUT:v1");
  EXPECT_EQ(TagOf({}), "there is no image with a tag");
  EXPECT_EQ(DefaultTag("[]").status().message(), "index.json: must be a JSON object");
}

TEST(ConfigForRootfs, IsValid) {
  for (const Privileges privileges : {Privileges::kRoot, Privileges::kRootless}) {
    const StatusOr<std::string> text =
        ConfigForRootfs("/srv/root", {.privileges = privileges, .terminal = false});
    ASSERT_TRUE(text.ok());
    const StatusOr<spec::Config> config = spec::ParseConfig(*text, "config.json");
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(config->root.path, "/srv/root");
    EXPECT_FALSE(config->root.readonly);
    EXPECT_FALSE(config->process->terminal);
    EXPECT_EQ(config->hostname, "container");
  }
}

TEST(ConfigForImage, HasWhatIsDifferentHere) {
  const char* umocis = R"({"process":{"terminal":true,"args":["nginx"]},"hostname":"umoci-default",)"
                       R"("linux":{"namespaces":[{"type":"pid"}]}})";
  const StatusOr<std::string> text = ConfigForImage(umocis, {.cgroup = spec::CgroupNamespace::kNew});
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(json::Editor::Parse(*text, "").value().Text(),
            R"({"process":{"terminal":false,"args":["nginx"]},"hostname":"container",)"
            R"("linux":{"namespaces":[{"type":"pid"},{"type":"cgroup"}]}})");
}

}  // namespace
}  // namespace tare::bundle
