#!/usr/bin/env bats
# What the runtime uses as procfs and sysfs are those, with nothing mounted over them.
load helper

@test "CVE-2019-16884: a volume cannot be mounted over /proc" {
  concerns runc
  mkdir "$BATS_TEST_TMPDIR/fake"
  update_config --arg source "$BATS_TEST_TMPDIR/fake" '.mounts += [{destination: "/proc", type: "bind", source: $source,
    options: ["bind"]}]'
  refuses /proc
  update_config '.mounts[-1] = {destination: "/proc", type: "tmpfs", source: "x"}'
  refuses /proc
}

@test "CVE-2019-16884: a volume cannot be mounted over a directory in /proc, whatever path leads there" {
  only_tare "runc 1.1 lets this pass"
  update_config '.mounts += [{}]'
  update_config '.mounts[-1] = {destination: "/proc/self/attr", type: "tmpfs", source: "x"}'
  refuses /proc
  mkdir -p "$ROOTFS/a/b"
  update_config '.mounts[-1] = {destination: "/a/../proc/sys", type: "tmpfs", source: "x"}'
  refuses /proc
}

@test "CVE-2019-16884: nothing can be mounted inside /proc, whatever its source" {
  concerns runc
  local mount
  ln -s proc "$ROOTFS/way"
  for mount in '"/proc/tty", type: "bind", source: "/proc/tty", options: ["bind"]' \
    '"/proc/sys/kernel", type: "bind", source: "/proc/sys/kernel", options: ["rbind", "rw"]' \
    '"/way/sys", type: "bind", source: "/proc/sys", options: ["bind"]' \
    '"/proc/net/dev", type: "bind", source: "/proc/cmdline", options: ["bind"]' \
    '"/proc/sys", options: ["remount", "bind", "rw"]'; do
    update_config ".mounts += [{destination: $mount}]"
    refuses "cannot be mounted because it is inside /proc"
    update_config 'del(.mounts[-1])'
  done
  is_tare || return 0 # runc lets these pass: they are of the kernel's own
  for mount in '"/proc/sys", type: "proc", source: "proc"' '"/proc/tty", type: "sysfs", source: "sysfs"' \
    '"/proc/tty", type: "cgroup", source: "cgroup"'; do
    update_config ".mounts += [{destination: $mount}]"
    refuses "cannot be mounted because it is inside /proc"
    update_config 'del(.mounts[-1])'
  done
}

@test "CVE-2019-16884: a missing destination inside /proc is an error and is not created" {
  concerns runc
  add_mount /proc/none bind /etc bind
  refuses "cannot be mounted because it is inside /proc"
  update_config '.mounts |= [.[-1]] + .[:-1]' # before the procfs
  refuses "cannot be mounted because it is inside /proc"
  [ -z "$(ls "$ROOTFS/proc")" ]
}

@test "CVE-2019-16884: only the root of a procfs can be mounted over /proc" {
  concerns runc
  add_mount /proc bind /proc rbind
  in_container ls /proc/self/attr/current
  set_args true
  update_config '.mounts[-1].source = "/proc/sys"'
  is_tare || return 0 # the rest is not the advisory's
  refuses "only part of a procfs"
  update_config '.mounts[-1] = {destination: "/proc", type: "cgroup", source: "cgroup"}'
  refuses "not of type proc"
  # A second procfs is not used for labels and sysctls.
  update_config '.mounts[-1] = {destination: "/other", type: "proc", source: "proc"}'
  add_mount /other/tty bind /proc/tty bind
  in_container ls /other/tty/drivers
}

@test "CVE-2019-16884: files that engines mount below /proc still work" {
  concerns runc
  echo 'MemTotal: 1 kB' >"$BATS_TEST_TMPDIR/meminfo"
  add_mount /proc/meminfo bind "$BATS_TEST_TMPDIR/meminfo" bind
  in_container cat /proc/meminfo
  [ "$output" = "MemTotal: 1 kB" ]
}

@test "CVE-2019-19921, CVE-2023-28642: the image's /proc and /sys are symbolic links" {
  concerns runc
  local name
  setup_victim
  for name in proc sys; do
    rmdir "$ROOTFS/$name"
    ln -s "$VICTIM" "$ROOTFS/$name"
    run ! runtime run --bundle "$BUNDLE" "$ID"
    victim_is_untouched
    rm "$ROOTFS/$name"
    [ ! -e "$ROOTFS$VICTIM" ]
    mkdir "$ROOTFS/elsewhere"
    ln -s elsewhere "$ROOTFS/$name"
    run ! runtime run --bundle "$BUNDLE" "$ID"
    rm "$ROOTFS/$name"
    rmdir "$ROOTFS/elsewhere"
    mkdir "$ROOTFS/$name"
  done
}

@test "CVE-2023-27561, CVE-2025-54867: the image's /proc and /sys lead into a volume" {
  concerns runc youki
  local name
  mkdir "$BATS_TEST_TMPDIR/volume"
  mkdir "$BATS_TEST_TMPDIR/volume"/{proc,sys}
  update_config --arg source "$BATS_TEST_TMPDIR/volume" \
    '.mounts = [{destination: "/volume", type: "bind", source: $source, options: ["rbind"]}] + .mounts'
  for name in proc sys; do
    rmdir "${ROOTFS:?}/$name"
    ln -s "volume/$name" "$ROOTFS/$name"
    run ! runtime run --bundle "$BUNDLE" "$ID"
    rm "${ROOTFS:?}/$name"
    mkdir "$ROOTFS/$name"
  done
}

@test "CVE-2023-28642: a symbolic link that avoids a masked or a read-only path" {
  concerns runc
  mkdir "$ROOTFS/elsewhere"
  rmdir "$ROOTFS/proc"
  ln -s elsewhere "$ROOTFS/proc"
  update_config '.mounts |= map(if .destination == "/proc" then .destination = "/elsewhere" else . end)'
  set_args sh -c ': >>/elsewhere/sys/kernel/domainname && echo written'
  run runtime run --bundle "$BUNDLE" "$ID"
  refute written
}

@test "CVE-2025-52881: a sysctl is only written to procfs" {
  concerns runc
  add_mount /proc/sys tmpfs tmpfs
  update_config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
  run ! runtime run --bundle "$BUNDLE" "$ID"
}

# Runs COMMAND in a new mount namespace, in which $OUT.cover is mounted over the FILE of procfs.
with_cover() { # FILE COMMAND...
  echo cover >"$OUT.cover"
  # shellcheck disable=SC2016 # sh expands it
  run unshare --mount --propagation private sh -c 'mount --bind "$1" "/proc/$2" && shift 2 && exec "$@"' \
    sh "$OUT.cover" "$1" timeout --signal KILL 60 "$RUNTIME" --root "$ROOT" "${@:2}"
}

@test "CVE-2025-52881: a sysctl is not written to a file that is mounted over it" {
  concerns runc
  update_config '.linux.sysctl = {"kernel.domainname": "example.org"}'
  set_args probe names
  with_cover sys/kernel/domainname run --bundle "$BUNDLE" "$ID"
  [ "$(cat "$OUT.cover")" = cover ]
  is_tare || return 0 # which uses its own procfs
  expect_line "domainname example.org"
}

@test "CVE-2025-52881: a sysctl is not written to a file that a container or its sibling has mounted over it" {
  concerns runc
  local holder
  echo cover >"$OUT.cover"
  # shellcheck disable=SC2016 # sh expands it
  in_background /dev/null unshare --mount --uts --propagation private sh -c \
    'mount --bind "$1" /proc/sys/kernel/domainname && echo covered >"$1.done" && exec sleep 1000' sh "$OUT.cover"
  holder=$!
  wait_for test -s "$OUT.cover.done"
  update_config --arg ns "/proc/$holder/ns" '.linux.sysctl = {"kernel.domainname": "example.org"} | .mounts = [] |
    del(.hostname, .linux.maskedPaths, .linux.readonlyPaths, .linux.rootfsPropagation) | .linux.namespaces |= map(
      if .type == "mount" then .path = $ns + "/mnt" elif .type == "uts" then .path = $ns + "/uts" else . end)'
  run runtime run --bundle "$BUNDLE" "$ID"
  [ "$(cat "$OUT.cover")" = cover ]
}
