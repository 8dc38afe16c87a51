// Real programs: plugins that are shell scripts in a temporary directory. They need root, because the
// namespace is pinned by a mount.
#include "hooks/cni/attach.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "hooks/cni/record_directory.h"
#include "kernel/in_copy.h"
#include "kernel/process.h"

namespace tare::cni {
namespace {

namespace fs = std::filesystem;

constexpr char kVersions[] = R"(echo '{"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]}')";
constexpr char kResult[] =
    R"(echo '{"cniVersion":"1.0.0","interfaces":[{"name":"br0","mac":"0a:00:00:00:00:01"},)"
    R"({"name":"eth0","mac":"0a:00:00:00:00:02","sandbox":"/x"}],)"
    R"("ips":[{"address":"10.1.2.3/24","gateway":"10.1.2.1","interface":1}],)"
    R"("routes":[{"dst":"0.0.0.0/0"}],"dns":{"nameservers":["10.1.2.1"]}}')";

class Networks : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to mount the network namespace";
    char name[] = "/tmp/tare-cni-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    for (const char* part : {"net.d", "bin"}) fs::create_directory(Path(part));
    // A process with a network namespace of its own.
    StatusOr<kernel::Child> init = kernel::Spawn({.flags = CLONE_NEWNET}, [] {
      for (;;) pause();
      return 0;
    });
    ASSERT_TRUE(init.ok()) << init.status();
    init_.emplace(*std::move(init));
    places_ = {.configs = Path("net.d"), .plugins = {Path("bin")}, .records = Path("records")};
  }
  void TearDown() override {
    if (directory_.empty()) return;
    for (const auto& entry : fs::recursive_directory_iterator(directory_))
      if (entry.path().filename() == "netns") umount2(entry.path().c_str(), MNT_DETACH);
    fs::remove_all(directory_);
  }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }

  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // A plugin that logs its call and keeps its input, and then runs what is given for its command.
  void Plugin(const std::string& name, const std::string& add = kResult, const std::string& del = "",
              const std::string& version = kVersions) const {
    const std::string path = Path("bin/" + name);
    std::ofstream(path) << "#!/bin/sh\n"
                        << "cat > " << directory_ << "/" << name << ".$CNI_COMMAND\n"
                        << "[ $CNI_COMMAND = VERSION ] || echo $CNI_COMMAND " << name << " >> " << directory_
                        << "/log\n"
                        << "env > " << directory_ << "/" << name << ".env.$CNI_COMMAND\n"
                        << "case $CNI_COMMAND in\nVERSION) " << version << " ;;\nADD) " << add << " ;;\nDEL) "
                        << del << " ;;\nesac\n";
    fs::permissions(path, fs::perms::owner_all);
  }

  void List(const std::string& name, const std::vector<std::string>& plugins,
            const std::string& version = "1.0.0") const {
    std::ofstream(Path("net.d/" + name + ".conflist"))
        << R"({"cniVersion":")" << version << R"(","name":")" << name << R"(","plugins":[)"
        << absl::StrJoin(plugins, ",",
                         [](std::string* out, const std::string& plugin) {
                           absl::StrAppend(out,
                                           plugin[0] == '{' ? plugin : R"({"type":")" + plugin + R"("})");
                         })
        << "]}";
  }

  StatusOr<std::vector<Joined>> AttachTo(const Request& request) const {
    return Attach(places_, "/run/tare", "web", init_->get().pid, request);
  }
  StatusOr<std::vector<Joined>> AttachTo(const std::string& network) const {
    return AttachTo(Request{.attachments = {{.network = network}}});
  }
  Status DetachIt() const { return Detach(places_, "/run/tare", "web"); }
  std::string Log() const { return Read("log"); }
  bool NothingRecorded() const { return !fs::exists(Path("records/run-tare")); }

  std::string directory_;
  std::optional<kernel::ChildGuard> init_;
  Places places_;
};

TEST_F(Networks, AnAttachedContainerHasWhatTheLastResultSays) {
  Plugin("one");
  Plugin("two", "cat " + Path("two.ADD") + R"( | sed 's/.*"prevResult"://; s/}$//')");
  List("net", {"one", "two"});
  const auto joined = AttachTo("net");
  ASSERT_TRUE(joined.ok()) << joined.status();
  ASSERT_EQ(joined->size(), 1U);
  EXPECT_EQ((*joined)[0], (Joined{.network = "net",
                                  .interface = "eth0",
                                  .mac = "0a:00:00:00:00:02",
                                  .addresses = {"10.1.2.3/24"},
                                  .gateways = {"10.1.2.1"},
                                  .routes = {{"0.0.0.0/0", ""}},
                                  .dns = {.nameservers = {"10.1.2.1"}}}));
  EXPECT_TRUE(DetachIt().ok());
  EXPECT_EQ(Log(), "ADD one\nADD two\nDEL two\nDEL one\n");
  EXPECT_TRUE(NothingRecorded());
}

TEST_F(Networks, PluginsGetTheVariablesOfTheProtocol) {
  Plugin("one");
  List("net", {"one"});
  setenv("CNI_ARGS", "of an outer call", 1);
  ASSERT_TRUE(AttachTo(Request{.attachments = {{.network = "net", .ips = {"10.1.2.3"}}}}).ok());
  unsetenv("CNI_ARGS");
  const std::string env = "\n" + Read("one.env.ADD");
  EXPECT_TRUE(absl::StrContains(env, "\nCNI_COMMAND=ADD\n")) << env;
  EXPECT_TRUE(absl::StrContains(env, "\nCNI_IFNAME=eth0\n"));
  EXPECT_TRUE(absl::StrContains(env, "\nCNI_PATH=" + Path("bin") + "\n"));
  EXPECT_TRUE(absl::StrContains(env, "\nCNI_NETNS=" + Path("records/run-tare/web/netns") + "\n"));
  EXPECT_TRUE(absl::StrContains(env, "\nCNI_CONTAINERID=" + ContainerId("/run/tare", "web") + "\n"));
  EXPECT_TRUE(absl::StrContains(env, "\nCNI_ARGS=IgnoreUnknown=1;IP=10.1.2.3\n"));
  ASSERT_TRUE(DetachIt().ok());
  EXPECT_TRUE(absl::StrContains(Read("one.env.DEL"), "CNI_NETNS=" + Path("records/run-tare/web/netns")));
}

TEST_F(Networks, APluginIsAskedForItsVersionsOnce) {
  Plugin("one");
  List("net", {"one"});
  const auto asked = [&] {
    fs::remove(Path("one.VERSION"));
    EXPECT_TRUE(AttachTo("net").ok());
    EXPECT_TRUE(DetachIt().ok());
    return fs::exists(Path("one.VERSION"));
  };
  EXPECT_TRUE(asked());
  EXPECT_FALSE(asked());
  Plugin("one", kResult, "true");  // another program
  EXPECT_TRUE(asked());
  EXPECT_FALSE(asked());
}

TEST_F(Networks, DelHasTheCachedResultAndTheListOfAdd) {
  Plugin("one");
  List("net", {"one"});
  ASSERT_TRUE(AttachTo("net").ok());
  fs::remove(Path("net.d/net.conflist"));
  ASSERT_TRUE(DetachIt().ok());
  EXPECT_TRUE(absl::StrContains(Read("one.DEL"), R"("prevResult":{"cniVersion":"1.0.0","interfaces":)"));
}

TEST_F(Networks, AFailedAddIsUndoneInReverseOrder) {
  Plugin("one");
  Plugin("two");
  Plugin("bad", R"(echo '{"cniVersion":"1.0.0","code":7,"msg":"no subnet","details":"given"}'; exit 1)");
  Plugin("never");
  List("first", {"one", "two"});
  List("second", {"two", "bad", "never"});
  const auto joined = AttachTo(Request{.attachments = {{.network = "first"}, {.network = "second"}}});
  EXPECT_EQ(joined.status().message(),
            "network \"second\": CNI plugin \"bad\", ADD: no subnet; given (code 7: invalid network "
            "configuration)");
  EXPECT_EQ(Log(), "ADD one\nADD two\nADD two\nADD bad\nDEL bad\nDEL two\nDEL two\nDEL one\n");
  EXPECT_TRUE(NothingRecorded());
}

TEST_F(Networks, WhatIsAboutToBeDoneIsRecordedFirst) {
  Plugin("one",
         absl::StrCat("cp ", Path("records/run-tare/web/record.json"), " ", Path("seen"), "; ", kResult));
  List("net", {"one"});
  ASSERT_TRUE(AttachTo("net").ok());
  const StatusOr<Record> seen = ParseRecord(Read("seen"), "seen");
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_EQ(seen->id, "web");
  EXPECT_EQ(seen->pid, init_->get().pid);
  ASSERT_EQ(seen->attachments.size(), 1U);
  EXPECT_EQ(seen->attachments[0].begun, 1U);
  EXPECT_EQ(seen->attachments[0].result, "");
  const auto record = Load(places_, "/run/tare", "web");
  ASSERT_TRUE(record.ok() && record->has_value());
  EXPECT_EQ(JoinedOf(**record)->at(0).addresses, std::vector<std::string>{"10.1.2.3/24"});
}

TEST_F(Networks, WhatAKilledCreatorHasBegunIsReleased) {
  Plugin("one");
  Plugin("two", "kill -9 $PPID");
  Plugin("never");
  List("net", {"one", "two", "never"});
  const Status killed = kernel::InCopy(0, "creator", [&] { return AttachTo("net").status(); });
  EXPECT_EQ(killed.code(), absl::StatusCode::kAborted) << killed;
  ASSERT_TRUE(DetachIt().ok());
  EXPECT_EQ(Log(), "ADD one\nADD two\nDEL two\nDEL one\n");
  EXPECT_TRUE(absl::StrContains(Read("one.DEL"), "10.1.2.3/24"));  // the result of the first plugin
  EXPECT_TRUE(NothingRecorded());
}

TEST_F(Networks, APluginThatHangsIsKilledWithItsChildren) {
  Plugin("slow", "echo waiting >&2; sleep 60 & echo $! > " + Path("child") + "; wait");
  List("net", {"slow"});
  places_.deadline = absl::Seconds(1);
  const auto joined = AttachTo("net");
  EXPECT_EQ(joined.status().message(),
            "network \"net\": CNI plugin \"slow\", ADD: it did not end within 1s and was killed (stderr: "
            "waiting)");
  EXPECT_EQ(Log(), "ADD slow\nDEL slow\n");
  std::string child = Read("child");
  child.pop_back();
  bool gone = false;
  for (int i = 0; i < 100 && !gone; ++i) {
    std::ifstream stat("/proc/" + child + "/stat");
    std::string text{std::istreambuf_iterator<char>(stat), {}};
    gone = text.empty() || absl::StrContains(text, ") Z ") || absl::StrContains(text, ") X ");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_TRUE(gone);
}

struct BadPlugin {
  const char* add;
  const char* error;  // after "network "net": CNI plugin "bad", ADD: "
};

class BadPlugins : public Networks, public testing::WithParamInterface<BadPlugin> {};

TEST_P(BadPlugins, AreErrorsAndAreUndone) {
  Plugin("bad", GetParam().add);
  List("net", {"bad"});
  const auto joined = AttachTo("net");
  const std::string message(joined.status().message());
  EXPECT_TRUE(
      absl::StartsWith(message, absl::StrCat("network \"net\": CNI plugin \"bad\", ADD: ", GetParam().error)))
      << message;
  EXPECT_LT(message.size(), 6000U);
  EXPECT_EQ(Log(), "ADD bad\nDEL bad\n");
  EXPECT_TRUE(NothingRecorded());
}

INSTANTIATE_TEST_SUITE_P(
    All, BadPlugins,
    testing::Values(BadPlugin{"echo garbage", "its result: line 1, column 1: "},
                    BadPlugin{"true", "its result: "},
                    BadPlugin{"echo '[]'", "its result: must be a JSON object"},
                    BadPlugin{"echo garbage; echo why >&2; exit 3", "exit status 3: garbage (stderr: why)"},
                    BadPlugin{"exit 4", "exit status 4"},
                    BadPlugin{R"(echo '{"code":100,"msg":"its own"}')", "its own (code 100)"},
                    BadPlugin{R"(echo '{"code":11}'; exit 1)", "(code 11: try again later)"},
                    BadPlugin{"kill -SEGV $$", "killed by signal 11 (SIGSEGV)"},
                    BadPlugin{"head -c 3000000 /dev/zero; sleep 60",
                              "it printed more than 1048576 bytes and was killed"},
                    BadPlugin{R"(echo '{"ips":[{"address":"10.1.2.3"}]}')",
                              "its result: /ips/0/address: must be an address like \"10.1.2.3/24\""},
                    BadPlugin{R"(echo '{"ips":[{"address":"10.1.2.3/24","interface":3}]}')",
                              "its result: /ips: there is no interface 3"}));

TEST_F(Networks, AMissingPluginIsAnErrorThatSaysWhereItWasSearchedFor) {
  Plugin("one");
  List("net", {"one", "nonesuch"});
  const auto joined = AttachTo("net");
  EXPECT_EQ(joined.status().message(),
            absl::StrCat("network \"net\": CNI plugin \"nonesuch\" not found in ", Path("bin"),
                         "; Debian's package containernetworking-plugins has the usual ones"));
  EXPECT_EQ(Log(), "");
}

TEST_F(Networks, APluginThatIsNotExecutableIsAnErrorThatNamesIt) {
  Plugin("one");
  fs::permissions(Path("bin/one"), fs::perms::owner_read);
  List("net", {"one"});
  EXPECT_EQ(AttachTo("net").status().message(),
            absl::StrCat("network \"net\": CNI plugin \"one\": ", Path("bin/one"), " is not executable"));
}

TEST_F(Networks, AVersionThatAPluginDoesNotSupportIsAnErrorBeforeAnyAdd) {
  Plugin("one");
  Plugin("old", kResult, "", R"(echo '{"cniVersion":"0.3.1","supportedVersions":["0.3.0","0.3.1"]}')");
  List("net", {"one", "old"});
  EXPECT_EQ(AttachTo("net").status().message(),
            absl::StrCat("network \"net\": ", Path("net.d/net.conflist"),
                         ": cniVersion 1.0.0: the plugin \"old\" supports 0.3.0, 0.3.1"));
  EXPECT_EQ(Log(), "");
  EXPECT_TRUE(NothingRecorded());
}

TEST_F(Networks, CapabilitiesThatNoPluginDeclaresAreErrors) {
  Plugin("one");
  List("net", {"one"});
  const auto ports = AttachTo(
      Request{.attachments = {{.network = "net"}}, .ports = {{.host_port = 8080, .container_port = 80}}});
  EXPECT_EQ(ports.status().message(),
            absl::StrCat("network \"net\": no plugin of ", Path("net.d/net.conflist"),
                         " can publish ports (capability portMappings)"));
  const auto bandwidth =
      AttachTo(Request{.attachments = {{.network = "net"}}, .bandwidth = {.ingress_rate = 1}});
  EXPECT_TRUE(absl::StrContains(bandwidth.status().message(), "can limit bandwidth (capability bandwidth)"));
  EXPECT_EQ(Log(), "");
}

TEST_F(Networks, OnlyPluginsThatDeclareACapabilityAreGivenIt) {
  Plugin("one");
  Plugin("ports");
  List("net", {"one", R"({"type":"ports","capabilities":{"portMappings":true,"bandwidth":false}})"});
  const auto joined = AttachTo(
      Request{.attachments = {{.network = "net"}}, .ports = {{.host_port = 8080, .container_port = 80}}});
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_FALSE(absl::StrContains(Read("one.ADD"), "runtimeConfig"));
  EXPECT_TRUE(absl::StrContains(
      Read("ports.ADD"),
      R"("runtimeConfig":{"portMappings":[{"hostPort":8080,"containerPort":80,"protocol":"tcp"}]})"))
      << Read("ports.ADD");
  ASSERT_TRUE(DetachIt().ok());
  EXPECT_TRUE(absl::StrContains(Read("ports.DEL"), "8080"));
}

TEST_F(Networks, AnAddressThatWasNotGrantedIsAnErrorAndIsUndone) {
  Plugin("one");
  List("net", {"one"});
  const auto ip = AttachTo(Request{.attachments = {{.network = "net", .ips = {"10.1.2.4"}}}});
  EXPECT_EQ(ip.status().message(), "network \"net\" did not give the requested address 10.1.2.4");
  const auto mac = AttachTo(Request{.attachments = {{.network = "net", .mac = "0a:00:00:00:00:09"}}});
  EXPECT_EQ(mac.status().message(),
            "network \"net\" gave the MAC address 0a:00:00:00:00:02 and not the requested 0a:00:00:00:00:09");
  EXPECT_EQ(Log(), "ADD one\nDEL one\nADD one\nDEL one\n");
}

TEST_F(Networks, AFailedDelIsReportedAndTheRestIsReleased) {
  Plugin("one");
  Plugin("stuck", kResult, "[ -e " + Path("free") + " ] || exit 1");
  List("first", {"one"});
  List("second", {"stuck"});
  ASSERT_TRUE(AttachTo(Request{.attachments = {{.network = "first"}, {.network = "second"}}}).ok());
  EXPECT_EQ(DetachIt().message(), "network \"second\": CNI plugin \"stuck\", DEL: exit status 1");
  EXPECT_EQ(Log(), "ADD one\nADD stuck\nDEL stuck\nDEL one\n");
  const auto record = Load(places_, "/run/tare", "web");
  ASSERT_TRUE(record.ok() && record->has_value());
  ASSERT_EQ((*record)->attachments.size(), 1U);
  EXPECT_EQ((*record)->attachments[0].network, "second");
  std::ofstream(Path("free"));
  EXPECT_TRUE(DetachIt().ok());
  EXPECT_TRUE(NothingRecorded());
}

TEST_F(Networks, AContainerWithTheNamespaceOfTheHostIsNotAttached) {
  Plugin("one");
  List("net", {"one"});
  const auto joined = Attach(places_, "/run/tare", "web", getpid(), {.attachments = {{.network = "net"}}});
  EXPECT_TRUE(absl::StrContains(joined.status().message(), "no network namespace of its own"));
  EXPECT_EQ(Log(), "");
}

TEST_F(Networks, DetachingWhatIsNotAttachedIsNoError) {
  EXPECT_TRUE(DetachIt().ok());
  Plugin("one");
  List("net", {"one"});
  ASSERT_TRUE(AttachTo("net").ok());
  EXPECT_TRUE(DetachIt().ok());
  EXPECT_TRUE(DetachIt().ok());
  EXPECT_EQ(Log(), "ADD one\nDEL one\n");
}

TEST_F(Networks, AContainerIsNotAttachedTwice) {
  Plugin("one");
  List("net", {"one"});
  ASSERT_TRUE(AttachTo("net").ok());
  EXPECT_EQ(AttachTo("net").status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Log(), "ADD one\n");
}

TEST_F(Networks, WhatAnotherBootHasLeftIsReleasedWithoutANamespace) {
  Plugin("one");
  List("net", {"one"});
  ASSERT_TRUE(AttachTo("net").ok());
  StatusOr<Record> record = ParseRecord(Read("records/run-tare/web/record.json"), "record");
  ASSERT_TRUE(record.ok());
  record->boot = "another";
  std::ofstream(Path("records/run-tare/web/record.json")) << RecordJson(*record);
  ASSERT_EQ(umount2(Path("records/run-tare/web/netns").c_str(), MNT_DETACH), 0);
  ASSERT_TRUE(AttachTo("net").ok());
  EXPECT_EQ(Log(), "ADD one\nDEL one\nADD one\n");
  EXPECT_FALSE(absl::StrContains(Read("one.env.DEL"), "CNI_NETNS"));
}

TEST_F(Networks, CheckCallsEveryPluginInOrder) {
  Plugin("one");
  Plugin("two");
  List("net", {"one", "two"});
  EXPECT_EQ(Check(places_, "/run/tare", "web").code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(AttachTo("net").ok());
  EXPECT_TRUE(Check(places_, "/run/tare", "web").ok());
  EXPECT_EQ(Log(), "ADD one\nADD two\nCHECK one\nCHECK two\n");
}

TEST_F(Networks, OfTwoProcessesThatAttachOneContainerOnlyOneSucceeds) {
  Plugin("one", absl::StrCat("sleep 0.5; touch ", Path("added"), "; ", kResult));
  List("net", {"one"});
  // The other one waits until it is known whether there is something to refuse it for.
  enum { kAttached, kRefused, kRefusedTooEarly };
  const auto attach = [this] {
    if (AttachTo("net").ok()) return kAttached;
    return fs::exists(Path("added")) ? kRefused : kRefusedTooEarly;
  };
  // Not a thread: what is started for a plugin is a copy of the process, with the locks of its other threads.
  const pid_t other = fork();
  if (other == 0) _exit(attach());
  const int mine = attach();
  int status = 0;
  ASSERT_EQ(waitpid(other, &status, 0), other);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ((std::set<int>{mine, WEXITSTATUS(status)}), (std::set<int>{kAttached, kRefused}));
  EXPECT_EQ(Log(), "ADD one\n");
}

}  // namespace
}  // namespace tare::cni
