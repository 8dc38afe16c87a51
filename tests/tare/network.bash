# What the tests of networks share: a network namespace that stands for the host's, in which the runtime and CNI's plugins
# work, and directories for lists and records.
# shellcheck shell=bash disable=SC2154

PLUGINS=/usr/lib/cni

prepare_network() {
  [ -x "$PLUGINS/bridge" ] || skip "CNI's plugins are not installed (containernetworking-plugins)"
  command -v iptables >/dev/null || skip "iptables is not installed"
  prepare
  export NETCONFPATH=$BATS_TEST_TMPDIR/net.d TARE_NETWORK_DIR=$BATS_TEST_TMPDIR/records CNI_PATH=$PLUGINS
  NET=net-$ID
  make_host_network
}

# Process $HOST_PID holds the namespace. Nothing of it is left when that is killed.
make_host_network() {
  unshare --net sleep 1000 3>&- &
  HOST_PID=$!
  echo "$HOST_PID" >>"$BATS_TEST_TMPDIR/helpers"
  wait_for in_other_namespace
  in_net ip link set lo up
  in_net sysctl -qw net.ipv4.ip_forward=1
}

in_other_namespace() { [ "$(readlink "/proc/$HOST_PID/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }
in_net() { nsenter --net="/proc/$HOST_PID/ns/net" -- "$@"; }
tare_in_net() { in_net timeout --foreground --signal KILL 60 "$RUNTIME" --root "$ROOT" "$@"; }
network() { tare_in_net network "$@"; }

# host-local keeps its leases outside the namespace.
remove_network_residue() {
  local pin
  for pin in "$BATS_TEST_TMPDIR"/records/*/*/netns; do
    [ ! -e "$pin" ] || umount -l "$pin" 2>/dev/null || true
  done
  [ -z "${NET-}" ] || rm -rf "/var/lib/cni/networks/$NET"*
}
