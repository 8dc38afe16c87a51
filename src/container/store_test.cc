#include "container/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "container/gate.h"
#include "door/perform.h"
#include "kernel/process.h"

namespace tare::container {
namespace {

// As init: waits at the gate.
bool IsLetThrough(int go) {
  int ends[2];
  bool started = false;
  return pipe(ends) == 0 && !door::AwaitStart({.channel = ends[1], .sends_ready = true, .go = go}, started) &&
         started;
}

class StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/tare-store.XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::string root_;
};

TEST(CheckId, Table) {
  for (const char* id : {"a", "A-b_c+d.e", "0", "x.", ".x"}) EXPECT_TRUE(CheckId(id).ok()) << id;
  for (const char* id : {"", ".", "..", ".seccomp", ".supervise", "a/b", "../x", "a b", "a\n", "\xc3\xa4"})
    EXPECT_FALSE(CheckId(id).ok()) << id;
}

TEST_F(StoreTest, AnIdIsClaimedOnce) {
  ASSERT_TRUE(Directory::Claim(root_, "web").ok());
  StatusOr<Directory> again = Directory::Claim(root_, "web");
  EXPECT_EQ(again.status().message(), "container with given ID already exists");
}

TEST_F(StoreTest, TheRootIsMadeWhenMissing) {
  EXPECT_TRUE(Directory::Claim(root_ + "/deep/below", "web").ok());
}

TEST_F(StoreTest, WhatIsNotThereDoesNotExist) {
  EXPECT_EQ(Directory::Open(root_, "web").status().message(),
            "container does not exist: \"web\" not found in " + root_);
  EXPECT_EQ(ErrnoOf(ListIds(root_ + "/none").status()), ENOENT);
}

TEST_F(StoreTest, ARecordIsCreatingUntilPromoted) {
  StatusOr<Directory> directory = Directory::Claim(root_, "web");
  ASSERT_TRUE(directory.ok());
  ASSERT_TRUE(directory->SaveCreating({.id = "web", .bundle = "/b", .rootfs = "/b/r", .init_pid = 7}).ok());
  EXPECT_TRUE(directory->creating().value());
  EXPECT_EQ(directory->Load()->init_pid, 7);
  ASSERT_TRUE(directory->Promote().ok());
  EXPECT_FALSE(directory->creating().value());
  EXPECT_EQ(directory->Load()->bundle, "/b");
}

TEST_F(StoreTest, RemoveTakesEverythingAndMayBeRepeated) {
  StatusOr<Directory> directory = Directory::Claim(root_, "web");
  ASSERT_TRUE(directory->SaveConfig("{}").ok());
  EXPECT_TRUE(directory->Remove().ok());
  EXPECT_TRUE(directory->Remove().ok());
  EXPECT_TRUE(ListIds(root_)->empty());
}

TEST_F(StoreTest, TheGateTellsWhyInitFailed) {
  StatusOr<Directory> directory = Directory::Claim(root_, "web");
  StatusOr<Gate> gate = BuildGate(*directory);
  ASSERT_TRUE(gate.ok());
  EXPECT_TRUE(GateStands(*directory).value());
  StatusOr<kernel::Child> init = kernel::Spawn({}, [&] {
    if (IsLetThrough(gate->go.get())) TellStarter(gate->answers.get(), InvalidError("no program"));
    return 0;
  });
  ASSERT_TRUE(init.ok());
  *gate = Gate{};
  EXPECT_EQ(OpenGate(*directory).message(), "no program");
  EXPECT_FALSE(GateStands(*directory).value());
  EXPECT_TRUE(kernel::Wait(*init).ok());
}

TEST_F(StoreTest, TheGateOpensWhenInitLetsGo) {
  StatusOr<Directory> directory = Directory::Claim(root_, "web");
  StatusOr<Gate> gate = BuildGate(*directory);
  StatusOr<kernel::Child> init = kernel::Spawn({}, [&] { return IsLetThrough(gate->go.get()) ? 0 : 1; });
  *gate = Gate{};
  EXPECT_TRUE(OpenGate(*directory).ok());
  EXPECT_EQ(kernel::ExitCode(*kernel::Wait(*init)), 0);
  EXPECT_EQ(OpenGate(*directory).message(), "the container's init process is not waiting to be started");
}

TEST_F(StoreTest, OneOfTwoOpensTheGate) {
  StatusOr<Directory> directory = Directory::Claim(root_, "web");
  StatusOr<Gate> gate = BuildGate(*directory);
  StatusOr<kernel::Child> init = kernel::Spawn({}, [&] { return IsLetThrough(gate->go.get()) ? 0 : 1; });
  *gate = Gate{};
  StatusOr<kernel::Child> other = kernel::Spawn({}, [&] { return OpenGate(*directory).ok() ? 0 : 1; });
  const int here = OpenGate(*directory).ok() ? 0 : 1;
  EXPECT_EQ(here + kernel::ExitCode(*kernel::Wait(*other)), 1);
  EXPECT_EQ(kernel::ExitCode(*kernel::Wait(*init)), 0);
}

TEST_F(StoreTest, NobodyWaitsAtTheGateOfAnInitThatDied) {
  StatusOr<Directory> directory = Directory::Claim(root_, "web");
  EXPECT_TRUE(BuildGate(*directory).ok());  // closed at once
  EXPECT_EQ(OpenGate(*directory).message(), "the container's init process is not waiting to be started");
}

}  // namespace
}  // namespace tare::container
