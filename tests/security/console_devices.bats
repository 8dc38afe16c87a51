#!/usr/bin/env bats
# The console, ptmx and the nodes of /dev are the container's, whatever files the image has in their places.
load helper

# A container with a terminal and the image's /dev; its output is in $OUT.terminal.
run_on_terminal() { # WORD...
  in_background "$OUT.terminal" "$PROBE" receive-terminal "$BATS_TEST_TMPDIR/socket"
  wait_for test -S "$BATS_TEST_TMPDIR/socket"
  set_args "$@"
  run runtime run --detach --console-socket "$BATS_TEST_TMPDIR/socket" --bundle "$BUNDLE" "$ID" 3>&-
}

terminal_in_images_dev() {
  no_mounts_on_dev
  update_config '.process.terminal = true | .mounts +=
    [{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"]}]'
  mkdir "$ROOTFS/dev/pts"
}

@test "CVE-2025-52565: the image's /dev/console is a symbolic link" {
  concerns runc
  terminal_in_images_dev
  ln -s /target "$ROOTFS/dev/console"
  echo target >"$ROOTFS/target"
  run_on_terminal sh -c 'stat -c "%F, done" /target; sleep 1'
  [ "$(cat "$ROOTFS/target")" = target ]
  [ "$status" = 0 ] || return 0
  wait_for says "$OUT.terminal" ", done"
  says "$OUT.terminal" "regular file, done"
}

@test "CVE-2025-52565: the image's /dev/console is a symbolic link to a file of procfs" {
  concerns runc
  terminal_in_images_dev
  ln -s /proc/version "$ROOTFS/dev/console"
  run_on_terminal sh -c 'stat -c "%F, done" /proc/version; sleep 1'
  [ "$status" = 0 ] || return 0
  wait_for says "$OUT.terminal" ", done"
  says "$OUT.terminal" "regular empty file, done"
}

@test "CVE-2025-52565: /dev/pts/ptmx is a file of the image" {
  concerns runc
  no_mounts_on_dev
  update_config '.process.terminal = true'
  mkdir "$ROOTFS/dev/pts"
  echo target >"$ROOTFS/dev/pts/ptmx"
  run_on_terminal sh -c 'echo ran; sleep 1'
  [ "$status" != 0 ]
  ! is_tare || expect "is not on a devpts" # before it was opened
  [ "$(cat "$ROOTFS/dev/pts/ptmx")" = target ]
}

@test "an image's ptmx, which would be the host's, is replaced by the container's" {
  only_tare "what it promises beside the advisories"
  no_mounts_on_dev
  update_config '.mounts += [{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"]}]'
  mkdir "$ROOTFS/dev/pts"
  mknod -m 666 "$ROOTFS/dev/ptmx" c 5 2
  in_container busybox readlink /dev/ptmx
  [ "$output" = pts/ptmx ]
}

@test "a device of the config cannot replace ptmx" {
  only_tare "what it promises beside the advisories"
  update_config '.linux.devices = [{path: "/dev/ptmx", type: "c", major: 5, minor: 2, fileMode: 438}]'
  in_container busybox readlink /dev/ptmx
  [ "$output" = pts/ptmx ]
}
