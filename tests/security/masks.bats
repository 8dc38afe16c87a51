#!/usr/bin/env bats
# Masked and read-only paths hide and protect their files, and show no others.
load helper

# The image's /dev is a volume, so that no runtime creates a null device in it.
dev_from_volume() {
  mkdir "$BATS_TEST_TMPDIR/dev"
  no_mounts_on_dev
  add_mount /dev bind "$BATS_TEST_TMPDIR/dev" bind
  echo 'the container wrote this' >"$ROOTFS/bait"
  set_args sh -c 'cat /proc/timer_list; echo changed >/proc/timer_list'
}

# Either it is refused, or the masked file can be neither read nor written.
shows_no_bait() {
  run runtime run --bundle "$BUNDLE" "$ID"
  refute "the container wrote this" "Timer List"
  [ "$(cat "$1")" = 'the container wrote this' ]
}

@test "CVE-2025-31133, CVE-2025-62161: a symbolic link at /dev/null is not used for masking" {
  concerns runc youki
  dev_from_volume
  ln -s /bait "$BATS_TEST_TMPDIR/dev/null"
  shows_no_bait "$ROOTFS/bait"
}

@test "CVE-2025-31133, CVE-2025-62161: a file at /dev/null is not used for masking" {
  concerns runc youki
  dev_from_volume
  cp "$ROOTFS/bait" "$BATS_TEST_TMPDIR/dev/null"
  shows_no_bait "$BATS_TEST_TMPDIR/dev/null"
}

@test "CVE-2025-31133: another device at /dev/null is not used for masking" {
  concerns runc
  dev_from_volume
  set_args sh -c 'busybox head -c 1 /proc/timer_list | busybox od'
  mknod "$BATS_TEST_TMPDIR/dev/null" c 1 5
  run runtime run --bundle "$BUNDLE" "$ID"
  refute 0000001
}

@test "CVE-2025-31133: an image's /dev/null that is a symbolic link is not used for masking" {
  concerns runc
  no_mounts_on_dev
  echo 'the container wrote this' >"$ROOTFS/bait"
  ln -s /bait "$ROOTFS/dev/null"
  set_args sh -c 'cat /proc/timer_list; echo changed >/proc/timer_list'
  shows_no_bait "$ROOTFS/bait"
}

# Every mount in the container's volume is on the path that it shows: root and mount point have the same name.
covers_itself() { ! awk '$5 ~ "^/volume/" && $4 !~ "/" substr($5, 9) "$"' "/proc/$(init_pid)/mountinfo" | grep .; }

# A second lookup of a path is delayed. The tracer runs as long as the container.
create_slowly() {
  strace -f --seccomp-bpf -qqq -o /dev/null -e trace=open_tree,mount -e inject=open_tree,mount:delay_enter=3000 \
    "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&- || true
  touch "$OUT.failed"
}

is_made() { status_is created || [ -e "$OUT.failed" ]; }

@test "GHSA-3q8j-pf29-vwv8: a directory is swapped while it is made read-only" {
  concerns youki
  local round swapper
  mkdir -p "$BATS_TEST_TMPDIR/volume"/{a,other}
  ln -s other "$BATS_TEST_TMPDIR/volume/b"
  add_mount /volume bind "$BATS_TEST_TMPDIR/volume" rbind
  update_config '.linux.readonlyPaths += ["/volume/a", "/volume/a", "/volume/b"]'
  in_background "$OUT.swap" "$PROBE" swap "$BATS_TEST_TMPDIR/volume/a" "$BATS_TEST_TMPDIR/volume/b" 120
  swapper=$!
  for ((round = 0; 2 * round < ROUNDS; ++round)); do
    kill -CONT "$swapper"
    rm -f "$OUT.failed"
    create_slowly &
    wait_for is_made
    kill -STOP "$swapper" # the kernel writes both names one after the other
    [ -e "$OUT.failed" ] || covers_itself || { echo "round $round" && return 1; }
    runtime delete --force "$ID"
    wait $! || true
  done
}
