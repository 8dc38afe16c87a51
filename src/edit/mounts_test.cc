#include "edit/mounts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tare::edit {
namespace {

// "TYPE SOURCE DESTINATION OPTIONS", or the error without the flag and its value.
std::string Shown(const StatusOr<Mount>& mount) {
  if (!mount.ok()) return std::string(mount.status().message());
  return absl::StrCat(mount->type, " ", mount->source, " ", mount->destination, " ",
                      absl::StrJoin(mount->options, ","));
}

struct MountCase {
  const char* text;
  const char* mount;
};

// As Podman 4.3.1 writes them into config.json.
TEST(MountFlag, MountsOfPodman) {
  const std::vector<MountCase> cases = {
      {"type=bind,src=/tmp,dst=/x", "bind /tmp /x rw,rprivate,rbind"},
      {"type=bind,source=/tmp,target=/x,ro", "bind /tmp /x ro,rprivate,rbind"},
      {"type=bind,source=/tmp,destination=/x,readonly=true,bind-propagation=rshared",
       "bind /tmp /x ro,rshared,rbind"},
      {"src=/tmp,type=bind,dst=/x,rslave,noexec", "bind /tmp /x rslave,noexec,rw,rbind"},
      {"type=bind,src=/tmp,dst=/x,ro=false,exec=false", "bind /tmp /x rw,noexec,rprivate,rbind"},
      {"type=bind,src=/tmp,dst=/x,bind-nonrecursive", "bind /tmp /x bind,rw,rprivate"},
      {"type=bind,dst=/tmp", "bind /tmp /tmp rw,rprivate,rbind"},
      {"type=bind,src=/tmp,dst=/a/./b/../c//,consistency=cached", "bind /tmp /a/c rw,rprivate,rbind"},
      {"type=bind,\"src=/tmp\",\"dst=/a,\"\"b\"", "bind /tmp /a,\"b rw,rprivate,rbind"},
      {"type=tmpfs,dst=/x", "tmpfs tmpfs /x rw,rprivate,nosuid,nodev,tmpcopyup"},
      {"type=tmpfs,dst=/x,tmpfs-size=10m,tmpfs-mode=700,ro",
       "tmpfs tmpfs /x size=10m,mode=700,ro,rprivate,nosuid,nodev,tmpcopyup"},
      {"type=tmpfs,dst=/x,notmpcopyup,suid,dev", "tmpfs tmpfs /x suid,dev,rw,rprivate"},
      {"type=ramfs,dst=/x", "ramfs ramfs /x rw,rprivate,nosuid,nodev"},
      {"type=devpts,dst=/x,mode=620,gid=5", "devpts devpts /x mode=620,gid=5"},
  };
  for (const auto& [text, mount] : cases) EXPECT_EQ(Shown(ParseMount(text)), mount) << text;
}

TEST(MountFlag, ErrorsNameTheFlagAndItsValue) {
  const std::vector<MountCase> cases = {
      {"src=/tmp,dst=/x", "there is no type: begin with type=bind, type=tmpfs, or another one"},
      {"type=volume,src=v,dst=/x", "type=volume needs the storage of an engine: use type=bind"},
      {"type=nope,dst=/x", "invalid filesystem type \"nope\""},
      {"type=bind,src=/tmp", "there is no destination: add dst=PATH"},
      {"type=bind,src=/tmp,dst=x", "invalid container path \"x\", must be an absolute path"},
      {"type=bind,src=/tmp,dst=/a/..", "invalid container path \"/a/..\", must not be /"},
      {"type=bind,src=/none,dst=/x", "stat(/none): no such file or directory"},
      {"type=bind,src=,dst=/x", "src needs a value"},
      {"type=bind,src=/tmp,dst=/x,foo=1", "\"foo\": invalid mount option"},
      {"type=bind,src=/tmp,dst=/x,ro,rw", "\"rw\" contradicts or repeats another option"},
      {"type=bind,src=/tmp,dst=/x,shared,bind-propagation=slave",
       "\"slave\" contradicts or repeats another option"},
      {"type=bind,src=/tmp,dst=/x,bind-propagation=up", "invalid bind-propagation \"up\""},
      {"type=bind,src=/tmp,dst=/x,ro=maybe", "ro must be true or false, not \"maybe\""},
      {"type=bind,src=/tmp,dst=/x,rshared=true", "rshared takes no value"},
      {"type=bind,src=/tmp,dst=/x,tmpfs-size=1m", "\"tmpfs-size\": invalid mount option"},
      {"type=bind,src=/tmp,dst=/x,Z", "\"Z\" is not supported: files are not relabelled: use chcon(1)"},
      {"type=bind,src=/tmp,dst=/x,U=true",
       "\"U\" is not supported: the owner of files is not changed: use chown(1), or map IDs in config.json"},
      {"type=tmpfs,src=/tmp,dst=/x", "src is only for type=bind"},
      {"type=tmpfs,dst=/x,tmpfs-size", "tmpfs-size needs a value"},
      {"type=bind,\"src=/tmp,dst=/x", "a double quote is not closed"},
  };
  for (const auto& [text, error] : cases)
    EXPECT_EQ(Shown(ParseMount(text)), absl::StrCat("--mount: ", text, ": ", error));
}

TEST(VolumeFlag, MountsOfPodman) {
  const std::vector<MountCase> cases = {
      {"/tmp:/x", "bind /tmp /x rw,rprivate,rbind"},
      {"/tmp:/x:ro", "bind /tmp /x ro,rprivate,rbind"},
      {"/tmp:/x:rshared,noexec", "bind /tmp /x rshared,noexec,rw,rbind"},
  };
  for (const auto& [text, mount] : cases) EXPECT_EQ(Shown(ParseVolume(text)), mount) << text;
}

TEST(VolumeFlag, ErrorsNameTheFlagAndItsValue) {
  const std::vector<MountCase> cases = {
      {"/x", "use SOURCE:DESTINATION[:OPTIONS]"},
      {":/x", "use SOURCE:DESTINATION[:OPTIONS]"},
      {"/tmp:/x:ro:rw", "use SOURCE:DESTINATION[:OPTIONS]"},
      {"data:/x",
       "\"data\" is the name of a volume, which needs an engine: use a path that begins with / or ./"},
      {"/tmp:/x:foo", "\"foo\": invalid mount option"},
      {"/tmp:/x:z", "\"z\" is not supported: files are not relabelled: use chcon(1)"},
      {"/none:/x", "stat(/none): no such file or directory"},
      {"/tmp:", "there is no destination: add dst=PATH"},
  };
  for (const auto& [text, error] : cases)
    EXPECT_EQ(Shown(ParseVolume(text)), absl::StrCat("--volume: ", text, ": ", error));
}

TEST(MountFlag, ARelativeSourceIsTakenFromTheWorkingDirectory) {
  std::array<char, 4096> here{};
  ASSERT_NE(getcwd(here.data(), here.size()), nullptr);
  EXPECT_EQ(Shown(ParseMount("type=bind,src=.,dst=/x")),
            absl::StrCat("bind ", here.data(), "/. /x rw,rprivate,rbind"));
}

TEST(MountFlag, TwoMountsOfOneDestinationAreAnError) {
  EXPECT_EQ(ParseMounts({"type=tmpfs,dst=/x"}, {"/tmp:/x/"}).status().message(),
            "--volume: /x: duplicate mount destination");
}

json::Editor ConfigWith(const std::string& mounts) {
  StatusOr<json::Editor> config =
      json::Editor::Parse(absl::StrCat(R"({"mounts":[)", mounts, "]}"), "config.json");
  EXPECT_TRUE(config.ok()) << config.status();
  return *std::move(config);
}

TEST(SetMount, InPlaceOfTheOldOneOrBeforeThoseBelowIt) {
  struct Place {
    const char* destination;
    const char* after;
  };
  const std::vector<Place> places = {
      {"/dev", R"({"mounts":[{"destination":"/proc"},{"destination":"/dev","type":"t","source":"s"},)"
               R"({"destination":"/dev/pts"}]})"},
      {"/dev/pts", R"({"mounts":[{"destination":"/proc"},{"destination":"/dev"},)"
                   R"({"destination":"/dev/pts","type":"t","source":"s"}]})"},
      {"/x", R"({"mounts":[{"destination":"/proc"},{"destination":"/dev"},{"destination":"/dev/pts"},)"
             R"({"destination":"/x","type":"t","source":"s"}]})"},
  };
  for (const auto& [destination, after] : places) {
    json::Editor config =
        ConfigWith(R"({"destination":"/proc"},{"destination":"/dev"},{"destination":"/dev/pts"})");
    SetMount({.destination = destination, .type = "t", .source = "s"}, config);
    EXPECT_EQ(config.Text(), after);
  }
  json::Editor config = ConfigWith(R"({"destination":"/a/b"},{"destination":"/a/c"})");
  SetMount({.destination = "/a", .type = "t", .source = "s"}, config);
  EXPECT_EQ(config.String("/mounts/0/destination"), "/a");
}

TEST(AddWritableMounts, WhereTheConfigMountsNothing) {
  json::Editor config = ConfigWith(R"({"destination":"/tmp/","type":"bind"})");
  AddWritableMounts(config);
  EXPECT_EQ(config.Size("/mounts"), 3U);
  EXPECT_EQ(config.String("/mounts/1/destination"), "/run");
  EXPECT_EQ(config.String("/mounts/2/destination"), "/var/tmp");
  EXPECT_EQ(config.Strings("/mounts/1/options"),
            (std::vector<std::string>{"rw", "rprivate", "nosuid", "nodev", "tmpcopyup"}));
}

}  // namespace
}  // namespace tare::edit
