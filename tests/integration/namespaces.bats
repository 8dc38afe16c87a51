#!/usr/bin/env bats
# Namespaces: new, joined by path, inherited.
load helper

# The names of the spec and of /proc/PID/ns differ for two.
spec_name() { sed 's/^net$/network/; s/^mnt$/mount/' <<<"$1"; }

link_of() { readlink "/proc/${2:-self}/ns/$1"; } # TYPE [PID]

# A namespace of TYPE bound to a file, removed at the end of the test.
make_namespace() { # TYPE
  local flag
  flag=$(spec_name "$1" | sed 's/network/net/')
  touch "$BATS_TEST_TMPDIR/$1"
  unshare --"$flag"="$BATS_TEST_TMPDIR/$1" true
  NAMESPACE=$(stat -c "$1:[%i]" "$BATS_TEST_TMPDIR/$1")
}

# A process in new namespaces of the TYPES, killed at the end of the test; its PID is HOLDER.
hold_namespaces() { # UNSHARE-FLAG...
  in_background /dev/null unshare --fork --kill-child "$@" sleep 1000
  local parent=$!
  wait_for pgrep -P $parent
  HOLDER=$(pgrep -P $parent)
}

join() { # TYPE PATH
  update_config --arg type "$1" --arg path "$2" '
    .linux.namespaces |= map(select(.type != $type)) + [{type: $type, path: $path}]'
}

# bats test_tags=v2
@test "namespaces: those that are listed are new" {
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  in_container probe namespaces
  local type
  for type in cgroup ipc mnt net pid uts; do refute "$(link_of $type)"; done
  expect_line "ns $(link_of user)"
}

@test "namespaces: those that are not listed are the runtime's" {
  local type
  update_config 'del(.hostname)'
  for type in cgroup ipc net pid uts; do
    update_config --arg type "$(spec_name $type)" '
      [{type: "pid"}, {type: "network"}, {type: "ipc"}, {type: "uts"}, {type: "mount"}] as $all |
      .linux.namespaces = ($all | map(select(.type != $type)))'
    in_container probe namespaces
    expect_line "ns $(link_of $type)"
  done
}

@test "namespaces: a container may share all types with the runtime at once" {
  update_config '.linux.namespaces = [{type: "mount"}] | del(.hostname)'
  in_container probe namespaces
  local type
  for type in cgroup ipc net pid user uts; do expect_line "ns $(link_of $type)"; done
}

@test "namespaces: those with a path are joined" {
  local type links=()
  update_config 'del(.hostname)'
  for type in ipc net uts; do
    make_namespace $type
    links+=("ns $NAMESPACE")
    join "$(spec_name $type)" "$BATS_TEST_TMPDIR/$type"
  done
  in_container probe namespaces
  expect_line "${links[@]}"
  for type in ipc net uts; do umount "$BATS_TEST_TMPDIR/$type"; done
}

@test "namespaces: a PID namespace of another process can be joined" {
  hold_namespaces --pid
  join pid "/proc/$HOLDER/ns/pid"
  in_container probe namespaces session
  expect_line "ns $(link_of pid "$HOLDER")"
  refute "pid 1"$'\n'
}

@test "namespaces: a joined network namespace keeps its devices" {
  make_namespace net
  nsenter --net="$BATS_TEST_TMPDIR/net" ip link set lo up
  join network "$BATS_TEST_TMPDIR/net"
  in_container cat /sys/class/net/lo/operstate
  nsenter --net="$BATS_TEST_TMPDIR/net" ip link show lo | grep -q UP
  umount "$BATS_TEST_TMPDIR/net"
}

@test "namespaces: delete does not affect joined ones" {
  make_namespace uts
  update_config 'del(.hostname)'
  join uts "$BATS_TEST_TMPDIR/uts"
  in_container true
  nsenter --uts="$BATS_TEST_TMPDIR/uts" true
  umount "$BATS_TEST_TMPDIR/uts"
}

# bats test_tags=v2
@test "namespaces: those of another container can be joined, as in pods" {
  start sleep 1000
  local pid type
  pid=$(init_pid)
  for type in ipc network uts pid; do join $type "/proc/$pid/ns/$(sed 's/network/net/' <<<$type)"; done
  update_config --arg path "/$ID-second" 'del(.hostname) | .linux.cgroupsPath = $path'
  set_args probe namespaces
  run -0 runtime run --bundle "$BUNDLE" "$ID-second"
  for type in ipc net uts pid; do expect_line "ns $(link_of $type "$pid")"; done
  refute "$(link_of mnt "$pid")"
}

# The runtime enters a namespace in which init must be created only during the clone.
@test "namespaces: the runtime stays in its own, whatever init joins" {
  local kind shared=$BATS_TEST_TMPDIR/shared
  mkdir "$shared"
  hold_namespaces --pid --net
  join pid "/proc/$HOLDER/ns/pid"
  join network "/proc/$HOLDER/ns/net"
  update_config '.linux.namespaces += [{type: "user"}] | .linux.gidMappings = .linux.uidMappings |
    .linux.uidMappings = [{containerID: 0, hostID: 0, size: 65536}] | .linux.gidMappings = .linux.uidMappings |
    .mounts |= map(select(.type != "proc" and .type != "sysfs")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
  for kind in prestart createRuntime poststop; do
    update_config --arg kind $kind --arg script "readlink /proc/self/ns/pid /proc/self/ns/net >$shared/$kind" '
      .hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", $script]}]'
  done
  in_container true
  for kind in prestart createRuntime poststop; do
    [ "$(cat "$shared/$kind")" = "$(link_of pid)"$'\n'"$(link_of net)" ] || { cat "$shared/$kind" && return 1; }
  done
}

# bats test_tags=v2
@test "namespaces: killing a container in a joined PID namespace does not kill other processes there" {
  hold_namespaces --pid
  join pid "/proc/$HOLDER/ns/pid"
  start sleep 1000
  runtime kill "$ID" KILL
  wait_for status_is stopped
  [ -d "/proc/$HOLDER" ]
}

@test "namespaces: a path that is missing, of another type or not a namespace is an error" {
  join uts /nonesuch
  update_config 'del(.hostname)'
  refuses /nonesuch
  only_tare "runc 1.1 does not name it"
  join uts "$BUNDLE/config.json"
  refuses "$BUNDLE/config.json"
  join uts /proc/self/ns/ipc
  refuses uts
}

@test "namespaces: a relative path, an unknown type and a duplicate are errors" {
  join uts proc/self/ns/uts
  update_config 'del(.hostname)'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  update_config '.linux.namespaces |= map(del(.path))'
  update_config '.linux.namespaces += [{type: "nonesuch"}]'
  refuses nonesuch
  update_config '.linux.namespaces |= map(select(.type != "nonesuch")) + [{type: "ipc"}]'
  refuses ipc
}

@test "namespaces: the offsets of a time namespace are set" {
  only_tare "newer than runc 1.1"
  update_config '.linux.namespaces += [{type: "time"}] |
    .linux.timeOffsets = {monotonic: {secs: 1000000}, boottime: {secs: 2000000, nanosecs: 5}}'
  in_container probe clocks namespaces
  refute "$(link_of time)"
  (($(sed -n 's/^monotonic //p' <<<"$output") >= 1000000))
  (($(sed -n 's/^boottime //p' <<<"$output") >= 2000000))
  in_container cat /proc/self/timens_offsets
  [ "$(tr -s ' ' <<<"$output")" = $'monotonic 1000000 0\nboottime 2000000 5' ] || { echo "$output" && return 1; }
}

@test "namespaces: time offsets without a time namespace are an error" {
  only_tare "newer than runc 1.1"
  update_config '.linux.timeOffsets = {monotonic: {secs: 1}}'
  refuses timeOffsets
}

@test "namespaces: a refused time offset is reported as a failure of init, even before the cgroups exist" {
  only_tare "others have words of their own"
  # It takes longer to create these cgroups than it takes init to fail.
  update_config '.linux.cgroupsPath += ([range(100) | "/x"] | add) |
    .linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: -9000000000}}'
  refuses "unable to start container process: error during container init: /linux/timeOffsets"
}

@test "hostname and domainname are set" {
  in_container probe names
  expect_line "hostname tare-test"
  only_tare "runc 1.1 knows no domainname"
  update_config '.domainname = "example.org"'
  in_container probe names
  expect_line "hostname tare-test" "domainname example.org"
}

@test "hostname without a UTS namespace is an error" {
  update_config '.linux.namespaces |= map(select(.type != "uts"))'
  refuses uts
}

@test "loopback is up in a new network namespace" {
  in_container cat /sys/class/net/lo/flags
  (($output & 1))
}

@test "sysctl: those of the container's namespaces are set" {
  update_config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shmmax": "1000000", "fs.mqueue.msg_max": "11",
    "net/ipv4/conf/lo/forwarding": "1"}'
  in_container cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax /proc/sys/fs/mqueue/msg_max
  [ "$output" = $'1\n1000000\n11' ]
}

@test "sysctl: those of the host are refused" {
  update_config '.linux.sysctl = {"kernel.panic": "1"}'
  refuses kernel.panic
  update_config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} |
    .linux.namespaces |= map(select(.type != "network"))'
  refuses net.ipv4.ip_forward
  update_config '.linux.sysctl = {"kernel.shmmax": "1"} | .linux.namespaces |= map(select(.type != "ipc"))'
  refuses kernel.shmmax
}

@test "sysctl: a missing one is an error" {
  update_config '.linux.sysctl = {"net.ipv4.nonesuch": "1"}'
  refuses nonesuch
}

# Runs WORDS in a private mount namespace after MOUNT...
where() { # MOUNT-COMMAND COMMAND...
  local mount=$1
  shift
  unshare --mount --propagation private sh -c "$mount"' && exec "$@"' sh "$@"
}

@test "sysctl: are set even if something is mounted over /proc/sys or parts of it" {
  only_tare "runc 1.1 writes to whatever is there"
  local mount
  update_config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.shm_rmid_forced": "1"}'
  set_args cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shm_rmid_forced
  for mount in "mount -t tmpfs x /proc/sys/net" "mount -t tmpfs x /proc/sys" \
    "mount --bind /proc/sys/net /proc/sys/net && mount -o remount,ro,bind /proc/sys/net" \
    "mount --bind /dev/null /proc/sys/kernel/shm_rmid_forced" "mount -t tmpfs x /proc/tty"; do
    run -0 where "$mount" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
    [ "$output" = $'1\n1' ] || { echo "$mount: $output" && return 1; }
  done
}
