#!/usr/bin/env bats
# A container's mounts are not visible outside. Each test runs in a mount namespace in which everything is shared,
# as on a host with systemd, and looks for new mounts there after the container has ended.
# shellcheck disable=SC2016 # jq and the shells of the container expand what is in single quotes
load helper

setup() {
  prepare
  DATA=$BATS_TEST_TMPDIR/data
  mkdir -p "$DATA/below" "$DATA/late" "$BATS_TEST_TMPDIR/second"
  # $DATA is at /data, with another bind mount below it, and the program mounts something there.
  add_mount /data bind "$DATA" rbind
  add_mount /data/below bind "$BATS_TEST_TMPDIR/second" rbind
  update_config '.process.capabilities |= map_values(["CAP_SYS_ADMIN"])'
  set_args sh -c 'mount -t tmpfs late /data/late && exec probe mounts'
}

map_ids() {
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$ROOTFS"
}

map_data() {
  update_config '.mounts |= map(if .destination == "/data" then
    .uidMappings = [{containerID: 0, hostID: 1000, size: 65536}] | .gidMappings = .uidMappings else . end)'
}

# Runs the container; $output is its output, $LEAKED the mounts that it leaves. $DATA is a mount point.
run_among_shared() { # RUN-OPTION...
  run unshare --mount --propagation private sh -c '
    mount --bind "$1" "$1"; mount --make-rshared /
    runtime=$2 root=$3 out=$4
    shift 4
    cut -d" " -f5 /proc/self/mountinfo >"$out.before"
    timeout 60 "$runtime" --root "$root" run "$@" || status=$?
    cut -d" " -f5 /proc/self/mountinfo >"$out.after"
    exit ${status-0}' sh "$DATA" "$RUNTIME" "$ROOT" "$OUT" --bundle "$BUNDLE" "$@" "$ID"
  # shellcheck disable=SC2154 # set by run
  [ "$status" = 0 ] || { echo "exit status $status: $output" && return 1; }
  LEAKED=$(diff "$OUT.before" "$OUT.after") || true
}

nothing_leaks() {
  run_among_shared
  [ -z "$LEAKED" ] || { echo "$1: mounted outside: $LEAKED" && return 1; }
}

# For each value of rootfsPropagation that does not share; the default is "rslave".
no_word_leaks() {
  local word
  for word in "" slave rslave private rprivate unbindable runbindable; do
    update_config --arg word "$word" '.linux.rootfsPropagation = $word'
    nothing_leaks "${word:-none}"
    case $word in
      "" | *slave | private | unbindable) mount_has /data master ;;
      *) mount_lacks /data master shared ;;
    esac
  done
}

@test "propagation: mounts made in a bind mount do not appear on the host" {
  only_tare "runc lets it, with the words without r"
  no_word_leaks
}

@test "propagation: mounts made in a bind mount do not appear on the host, with a user namespace" {
  only_tare "runc knows no unbindable roots"
  map_ids
  no_word_leaks
}

@test "propagation: mounts made in an idmapped mount do not appear on the host" {
  only_tare "newer than runc 1.1"
  map_data
  no_word_leaks
}

@test "propagation: mounts made in a mount with the option shared do not appear on the host" {
  local option
  for option in shared rshared; do
    update_config --arg option $option '.mounts |= map(if .destination == "/data" then .options = ["rbind", $option] else . end)'
    nothing_leaks "$option"
    mount_has /data shared master
  done
  map_ids
  nothing_leaks "rshared, user namespace"
  mount_has /data shared master
}

@test "propagation: the root is a slave of the host's, private, or shared in the container" {
  local word
  for word in "" rslave slave private rprivate; do
    update_config --arg word "$word" '.linux.rootfsPropagation = $word'
    run_among_shared
    mount_lacks / shared
    case $word in
      "" | rslave) mount_has / master ;;
      slave) [[ $RUNTIME == */runc ]] || mount_has / master ;; # 1.1 has it private
      *) mount_lacks / master ;;
    esac
  done
  only_tare "runc 1.1 gives the others to the old root alone"
  for word in shared rshared; do
    update_config --arg word "$word" '.linux.rootfsPropagation = $word'
    run_among_shared
    mount_has / shared
    mount_lacks / master
  done
}

@test "propagation: with rootfsPropagation shared mounts do appear on the host, except from a user namespace" {
  local word
  for word in shared rshared; do
    update_config --arg word $word '.linux.rootfsPropagation = $word'
    run_among_shared
    [[ $LEAKED == *"$DATA/below"*"$DATA/late"* ]]
    [[ $LEAKED != *"$ROOTFS"* ]]
  done
  map_ids
  nothing_leaks "rshared, user namespace"
}

@test "propagation: with --no-pivot only the container's root is covered" {
  local word
  only_tare "runc unmounts the machine's /proc and /sys, and more"
  DATA=$BUNDLE # the rootfs is on another mount than "/"
  update_config '.mounts |= map(select(.destination | startswith("/data") | not))'
  set_args sh -c 'mount -t tmpfs late /tmp && exec probe mounts'
  for word in "" shared rshared; do
    update_config --arg word "$word" '.linux.rootfsPropagation = $word'
    run_among_shared --no-pivot
    [ -z "$LEAKED" ] || { echo "${word:-none}: mounted outside: $LEAKED" && return 1; }
  done
}

@test "propagation: mounts made in mounts below the rootfs do not appear on the host" {
  local word
  only_tare "runc lets it, with shared"
  DATA=$ROOTFS/data
  mkdir -p "$DATA/below" "$DATA/late"
  update_config '.mounts |= map(select(.destination != "/data"))'
  for word in "" slave shared rshared; do
    update_config --arg word "$word" '.linux.rootfsPropagation = $word'
    nothing_leaks "${word:-none}"
  done
}

# bats test_tags=v2
@test "propagation: mounts made in a recursive /sys or a cgroup mount do not appear on the host, also with joined namespaces" {
  local holder
  only_tare "newer than runc 1.1"
  in_background /dev/null unshare --user --net --fork --kill-child sleep 1000
  wait_for pgrep -P $!
  holder=$(pgrep -P $!)
  echo "0 100000 65536" >"/proc/$holder/uid_map"
  echo "0 100000 65536" >"/proc/$holder/gid_map"
  chown -R 100000:100000 "$ROOTFS"
  update_config --arg ns "/proc/$holder/ns" '
    .linux.namespaces |= map(if .type == "network" then .path = $ns + "/net" else . end) |
    .linux.namespaces += [{type: "user", path: ($ns + "/user")}] |
    .mounts |= map(if .destination == "/sys" then (. + {type: "bind", source: "/sys", options: ["rbind", "ro"]}) else . end) |
    .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]}]'
  nothing_leaks "/sys"
  mount_has /sys/fs/cgroup ro
}

@test "propagation: mounts made in a joined mount namespace with the host's peer groups do not appear on the host" {
  add_mount /etc bind "$DATA" rbind
  run -0 unshare --mount --propagation private sh -c '
    mount --make-rshared /
    unshare --mount --propagation unchanged sleep 1000 & holder=$!
    until [ "$(readlink /proc/$holder/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ]; do sleep 0.02; done
    jq --arg path "/proc/$holder/ns/mnt" ".linux.namespaces |= map(if .type == \"mount\" then .path = \$path else . end)" \
      "$3/config.json" >"$3/config.new" && mv "$3/config.new" "$3/config.json"
    cut -d" " -f5 /proc/self/mountinfo >"$5.before"
    timeout 60 "$1" --root "$2" run --bundle "$3" "$4" || status=$?
    cut -d" " -f5 /proc/self/mountinfo >"$5.after"
    kill $holder
    exit ${status-0}' sh "$RUNTIME" "$ROOT" "$BUNDLE" "$ID" "$OUT"
  expect /data/late
  diff "$OUT.before" "$OUT.after"
}
