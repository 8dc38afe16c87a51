#!/usr/bin/env bats
# Checkpoints of supervised containers.
load supervise
# shellcheck source=../criu/find.bash
. "$TREE/tests/criu/find.bash"

setup_file() { require_criu; }

count() { cat "$ROOTFS/count" 2>/dev/null; }
counts_past() { local number && number=$(count) && [ "${number:-0}" -gt "$1" ]; } # NUMBER

supervise_counter() { # RUN-OPTION... PROBE-WORD...
  set_args probe "${@:2}"
  supervise "$1"
  wait_for counts_past 3
}

checkpoint() { runtime checkpoint --image-path "$BATS_TEST_TMPDIR/images" "$@" "$ID"; }

@test "checkpoint: a supervised container stops, is not restarted, and is kept until delete" {
  supervise_counter --restart=always keep-memory /count 1
  local supervisor
  supervisor=$(supervisor)
  run -0 checkpoint
  gone "$supervisor"
  status_is stopped
  [ "$(supervision restarts)" = 0 ]
  run -137 runtime wait "$ID"
  runtime delete "$ID"
  [ -z "$(ls -A "$ROOT")" ]
  runtime restore --detach --bundle "$BUNDLE" --image-path "$BATS_TEST_TMPDIR/images" "$ID" </dev/null >/dev/null 2>&1 3>&-
  status_is running
}

@test "checkpoint --leave-running: a supervised container goes on, and is restarted when it ends" {
  supervise_counter --restart=always keep-memory /count 1
  run -0 checkpoint --leave-running
  status_is running
  kill -KILL "$(init_pid)"
  wait_for restarted
  runtime stop --timeout 0 "$ID"
}

@test "checkpoint: after a failed one, a supervised container is restarted as before" {
  supervise_counter --restart=always keep-lock /count /locked
  run -1 checkpoint
  expect lock
  status_is running
  kill -KILL "$(init_pid)"
  wait_for restarted
  runtime stop --timeout 0 "$ID"
}

@test "checkpoint: what a supervised container wrote before is in its log, and the restored one writes to the caller" {
  set_args sh -c 'i=0; while :; do i=$((i + 1)); echo "line $i"; sleep 0.05; done'
  supervise --restart=no
  wait_for eval 'runtime logs "$ID" | grep -x "line 5"'
  run -0 checkpoint
  local last
  last=$(runtime logs "$ID" | tail -n 1)
  runtime delete "$ID"
  exec 5> >(cat >"$OUT.restored" 3>&-)
  runtime restore --detach --bundle "$BUNDLE" --image-path "$BATS_TEST_TMPDIR/images" "$ID" </dev/null >&5 2>&5 3>&-
  exec 5>&-
  wait_for says "$OUT.restored" "line $((${last#line } + 3))"
  ! grep -x "line 1" "$OUT.restored"
}
