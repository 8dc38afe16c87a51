#include "edit/users.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_join.h"

namespace tare::edit {
namespace {

const UserDatabase kDatabase = {
    .passwd =
        "root:x:0:0::/root:/bin/sh\nweb:x:100:101::/srv:/bin/sh\nbroken:x\n7:x:8:9::/:\n"
        "big:x:4294967295:0::/:\nnum:x:200:0::/:\n",
    .group =
        "root:x:0:\nwww:x:101:\nextra:x:300:web,other\nmore:x:301:web\nshort:x:302\nbig:x:4294967295:web\n"};

struct UserCase {
  const char* text;
  const char* user;  // "UID:GID,ADDITIONAL..." or the error
};

// As Podman 4.3.1 writes them into config.json.
TEST(UserFlag, UsersOfPodman) {
  const std::vector<UserCase> cases = {
      {"web", "100:101 101,300,301"},
      {"100", "100:101 101,300,301"},
      {"web:0", "100:0 0"},
      {"100:7", "100:7 7"},
      {"web:more", "100:301 301"},
      {"web:short", "100:302 302"},
      {"555", "555:0 0"},
      {"root:www", "0:101 101"},
      {"200", "200:0 0"},
      {":5", "0:5 5"},
      {"web:", "100:101 101,300,301"},
      {"7", "8:9 9"},
      {"nouser", "unable to find user nouser: no matching entries in passwd file"},
      {"broken", "unable to find user broken: no matching entries in passwd file"},
      {"big", "unable to find user big: no matching entries in passwd file"},
      {"web:nogroup", "unable to find group nogroup: no matching entries in group file"},
      {"web:big", "unable to find group big: no matching entries in group file"},
      {"4294967295", "\"4294967295\" is not a user ID: use a number from 0 to 4294967294"},
      {"0:99999999999", "\"99999999999\" is not a group ID: use a number from 0 to 4294967294"},
      {" 5", "unable to find user  5: no matching entries in passwd file"},
      {"+5", "unable to find user +5: no matching entries in passwd file"},
      {"-1", "unable to find user -1: no matching entries in passwd file"},
  };
  for (const auto& [text, expected] : cases) {
    const StatusOr<User> user = FindUser(text, kDatabase);
    const std::string shown =
        user.ok() ? absl::StrCat(user->uid, ":", user->gid, " ", absl::StrJoin(user->additional_gids, ","))
                  : std::string(user.status().message());
    EXPECT_EQ(shown, expected) << text;
  }
}

// A bundle whose rootfs has these files, and a passwd outside of it.
class UserFiles : public testing::Test {
 protected:
  UserFiles() {
    std::filesystem::create_directories(bundle_ + "/rootfs/etc");
    Write("/rootfs/etc/passwd", "web:x:100:101::/:\n");
    Write("/rootfs/etc/group", "www:x:33:\n");
    Write("/outside", "web:x:666:666::/:\n");
  }
  ~UserFiles() override { std::filesystem::remove_all(bundle_); }

  void Write(const std::string& file, const std::string& text) { std::ofstream(bundle_ + file) << text; }

  void LinkPasswd(const std::string& target) {
    std::filesystem::remove(bundle_ + "/rootfs/etc/passwd");
    std::filesystem::create_symlink(target, bundle_ + "/rootfs/etc/passwd");
  }

  // process.user after the flags, or the error.
  std::string After(const std::string& user, const std::vector<std::string>& groups = {}) {
    StatusOr<json::Editor> config = json::Editor::Parse(
        R"({"root":{"path":"rootfs"},"process":{"user":{"uid":1,"umask":18,"additionalGids":[9]}}})", "c");
    EXPECT_TRUE(config.ok());
    if (Status set = SetUser(user, groups, bundle_, *config); !set.ok()) return std::string(set.message());
    const std::string text = config->Text();
    return text.substr(text.find("\"user\""));
  }

  std::string bundle_ = testing::TempDir() + "/users";
};

TEST_F(UserFiles, AreThoseOfTheRootfs) {
  EXPECT_EQ(After("web:www"), R"("user":{"uid":100,"umask":18,"additionalGids":[33],"gid":33}}})");
}

TEST_F(UserFiles, GroupsAreAdded) {
  EXPECT_EQ(After("", {"www", "7", "9"}), R"("user":{"uid":1,"umask":18,"additionalGids":[9,33,7]}}})");
  EXPECT_EQ(After("5", {"www"}), R"("user":{"uid":5,"umask":18,"additionalGids":[0,33],"gid":0}}})");
  EXPECT_EQ(After("", {"none"}), "--group-add: unable to find group none: no matching entries in group file");
}

TEST_F(UserFiles, LinksStayInTheRootfs) {
  LinkPasswd("../../outside");
  EXPECT_EQ(After("web"), "--user: unable to find user web: no matching entries in passwd file");
  LinkPasswd(bundle_ + "/outside");
  EXPECT_EQ(After("web"), "--user: unable to find user web: no matching entries in passwd file");
  LinkPasswd("/etc/other");
  Write("/rootfs/etc/other", "web:x:5:6::/:\n");
  EXPECT_EQ(After("web"), R"("user":{"uid":5,"umask":18,"additionalGids":[6],"gid":6}}})");
}

TEST_F(UserFiles, AFifoIsAnErrorAndIsNotWaitedFor) {
  std::filesystem::remove(bundle_ + "/rootfs/etc/passwd");
  ASSERT_EQ(mkfifo((bundle_ + "/rootfs/etc/passwd").c_str(), 0666), 0);
  EXPECT_EQ(After("web"), "--user: /etc/passwd in the root filesystem is not a regular file");
}

TEST_F(UserFiles, MayBeMissing) {
  std::filesystem::remove_all(bundle_ + "/rootfs/etc");
  EXPECT_EQ(After("5:6"), R"("user":{"uid":5,"umask":18,"additionalGids":[6],"gid":6}}})");
  EXPECT_EQ(After("web"), "--user: unable to find user web: no matching entries in passwd file");
}

}  // namespace
}  // namespace tare::edit
