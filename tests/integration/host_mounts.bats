#!/usr/bin/env bats
# Containers in the runtime's mount namespace: their mounts are visible on the host, and are removed.
# bats file_tags=v2
load helper

setup() {
  only_tare "runc 1.1 changes the machine's propagation, and leaves all its mounts"
  prepare
  update_config '.linux.namespaces |= map(select(.type != "mount")) | del(.linux.maskedPaths, .linux.readonlyPaths)'
}

teardown() {
  # Mounts that a test has made itself, below the container's.
  if [ -n "${MOUNTED-}" ]; then
    runtime delete --force "$ID"
    umount "$MOUNTED"
  fi
  check_residue
}

mounts_here() { grep -cF " $ROOTFS" /proc/self/mountinfo || true; }

propagation() { findmnt -n -o TARGET,PROPAGATION / && findmnt -n -o TARGET,PROPAGATION -T "$BUNDLE"; }

@test "host mounts: are created, and removed with the container" {
  local before
  before=$(propagation)
  add_mount /data tmpfs tmpfs ro
  in_container sh -c 'ls /proc/1/exe && cd /dev/shm && touch x && ! touch /data/x 2>/dev/null && echo made'
  expect_line made
  [ "$(mounts_here)" = 0 ]
  [ "$(propagation)" = "$before" ]
}

@test "host mounts: are visible while the container runs, and delete removes them" {
  start sleep 1000
  mountpoint "$ROOTFS"
  mountpoint "$ROOTFS/proc"
  mountpoint "$ROOTFS/dev/shm"
  run -0 runtime exec "$ID" ls /proc/self
  runtime delete --force "$ID"
  [ "$(mounts_here)" = 0 ]
}

@test "host mounts: hooks run, and after a failure they are removed" {
  update_config --arg out "$OUT" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo hook >" + $out]}]'
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  [ "$(cat "$OUT")" = hook ]
  update_config '.hooks.createRuntime += [{path: "/bin/false"}]'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  [ "$(mounts_here)" = 0 ]
  update_config 'del(.hooks)'
  add_mount /late bind /nonesuch rbind
  run ! runtime run --bundle "$BUNDLE" "$ID"
  expect "/nonesuch"
  [ "$(mounts_here)" = 0 ]
}

@test "host mounts: a rootfs that is already a mount point is kept" {
  mount --bind "$ROOTFS" "$ROOTFS"
  MOUNTED=$ROOTFS
  start sleep 1000
  mountpoint "$ROOTFS/proc"
  runtime delete --force "$ID"
  run ! mountpoint "$ROOTFS/proc"
  mountpoint "$ROOTFS"
  umount "$MOUNTED"
  MOUNTED=
  [ "$(mounts_here)" = 0 ]
}

@test "host mounts: mounts that another process has made in their place are kept" {
  start sleep 1000
  umount -l "$ROOTFS"
  mount -t tmpfs none "$ROOTFS"
  MOUNTED=$ROOTFS
  runtime delete --force "$ID"
  mountpoint "$ROOTFS"
  umount "$MOUNTED"
  MOUNTED=
}

@test "host mounts: without mounts nothing is left on the rootfs, also after a read-only root" {
  update_config '.mounts = []'
  in_container true
  update_config '.root.readonly = true | .process.args = ["sh", "-c", "! touch /x 2>/dev/null && echo read-only"]'
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  expect_line read-only
  [ "$(mounts_here)" = 0 ]
}

@test "host mounts: delete removes what a killed create leaves" {
  local creator
  update_config --arg out "$OUT" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "echo $$ >" + $out + "; exec sleep 1000"]}]'
  "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 </dev/null 3>&- &
  creator=$!
  echo "$creator" >>"$BATS_TEST_TMPDIR/helpers"
  wait_for [ -s "$OUT" ]
  cat "$OUT" >>"$BATS_TEST_TMPDIR/helpers" # the hook
  kill -KILL "$creator"
  wait "$creator" || true
  runtime delete --force "$ID"
  [ "$(mounts_here)" = 0 ]
}
