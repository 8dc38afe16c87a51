#!/usr/bin/env bats
# tare in a container of tare.
load ../integration/helper

# The runtime, and the bundle of the next one, in the root of this one.
@test "nested: tare in tare in tare, with the same container ID" {
  local inner=$ROOTFS
  update_config '
    .process.capabilities |= map_values(["CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_MKNOD", "CAP_NET_ADMIN",
      "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETFCAP", "CAP_CHOWN", "CAP_FOWNER", "CAP_FSETID", "CAP_DAC_OVERRIDE",
      "CAP_KILL", "CAP_SYS_PTRACE", "CAP_AUDIT_WRITE", "CAP_NET_BIND_SERVICE"]) |
    .process.noNewPrivileges = false | .linux.maskedPaths = [] | .linux.readonlyPaths = [] | .process.rlimits = [] |
    .mounts |= map(select(.destination != "/sys")) |
    .mounts += [{destination: "/sys", type: "sysfs", source: "sysfs"},
      {destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup"},
      {destination: "/run", type: "tmpfs", source: "tmpfs"}] |
    .linux.namespaces += [{type: "cgroup"}] | .linux.resources.devices = [{allow: true, access: "rwm"}]'
  for _ in 1 2; do
    cp "$RUNTIME" "$inner/bin/tare"
    mkdir "$inner/bundle"
    cp -a "$BATS_RUN_TMPDIR/rootfs" "$inner/bundle/rootfs"
    jq '.process.args = ["sh", "-c", "echo level 3, process $$"] | .linux.cgroupsPath = "/inner"' "$BUNDLE/config.json" >"$inner/bundle/config.json"
    inner=$inner/bundle/rootfs
  done
  jq '.process.args = ["tare", "run", "--bundle", "/bundle", "inner"]' "$ROOTFS/bundle/config.json" >"$ROOTFS/new"
  mv "$ROOTFS/new" "$ROOTFS/bundle/config.json"
  set_args tare run --bundle /bundle inner
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  [ "$output" = "level 3, process 1" ]
}
