#!/usr/bin/env bats
# tare's shim with hostile containers; the advisories are containerd's.
load helper

SHIM_CLIENT=${SHIM_CLIENT:-$TREE/build/release/tests/shim/client/shim_client}

setup() {
  only_tare "the advisory is of shims, and tare is one"
  prepare
  copy_runtime # its name decides that it is the shim
  ln -s "$RUNTIME" "$BATS_TEST_TMPDIR/containerd-shim-tare-v2"
  mkfifo "$BUNDLE/log" # which containerd reads
  in_background "$BATS_TEST_TMPDIR/log" cat "$BUNDLE/log"
}

teardown() {
  local pid
  [ -n "${ID-}" ] || return 0
  for pid in $(pgrep -f -- "-id $ID "); do kill -KILL "$pid"; done
  wait_for eval "! pgrep -f -- '-id $ID ' >/dev/null"
  [ -z "${ADDRESS-}" ] || rm -f "$ADDRESS"
  EVENTS='' shim delete >/dev/null 2>&1 || true # nobody is to hear of it
  check_residue
}

shim() { # ACTION
  (cd "$BUNDLE" && TTRPC_ADDRESS=${EVENTS-$BATS_TEST_TMPDIR/events.sock} "$BATS_TEST_TMPDIR/containerd-shim-tare-v2" -namespace taretest \
    -address "$BATS_TEST_TMPDIR/containerd.sock" -publish-binary /bin/false -bundle "$BUNDLE" -id "$ID" "$@" 3>&-)
}

start_shim() {
  ADDRESS=$(shim start </dev/null)
  ADDRESS=${ADDRESS#unix://}
}

# shellcheck disable=SC2120 # those of "run create_task" are arguments, too
create_task() { # PATH=VALUE...
  "$SHIM_CLIENT" "$ADDRESS" Create id="$ID" bundle="$BUNDLE" options.root="$BATS_TEST_TMPDIR/state" "$@"
}

as_other() { setpriv --reuid 1000 --regid 1000 --clear-groups "$@"; }

@test "CVE-2020-15257: the shim's socket is not abstract, and other users cannot connect" {
  start_shim
  run ! grep -F -- "@$ADDRESS" /proc/net/unix
  [ "$(stat -c %a "$ADDRESS")" = 600 ]
  run ! as_other "$SHIM_CLIENT" "$ADDRESS" Connect
}

@test "CVE-2020-15257: another user who reaches the socket is refused" {
  start_shim
  chmod 666 "$ADDRESS"
  run -0 "$SHIM_CLIENT" "$ADDRESS" Connect
  run ! as_other "$SHIM_CLIENT" "$ADDRESS" Connect
  refute shim_pid
}

@test "CVE-2024-25621: other users cannot list or write the shim's files" {
  mkdir "$BATS_TEST_TMPDIR/s"
  ADDRESS=$({ field 1 "$ID" && field 2 taretest && field 4 2.3.0 && field 9 "$BATS_TEST_TMPDIR/s/new"; } |
    (umask 0 && shim start) | grep -ao "unix://[^*]*/[0-9a-f]*")
  ADDRESS=${ADDRESS#unix://}
  (umask 0 && create_task)
  run -0 find "$BATS_TEST_TMPDIR/s/new" "$BATS_TEST_TMPDIR/state" -type d -perm /066 -printf '%M %p\n'
  [ -z "$output" ] || { echo "$output" && return 1; }
  run -0 find "$BATS_TEST_TMPDIR/s/new" "$BATS_TEST_TMPDIR/state" "$BUNDLE" -path "$ROOTFS" -prune -o ! -type d ! -type l -newer "$ROOTFS" \
    -perm /022 ! -name log ! -name config.json -printf '%M %p\n'
  [ -z "$output" ] || { echo "$output" && return 1; }
}

# Field NUMBER of a protobuf message, a string of less than 128 bytes.
field() { printf "\\x$(printf %x $(($1 << 3 | 2)))\\x$(printf %x ${#2})%s" "$2"; } # NUMBER TEXT

# A program that leaves a file, by its name alone and by its path.
setup_sink() {
  printf '#!/bin/sh\necho ran >%s\n' "$BATS_TEST_TMPDIR/mark" >"$BUNDLE/sink"
  chmod 755 "$BUNDLE/sink"
}

@test "CVE-2026-53488: a label or a variable of the image cannot name a program of the host" {
  setup_sink
  update_config --arg uri "binary://$BUNDLE/sink" '.process.env += ["LOG_URI=" + $uri] |
    .annotations = {"io.containerd.log-uri": $uri, "nerdctl/log-uri": $uri, "containerd.io/restart.loguri": $uri,
      "containerd.io/restart.logpath": $uri, stdout: $uri}'
  start_shim
  create_task
  "$SHIM_CLIENT" "$ADDRESS" Start id="$ID"
  "$SHIM_CLIENT" "$ADDRESS" Wait id="$ID"
  [ ! -e "$BATS_TEST_TMPDIR/mark" ]
}

@test "CVE-2026-53488: a logging program must be given by its absolute path" {
  setup_sink
  start_shim
  cd "$BUNDLE"
  run ! create_task stdout=binary://sink
  expect absolute
  run ! create_task stdout=binary://./sink
  [ ! -e "$BATS_TEST_TMPDIR/mark" ]
}

@test "CVE-2026-53488: a logging program is not run by a shell" {
  start_shim
  run create_task stdout="binary:///bin/true;touch%20$BATS_TEST_TMPDIR/mark"
  run create_task stdout="binary:///bin/true?-c=x;touch%20$BATS_TEST_TMPDIR/mark"
  [ ! -e "$BATS_TEST_TMPDIR/mark" ]
}
