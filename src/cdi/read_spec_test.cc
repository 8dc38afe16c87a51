#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "cdi/fixture.h"
#include "cdi/spec.h"

namespace tare::cdi {
namespace {

StatusOr<Spec> ReadTestData(const std::string& name) {
  return ReadSpec(TestData(name), FormatOf(name), name);
}

std::string Fault(const std::string& json) {
  const StatusOr<Spec> spec = ReadSpec(json, Format::kJson, "x.json");
  return spec.ok() ? "none" : std::string(spec.status().message());
}

std::string FaultOf(const std::string& edits, const std::string& version = "1.1.0") {
  return Fault(SpecWith(edits, version));
}

TEST(CdiSpec, OfNvidia) {
  const StatusOr<Spec> spec = ReadTestData("nvidia.yaml");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->kind, "nvidia.com/gpu");
  ASSERT_EQ(spec->devices.size(), 3U);
  EXPECT_EQ(spec->devices[0].name, "0");
  EXPECT_EQ(spec->devices[0].edits.nodes[0].path, "/dev/nvidia0");
  EXPECT_EQ(spec->devices[0].edits.nodes[0].major, 195U);
  EXPECT_EQ(spec->devices[0].edits.nodes[0].minor, 0U);
  EXPECT_EQ(spec->devices[0].edits.hooks[0].args[3], "755");
  EXPECT_EQ(spec->edits.env, std::vector<std::string>{"NVIDIA_VISIBLE_DEVICES=void"});
  EXPECT_EQ(spec->edits.nodes[0].file_mode, 0666U);
  EXPECT_EQ(spec->edits.nodes[0].permissions, "rw");
  ASSERT_EQ(spec->edits.hooks.size(), 2U);
  EXPECT_EQ(spec->edits.hooks[0].name, "createContainer");
  EXPECT_EQ(spec->edits.hooks[0].args.size(), 4U);
  ASSERT_EQ(spec->edits.mounts.size(), 3U);
  EXPECT_EQ(spec->edits.mounts[1].options, (std::vector<std::string>{"ro", "nosuid", "nodev", "bind"}));
}

TEST(CdiSpec, OfOtherVendors) {
  const StatusOr<Spec> intel = ReadTestData("intel.yaml");
  ASSERT_TRUE(intel.ok()) << intel.status();
  EXPECT_EQ(intel->devices[0].name, "0000:03:00.0-0x56a0");
  EXPECT_EQ(intel->devices[0].edits.mounts[0].type, "none");
  const StatusOr<Spec> amd = ReadTestData("amd.json");
  ASSERT_TRUE(amd.ok()) << amd.status();
  EXPECT_EQ(amd->devices[0].edits.additional_gids, (std::vector<gid_t>{44, 109}));
  EXPECT_EQ(amd->devices[0].edits.nodes[0].gid, 109U);
  const StatusOr<Spec> vfio = ReadTestData("vfio.json");
  ASSERT_TRUE(vfio.ok()) << vfio.status();
  EXPECT_EQ(vfio->devices[0].edits.nodes[0].uid, 107U);
}

TEST(CdiSpec, OfTheNewestVersion) {
  const StatusOr<Spec> spec = ReadTestData("network.yaml");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->edits.intel_rdt->schemata, std::vector<std::string>{"L2:0=3"});
  EXPECT_TRUE(spec->edits.intel_rdt->enable_monitoring);
  EXPECT_EQ(spec->devices[0].name, "0");
  for (const Device& device : spec->devices) {
    EXPECT_EQ(device.edits.net_devices[0].host_name, "eth7");
    EXPECT_EQ(device.edits.additional_gids, (std::vector<gid_t>{0, 44}));
    EXPECT_EQ(device.edits.nodes[0].file_mode, 0640U);
  }
}

TEST(CdiSpec, MonitoringOfOlderVersions) {
  const StatusOr<Spec> spec =
      ReadSpec(SpecWith(R"({"intelRdt": {"enableMBM": true}})", "0.7.0"), Format::kJson, "x");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_TRUE(spec->devices[0].edits.intel_rdt->enable_monitoring);
}

TEST(CdiSpec, Versions) {
  for (const char* version :
       {"0.3.0", "0.4.0", "0.5.0", "0.6.0", "0.7.0", "0.8.0", "1.0.0", "1.1.0", "v0.5.0"})
    EXPECT_EQ(FaultOf(R"({"env": ["A=b"]})", version), "none") << version;
  for (const char* version : {"1.2.0", "1.10.0", "2.0.0"})
    EXPECT_EQ(FaultOf("{}", version), absl::StrCat("x.json: /cdiVersion: is ", version,
                                                   ", and 1.1.0 is the newest version that tare knows"));
  for (const char* version : {"0.2.0", "0.5.1", "1", "", "latest", "0.5"})
    EXPECT_EQ(FaultOf("{}", version), absl::StrCat("x.json: /cdiVersion: \"", version,
                                                   "\" is not a supported version (0.3.0 to 1.1.0)"));
}

TEST(CdiSpec, FieldsNeedTheirVersion) {
  const std::string at = "x.json: /devices/0/containerEdits/";
  const struct {
    const char* edits;
    const char* place;
    const char* before;
    const char* version;
  } cases[] = {
      {R"({"mounts": [{"hostPath": "/a", "containerPath": "/b", "type": "bind"}]})", "mounts/0/type", "0.3.0",
       "0.4.0"},
      {R"({"deviceNodes": [{"path": "/a", "hostPath": "/b"}]})", "deviceNodes/0/hostPath", "0.4.0", "0.5.0"},
      {R"({"additionalGids": [1]})", "additionalGids", "0.6.0", "0.7.0"},
      {R"({"intelRdt": {}})", "intelRdt", "0.6.0", "0.7.0"},
      {R"({"netDevices": [{"hostInterfaceName": "a", "name": "b"}]})", "netDevices/0", "1.0.0", "1.1.0"},
      {R"({"intelRdt": {"schemata": []}})", "intelRdt/schemata", "1.0.0", "1.1.0"},
      {R"({"intelRdt": {"enableMonitoring": true}})", "intelRdt/enableMonitoring", "1.0.0", "1.1.0"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(FaultOf(c.edits, c.version), "none") << c.edits;
    EXPECT_EQ(FaultOf(c.edits, c.before),
              absl::StrCat(at, c.place, ": needs cdiVersion ", c.version, ", and the file has ", c.before));
  }
  EXPECT_EQ(FaultOf(R"({"intelRdt": {"enableCMT": true}})"),
            at + "intelRdt/enableCMT: does not exist any more in cdiVersion 1.1.0");
  const std::string named = R"({"cdiVersion": "0.5.0", "kind": "a.b/c.d", "devices": [{"name": "1"}]})";
  EXPECT_EQ(Fault(named), "x.json: /kind: needs cdiVersion 0.6.0, and the file has 0.5.0");
  EXPECT_EQ(Fault(absl::StrReplaceAll(named, {{"0.5.0", "0.4.0"}, {"c.d", "c"}})),
            "x.json: /devices/0/name: needs cdiVersion 0.5.0, and the file has 0.4.0");
  EXPECT_EQ(
      Fault(absl::StrReplaceAll(named, {{"c.d", "c"}, {"\"kind\"", R"("annotations": {"x": "y"}, "kind")"}})),
      "x.json: /annotations: needs cdiVersion 0.6.0, and the file has 0.5.0");
}

TEST(CdiSpec, UnknownFieldsAreRefused) {
  EXPECT_EQ(Fault(R"({"cdiVersion": "0.5.0", "kind": "a/b", "devices": [{"name": "x"}], "Kind": "a/b"})"),
            "x.json: /Kind: unknown field");
  EXPECT_EQ(FaultOf(R"({"devicenodes": []})"),
            "x.json: /devices/0/containerEdits/devicenodes: unknown field");
  EXPECT_EQ(FaultOf(R"({"deviceNodes": [{"path": "/x", "mode": 1}]})"),
            "x.json: /devices/0/containerEdits/deviceNodes/0/mode: unknown field");
  EXPECT_EQ(FaultOf(R"({"mounts": [{"hostPath": "/x", "containerPath": "/x", "path": "/x"}]})"),
            "x.json: /devices/0/containerEdits/mounts/0/path: unknown field");
  EXPECT_EQ(FaultOf(R"({"hooks": [{"hookName": "poststop", "path": "/x", "dir": "/"}]})"),
            "x.json: /devices/0/containerEdits/hooks/0/dir: unknown field");
  EXPECT_EQ(FaultOf(R"({"env": ["A=b"], "env": ["C=d"]})"),
            "x.json: /devices/0/containerEdits/env: is given twice");
}

TEST(CdiSpec, Faults) {
  const std::string at = "x.json: /devices/0/containerEdits/";
  EXPECT_EQ(FaultOf(R"({"env": ["A"]})"), at + "env/0: must be NAME=VALUE, not \"A\"");
  EXPECT_EQ(FaultOf(R"({"env": ["=b"]})"), at + "env/0: must be NAME=VALUE, not \"=b\"");
  EXPECT_EQ(FaultOf(R"({"deviceNodes": [{}]})"), at + "deviceNodes/0/path: is required");
  EXPECT_EQ(FaultOf(R"({"deviceNodes": [{"path": "x"}]})"),
            at + "deviceNodes/0/path: must be an absolute path, not \"x\"");
  EXPECT_EQ(FaultOf(R"({"deviceNodes": [{"path": "/x", "type": "d"}]})"),
            at + "deviceNodes/0/type: unknown type of a device \"d\"");
  EXPECT_EQ(FaultOf(R"({"deviceNodes": [{"path": "/x", "permissions": "rx"}]})"),
            at + "deviceNodes/0/permissions: must be of r, w and m, not \"rx\"");
  EXPECT_EQ(FaultOf(R"({"deviceNodes": [{"path": "/x", "major": -1}]})"),
            at + "deviceNodes/0/major: must be an integer from 0 to 4294967295, not -1");
  EXPECT_EQ(FaultOf(R"({"hooks": [{"hookName": "created", "path": "/x"}]})"),
            at + "hooks/0/hookName: unknown hook \"created\"");
  EXPECT_EQ(FaultOf(R"({"hooks": [{"hookName": "poststop", "path": "x"}]})"),
            at + "hooks/0/path: must be an absolute path, not \"x\"");
  EXPECT_EQ(FaultOf(R"({"hooks": [{"hookName": "poststop", "path": "/x", "timeout": 0}]})"),
            at + "hooks/0/timeout: must be an integer from 1 to 2147483647, not 0");
  EXPECT_EQ(FaultOf(R"({"mounts": [{"hostPath": "", "containerPath": "/x"}]})"),
            at + "mounts/0/hostPath: must not be empty");
  EXPECT_EQ(FaultOf(R"({"mounts": [{"hostPath": "/x", "containerPath": "/x", "options": "ro"}]})"),
            at + "mounts/0/options: must be an array, not a string");
  EXPECT_EQ(FaultOf(R"({"intelRdt": {"closID": "../x"}})"),
            at + "intelRdt/closID: \"../x\" cannot be the name of a directory");
  EXPECT_EQ(Fault(R"({"cdiVersion": "0.5.0", "kind": "a/b", "devices": []})"),
            "x.json: /devices: must have at least one device");
  EXPECT_EQ(Fault(R"({"cdiVersion": "0.5.0", "kind": "a/b", "devices": [{"name": "x"}, {"name": "x"}]})"),
            "x.json: /devices/1/name: there are two devices with the name \"x\"");
  EXPECT_EQ(Fault(R"({"kind": "a/b"})"), "x.json: /cdiVersion: is required");
  EXPECT_EQ(Fault("[]"), "x.json: must be a JSON object");
  EXPECT_EQ(Fault("{"),
            "x.json: line 1, column 2: syntax error while parsing object key - unexpected end of input; "
            "expected string literal");
}

}  // namespace
}  // namespace tare::cdi
