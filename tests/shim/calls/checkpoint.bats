#!/usr/bin/env bats
# Checkpoint, and a container that begins with one.
load helper
# shellcheck source=../../criu/find.bash
. "$TREE/tests/criu/find.bash"

setup_file() { require_criu; }

count() { cat "$ROOTFS/count" 2>/dev/null; }
counts_past() { local number && number=$(count) && [ "${number:-0}" -gt "$1" ]; } # NUMBER

run_counter() {
  run_task probe keep-memory /count 1
  wait_for counts_past 3
}

# Ends the container with a checkpoint, and deletes it.
dump_and_delete() {
  run -0 call Checkpoint path="$BATS_TEST_TMPDIR/images" options.exit=true
  run -0 call Wait
  expect_line exit_status=137
  call Delete >/dev/null
  BEFORE=$(count)
  BEFORE=${BEFORE:-0} # it may have ended while the file was empty
}

@test "shim: a checkpoint that leaves the container running, and its event" {
  hear_events
  run_counter
  run -0 call Checkpoint path="$BATS_TEST_TMPDIR/images"
  [ "$output" = "" ]
  [ -e "$BATS_TEST_TMPDIR/images/inventory.img" ]
  [ "$(status_of)" = "$RUNNING" ]
  local before
  before=$(count)
  wait_for counts_past "${before:-5}"
  wait_to_hear "/tasks/checkpointed namespace=$NAMESPACE container_id=$ID checkpoint=$BATS_TEST_TMPDIR/images"
  [ ! -e "$BUNDLE/work/criu-work" ]
}

@test "shim: a checkpoint that ends the container, and a container that begins with it" {
  hear_events
  run_counter
  dump_and_delete
  run -0 create_task checkpoint="$BATS_TEST_TMPDIR/images"
  [ "$output" = "pid=0" ]
  [ "$(status_of)" = "$CREATED" ]
  run -0 call Start
  PID=${output#pid=}
  [ "$(tr '\0' ' ' <"/proc/$PID/cmdline")" = "probe keep-memory /count 1 " ]
  [ "$(cat "$BUNDLE/init.pid")" = "$PID" ]
  wait_for eval 'counts_past 0 && [ "$(count)" != "$BEFORE" ]'
  wait_for counts_past "$BEFORE"
  [ "$(status_of)" = "$RUNNING" ]
  run -0 call Pids
  expect_line "processes.0.pid=$PID"
  call Pause
  call Resume
  call Kill signal=9
  run -0 call Wait
  expect_line exit_status=137
  call Delete
  wait_to_hear /tasks/delete
  wait_for eval '[[ $(heard) == *" /tasks/delete /tasks/create /tasks/start /tasks/paused /tasks/resumed /tasks/exit /tasks/delete" ]]'
  says "$EVENT_LOG" "checkpoint=$BATS_TEST_TMPDIR/images pid=0"
}

@test "shim: a container that was never restored is deleted, and can be created again" {
  run_counter
  dump_and_delete
  create_task checkpoint="$BATS_TEST_TMPDIR/images"
  fails FAILED_PRECONDITION call Kill signal=9
  run -0 call Delete
  run -0 create_task
  run -0 call Start
}

@test "shim: a restore that fails says why, and Start can be tried again" {
  run_counter
  dump_and_delete
  mv "$BATS_TEST_TMPDIR/images" "$BATS_TEST_TMPDIR/elsewhere"
  create_task checkpoint="$BATS_TEST_TMPDIR/images"
  fails UNKNOWN call Start
  expect "OCI runtime restore failed" "$BATS_TEST_TMPDIR/images"
  [ "$(status_of)" = "$CREATED" ]
  rm -rf "$BATS_TEST_TMPDIR/images"
  mv "$BATS_TEST_TMPDIR/elsewhere" "$BATS_TEST_TMPDIR/images"
  run -0 call Start
  [ "$(status_of)" = "$RUNNING" ]
}

@test "shim: a checkpoint that fails has CRIU's error and log, and the container goes on" {
  run_task probe keep-lock /count /locked
  wait_for counts_past 3
  fails UNKNOWN call Checkpoint path="$BATS_TEST_TMPDIR/images"
  expect lock "$BUNDLE/criu-dump.log"
  [ -s "$BUNDLE/criu-dump.log" ]
  [ ! -e "$BUNDLE/work/criu-work" ]
  [ "$(status_of)" = "$RUNNING" ]
  run -0 call Checkpoint path="$BATS_TEST_TMPDIR/images" options.file_locks=true \
    options.work_path="$BATS_TEST_TMPDIR/work"
  [ -s "$BATS_TEST_TMPDIR/work/dump.log" ]
}

@test "shim: checkpoint options with a bad value, and containers that cannot be dumped" {
  run_counter
  fails INVALID_ARGUMENT call Checkpoint path="$BATS_TEST_TMPDIR/images" options.cgroups_mode=nonesuch
  fails INVALID_ARGUMENT call Checkpoint path="$BATS_TEST_TMPDIR/images" options.empty_namespaces.0=ipc
  fails INVALID_ARGUMENT call Checkpoint
  call Kill signal=9
  call Wait
  fails UNKNOWN call Checkpoint path="$BATS_TEST_TMPDIR/images"
  expect "Container cannot be checkpointed in stopped state"
  [ ! -e "$BATS_TEST_TMPDIR/images" ]
}

@test "shim: standard streams that are FIFOs are those of the new container" {
  mkfifo "$BATS_TEST_TMPDIR/out"
  in_background "$OUT.first" cat "$BATS_TEST_TMPDIR/out"
  CREATE=(stdout="$BATS_TEST_TMPDIR/out")
  run_task sh -c 'i=0; while :; do i=$((i + 1)); echo "line $i"; sleep 0.1; done'
  wait_for says "$OUT.first" "line 5"
  call Checkpoint path="$BATS_TEST_TMPDIR/images" options.exit=true
  call Wait >/dev/null
  call Delete >/dev/null
  in_background "$OUT.second" cat "$BATS_TEST_TMPDIR/out"
  create_task "${CREATE[@]}" checkpoint="$BATS_TEST_TMPDIR/images" >/dev/null
  run -0 call Start
  wait_for says "$OUT.second" line
  ! grep -x "line 1" "$OUT.second"
}
