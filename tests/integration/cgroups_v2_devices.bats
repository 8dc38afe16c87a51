#!/usr/bin/env bats
# bats file_tags=v2
# Device rules on cgroup v2: a BPF program attached to the container's cgroup.
load helper

setup() {
  on_v2 || skip "needs cgroup v2 alone (tests/vm)"
  prepare
}

rules() { update_config --argjson rules "$1" '.linux.resources.devices = $rules'; } # JSON

# Two devices that a container may only use if a rule allows it.
nodes() {
  disk=$(lsblk -dno MAJ:MIN | grep -vE '^ *(7|253|1):' | head -n 1 | tr -d ' ')
  [ "$disk" ] || skip "no disk here"
  [ -c /dev/fuse ] || skip "no /dev/fuse here"
  update_config --argjson major "${disk%:*}" --argjson minor "${disk#*:}" '.linux.devices = [
    {path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438},
    {path: "/dev/disk", type: "b", $major, $minor, fileMode: 438}]'
}

may() { [ "$(runtime exec "$ID" sh -c ": $2 $1 && echo yes" 2>&1)" = yes ]; } # PATH REDIRECTION
may_not() {                                                                  # PATH REDIRECTION
  run ! runtime exec "$ID" sh -c ": $2 $1"
  expect "not permitted"
}

update() { # JSON
  [ "${1#*devices}" = "$1" ] || only_tare "runc 1.3 does not update device rules"
  runtime update --resources - "$ID" <<<"$1"
}

# Names of the programs attached to the container's cgroup, one a line.
programs() {
  bpftool cgroup show "/sys/fs/cgroup/$ID" --json | jq -r '.[] | select(.attach_type == "cgroup_device") | .name // ""'
}

needs_bpftool() { command -v bpftool >/dev/null || skip "no bpftool here"; }

@test "v2 devices: denied unless allowed, for reading and for writing" {
  nodes
  start sleep 1000
  may /dev/zero '<'
  may /dev/null '>'
  may_not /dev/fuse '<'
  may_not /dev/fuse '>'
  update '{"devices": [{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "r"}]}'
  may /dev/fuse '<'
  may_not /dev/fuse '>'
}

@test "v2 devices: rules for any minor, any major, any device" {
  nodes
  rules '[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "access": "r"}]'
  start sleep 1000
  may /dev/fuse '<'
  may_not /dev/disk '<'
  update '{"devices": [{"allow": true, "type": "b", "access": "r"}]}'
  may_not /dev/fuse '<'
  may /dev/disk '<'
  update '{"devices": [{"allow": true, "type": "c", "major": -1, "minor": 229, "access": "r"}]}'
  may /dev/fuse '<'
  may_not /dev/disk '<'
  update '{"devices": [{"allow": true, "type": "a", "access": "rwm"}]}'
  may /dev/fuse '<'
  may /dev/disk '<'
}

@test "v2 devices: the last rule that matches decides" {
  nodes
  rules '[{"allow": true, "access": "rwm"}, {"allow": false, "type": "c", "major": 10, "minor": 229, "access": "w"}]'
  start sleep 1000
  may /dev/fuse '<'
  may_not /dev/fuse '>'
  may /dev/disk '<'
  update '{"devices": [{"allow": false, "type": "c", "major": 10, "minor": 229, "access": "rwm"},
    {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}]}'
  may /dev/fuse '>'
  update '{"devices": [{"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"},
    {"allow": false, "type": "a"}]}'
  may_not /dev/fuse '<'
  may /dev/zero '<'
}

@test "v2 devices: mknod is always allowed, because a node that cannot be opened is harmless" {
  update_config '.process.capabilities |= map_values(. + ["CAP_MKNOD"])'
  start sleep 1000
  run -0 runtime exec "$ID" busybox mknod /dev/node c 10 229
  may_not /dev/node '<'
  run -0 runtime exec "$ID" busybox mknod /dev/zero2 c 1 5
  may /dev/zero2 '<'
}

@test "v2 devices: an update without rules keeps them" {
  nodes
  rules '[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "r"}]'
  start sleep 1000
  update '{"pids": {"limit": 50}}'
  may /dev/fuse '<'
  may_not /dev/disk '<'
}

@test "v2 devices: an update replaces the program, so that there is one before and after" {
  only_tare "the program's name"
  needs_bpftool
  start sleep 1000
  [ "$(programs)" = tare_devices ]
  local i
  for i in 1 2 3; do
    update "{\"devices\": [{\"allow\": true, \"type\": \"c\", \"major\": 1, \"minor\": $i, \"access\": \"r\"}]}"
    [ "$(programs)" = tare_devices ]
  done
  runtime delete --force "$ID"
  wait_for no_program_left # the kernel frees it a moment after the cgroup
}

no_program_left() { ! bpftool prog show --json | jq -r '.[].name' | grep -qx tare_devices; }

@test "v2 devices: an update never allows more than before or after" {
  nodes
  start sh -c 'echo ready; while [ ! -e /tmp/stop ]; do
      if (: </dev/disk) 2>/dev/null; then echo opened; fi
      if ! (: </dev/zero) 2>/dev/null; then echo refused; fi
    done; echo end'
  wait_for says "$OUT" ready
  local i
  for i in 1 2 3 4 5 6 7 8; do
    update "{\"devices\": [{\"allow\": true, \"type\": \"c\", \"major\": 1, \"minor\": $i, \"access\": \"rw\"}]}"
  done
  touch "$ROOTFS/tmp/stop"
  wait_for says "$OUT" end
  [ "$(grep -c -e opened -e refused "$OUT")" = 0 ]
}

@test "v2 devices: a program that another process attached is kept and applies, too" {
  only_tare "runc 1.1 detaches all"
  needs_bpftool
  nodes
  rules '[{"allow": true, "access": "rwm"}]'
  start sleep 1000
  may /dev/fuse '<'
  attach_strangers_program
  may_not /dev/fuse '<'
  update '{"devices": [{"allow": true, "access": "rwm"}]}'
  [ "$(programs | grep -c .)" = 2 ]
  may_not /dev/fuse '<'
  runtime delete --force "$ID"
}

# Also attaches the program of a systemd unit, which denies nearly everything, to the container's cgroup.
attach_strangers_program() {
  [ -d /run/systemd/system ] || skip "no systemd here"
  local id
  systemd-run --quiet --unit "$ID-other" -p DevicePolicy=closed sleep 1000
  id=$(bpftool cgroup show "/sys/fs/cgroup/system.slice/$ID-other.service" --json | jq '.[0].id')
  bpftool cgroup attach "/sys/fs/cgroup/$ID" cgroup_device id "$id" multi
  systemctl stop "$ID-other"
}

@test "v2 devices: the rules survive systemctl daemon-reload" {
  [ -d /run/systemd/system ] || skip "no systemd here"
  nodes
  rules '[{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "r"}]'
  start sleep 1000
  systemctl daemon-reload
  may /dev/fuse '<'
  may_not /dev/disk '<'
}
