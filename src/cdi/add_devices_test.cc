#include "cdi/add_devices.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "cdi/fixture.h"
#include "cdi/registry.h"

namespace tare::cdi {
namespace {

// Two directories for specifications, of which the second has the higher priority, and one that is the root
// of what specifications expect to find on a host.
class AddDevicesTest : public testing::Test {
 protected:
  AddDevicesTest() {
    char path[] = "/tmp/tare-cdi-test-XXXXXX";
    top_ = mkdtemp(path);
    for (const char* name : {"/low", "/high", "/host"})
      EXPECT_TRUE(kernel::MakeDirectories(top_ + name, 0755).ok());
  }
  ~AddDevicesTest() override {
    const StatusOr<kernel::Fd> directory = kernel::Open(top_, O_RDONLY | O_DIRECTORY);
    EXPECT_TRUE(directory.ok() && kernel::EmptyDirectory(directory->get()).ok());
    EXPECT_EQ(rmdir(top_.c_str()), 0);
  }

  void Write(const std::string& name, const std::string& text) {
    const StatusOr<kernel::Fd> file = kernel::Open(Path(name), O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE(kernel::WriteAll(file->get(), text, name).ok());
  }

  // A file of testdata, with its paths in /usr, /run and /dev/dri moved below Path("host").
  void WriteTestData(const std::string& name) {
    std::string text = TestData(name);
    for (const char* place : {"/usr/", "/run/", "/dev/dri/by-path/"}) {
      for (const char* field : {"hostPath: ", "path: "})
        text = absl::StrReplaceAll(text,
                                   {{absl::StrCat(field, place), absl::StrCat(field, Path("host"), place)}});
    }
    Write("low/" + name, text);
  }

  void Make(const std::string& path) {
    const std::string directory = Path("host") + path.substr(0, path.rfind('/'));
    ASSERT_TRUE(kernel::MakeDirectories(directory, 0755).ok());
    Write("host" + path, "");
  }

  std::string Path(const std::string& name) const { return top_ + "/" + name; }

  StatusOr<std::string> Added(const std::vector<std::string>& devices, Nodes nodes = Nodes::kMake) {
    StatusOr<json::Editor> editor = json::Editor::Parse(config_, "config.json");
    TARE_RETURN_IF_ERROR(editor.status());
    TARE_RETURN_IF_ERROR(AddDevices({devices, {Path("low"), Path("high")}, nodes}, *editor));
    return absl::StrReplaceAll(editor->Text(), {{Path("host"), ""}});
  }

  std::string Result(const std::vector<std::string>& devices, Nodes nodes = Nodes::kMake) {
    const StatusOr<std::string> added = Added(devices, nodes);
    return added.ok() ? *added : absl::StrReplaceAll(added.status().message(), {{top_ + "/", ""}});
  }

  std::string config_ = R"({"process":{"env":["A=1"]}})";

 private:
  std::string top_;
};

TEST_F(AddDevicesTest, EditsOfEveryKind) {
  config_ = R"({"process":{"env":["A=1","B=2"],"user":{"uid":7,"additionalGids":[5]}},)"
            R"("mounts":[{"destination":"/data"},{"destination":"/data/sub"},{"destination":"/x"}],)"
            R"("linux":{"devices":[{"path":"/dev/one"}],"resources":{"devices":[{"allow":false}]}}})";
  Make("/hook");
  Make("/data");
  Write("low/x.json", absl::StrReplaceAll(SpecWith(R"({
      "env": ["B=3", "C=4"], "additionalGids": [0, 5, 6, 6],
      "deviceNodes": [{"path": "/dev/one", "hostPath": "/dev/null", "fileMode": 384, "gid": 8, "permissions": "r"}],
      "mounts": [{"hostPath": "HOST/data", "containerPath": "/data", "options": ["ro"]},
                 {"hostPath": "tmpfs", "containerPath": "/y", "type": "tmpfs"}],
      "hooks": [{"hookName": "poststop", "path": "HOST/hook", "args": ["hook", "1"], "timeout": 3},
                {"hookName": "startContainer", "path": "/in/container", "env": ["D=5"]}],
      "netDevices": [{"hostInterfaceName": "eth7", "name": "eth1"}],
      "intelRdt": {"closID": "fast", "schemata": ["L2:0=3"], "enableMonitoring": true}})"),
                                          {{"HOST", Path("host")}}));
  EXPECT_EQ(
      Result({"vendor.com/class=one"}),
      R"({"process":{"env":["A=1","B=3","C=4"],"user":{"uid":7,"additionalGids":[5,6]}},)"
      R"("mounts":[{"destination":"/data","type":"bind","source":"/data","options":["ro","rbind"]},)"
      R"({"destination":"/data/sub"},{"destination":"/x"},)"
      R"({"destination":"/y","type":"tmpfs","source":"tmpfs","options":[]}],)"
      R"("linux":{"devices":[{"path":"/dev/one","type":"c","major":1,"minor":3,"fileMode":384,"uid":7,"gid":8}],)"
      R"("resources":{"devices":[{"allow":false},{"allow":true,"type":"c","major":1,"minor":3,"access":"r"}]},)"
      R"("netDevices":{"eth7":{"name":"eth1"}},)"
      R"("intelRdt":{"closID":"fast","schemata":["L2:0=3"],"enableMonitoring":true}},)"
      R"("hooks":{"poststop":[{"path":"/hook","args":["hook","1"],"timeout":3}],)"
      R"("startContainer":[{"path":"/in/container","env":["D=5"]}]}})");
}

TEST_F(AddDevicesTest, TheSpecificationComesFirstAndOnce) {
  const std::string spec =
      R"({"cdiVersion": "0.5.0", "kind": "vendor.com/class", "containerEdits": {"env": ["X=all"]},
      "devices": [{"name": "a", "containerEdits": {"env": ["X=a", "A=a"]}},
                  {"name": "b", "containerEdits": {"env": ["B=b"]}}]})";
  Write("low/x.json", spec);
  EXPECT_EQ(Result({"vendor.com/class=a", "vendor.com/class=b", "vendor.com/class=a"}),
            R"({"process":{"env":["A=a","X=a","B=b"]}})");
}

TEST_F(AddDevicesTest, OfNvidia) {
  WriteTestData("nvidia.yaml");
  EXPECT_EQ(Result({"nvidia.com/gpu=0"}),
            "--device nvidia.com/gpu=0: low/nvidia.yaml: /containerEdits: mount /usr/bin/nvidia-smi: "
            "host/usr/bin/nvidia-smi: no such file or directory");
  for (const char* path : {"/usr/bin/nvidia-smi", "/usr/lib/x86_64-linux-gnu/libcuda.so.535.104.05",
                           "/run/nvidia-persistenced/socket"})
    Make(path);
  EXPECT_EQ(Result({"nvidia.com/gpu=0"}),
            "--device nvidia.com/gpu=0: low/nvidia.yaml: /containerEdits: hook createContainer: "
            "host/usr/bin/nvidia-cdi-hook: no such file or directory");
  Make("/usr/bin/nvidia-cdi-hook");
  const std::string mounted = R"(,"options":["ro","nosuid","nodev","bind")";
  EXPECT_EQ(
      Result({"nvidia.com/gpu=0"}),
      absl::StrCat(
          R"({"process":{"env":["A=1","NVIDIA_VISIBLE_DEVICES=void"]},)"
          R"("linux":{"devices":[{"path":"/dev/nvidia-uvm","type":"c","major":511,"minor":0,"fileMode":438},)"
          R"({"path":"/dev/nvidiactl","type":"c","major":195,"minor":255},)"
          R"({"path":"/dev/nvidia0","type":"c","major":195,"minor":0}],)"
          R"("resources":{"devices":[{"allow":true,"type":"c","major":511,"minor":0,"access":"rw"},)"
          R"({"allow":true,"type":"c","major":195,"minor":255,"access":"rwm"},)"
          R"({"allow":true,"type":"c","major":195,"minor":0,"access":"rwm"}]}},)"
          R"("mounts":[{"destination":"/usr/bin/nvidia-smi","type":"bind","source":"/usr/bin/nvidia-smi")",
          mounted, R"(]},{"destination":"/usr/lib/x86_64-linux-gnu/libcuda.so.535.104.05","type":"bind",)",
          R"("source":"/usr/lib/x86_64-linux-gnu/libcuda.so.535.104.05")", mounted,
          R"(]},{"destination":"/run/nvidia-persistenced/socket","type":"bind",)"
          R"("source":"/run/nvidia-persistenced/socket")",
          mounted,
          R"(,"noexec"]}],"hooks":{"createContainer":[{"path":"/usr/bin/nvidia-cdi-hook",)"
          R"("args":["nvidia-cdi-hook","create-symlinks","--link","libcuda.so.1::/usr/lib/x86_64-linux-gnu/libcuda.so"],)"
          R"("env":["NVIDIA_CTK_DEBUG=false"]},{"path":"/usr/bin/nvidia-cdi-hook",)"
          R"("args":["nvidia-cdi-hook","update-ldcache","--folder","/usr/lib/x86_64-linux-gnu"]},)"
          R"({"path":"/usr/bin/nvidia-cdi-hook","args":["nvidia-cdi-hook","chmod","--mode","755","--path","/dev/dri"]}]}})"));
}

TEST_F(AddDevicesTest, OfOtherVendors) {
  for (const char* name : {"intel.yaml", "amd.json", "vfio.json"}) WriteTestData(name);
  Make("/dev/dri/by-path/pci-0000:03:00.0-render");
  EXPECT_EQ(
      Result({"intel.com/gpu=0000:03:00.0-0x56a0"}),
      R"({"process":{"env":["A=1"]},"linux":{"devices":[{"path":"/dev/dri/card0","type":"c","major":226,"minor":0},)"
      R"({"path":"/dev/dri/renderD128","type":"c","major":226,"minor":128}],)"
      R"("resources":{"devices":[{"allow":true,"type":"c","major":226,"minor":0,"access":"rwm"},)"
      R"({"allow":true,"type":"c","major":226,"minor":128,"access":"rwm"}]}},)"
      R"("mounts":[{"destination":"/dev/dri/by-path/pci-0000:03:00.0-render","type":"bind",)"
      R"("source":"/dev/dri/by-path/pci-0000:03:00.0-render","options":["bind","rw"]}]})");
  EXPECT_EQ(Result({"amd.com/gpu=0"}),
            R"({"process":{"env":["A=1"],"user":{"additionalGids":[44,109]}},)"
            R"("linux":{"devices":[{"path":"/dev/kfd","type":"c","major":235,"minor":0,"gid":109},)"
            R"({"path":"/dev/dri/renderD128","type":"c","major":226,"minor":128}],)"
            R"("resources":{"devices":[{"allow":true,"type":"c","major":235,"minor":0,"access":"rw"},)"
            R"({"allow":true,"type":"c","major":226,"minor":128,"access":"rwm"}]}}})");
  EXPECT_EQ(
      Result({"devices.kubevirt.io/vfio=0000:65:00.2"}),
      R"({"process":{"env":["A=1","PCI_RESOURCE_DEVICES_KUBEVIRT_IO_VFIO=0000:65:00.2"]},)"
      R"("linux":{"devices":[{"path":"/dev/vfio/47","type":"c","major":240,"minor":1,"uid":107,"gid":107},)"
      R"({"path":"/dev/vfio/vfio","type":"c","major":10,"minor":196}],)"
      R"("resources":{"devices":[{"allow":true,"type":"c","major":240,"minor":1,"access":"rwm"},)"
      R"({"allow":true,"type":"c","major":10,"minor":196,"access":"rwm"}]}}})");
}

TEST_F(AddDevicesTest, NodesByPath) {
  EXPECT_EQ(
      Result({"/dev/null:/dev/nothing:rw"}),
      R"({"process":{"env":["A=1"]},"linux":{"devices":[{"path":"/dev/nothing","type":"c","major":1,"minor":3,)"
      R"("fileMode":438,"uid":0,"gid":0}],"resources":{"devices":[)"
      R"({"allow":true,"type":"c","major":1,"minor":3,"access":"rw"}]}}})");
  EXPECT_EQ(
      Result({"/dev/null:r"}, Nodes::kBind),
      R"({"process":{"env":["A=1"]},"mounts":[{"destination":"/dev/null","type":"bind","source":"/dev/null",)"
      R"("options":["bind","nosuid","noexec","ro"]}]})");
  EXPECT_EQ(Result({"/nonexistent"}),
            "--device /nonexistent: realpath(/nonexistent): no such file or directory");
  EXPECT_EQ(Result({"/etc/passwd"}), "--device /etc/passwd: /etc/passwd is not a device node");
  EXPECT_EQ(Result({Path("host")}),
            absl::StrReplaceAll("--device T: there is no device node below host", {{"T", "host"}}));
}

TEST_F(AddDevicesTest, NodesOfTheHost) {
  const auto with = [&](const std::string& node) {
    Write("low/x.json", SpecWith("{\"deviceNodes\": [" + node + "]}"));
    return Result({"vendor.com/class=one"});
  };
  const std::string prefix = "--device vendor.com/class=one: low/x.json: one: device node ";
  EXPECT_EQ(with(R"({"path": "/dev/nonexistent"})"),
            prefix + "/dev/nonexistent: lstat(/dev/nonexistent): no such file or directory");
  EXPECT_EQ(with(R"({"path": "/dev/x", "hostPath": "/etc/passwd"})"),
            prefix + "/dev/x: /etc/passwd is not a device node");
  EXPECT_EQ(with(R"({"path": "/dev/x", "hostPath": "/dev/null", "type": "b"})"),
            prefix + "/dev/x: /dev/null has type c, not b");
  EXPECT_EQ(
      with(R"({"path": "/dev/x", "hostPath": "/dev/null", "permissions": "none"})"),
      R"({"process":{"env":["A=1"]},"linux":{"devices":[{"path":"/dev/x","type":"c","major":1,"minor":3}]}})");
  EXPECT_EQ(with(R"({"path": "/dev/x", "type": "p"})"),
            R"({"process":{"env":["A=1"]},"linux":{"devices":[{"path":"/dev/x","type":"p"}]}})");
}

TEST_F(AddDevicesTest, APriorityIsHigherThanTheOther) {
  Write("low/x.json", SpecWith(R"({"env": ["FROM=low"]})"));
  Write("low/y.yaml", SpecWith(R"({"env": ["FROM=low"]})"));
  EXPECT_EQ(Result({"vendor.com/class=one"}),
            "--device vendor.com/class=one: CDI device \"vendor.com/class=one\" is defined more than once, "
            "in low/x.json "
            "and low/y.yaml");
  Write("high/z.json", SpecWith(R"({"env": ["FROM=high"]})"));
  EXPECT_EQ(Result({"vendor.com/class=one"}), R"({"process":{"env":["A=1","FROM=high"]}})");
}

TEST_F(AddDevicesTest, BadFilesDoNotStopOthers) {
  Write("low/x.json", SpecWith(R"({"env": ["X=1"]})"));
  Write("low/bad.json", "{");
  Write("low/ignored.txt", "{");
  Write("high/bad.yaml", "kind: [");
  EXPECT_EQ(Result({"vendor.com/class=one"}), R"({"process":{"env":["A=1","X=1"]}})");
  EXPECT_EQ(Registry::Load({Path("low"), Path("high"), Path("missing")}).faults().size(), 2U);
  EXPECT_TRUE(absl::StartsWith(
      Result({"vendor.com/other=one"}),
      "--device vendor.com/other=one: there is no CDI device \"vendor.com/other=one\": no file in "
      "low or high is for vendor.com/other; there is vendor.com/class; low/bad.json: line 1"))
      << Result({"vendor.com/other=one"});
  EXPECT_TRUE(
      absl::StartsWith(Result({"vendor.com/class=on"}),
                       "--device vendor.com/class=on: there is no CDI device \"vendor.com/class=on\": "
                       "vendor.com/class has \"one\"; "))
      << Result({"vendor.com/class=on"});
}

}  // namespace
}  // namespace tare::cdi
