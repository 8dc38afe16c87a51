#!/usr/bin/env bats
# Network devices that are moved into a container. Each test has its own network namespace for that.
load helper

setup() {
  only_tare "newer than runc 1.1"
  prepare
}

# Runs the runtime in a network namespace with tare0, which is up and has an address, its peer, and what the script adds.
with_devices() { # SCRIPT COMMAND...
  local script=$1
  shift
  unshare --net sh -c 'ip link add tare0 type veth peer name peer0 && ip link set peer0 up && ip link set tare0 up &&
    ip address add 192.0.2.1/24 dev tare0 && eval "$0" && exec "$@"' "$script" "$@"
}

devices() { update_config ".linux.netDevices = $1"; } # JSON

@test "network devices: are moved under their new name, keep their address, and are up" {
  devices '{tare0: {name: "eth0"}}'
  set_args busybox ip address show
  run -0 with_devices true "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  expect "eth0@" "192.0.2.1/24" ",UP"
  refute tare0 peer0
}

@test "network devices: are moved after createRuntime hooks, which may create them, and before createContainer hooks" {
  local seen=$BATS_TEST_TMPDIR/seen
  devices '{made0: {}}'
  update_config --arg seen "$seen" '.hooks = {
    createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "/sbin/ip link add made0 type veth peer name other0"]}],
    createContainer: [{path: "/bin/sh", args: ["sh", "-c", "/sbin/ip -o link show made0 >\($seen)"]}]}'
  set_args true
  run -0 with_devices true "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  says "$seen" made0
}

@test "network devices: their sysctls are set after they were moved, with a slash for a dot in a name" {
  devices '{tare0: {name: "eth0.5"}}'
  update_config '.linux.sysctl = {"net.ipv4.conf.eth0/5.forwarding": "1", "net/ipv4/conf/eth0.5/rp_filter": "2"}'
  set_args cat /proc/sys/net/ipv4/conf/eth0.5/forwarding /proc/sys/net/ipv4/conf/eth0.5/rp_filter
  run -0 with_devices true "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  [ "$output" = $'1\n2' ]
}

@test "network devices: a missing one is an error, and the others are not moved" {
  devices '{nonesuch0: {}, tare0: {}}'
  set_args true
  run with_devices true sh -c '"$@" || ip -o address show tare0' sh "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  expect "network device nonesuch0: no such device in the runtime's network namespace" 192.0.2.1
}
