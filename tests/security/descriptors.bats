#!/usr/bin/env bats
# A container has no descriptor of the host, and no working directory there.
load helper

@test "CVE-2024-21626: the working directory cannot be a descriptor of the host" {
  concerns runc crun
  local fd
  set_args true
  for fd in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    update_config --arg cwd "/proc/self/fd/$fd" '.process.cwd = $cwd'
    run ! runtime run --bundle "$BUNDLE" "$ID" 7</ 9</sys/fs/cgroup
  done
}

@test "CVE-2024-21626: the working directory of exec cannot be a descriptor of the host" {
  concerns runc crun
  local fd
  start sleep 1000
  for fd in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    run ! runtime exec --cwd "/proc/self/fd/$fd" "$ID" true 7</ 9</sys/fs/cgroup
  done
}

# There /proc/self is the process itself, with what it has inherited.
@test "CVE-2024-21626: the working directory of exec in a user namespace cannot be a descriptor of the host" {
  only_tare "the others have no container with the mappings of this test"
  local fd
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$ROOTFS"
  start sleep 1000
  for fd in 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
    run ! runtime exec --cwd "/proc/self/fd/$fd" "$ID" true 7</ 9</sys/fs/cgroup
  done
}

@test "CVE-2024-21626: a symbolic link of the image cannot lead the working directory to the host" {
  concerns runc crun
  ln -s /proc/self/fd/7 "$ROOTFS/work"
  update_config '.process.cwd = "/work"'
  run ! runtime run --bundle "$BUNDLE" "$ID" 7</
}

@test "CVE-2024-21626: the working directory cannot be a descriptor of the host that only the user may enter" {
  concerns runc crun
  mkdir -m 700 "$BATS_TEST_TMPDIR/private"
  chown 1000 "$BATS_TEST_TMPDIR/private"
  update_config '.process.user.uid = 1000 | .process.cwd = "/proc/self/fd/7"'
  run ! runtime run --bundle "$BUNDLE" "$ID" 7<"$BATS_TEST_TMPDIR/private"
}

@test "CVE-2024-21626: a program only has the standard streams of its caller's descriptors" {
  concerns runc crun
  in_container probe descriptors 7</ 8</etc/passwd 63</sys/fs/cgroup
  [ "$(grep -c ^fd <<<"$output")" = 3 ] || { echo "$output" && return 1; }
  start sleep 1000
  run -0 runtime exec "$ID" probe descriptors 7</ 8</etc/passwd 63</sys/fs/cgroup
  [ "$(grep -c ^fd <<<"$output")" = 3 ] || { echo "$output" && return 1; }
}
