#!/usr/bin/env bats
# `bundle` makes a bundle from a directory with a root filesystem, or from an image, which umoci unpacks.
load ../integration/helper

setup() {
  prepare
  only_tare "no other runtime has this command"
  MADE=$BATS_TEST_TMPDIR/made
}

teardown() {
  check_residue
  rm -rf --one-file-system "$MADE" "$BATS_TEST_TMPDIR/layout"
}

# Nothing that a failed `bundle` could have left, except WORD...
holds() { # DIRECTORY WORD...
  local directory=$1
  shift
  [ "$(find "$directory" -mindepth 1 -maxdepth 1 -printf "%f\n" | sort | xargs)" = "$*" ] || { ls -lA "$directory" && return 1; }
}

run_made() { # WORD...
  jq --arg cgroup "/$ID" '.linux.cgroupsPath = $cgroup' "$MADE/config.json" >"$MADE/config.new" && mv "$MADE/config.new" "$MADE/config.json"
  run -0 runtime run --bundle "$MADE" "$ID" "$@" </dev/null
}

# An OCI image layout with one image, tagged v1. (umoci wants a bundle to work on.)
make_layout() {
  command -v umoci >/dev/null || skip "umoci is not installed"
  local layout=$BATS_TEST_TMPDIR/layout work=$BATS_TEST_TMPDIR/work
  umoci init --layout "$layout" && umoci new --image "$layout:v1" && umoci unpack --image "$layout:v1" "$work"
  cp -a "$ROOTFS/." "$work/rootfs/"
  echo 'web:x:100:101::/srv:/bin/sh' >>"$work/rootfs/etc/passwd"
  umoci repack --image "$layout:v1" "$work"
  umoci config --image "$layout:v1" --config.user web --config.env FROM=image --config.workingdir /srv \
    --config.entrypoint sh --config.cmd=-c --config.cmd='id; pwd; echo $FROM' --config.stopsignal SIGINT
  rm -rf "$work"
}

@test "bundle: a root filesystem can be run at once, where it is" {
  echo in-the-rootfs >"$ROOTFS/etc/marker"
  run -0 runtime bundle --bundle "$MADE" "$ROOTFS" </dev/null
  holds "$MADE" config.json
  [ "$(jq -r '.root.path, .process.terminal, .root.readonly' "$MADE/config.json" | xargs)" = "$ROOTFS false false" ]
  run_made -- cat /etc/marker
  expect_line in-the-rootfs
  run -0 runtime check --bundle "$MADE"
}

@test "bundle: a root filesystem below the bundle has a relative path" {
  rm "$BUNDLE/config.json"
  cd "$BUNDLE"
  run -0 runtime bundle rootfs </dev/null
  holds . config.json rootfs
  [ "$(jq -r .root.path config.json)" = rootfs ]
}

@test "bundle: nothing is overwritten" {
  run -1 runtime bundle --bundle "$BUNDLE" "$ROOTFS"
  expect "$BUNDLE/config.json exists, and is not overwritten"
  holds "$BUNDLE" config.json rootfs
  run -1 runtime bundle --bundle "$ROOTFS" "$ROOTFS"
  expect "cannot be its own bundle"
  [ ! -e "$ROOTFS/config.json" ]
}

@test "bundle: what is not there, or is no layout, is an error that leaves nothing" {
  run -1 runtime bundle --bundle "$MADE" "$BATS_TEST_TMPDIR/none:v1"
  expect "none:v1: there is no such directory"
  run -1 runtime bundle --bundle "$MADE" "$ROOTFS:v1"
  expect "$ROOTFS is not an OCI image layout: there is no file oci-layout"
  run -1 runtime bundle --bundle "$BATS_TEST_TMPDIR/none/made" "$ROOTFS"
  expect "no such file or directory"
  [ ! -e "$MADE" ]
}

@test "bundle: an image has its program, environment, user and directory" {
  make_layout
  run -0 runtime bundle --bundle "$MADE" "$BATS_TEST_TMPDIR/layout:v1" </dev/null
  holds "$MADE" config.json rootfs
  [ "$(stat -c %a "$MADE")" = 700 ]
  [ "$(jq -r '.annotations["org.opencontainers.image.stopSignal"]' "$MADE/config.json")" = SIGINT ]
  run_made
  expect "uid=100(web) gid=101" /srv image
  run -1 runtime bundle --bundle "$MADE" "$BATS_TEST_TMPDIR/layout:v1"
  expect "exists, and is not overwritten"
  holds "$MADE" config.json rootfs
}

@test "bundle: the tag may be left out if there is only one" {
  make_layout
  run -0 runtime bundle --bundle "$MADE" "$BATS_TEST_TMPDIR/layout" </dev/null
  umoci tag --image "$BATS_TEST_TMPDIR/layout:v1" v2
  run -1 runtime bundle --bundle "$BATS_TEST_TMPDIR/other" "$BATS_TEST_TMPDIR/layout"
  expect "there are several images: add one of the tags v1, v2"
  run -1 runtime bundle --bundle "$BATS_TEST_TMPDIR/other" "$BATS_TEST_TMPDIR/layout:v3"
  expect "umoci unpack: " "tag is not found: v3"
  [ ! -e "$BATS_TEST_TMPDIR/other" ]
}

@test "bundle: without umoci, the error names its package" {
  mkdir "$BATS_TEST_TMPDIR/layout"
  echo '{"imageLayoutVersion": "1.0.0"}' >"$BATS_TEST_TMPDIR/layout/oci-layout"
  PATH=/nonexistent run -1 "$RUNTIME" --root "$ROOT" bundle --bundle "$MADE" "$BATS_TEST_TMPDIR/layout:v1"
  expect "exec: \\\"umoci\\\": executable file not found in \$PATH (unpacking an image needs the package umoci)"
  [ ! -e "$MADE" ]
}

@test "bundle: a signal ends umoci, and nothing is left" {
  mkdir "$BATS_TEST_TMPDIR/layout" "$BATS_TEST_TMPDIR/bin" "$MADE"
  touch "$BATS_TEST_TMPDIR/layout/oci-layout" "$MADE/mine"
  printf '#!/bin/sh\nmkdir -p "$5/rootfs/bin"; echo $$ >"%s"; exec sleep 100\n' "$OUT.pid" >"$BATS_TEST_TMPDIR/bin/umoci"
  chmod +x "$BATS_TEST_TMPDIR/bin/umoci"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH in_background "$OUT" "$RUNTIME" --root "$ROOT" bundle --bundle "$MADE" "$BATS_TEST_TMPDIR/layout:v1"
  local pid=$!
  wait_for test -s "$OUT.pid"
  kill -TERM $pid
  wait $pid && return 1
  wait_for_end "$(cat "$OUT.pid")"
  holds "$MADE" mine
}

wait_for_end() { wait_for test ! -e "/proc/$1"; } # PID
