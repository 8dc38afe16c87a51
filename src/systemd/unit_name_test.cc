#include "systemd/unit_name.h"

#include <gtest/gtest.h>

namespace tare::systemd {
namespace {

TEST(UnitNameTest, TheParts) {
  const struct {
    const char* path;
    Unit unit;
  } table[] = {
      {"", {"system.slice", "tare-web.scope"}},
      {"machine.slice:libpod:abc", {"machine.slice", "libpod-abc.scope"}},
      {"user.slice::abc", {"user.slice", "-abc.scope"}},
      {":docker:abc", {"system.slice", "docker-abc.scope"}},
      {"::", {"system.slice", "-web.scope"}},
      {"a.slice:cri-containerd:abc", {"a.slice", "cri-containerd-abc.scope"}},
      {"-.slice:p:n", {"-.slice", "p-n.scope"}},
  };
  for (const auto& row : table) EXPECT_EQ(*UnitOf(row.path, "web", "system.slice"), row.unit) << row.path;
}

TEST(UnitNameTest, WhatIsNoUnit) {
  for (const char* path : {"a:b", "a:b:c:d", "/a/b", "noslice:p:n", "a/../b.slice:p:n", "s.slice:p:n.slice",
                           "s.slice:p q:n", "s--t.slice:p:n", ".slice:p:n", "s.slice:p:../n"})
    EXPECT_FALSE(UnitOf(path, "web", "system.slice").ok()) << path;
  EXPECT_FALSE(UnitOf(":p:" + std::string(250, 'n'), "web", "system.slice").ok());
}

TEST(SlicePathTest, DashesAreLevels) {
  EXPECT_EQ(*SlicePath("system.slice"), "system.slice");
  EXPECT_EQ(*SlicePath("kubepods-besteffort-pod1_2.slice"),
            "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod1_2.slice");
  EXPECT_EQ(*SlicePath("-.slice"), "");
  for (const char* bad : {"", ".slice", "a", "a-.slice", "-a.slice", "a/b.slice", "..slice/..", "a b.slice"})
    EXPECT_FALSE(SlicePath(bad).ok()) << bad;
}

}  // namespace
}  // namespace tare::systemd
