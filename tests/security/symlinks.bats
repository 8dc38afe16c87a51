#!/usr/bin/env bats
# Symbolic links of the image, or of a volume that others write to, do not lead out of the container.
load helper

@test "CVE-2019-18837: symbolic links cannot lead a destination out of the rootfs" {
  concerns crun
  setup_victim
  mkdir "$BATS_TEST_TMPDIR/data"
  ln -s "$VICTIM" "$ROOTFS/absolute"
  ln -s "../../../../../../../..$VICTIM" "$ROOTFS/relative"
  add_mount /absolute/made bind "$BATS_TEST_TMPDIR/data" bind
  add_mount /relative/made-too tmpfs tmpfs
  update_config '.linux.devices = [{path: "/absolute/null", type: "c", major: 1, minor: 3}] |
    .linux.maskedPaths += ["/absolute/file"] | .linux.readonlyPaths += ["/relative/file"]'
  run runtime run --bundle "$BUNDLE" "$ID"
  victim_is_untouched
}

@test "CVE-2019-18837: a symbolic link as the last part of a destination cannot lead out of the rootfs" {
  concerns crun
  setup_victim
  mkdir "$BATS_TEST_TMPDIR/data"
  ln -s "$VICTIM" "$ROOTFS/out"
  ln -s "$VICTIM/file" "$ROOTFS/out-file"
  echo new >"$BATS_TEST_TMPDIR/new"
  ln -s "$VICTIM-made/here" "$ROOTFS/out-made"
  add_mount /out bind "$BATS_TEST_TMPDIR/data" bind
  add_mount /out-file bind "$BATS_TEST_TMPDIR/new" bind
  add_mount /out-made/x bind "$BATS_TEST_TMPDIR/new" bind
  set_args sh -c 'echo x >/out/written; cat /out-made/x'
  run runtime run --bundle "$BUNDLE" "$ID"
  victim_is_untouched
  [ ! -e "$VICTIM-made" ]
  is_tare || return 0
  [ "$status" = 0 ]
  [ "$output" = new ]
  [ -e "$BATS_TEST_TMPDIR/data/written" ]
  [ -e "$ROOTFS$VICTIM-made/here/x" ]
}

@test "CVE-2019-18837: a magic link of procfs cannot lead a destination out of the rootfs" {
  concerns crun
  setup_victim
  ln -s "/proc/self/root$VICTIM" "$ROOTFS/magic"
  add_mount /magic/made tmpfs tmpfs
  run runtime run --bundle "$BUNDLE" "$ID"
  victim_is_untouched
  is_tare || return 0
  # This text distinguishes RESOLVE_NO_MAGICLINKS from what RESOLVE_IN_ROOT happens to refuse.
  ((status != 0))
  expect "Too many levels of symbolic links"
}

@test "CVE-2019-18837: symbolic links cannot lead a working directory that is created out of the rootfs" {
  concerns crun
  setup_victim
  ln -s "$VICTIM" "$ROOTFS/out"
  update_config '.process.cwd = "/out/made"'
  run runtime run --bundle "$BUNDLE" "$ID"
  victim_is_untouched
}

# Runs the bundle ROUNDS times while $1 and $2 are exchanged; CHECK must succeed after each run.
race() { # PATH PATH CHECK
  local round swapper
  in_background "$OUT.swap" "$PROBE" swap "$1" "$2" 120
  swapper=$!
  for ((round = 0; round < ROUNDS; ++round)); do
    run runtime run --bundle "$BUNDLE" "$ID"
    "$3" || { echo "round $round: $output" && return 1; }
  done
  kill "$swapper"
}

@test "CVE-2021-30465, CVE-2024-45310: a directory in a shared volume is swapped while it is mounted on" {
  concerns runc
  setup_victim
  mkdir -p "$BATS_TEST_TMPDIR/volume/a"
  ln -s "../../../../../../../..$VICTIM" "$BATS_TEST_TMPDIR/volume/b"
  add_mount /volume bind "$BATS_TEST_TMPDIR/volume" rbind
  add_mount /volume/a/made/one tmpfs tmpfs
  add_mount /volume/a/made/two/file bind "$BUNDLE/config.json" bind
  set_args true
  race "$BATS_TEST_TMPDIR/volume/a" "$BATS_TEST_TMPDIR/volume/b" victim_is_untouched
}

@test "CVE-2026-41579, CVE-2026-47766: the image's /dev is a symbolic link to the host's" {
  concerns runc crun
  setup_victim
  no_mounts_on_dev
  rm -rf "${ROOTFS:?}/dev"
  ln -s "$VICTIM" "$ROOTFS/dev"
  touch "$VICTIM/ptmx"
  run runtime run --bundle "$BUNDLE" "$ID"
  [ "$(ls -A "$VICTIM")" = $'file\nptmx' ]
  [ -f "$VICTIM/ptmx" ] && [ ! -L "$VICTIM/ptmx" ]
}

@test "CVE-2025-24965: no file of the runtime is written through a symbolic link of the image" {
  concerns crun
  setup_victim
  ln -s "$VICTIM/made" "$ROOTFS/.krun_config.json"
  update_config '.annotations = {"run.oci.handler": "krun", "krun.ram_mib": "64"}'
  run runtime run --bundle "$BUNDLE" "$ID"
  victim_is_untouched
}

victim_is_private() { [ "$(stat -c %a "$VICTIM/file")" = 600 ]; }

# A runtime that finds the right node there changes its mode; the chmod is delayed.
@test "a device node in a shared volume is swapped while it is created" {
  only_tare "what it promises beside the advisories"
  setup_victim
  chmod 600 "$VICTIM/file"
  mkdir "$BATS_TEST_TMPDIR/volume"
  mknod -m 666 "$BATS_TEST_TMPDIR/volume/a" c 1 3
  ln -s "$VICTIM/file" "$BATS_TEST_TMPDIR/volume/b"
  add_mount /volume bind "$BATS_TEST_TMPDIR/volume" bind
  update_config '.linux.devices = [{path: "/volume/a", type: "c", major: 1, minor: 3, fileMode: 438}]'
  set_args true
  runtime() {
    timeout --signal KILL 60 strace -f --seccomp-bpf -qqq -o /dev/null -e trace=chmod,fchmodat -e inject=chmod,fchmodat:delay_enter=20000 \
      "$RUNTIME" --root "$ROOT" "$@"
  }
  race "$BATS_TEST_TMPDIR/volume/a" "$BATS_TEST_TMPDIR/volume/b" victim_is_private
}

# For `mounts add`: the root of a container that runs makes links in it at any moment.
start_with_links() { # LINK TARGET ...
  only_tare "no other runtime of Debian 12 has the command"
  setup_victim
  update_config '.root.readonly = false'
  while [ $# -gt 0 ]; do
    ln -s "$2" "$ROOTFS/$1"
    shift 2
  done
  start sleep 1000
}
add_at() { jq -n --arg d "$1" '[{destination: $d, type: "tmpfs", source: "tmpfs"}]' | runtime mounts add "$ID" -; } # DESTINATION
remove_at() { jq -n --arg d "$1" '[{destination: $d}]' | runtime mounts remove "$ID" -; }

@test "mounts add: symbolic links of a running container cannot lead a destination out of it, or into its /proc" {
  start_with_links absolute "$BATS_TEST_TMPDIR/victim" relative "../../../../../../../..$BATS_TEST_TMPDIR/victim" \
    magic "/proc/1/root$BATS_TEST_TMPDIR/victim" procfs /proc/sys
  add_at /absolute/made
  add_at /relative/made-too
  victim_is_untouched
  [ -d "$ROOTFS$VICTIM/made" ]
  [ -d "$ROOTFS$VICTIM/made-too" ]
  run ! grep -F "$VICTIM" /proc/self/mountinfo
  run ! add_at /magic/made
  expect "Too many levels of symbolic links"
  run ! add_at /procfs
  expect "inside /proc"
  run ! add_at /procfs/new
  victim_is_untouched
}

@test "mounts add: a directory is swapped for a link while it is mounted on" {
  start_with_links b "../../../../../../../..$BATS_TEST_TMPDIR/victim"
  local round
  mkdir "$ROOTFS/a"
  in_background "$OUT.swap" "$PROBE" swap "$ROOTFS/a" "$ROOTFS/b" 120
  for ((round = 0; round < ROUNDS; ++round)); do
    run add_at "/a/made/$round"
    victim_is_untouched || { echo "round $round: $output" && return 1; }
  done
  run ! grep -F "$VICTIM" /proc/self/mountinfo
}

@test "mounts remove: a symbolic link cannot choose the mount, and a masked path stays masked" {
  start_with_links data /proc/keys dir /proc
  masked() { runtime exec "$ID" cat /proc/self/mountinfo | grep -q " /proc/keys "; }
  masked
  run ! remove_at /data
  expect "symbolic link" "/proc/keys"
  run ! remove_at /dir/keys
  expect "symbolic link"
  run ! remove_at /proc/keys
  expect "inside /proc"
  masked
}
