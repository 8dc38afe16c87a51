#include "spec/features.h"

#include "spec/fixture.h"
#include "spec/parse.h"
#include "spec/rules.h"

namespace tare::spec {
namespace {

nlohmann::json Features() {
  return nlohmann::json::parse(FeaturesDocument({.version = "0.1.0",
                                                 .commit = "abc",
                                                 .libseccomp_version = "2.5.4",
                                                 .mount_options = {"ro", "rro"},
                                                 .capabilities = {"CAP_CHOWN"},
                                                 .seccomp_flags = {"SECCOMP_FILTER_FLAG_LOG"}}));
}

TEST(Features, SayWhatTheBuildKnows) {
  const nlohmann::json features = Features();
  EXPECT_EQ(features["mountOptions"], nlohmann::json::array({"ro", "rro"}));
  EXPECT_EQ(features["linux"]["capabilities"], nlohmann::json::array({"CAP_CHOWN"}));
  EXPECT_EQ(features["linux"]["seccomp"]["supportedFlags"],
            nlohmann::json::array({"SECCOMP_FILTER_FLAG_LOG"}));
  EXPECT_EQ(features["annotations"]["org.opencontainers.tare.version"], "0.1.0");
  EXPECT_EQ(features["annotations"]["org.opencontainers.tare.commit"], "abc");
  EXPECT_EQ(features["annotations"]["io.github.seccomp.libseccomp.version"], "2.5.4");
  EXPECT_EQ(features["linux"]["mountExtensions"]["idmap"]["enabled"], true);
}

TEST(Features, ClaimNothingThatIsNotBuilt) {
  for (bool built : {false, true}) {
    const nlohmann::json platform = nlohmann::json::parse(FeaturesDocument({.intel_rdt = built}))["linux"];
    EXPECT_EQ(platform["intelRdt"]["enabled"], built);
  }
}

// features.md: a config with either version must be accepted.
TEST(Features, VersionsAreAccepted) {
  for (const char* key : {"ociVersionMin", "ociVersionMax"}) {
    const std::string config = SmallConfigWith("{\"ociVersion\": " + Features()[key].dump() + "}");
    EXPECT_EQ(ParseConfig(config, "config.json").status(), absl::OkStatus());
  }
}

// features-linux.md: every listed word must be recognised.
TEST(Features, ListedNamespacesAreRecognised) {
  const nlohmann::json types = Features()["linux"]["namespaces"];
  EXPECT_EQ(types.size(), 8u);
  for (const nlohmann::json& type : types) {
    const std::string patch = R"({"linux": {"namespaces": [{"type": )" + type.dump() + "}]}}";
    EXPECT_EQ(ParseConfig(SmallConfigWith(patch), "config.json").status(), absl::OkStatus());
  }
}

TEST(Features, ListedSeccompWordsAreRecognised) {
  const nlohmann::json seccomp = Features()["linux"]["seccomp"];
  auto expect_ok = [](const nlohmann::json& profile) {
    const std::string patch = nlohmann::json({{"linux", {{"seccomp", profile}}}}).dump();
    EXPECT_EQ(ParseConfig(SmallConfigWith(patch), "config.json").status(), absl::OkStatus());
  };
  for (const nlohmann::json& action : seccomp["actions"]) expect_ok({{"defaultAction", action}});
  for (const nlohmann::json& op : seccomp["operators"]) {
    nlohmann::json arg = {{"index", 0}, {"value", 0}, {"op", op}};
    nlohmann::json rule = {
        {"names", {"read"}}, {"action", "SCMP_ACT_LOG"}, {"args", nlohmann::json::array({arg})}};
    expect_ok({{"defaultAction", "SCMP_ACT_LOG"}, {"syscalls", nlohmann::json::array({rule})}});
  }
  expect_ok({{"defaultAction", "SCMP_ACT_LOG"},
             {"architectures", seccomp["archs"]},
             {"flags", seccomp["knownFlags"]}});
}

TEST(Features, ListedMemoryPoliciesAreRecognised) {
  const nlohmann::json policy = Features()["linux"]["memoryPolicy"];
  EXPECT_EQ(policy["modes"].size(), 7u);
  for (const nlohmann::json& mode : policy["modes"]) {
    const nlohmann::json patch = {
        {"linux", {{"memoryPolicy", {{"mode", mode}, {"flags", policy["flags"]}}}}}};
    EXPECT_EQ(ParseConfig(SmallConfigWith(patch.dump()), "config.json").status(), absl::OkStatus());
  }
}

TEST(Features, AnnotationsAreStringsWithKeys) {
  const nlohmann::json features = Features();
  for (const auto& [key, value] : features["annotations"].items()) {
    EXPECT_FALSE(key.empty());
    EXPECT_TRUE(value.is_string()) << key;
  }
}

TEST(DefaultConfig, ParsesAndBreaksNoRule) {
  for (const std::string& json : {DefaultConfigDocument(CgroupNamespace::kShared),
                                  RootlessConfigDocument(1000, 1001, CgroupNamespace::kNew)}) {
    StatusOr<Config> config = ParseConfig(json, "config.json");
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(Check(*config), absl::OkStatus());
    EXPECT_EQ(config->process->args, std::vector<std::string>{"sh"});
    EXPECT_EQ(config->mounts.size(), 7u);
  }
}

TEST(DefaultConfig, OneForTheBackgroundHasNoTerminalAndWaits) {
  for (const std::string& json :
       {DefaultConfigDocument(CgroupNamespace::kShared, Program::kWaits),
        RootlessConfigDocument(1000, 1001, CgroupNamespace::kNew, Program::kWaits)}) {
    StatusOr<Config> config = ParseConfig(json, "config.json");
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_FALSE(config->process->terminal);
    EXPECT_EQ(config->process->args.at(1), "-c");
  }
}

TEST(DefaultConfig, IsIndentedWithTabs) {
  EXPECT_EQ(DefaultConfigDocument(CgroupNamespace::kShared).substr(0, 29),
            "{\n\t\"ociVersion\": \"1.3.0\",\n\t\"p");
}

TEST(DefaultConfig, HasACgroupNamespaceIfWanted) {
  const auto has = [](CgroupNamespace cgroup) {
    StatusOr<Config> config = ParseConfig(DefaultConfigDocument(cgroup), "config.json");
    const std::vector<Namespace>& namespaces = config->platform.namespaces;
    return std::any_of(namespaces.begin(), namespaces.end(),
                       [](const Namespace& ns) { return ns.type == NamespaceType::kCgroup; });
  };
  EXPECT_TRUE(has(CgroupNamespace::kNew));
  EXPECT_FALSE(has(CgroupNamespace::kShared));
}

TEST(RootlessConfig, MapsTheUserAndDropsWhatAUserCannotHave) {
  StatusOr<Config> config =
      ParseConfig(RootlessConfigDocument(1000, 1001, CgroupNamespace::kNew), "config.json");
  ASSERT_TRUE(config.ok()) << config.status();
  const Linux& platform = config->platform;
  ASSERT_EQ(platform.uid_mappings.size(), 1u);
  EXPECT_EQ(platform.uid_mappings[0].host_id, 1000u);
  ASSERT_EQ(platform.gid_mappings.size(), 1u);
  EXPECT_EQ(platform.gid_mappings[0].host_id, 1001u);
  EXPECT_FALSE(platform.resources);
  for (const Namespace& ns : platform.namespaces) EXPECT_NE(ns.type, NamespaceType::kNetwork);
  EXPECT_EQ(platform.namespaces.back().type, NamespaceType::kUser);
  for (const Mount& mount : config->mounts) {
    EXPECT_NE(mount.type, "sysfs");
    for (const std::string& option : mount.options) EXPECT_NE(option, "gid=5");
  }
}

}  // namespace
}  // namespace tare::spec
