// What makes no system calls: texts and values, as tables.
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hooks/cni/address.h"
#include "hooks/cni/annotations.h"
#include "hooks/cni/call.h"
#include "hooks/cni/network_list.h"
#include "hooks/cni/places.h"
#include "hooks/cni/plan.h"
#include "hooks/cni/record.h"
#include "hooks/cni/result.h"
#include "hooks/cni/subnets.h"
#include "hooks/cni/versions.h"

namespace tare::cni {
namespace {

using Words = std::vector<std::string>;

TEST(CniPlaces, AreThoseOfTheEnvironment) {
  const std::map<std::string, std::string> env = {{"NETCONFPATH", "/n"},
                                                  {"CNI_PATH", "/a:/b"},
                                                  {"TARE_NETWORK_DIR", "/r"},
                                                  {"TARE_NETWORK_TIMEOUT", "7"}};
  const auto get = [&](const char* name) -> const char* {
    const auto found = env.find(name);
    return found == env.end() ? nullptr : found->second.c_str();
  };
  const StatusOr<Places> places = PlacesOf(get);
  ASSERT_TRUE(places.ok());
  EXPECT_EQ(places->configs, "/n");
  EXPECT_EQ(places->plugins, (Words{"/a", "/b"}));
  EXPECT_EQ(places->records, "/r");
  EXPECT_EQ(places->deadline, absl::Seconds(7));
  const StatusOr<Places> usual = PlacesOf([](const char*) -> const char* { return nullptr; });
  EXPECT_EQ(usual->plugins, (Words{"/opt/cni/bin", "/usr/lib/cni"}));
  for (const char* bad : {"0", "x", "-1", "86401", "1.5"})
    EXPECT_FALSE(PlacesOf([&](const char* name) -> const char* {
                   return name == absl::string_view("TARE_NETWORK_TIMEOUT") ? bad : nullptr;
                 }).ok());
}

TEST(CniPlaces, RootsAreEscapedAsSystemdEscapesPaths) {
  // With the output of `systemd-escape --path`.
  const std::map<std::string, std::string> escaped = {{"/run/tare", "run-tare"},
                                                      {"/", "-"},
                                                      {"//run//tare/", "run-tare"},
                                                      {"/a-b", "a\\x2db"},
                                                      {"/.hidden/.x", "\\x2ehidden-.x"},
                                                      {"/ü b", "\\xc3\\xbc\\x20b"},
                                                      {"/a_b:c", "a_b:c"}};
  for (const auto& [root, name] : escaped) EXPECT_EQ(EscapedRoot(root), name) << root;
  for (const char* root : {"/run/tare", "/", "/a-b", "/.hidden/.x", "/ü b"})
    EXPECT_EQ(UnescapedRoot(EscapedRoot(root)).value_or(""), root);
  for (const char* bad : {"\\x2", "\\y2d", "\\xzz"}) EXPECT_FALSE(UnescapedRoot(bad).ok()) << bad;
}

TEST(CniVersions, TheNewestThatAllSupport) {
  EXPECT_EQ(*Negotiate({"1.0.0"}, {{"a", {"0.4.0", "1.0.0"}}}), "1.0.0");
  EXPECT_EQ(*Negotiate({"0.4.0", "1.1.0", "1.0.0"}, {{"a", {"0.4.0", "1.0.0"}}, {"b", {"1.1.0", "1.0.0"}}}),
            "1.0.0");
  EXPECT_EQ(Negotiate({"1.1.0"}, {{"a", {"1.0.0"}}}).status().message(),
            "cniVersion 1.1.0: the plugin \"a\" supports 1.0.0");
  EXPECT_EQ(Negotiate({"2.0.0"}, {}).status().message(),
            "cniVersion 2.0.0: tare supports 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0");
  EXPECT_EQ(*ParseVersions(R"({"cniVersion":"1.0.0","supportedVersions":["0.4.0","1.0.0"]})"),
            (Words{"0.4.0", "1.0.0"}));
  for (const char* bad : {"", "x", "[]", "{}", R"({"supportedVersions":[1]})"})
    EXPECT_FALSE(ParseVersions(bad).ok()) << bad;
  EXPECT_TRUE(IsAtLeast("1.10.0", "1.9.0"));
  EXPECT_FALSE(IsAtLeast("0.4.0", "1.0.0"));
  EXPECT_FALSE(IsAtLeast("x", "0.0.0"));
}

TEST(CniLists, NamesAndPluginsAreChecked) {
  const std::map<std::string, std::string> errors = {
      {"[]", "f: must be a JSON object"},
      {"{}", "f: /name: must be a string, the network's name"},
      {R"({"name":"../x"})", "f: /name: invalid network name"},
      {R"({"name":"a"})", "f: /cniVersion: must be a string"},
      {R"({"name":"a","cniVersion":"1.0.0"})", "f: /type: must be a string"},
      {R"({"name":"a","cniVersion":"1.0.0","plugins":{}})", "f: /plugins: must be an array"},
      {R"({"name":"a","cniVersion":"1.0.0","plugins":[{"type":"a/b"}]})", "f: /plugins/0/type: "},
      {R"({"name":"a","cniVersion":"1.0.0","plugins":[{"type":"b"},{}]})", "f: /plugins/1/type: "}};
  for (const auto& [json, error] : errors) {
    const std::string message(ParseNetworkList(json, "f").status().message());
    EXPECT_TRUE(absl::StartsWith(message, error)) << json << ": " << message;
  }
}

TEST(CniLists, WhatAListSays) {
  const StatusOr<NetworkList> list = ParseNetworkList(
      R"({"name":"n","cniVersion":"1.0.0","cniVersions":["1.1.0","1.0.0"],"disableCheck":"true","disableGC":true,)"
      R"("plugins":[{"type":"a","capabilities":{"ips":true,"mac":false}},{"type":"b"}]})",
      "f");
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->versions, (Words{"1.0.0", "1.1.0"}));
  EXPECT_TRUE(list->disable_check);
  EXPECT_TRUE(list->disable_gc);
  EXPECT_TRUE(list->Declares("ips"));
  EXPECT_FALSE(list->Declares("mac"));
  EXPECT_EQ(ParseNetworkList(R"({"name":"n","cniVersion":"0.3.1","type":"ptp"})", "f")->plugins[0].type,
            "ptp");
}

TEST(CniInput, HasTheListsNameAndVersionAndOnlyDeclaredCapabilities) {
  const PluginConfig plugin{
      "p", R"({"type":"p","name":"own","prevResult":1,"runtimeConfig":{"x":1}})", {"portMappings"}};
  EXPECT_EQ(*PluginInput(plugin, {.network = "n", .version = "1.0.0"}),
            R"({"type":"p","name":"n","cniVersion":"1.0.0"})");
  EXPECT_EQ(*PluginInput(plugin, {.network = "n",
                                  .version = "1.0.0",
                                  .previous = R"({"ips":[]})",
                                  .runtime_config = R"({"portMappings":[],"ips":["10.0.0.1"]})"}),
            R"({"type":"p","name":"n","cniVersion":"1.0.0","prevResult":{"ips":[]},)"
            R"("runtimeConfig":{"portMappings":[]}})");
  EXPECT_EQ(*PluginInput(plugin, {.network = "n",
                                  .version = "1.1.0",
                                  .valid_attachments = R"([{"containerID":"c","ifname":"eth0"}])"}),
            R"({"type":"p","name":"n","cniVersion":"1.1.0",)"
            R"("cni.dev/valid-attachments":[{"containerID":"c","ifname":"eth0"}]})");
}

TEST(CniResult, OfOlderVersionsAndOfOtherInterfaces) {
  const StatusOr<Joined> joined = ParseResult(
      R"({"cniVersion":"0.4.0","interfaces":[{"name":"eth0","sandbox":"/n","mac":"a"},{"name":"eth0"},)"
      R"({"name":"net1","sandbox":"/n"}],"ips":[{"version":"4","interface":0,"address":"10.1.2.3/24"},)"
      R"({"version":"4","interface":2,"address":"10.9.0.1/24"},{"version":"6","address":"fd00::1/64"}],"dns":{}})",
      "n", "eth0");
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_EQ(joined->mac, "a");
  EXPECT_EQ(joined->addresses, (Words{"10.1.2.3/24", "fd00::1/64"}));
  for (const char* bad : {R"({"ips":[{"address":"10.1.2.3"}]})", R"({"ips":[{"address":"x/24"}]})",
                          R"({"ips":[{}]})", R"({"routes":[{"dst":"10.0.0.0"}]})", R"({"ips":3})",
                          R"({"ips":[{"address":"10.0.0.1/8","interface":-1}]})"})
    EXPECT_FALSE(ParseResult(bad, "n", "eth0").ok()) << bad;
}

TEST(CniResult, ErrorDocuments) {
  EXPECT_EQ(ErrorOf(R"({"code":7,"msg":"m","details":"d"})"), "m; d (code 7: invalid network configuration)");
  EXPECT_EQ(ErrorOf(R"({"code":999,"msg":"m"})"), "m (code 999)");
  EXPECT_EQ(ErrorOf(R"({"code":1})"), "(code 1: incompatible CNI version)");
  for (const char* none : {"", "x", "{}", "[]", R"({"code":0})", R"({"code":"7"})"})
    EXPECT_EQ(ErrorOf(none), std::nullopt) << none;
}

TEST(CniRequest, IsChecked) {
  const StatusOr<Request> named = CheckRequest({.attachments = {{.network = "a"}, {.network = "b"}}});
  EXPECT_EQ(named->attachments[0].interface, "eth0");
  EXPECT_EQ(named->attachments[1].interface, "eth1");
  const Request bad[] = {
      {.attachments = {{.network = "a", .interface = "x"}, {.network = "b", .interface = "x"}}},
      {.attachments = {{.network = "a", .interface = "a/b"}}},
      {.attachments = {{.network = "a", .interface = ".."}}},
      {.attachments = {{.network = "a", .interface = "sixteen-letters-"}}},
      {.attachments = {{.network = "a", .ips = {"10.1"}}}},
      {.attachments = {{.network = "a", .mac = "01:00:00:00:00:00"}}},
      {.attachments = {{.network = "a", .mac = "02:00:00:00:00"}}},
      {.attachments = {{.network = "a"}}, .ports = {{.host_port = 0, .container_port = 80}}},
      {.attachments = {{.network = "a"}},
       .ports = {{.host_port = 80, .container_port = 80, .protocol = "icmp"}}},
      {.attachments = {{.network = "a"}},
       .ports = {{.host_port = 80, .container_port = 80}, {.host_port = 80, .container_port = 81}}},
      {.attachments = {}, .ports = {{.host_port = 80, .container_port = 80}}}};
  for (const Request& request : bad) EXPECT_FALSE(CheckRequest(request).ok()) << &request - bad;
}

NetworkList ListOf(const std::string& capabilities) {
  return *ParseNetworkList(
      absl::StrCat(R"({"name":"n","cniVersion":"1.0.0","type":"t","capabilities":{)", capabilities, "}}"),
      "f");
}

TEST(CniRequest, AddressesGoToTheCapabilityOrToCniArgs) {
  const Request request{
      .attachments = {
          {.network = "n", .interface = "eth0", .ips = {"10.0.0.5"}, .mac = "02:00:00:00:00:01"}}};
  const auto declared = PlanAttachments(request, {ListOf(R"("ips":true,"mac":true)")});
  EXPECT_EQ((*declared)[0].runtime_config, R"({"ips":["10.0.0.5"],"mac":"02:00:00:00:00:01"})");
  EXPECT_EQ((*declared)[0].args, "");
  const auto undeclared = PlanAttachments(request, {ListOf("")});
  EXPECT_EQ((*undeclared)[0].runtime_config, "");
  EXPECT_EQ((*undeclared)[0].args, "IgnoreUnknown=1;IP=10.0.0.5;MAC=02:00:00:00:00:01");
  const Request two{.attachments = {{.network = "n", .ips = {"10.0.0.5", "fd00::5"}}}};
  EXPECT_FALSE(PlanAttachments(two, {ListOf("")}).ok());
}

TEST(CniRequest, PortsGoToTheFirstNetworkThatMapsThemAndBandwidthToAll) {
  const Request request{
      .attachments = {{.network = "a"}, {.network = "b"}, {.network = "c"}},
      .ports = {{.host_ip = "127.0.0.1", .host_port = 1, .container_port = 2, .protocol = "udp"}}};
  const NetworkList without = ListOf("");
  const NetworkList with = ListOf(R"("portMappings":true)");
  const auto plan = PlanAttachments(request, {without, with, with});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ((*plan)[0].runtime_config, "");
  EXPECT_EQ((*plan)[1].runtime_config,
            R"({"portMappings":[{"hostPort":1,"containerPort":2,"protocol":"udp","hostIP":"127.0.0.1"}]})");
  EXPECT_EQ((*plan)[2].runtime_config, "");
  const Request limited{.attachments = {{.network = "a"}}, .bandwidth = {.ingress_rate = 100'000'000}};
  EXPECT_EQ((*PlanAttachments(limited, {ListOf(R"("bandwidth":true)")}))[0].runtime_config,
            R"({"bandwidth":{"ingressRate":100000000,"ingressBurst":10000000}})");
}

TEST(CniRecord, IsReadAsItWasWritten) {
  const Record record{.id = "web",
                      .root = "/run/tare",
                      .container_id = "x-web",
                      .boot = "b",
                      .pid = 7,
                      .start_time = 8,
                      .attachments = {{.network = "n",
                                       .interface = "eth0",
                                       .version = "1.0.0",
                                       .list = "{\"a\": \"b\"}\n",
                                       .file = "f",
                                       .runtime_config = "{}",
                                       .args = "a",
                                       .begun = 2,
                                       .result = "{}"}},
                      .ports = {{.host_port = 1, .container_port = 2}}};
  const StatusOr<Record> again = ParseRecord(RecordJson(record), "r");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(RecordJson(*again), RecordJson(record));
  EXPECT_EQ(again->attachments[0].list, record.attachments[0].list);
  std::string newer = RecordJson(record);
  newer.replace(newer.find("\"version\":1"), 11, "\"version\":9");
  EXPECT_EQ(ParseRecord(newer, "r").status().code(), absl::StatusCode::kUnimplemented);
}

TEST(CniRecord, ContainerIdsAreAcceptedByCniAndDifferBetweenRoots) {
  for (const std::string& id : Words{"web", "_x", "+a", ".b", "-c", std::string(255, 'x')}) {
    const std::string cni = ContainerId("/run/tare", id);
    EXPECT_TRUE(CheckNetworkName(cni).ok()) << cni;  // the same rule
    EXPECT_LT(cni.size(), 100U);
    EXPECT_NE(cni, ContainerId("/run/other", id));
  }
  EXPECT_NE(ContainerId("/r", "a+b"), ContainerId("/r", "a_b"));
}

TEST(CniSubnets, OfAListAndFreeOnes) {
  const StatusOr<NetworkList> list = ParseNetworkList(
      R"({"name":"n","cniVersion":"1.0.0","plugins":[{"type":"a","ipam":{"subnet":"10.89.0.0/23"}},)"
      R"({"type":"b","ipam":{"ranges":[[{"subnet":"10.89.2.0/24"}],[{"subnet":"fd00::/64"},{"subnet":"x"}]]}}]})",
      "f");
  std::vector<UsedSubnet> used;
  for (const IpNetwork& subnet : SubnetsOf(*list)) used.push_back({subnet, "n"});
  ASSERT_EQ(used.size(), 3U);
  EXPECT_EQ(FreeSubnet(used)->text(), "10.89.3.0/24");
  EXPECT_FALSE(FreeSubnet({{*ParseNetwork("10.0.0.0/8"), "all"}}).ok());
  EXPECT_FALSE(CheckFree(*ParseNetwork("fd00::8000/120"), used).ok());
  EXPECT_TRUE(CheckFree(*ParseNetwork("fd00:1::/64"), used).ok());
}

TEST(CniAnnotations, BecomeARequest) {
  const StatusOr<Request> request =
      RequestOf({{"org.tare.network", "a, b:net0"},
                 {"org.tare.ip", "10.0.0.5"},
                 {"org.tare.mac", "02:00:00:00:00:01"},
                 {"org.tare.publish", "8080:80 [::1]:53:54/udp,127.0.0.1:1:2/tcp"}});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->attachments,
            (std::vector<Attachment>{{.network = "a", .ips = {"10.0.0.5"}, .mac = "02:00:00:00:00:01"},
                                     {.network = "b", .interface = "net0"}}));
  EXPECT_EQ(request->ports, (std::vector<PortMapping>{
                                {.host_port = 8080, .container_port = 80},
                                {.host_ip = "::1", .host_port = 53, .container_port = 54, .protocol = "udp"},
                                {.host_ip = "127.0.0.1", .host_port = 1, .container_port = 2}}));
  EXPECT_TRUE(RequestOf({{"other", "x"}})->attachments.empty());
  for (const char* bad :
       {"80", "a:80", "80:a", ":80", "80:", "1:2:3:", "65536:1", "-1:1", "[::1:1:2", ":1:2"})
    EXPECT_FALSE(RequestOf({{"org.tare.network", "a"}, {"org.tare.publish", bad}}).ok()) << bad;
  EXPECT_FALSE(RequestOf({{"org.tare.publish", "80:80"}}).ok());
}

}  // namespace
}  // namespace tare::cni
