#!/usr/bin/env bats
# A machine with v1 hierarchies, alone and beside cgroup2, set up on one that only has cgroup v2. Hierarchies that were
# mounted once stay in /proc/self/cgroup of all processes, so these tests need their own virtual machine
# (tests/vm/run hierarchies).
load helper

setup() {
  on_v2 || skip "needs cgroup v2 alone (tests/vm)"
  prepare
}

# A machine with v1 hierarchies, as seen in a new mount namespace: those whose controllers v2 does not use.
on_v1_view() { # COMMAND...
  unshare --mount bash -c 'set -e
    mount -t tmpfs none /sys/fs/cgroup
    mkdir /sys/fs/cgroup/{freezer,devices,systemd}
    mount -t cgroup -o freezer none /sys/fs/cgroup/freezer
    mount -t cgroup -o devices none /sys/fs/cgroup/devices
    mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/systemd
    if [ "$HYBRID" ]; then mkdir /sys/fs/cgroup/unified; mount -t cgroup2 none /sys/fs/cgroup/unified; fi
    "$@"' bash "$@"
}

# A container there: its cgroups, device rules, pause, delete.
on_v1_run() {
  export RUNTIME ROOT BUNDLE ID
  run -0 on_v1_view bash -c 'set -e
    tare() { "$RUNTIME" --root "$ROOT" "$@"; }
    tare run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 </dev/null 3>&-
    tare exec "$ID" cat /proc/self/cgroup
    tare exec "$ID" sh -c ": </dev/zero && echo may; : </dev/fuse" 2>&1 || echo may not
    tare pause "$ID"
    cat "/sys/fs/cgroup/freezer/$ID/freezer.state"
    tare delete --force "$ID"
    find /sys/fs/cgroup -name "$ID"'
  expect "freezer:/$ID" "devices:/$ID" "name=systemd:/$ID" "not permitted"
  expect_line may "may not" FROZEN
  [ -z "$(grep "^/sys/fs/cgroup" <<<"$output")" ]
}

@test "hierarchies: containers work with v1 alone, and with v1 beside v2" {
  grep -qP '^freezer\t0\t' /proc/cgroups || skip "the freezer of v1 is taken"
  update_config '.linux.devices = [{path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438}]'
  set_args sleep 1000
  HYBRID='' on_v1_run
  HYBRID=yes on_v1_run
  only_tare "its words"
  update_config '.linux.resources.memory = {limit: 67108864}'
  HYBRID=yes run ! on_v1_view "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  expect "no memory cgroup" "not mounted"
}
