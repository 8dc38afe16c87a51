#!/usr/bin/env bats
# Idmapped mounts: the owner of a file as seen inside, and the owner of a new file outside. In the forms in which
# Kubernetes (hostUsers: false) and Podman (--userns, --uidmap, volumes with :idmap) ask for them.
# shellcheck disable=SC2016 # jq and the shells of the container expand what is in single quotes
load helper

setup() {
  only_tare "newer than runc 1.1"
  prepare
  DATA=$BATS_TEST_TMPDIR/data
  mkdir "$DATA"
}

teardown() {
  # The test's mounts, the innermost first.
  grep -F " $BATS_TEST_TMPDIR/data" /proc/self/mountinfo | cut -d' ' -f5 | sort -r | xargs -r umount
  check_residue
}

# Host ids FIRST and up for the container's 0 to 65535.
map_ids() { # FIRST
  update_config --argjson first "$1" '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: $first, size: 65536}] |
    .linux.gidMappings = .linux.uidMappings'
  chown -R "$1:$1" "$ROOTFS"
}

# The newest mount shows ids that are FROM on disk as TO, both for users and for groups.
map_mount() { # FROM TO SIZE
  update_config --argjson from "$1" --argjson to "$2" --argjson size "$3" \
    '.mounts[-1].uidMappings += [{containerID: $from, hostID: $to, size: $size}] |
     .mounts[-1].gidMappings = .mounts[-1].uidMappings'
}

make_file() { # PATH UID:GID
  touch "$1"
  chown "$2" "$1"
}

owner() { stat -c %u:%g "$1"; } # PATH

mount_tmpfs() { mount -t tmpfs tare-test "$1" || skip "cannot mount a tmpfs"; } # DIRECTORY

needs_idmapped_tmpfs() {
  local version
  IFS=.- read -ra version < <(uname -r)
  ((version[0] * 100 + version[1] >= 603)) || skip "tmpfs can be idmapped from Linux 6.3 on"
}

# Files of 1000 belong to 7 in the container, and vice versa.
check_both_ways() {
  map_ids 100000
  chown 1000:1000 "$DATA" # nothing can be made in a directory whose owner is nobody
  make_file "$DATA/file" 1000:1000
  add_mount /data bind "$DATA" rbind idmap
  map_mount 1000 100007 1
  update_config '.process.user = {uid: 7, gid: 7}'
  in_container sh -c 'stat -c %u:%g /data/file; touch /data/new; stat -c %u:%g /data/new'
  [ "$output" = $'7:7\n7:7' ]
  [ "$(owner "$DATA/new")" = 1000:1000 ]
}

@test "idmap: IDs are mapped in both directions, on the tests' file system" {
  check_both_ways
}

@test "idmap: IDs are mapped in both directions, on tmpfs" {
  needs_idmapped_tmpfs
  mount_tmpfs "$DATA"
  check_both_ways
}

@test "idmap: without its own mappings a mount has the container's" {
  map_ids 100000
  make_file "$DATA/file" 33:34
  add_mount /data bind "$DATA" rbind idmap
  in_container sh -c 'stat -c %u:%g /data /data/file; touch /data/new'
  [ "$output" = $'0:0\n33:34' ]
  [ "$(owner "$DATA/new")" = 0:0 ]
}

@test "idmap: mappings work without the option idmap" {
  map_ids 100000
  make_file "$DATA/file" 1000:1000
  add_mount /data bind "$DATA" rbind
  map_mount 1000 100007 1
  in_container stat -c %u:%g /data/file
  [ "$output" = 7:7 ]
}

@test "idmap: works without a user namespace" {
  make_file "$DATA/file" 1000:1000
  add_mount /data bind "$DATA" rbind idmap
  map_mount 1000 0 1
  map_mount 0 1000 1
  in_container sh -c 'stat -c %u:%g /data /data/file; touch /data/file.new || echo refused'
  expect_line 1000:1000 0:0
}

@test "idmap: with several ranges, an ID in none of them is shown as nobody and cannot be written" {
  map_ids 100000
  chown 1000:1000 "$DATA" # nothing can be made in a directory whose owner is nobody
  make_file "$DATA/first" 1000:1000
  make_file "$DATA/second" 2005:2005
  make_file "$DATA/other" 3000:3000
  add_mount /data bind "$DATA" rbind idmap
  map_mount 1000 100000 1
  map_mount 2000 100100 10
  in_container sh -c 'stat -c %u:%g /data/first /data/second /data/other; touch /data/mine'
  [ "$output" = $'0:0\n105:105\n65534:65534' ]
  [ "$(owner "$DATA/mine")" = 1000:1000 ]
  chmod 777 "$DATA"
  update_config '.process.user = {uid: 50, gid: 50}'
  set_args touch /data/new
  run ! runtime run --bundle "$BUNDLE" "$ID"
  expect "too large"
}

@test "idmap: the mount may be read-only, or a single file" {
  map_ids 100000
  make_file "$DATA/file" 0:0
  add_mount /data bind "$DATA" rbind ro idmap
  add_mount /file bind "$DATA/file" bind idmap
  in_container sh -c 'touch /data/new 2>&1; stat -c %u:%g /file; echo x >/file; cat /data/file'
  expect "Read-only"
  expect_line 0:0 x
}

@test "idmap: is for the mount alone, and ridmap also for mounts below it" {
  needs_idmapped_tmpfs
  map_ids 100000
  mkdir "$DATA/below"
  mount_tmpfs "$DATA/below"
  make_file "$DATA/file" 5:5
  make_file "$DATA/below/file" 5:5
  add_mount /one bind "$DATA" rbind idmap
  add_mount /all bind "$DATA" rbind ridmap
  in_container stat -c %u:%g /one/file /one/below/file /all/file /all/below/file
  [ "$output" = $'5:5\n65534:65534\n5:5\n5:5' ]
}

@test "idmap: the error names a file system that does not support it" {
  map_ids 100000
  add_mount /data bind /sys/kernel rbind idmap
  refuses "to rootfs at" /data /mounts/ "file system sysfs" "does not support idmapped mounts"
}

@test "idmap: works on overlayfs" {
  mkdir "$BATS_TEST_TMPDIR"/{upper,work}
  mount_tmpfs "$DATA"
  mkdir "$DATA"/{lower,upper,work,merged}
  mount -t overlay -o "lowerdir=$DATA/lower,upperdir=$DATA/upper,workdir=$DATA/work" tare-test "$DATA/merged" ||
    skip "cannot mount an overlay"
  map_ids 100000
  add_mount /data bind "$DATA/merged" rbind idmap
  set_args true
  run runtime run --bundle "$BUNDLE" "$ID"
  # Not on Linux 6.12; a later kernel may learn it.
  [ "$status" = 0 ] || expect "file system overlay" "does not support idmapped mounts"
}

@test "idmap: ridmap fails if a mount below does not support it" {
  needs_idmapped_tmpfs
  mount_tmpfs "$DATA"
  mkdir "$DATA/below"
  mount --bind /sys/kernel "$DATA/below"
  map_ids 100000
  add_mount /data bind "$DATA" rbind ridmap
  refuses "or one mounted below it, does not support idmapped mounts"
}

@test "idmap: on anything but a bind mount it is an error" {
  map_ids 100000
  add_mount /data tmpfs tmpfs idmap
  refuses "only bind mounts can be idmapped"
  update_config '.mounts[-1].options = []'
  map_mount 0 100000 10
  refuses "only bind mounts can be idmapped"
}

@test "idmap: mappings that the kernel refuses are an error" {
  map_ids 100000
  add_mount /data bind "$DATA" rbind idmap
  map_mount 0 100000 10
  map_mount 5 200000 10
  refuses "to rootfs at" /data "mapping user ids" "invalid argument"
  [ -z "$(leftovers)" ]
}

@test "userns: mappings that the kernel refuses are an error" {
  map_ids 100000
  update_config '.linux.gidMappings += [{containerID: 10, hostID: 500000, size: 5}]'
  refuses "mapping group ids" "invalid argument"
  [ -z "$(leftovers)" ]
}

# A pod of Kubernetes with hostUsers: false, as containerd makes it: the sandbox has the user namespace, its containers
# join it by path; the volumes, owned by IDs of the host, are idmapped.
# bats test_tags=v2
@test "idmap: works in a pod with its own user namespace" {
  local sandbox=$ID.sandbox pid
  map_ids 655360
  update_config --arg cgroup "/$sandbox" '.linux.cgroupsPath = $cgroup'
  ID=$sandbox start sleep 1000
  update_config --arg cgroup "/$ID" '.linux.cgroupsPath = $cgroup'
  pid=$(runtime state "$sandbox" | jq .pid)
  make_file "$DATA/file" 1000:1000
  add_mount /data bind "$DATA" rbind rprivate rw
  map_mount 0 655360 65536
  update_config --arg ns "/proc/$pid/ns" '
    .linux.namespaces |= map(
      if .type == "user" then .path = $ns + "/user" elif .type == "network" then .path = $ns + "/net"
      elif .type == "ipc" then .path = $ns + "/ipc" elif .type == "uts" then .path = $ns + "/uts" else . end) |
    .linux.namespaces += [{type: "cgroup"}] | del(.hostname)'
  start sleep 1000
  run -0 runtime exec "$ID" sh -c 'id -u; stat -c %u:%g /data /data/file; touch /data/new; ls /sys/class/net; cat /proc/self/uid_map'
  expect_line 0 0:0 1000:1000 lo
  expect "655360"
  [ "$(owner "$DATA/new")" = 0:0 ]
  [ "$(readlink "/proc/$(init_pid)/ns/user")" = "$(readlink "/proc/$pid/ns/user")" ]
  [ "$(readlink "/proc/$(init_pid)/ns/pid")" != "$(readlink "/proc/$pid/ns/pid")" ]
  runtime delete --force "$ID"
  runtime delete --force "$sandbox"
}

# Without its own mappings, the mount has those of the joined namespace.
@test "idmap: without its own mappings a mount has those of a joined user namespace" {
  local sandbox=$ID.sandbox
  map_ids 655360
  update_config --arg cgroup "/$sandbox" '.linux.cgroupsPath = $cgroup'
  ID=$sandbox start sleep 1000
  update_config --arg cgroup "/$ID" '.linux.cgroupsPath = $cgroup'
  make_file "$DATA/file" 33:34
  add_mount /data bind "$DATA" rbind idmap
  update_config --arg path "/proc/$(runtime state "$sandbox" | jq .pid)/ns/user" '
    .linux.namespaces |= map(if .type == "user" then .path = $path else . end)'
  in_container stat -c %u:%g /data/file
  [ "$output" = 33:34 ]
  runtime delete --force "$sandbox"
}

# Podman resolves its users' form (idmap=uids=@0-7-1) to mappings of the host's IDs.
@test "idmap: accepts Podman's form of the option" {
  map_ids 5000
  make_file "$DATA/file" 0:0
  add_mount /same bind "$DATA" rprivate rbind
  map_mount 0 5000 65536
  add_mount /other bind "$DATA" rprivate rbind
  map_mount 0 5007 1
  in_container stat -c %u:%g /same/file /other/file
  [ "$output" = $'0:0\n7:7' ]
}

# bats test_tags=v2
@test "idmap: the rootfs may be idmapped by the runtime's caller" {
  needs_idmapped_tmpfs
  local holder
  hold_user_namespace 100000
  mount --bind -o "X-mount.idmap=/proc/$holder/ns/user" "$ROOTFS" "$DATA" || skip "mount(8) cannot idmap"
  grep -F " $DATA " /proc/self/mountinfo | grep -qw idmapped || skip "mount(8) cannot idmap before util-linux 2.39"
  map_ids 100000
  chown -R 0:0 "$ROOTFS"
  update_config --arg path "$DATA" '.root.path = $path'
  in_container sh -c 'stat -c %u:%g /bin; touch /tmp/new'
  [ "$output" = 0:0 ]
  [ "$(owner "$ROOTFS/tmp/new")" = 0:0 ]
}
