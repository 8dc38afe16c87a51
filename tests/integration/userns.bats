#!/usr/bin/env bats
# User namespaces: IDs as seen in the container, and what it cannot do.
load helper

# The container's root is 100000 outside, and owns its files.
map_ids() {
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
    .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
  chown -R 100000:200000 "$ROOTFS"
}

@test "userns: root in the container is an unprivileged user on the host" {
  map_ids
  in_container sh -c 'id -u; cat /proc/self/uid_map; touch /tmp/mine; stat -c "%u:%g" /tmp/mine'
  expect_line 0 0:0
  expect "100000      65536"
  [ "$(stat -c %u:%g "$ROOTFS/tmp/mine")" = 100000:200000 ]
}

# bats test_tags=v2
@test "userns: mounts, devices, masked paths and host name are set up" {
  map_ids
  in_container sh -c 'cat /proc/sys/kernel/hostname; echo x >/dev/null; cat /proc/keys; stat -c %t:%T /dev/zero; ls /dev/pts'
  expect_line tare-test 1:5 ptmx
}

@test "userns: masked and read-only paths cannot be undone" {
  map_ids
  in_container probe mounts
  mount_has /proc/sys ro
  mount_has /proc/keys devtmpfs
}

@test "userns: the program may run as another user with groups" {
  map_ids
  update_config '.process.user = {uid: 1000, gid: 1001, additionalGids: [5]}'
  in_container probe ids
  expect_line "uid 1000 1000 1000" "gid 1001 1001 1001" "groups 5"
}

# Root of the container has no rights over a directory whose owner is not mapped; the program's group has.
@test "userns: the working directory may be one that only the program's user may enter" {
  only_tare "runc 1.1 enters it as root alone"
  map_ids
  mkdir -m 750 "$ROOTFS/theirs"
  chown 0:200005 "$ROOTFS/theirs"
  update_config '.process |= (.cwd = "/theirs" | .user = {uid: 1000, gid: 5})'
  in_container probe cwd
  expect_line "cwd /theirs"
  update_config '.process.user.gid = 6'
  refuses 'chdir to cwd (\"/theirs\")' "permission denied"
}

@test "userns: a user that is not mapped is an error" {
  map_ids
  update_config '.process.user.uid = 70000'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  [ -z "$(leftovers)" ]
}

@test "userns: several ID ranges are mapped" {
  map_ids
  update_config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 10},
    {containerID: 1000, hostID: 101000, size: 10}]'
  in_container cat /proc/self/uid_map
  [ "$(wc -l <<<"$output")" = 2 ]
}

@test "userns: a user namespace without mappings is an error" {
  update_config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces += [{type: "user"}]'
  run ! runtime run --bundle "$BUNDLE" "$ID"
}

@test "userns: all capabilities in the container have no effect on the host" {
  map_ids
  update_config '.process.capabilities |= map_values(["CAP_SYS_ADMIN", "CAP_MKNOD", "CAP_SYS_TIME"])'
  set_args probe device /tmp/disk b 8 0
  run ! runtime run --bundle "$BUNDLE" "$ID"
  expect_line EPERM
}

# bats test_tags=v2
@test "userns: exec joins it" {
  map_ids
  start sleep 1000
  run -0 runtime exec "$ID" probe ids namespaces caps
  expect_line "uid 0 0 0" "ns $(readlink "/proc/$(init_pid)/ns/user")" "effective 0000000020000420"
  run -0 runtime exec --user 33:34 "$ID" probe ids
  expect_line "uid 33 33 33" "gid 34 34 34"
}

# bats test_tags=v2
@test "userns: a user namespace can be joined, with a new PID namespace inside" {
  local holder
  hold_user_namespace 200000
  map_ids
  update_config --arg path "/proc/$holder/ns/user" '
    .linux.namespaces |= map(if .type == "user" then .path = $path else . end)'
  in_container probe namespaces ids session
  expect_line "ns $(readlink "/proc/$holder/ns/user")" "uid 0 0 0" "pid 1"
}

@test "userns: a user namespace can be joined together with the host's network namespace" {
  local holder
  hold_user_namespace 200000
  map_ids
  update_config --arg path "/proc/$holder/ns/user" '.mounts |= map(select(.type != "sysfs")) |
    .linux.namespaces |= map(if .type == "user" then .path = $path elif .type == "network" then .path = "/proc/self/ns/net" else . end)'
  in_container probe namespaces ids
  expect_line "ns $(readlink "/proc/$holder/ns/user")" "ns $(readlink /proc/self/ns/net)" "uid 0 0 0"
}

@test "userns: a terminal works through a console socket" {
  map_ids
  update_config '.process.terminal = true'
  in_background "$OUT.terminal" "$PROBE" receive-terminal "$BATS_TEST_TMPDIR/socket"
  wait_for test -S "$BATS_TEST_TMPDIR/socket"
  set_args probe terminal
  runtime run --detach --console-socket "$BATS_TEST_TMPDIR/socket" --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 3>&-
  wait_for says "$OUT.terminal" "foreground yes"
}

@test "userns: bind sources may be where the mapped root has no access" {
  map_ids
  mkdir -m 700 "$BATS_TEST_TMPDIR/closed"
  mkdir "$BATS_TEST_TMPDIR/closed/data"
  touch "$BATS_TEST_TMPDIR/closed/data/file"
  add_mount /data bind "$BATS_TEST_TMPDIR/closed/data" rbind
  only_tare "runc 1.1 cannot"
  in_container ls /data
  [ "$output" = file ]
}

@test "idmap: a mount may have its own mappings" {
  only_tare "newer than runc 1.1"
  map_ids
  mkdir "$BATS_TEST_TMPDIR/data"
  touch "$BATS_TEST_TMPDIR/data/file"
  chown 1000:1000 "$BATS_TEST_TMPDIR/data/file"
  add_mount /data bind "$BATS_TEST_TMPDIR/data" rbind idmap
  update_config '.mounts[-1] += {uidMappings: [{containerID: 1000, hostID: 100007, size: 1}],
    gidMappings: [{containerID: 1000, hostID: 200008, size: 1}]}'
  in_container stat -c %u:%g /data/file
  [ "$output" = 7:8 ]
}

@test "idmap: only one kind of mapping, or a mount that is not a bind mount, is an error" {
  only_tare "newer than runc 1.1"
  mkdir "$BATS_TEST_TMPDIR/data"
  add_mount /data bind "$BATS_TEST_TMPDIR/data" rbind idmap
  refuses idmap
  update_config '.mounts[-1] += {uidMappings: [{containerID: 1000, hostID: 100007, size: 1}]}'
  refuses gidMappings
}

@test "userns: time offsets are set" {
  [ -e /proc/self/ns/time ] || skip "no time namespaces here"
  only_tare "newer than runc 1.1"
  map_ids
  update_config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.boottime = {secs: 1000000}'
  in_container cat /proc/uptime
  [ "${output%%.*}" -gt 1000000 ]
}

@test "userns: a device that the host does not have is an error" {
  only_tare "runc cannot make them, crun can"
  map_ids
  update_config '.linux.devices = [
    {path: "/dev/taretest-none", type: "c", major: 1, minor: 3, fileMode: 438, uid: 5, gid: 6},
    {path: "/dev/taretest-block", type: "b", major: 7, minor: 0, fileMode: 384},
    {path: "/dev/zero", type: "c", major: 1, minor: 3}]'
  in_container sh -c 'stat -c "%n %F %t:%T %a %u:%g" /dev/taretest-* /dev/zero; echo x >/dev/taretest-none && echo written'
  expect_line "/dev/taretest-none character special file 1:3 666 5:6" "/dev/taretest-block block special file 7:0 600 0:0" \
    "/dev/zero character special file 1:3 666 0:0" written
  [ ! -e /dev/taretest-none ]
  run ! grep -F taretest /proc/self/mountinfo
}

@test "userns: the mqueue file system belongs to the container's root" {
  only_tare "nobody's under runc 1.1"
  map_ids
  in_container stat -c %u:%g /dev/mqueue
  [ "$output" = 0:0 ]
}

@test "userns: the mappings may leave out root" {
  only_tare "runc needs root in there, crun does not"
  map_ids
  update_config '.linux.uidMappings[0].containerID = 1000 | .linux.gidMappings[0].containerID = 1000 |
    .process.user = {uid: 1000, gid: 1000} | .mounts |= map(select(.destination != "/dev/pts"))'
  in_container id -u
  [ "$output" = 1000 ]
  start sleep 1000
  run -0 runtime exec "$ID" id -g
  [ "$output" = 1000 ]
  runtime delete --force "$ID"
  # The only mapped ID creates what the mounts need.
  update_config '.linux |= (.uidMappings[0].size = 1 | .gidMappings[0].size = 1)'
  chown -R 100000:200000 "$ROOTFS"
  add_mount /made/for tmpfs tmpfs
  in_container stat -c %u:%g /made
  [ "$output" = 1000:1000 ]
}

# The kernel locks the flags of the host's mounts if a user namespace owns the mount namespace.
@test "userns: a read-only mount of the host cannot be made writable" {
  only_tare "runc 1.1 does not lock the flags"
  map_ids
  local source=$BATS_TEST_TMPDIR/source
  mkdir "$source"
  mount -t tmpfs -o mode=777 tmpfs "$source"
  mount -o remount,bind,ro "$source"
  add_mount /mnt bind "$source" bind
  update_config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
  set_args sh -c 'busybox mount -o remount,bind,rw /mnt; touch /mnt/x'
  run runtime run --bundle "$BUNDLE" "$ID"
  umount "$source"
  [ "$status" != 0 ]
  expect "permission denied" "read-only file system"
}
