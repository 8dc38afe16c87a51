#!/usr/bin/env bats
# Calls that come while a container or a process is still being created or started.
# shellcheck disable=SC2034 # run_task reads CREATE
load helper

# Create waits until the file `go` exists, and its hook then exits with CODE.
slow_creation() { # CODE
  update_config --arg script "until [ -e '$BATS_TEST_TMPDIR/go' ]; do sleep 0.02; done; exit $1" \
    '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $script]}]'
  set_args sleep 1000
  start_shim
  later create Create bundle="$BUNDLE" options.root="$STATE"
  wait_for eval '[ -n "$(call Connect id="$ID")" ] && pgrep -f "until .*$BATS_TEST_TMPDIR/go" >/dev/null'
}

early_calls() {
  local method
  jq -n '{args: ["true"], cwd: "/", env: ["PATH=/bin"]}' >"$PROCESS"
  for method in State Pids Stats Wait CloseIO Checkpoint; do later "$method" "$method"; done
  later Update Update resources.value='{"pids": {"limit": 1234}}'
  later Exec Exec exec_id=one spec.value=@"$PROCESS"
  later Delete Delete exec_id=one
  sleep 0.3
  for method in State Pids Stats Wait CloseIO Checkpoint Update Exec; do [ ! -s "$OUT.$method" ] || cat "$OUT.$method"; done
}

@test "shim: calls for a container that is being created are carried out afterwards" {
  slow_creation 0
  run -0 early_calls
  [ -z "$output" ]
  touch "$BATS_TEST_TMPDIR/go"
  told create pid=
  local pid
  pid=$(sed -n 's/^pid=//p' "$OUT.create")
  told State "status=$CREATED"
  says "$OUT.State" "pid=$pid"
  told Pids "processes.0.pid=$pid"
  told Stats stats.pids.current=1
  told Checkpoint "INVALID_ARGUMENT: checkpoint: no path for the images"
  run -0 call Start
  run -0 call Stats
  expect_line stats.pids.limit=1234
  [ "$(status_of exec_id=one)" = "$CREATED" ]
  call Kill signal=9
  told Wait exit_status=137
}

@test "shim: a signal for a container that is being created is delivered afterwards" {
  slow_creation 0
  later kill Kill signal=9
  later wait Wait
  touch "$BATS_TEST_TMPDIR/go"
  told create pid=
  told wait exit_status=137
  fails FAILED_PRECONDITION call Start
}

@test "shim: calls for a container whose creation fails are answered" {
  local method
  slow_creation 1
  run -0 early_calls
  later Start Start
  later Kill Kill signal=9
  later DeleteInit Delete
  touch "$BATS_TEST_TMPDIR/go"
  told create UNKNOWN
  for method in State Pids Stats Wait CloseIO Checkpoint Update Exec Start Kill DeleteInit; do told "$method" NOT_FOUND; done
}

@test "shim: a Create whose worker is killed leaves nothing and can be repeated" {
  only_tare "its workers"
  slow_creation 0
  kill -KILL "$(pgrep -P "$(shim_pid)" -f -- "-id $ID ")"
  touch "$BATS_TEST_TMPDIR/go" # the hook lives
  told create "killed by signal 9"
  [ -z "$(find "$STATE" -mindepth 2)" ]
  create_task
  call Start
}

# The process starts when its output has a reader.
start_late() { # EXEC-ID
  mkfifo "$BATS_TEST_TMPDIR/stdin" "$BATS_TEST_TMPDIR/stdout"
  CREATE=(stdin="$BATS_TEST_TMPDIR/stdin" stdout="$BATS_TEST_TMPDIR/stdout")
  add_exec "$@"
  later start Start exec_id="$1"
  : >"$BATS_TEST_TMPDIR/stdin" # opens when the other end does
}
read_output() { in_background "$OUT" cat "$BATS_TEST_TMPDIR/stdout"; }

@test "shim: CloseIO during Start ends the input of the process" {
  run_task sleep 1000
  start_late one cat
  echo words >"$BATS_TEST_TMPDIR/stdin"
  call CloseIO exec_id=one stdin=true
  read_output
  run -0 call Wait exec_id=one
  expect_line exit_status=0
  says "$OUT" words
  call CloseIO exec_id=one stdin=true # once more, and late
}

@test "shim: CloseIO before Start ends the input of the process" {
  mkfifo "$BATS_TEST_TMPDIR/stdin"
  run_task sleep 1000
  CREATE=(stdin="$BATS_TEST_TMPDIR/stdin")
  add_exec one cat
  call CloseIO exec_id=one stdin=true
  call Start exec_id=one
  run -0 call Wait exec_id=one
  expect_line exit_status=0
}

@test "shim: CloseIO during Create ends the input of the container" {
  mkfifo "$BATS_TEST_TMPDIR/stdin" "$BATS_TEST_TMPDIR/stdout"
  set_args cat
  start_shim
  later create Create bundle="$BUNDLE" options.root="$STATE" stdin="$BATS_TEST_TMPDIR/stdin" stdout="$BATS_TEST_TMPDIR/stdout"
  echo words >"$BATS_TEST_TMPDIR/stdin"
  later close CloseIO stdin=true
  sleep 0.2
  read_output
  told create pid=
  call Start
  run -0 call Wait
  expect_line exit_status=0
  says "$OUT" words
}

@test "shim: a signal for a process that is being started is delivered" {
  run_task sleep 1000
  start_late one sleep 1000
  later kill Kill exec_id=one signal=9
  asked 2
  [ ! -s "$OUT.kill" ]
  read_output
  run -0 call Wait exec_id=one
  expect_line exit_status=137
}

@test "shim: a terminal size that is set before the terminal exists is its first size" {
  local stream=$BATS_TEST_TMPDIR/stdout round
  mkfifo "$stream"
  run_task sleep 1000
  CREATE=(terminal=true stdout="$stream")
  for round in {1..8}; do # one that is set too late may yet come in time
    in_background "$OUT" cat "$stream"
    add_exec "$round" /bin/busybox stty size
    call ResizePty exec_id="$round" width=123 height=45
    call Start exec_id="$round"
    call Wait exec_id="$round"
    call Delete exec_id="$round"
    wait_for says "$OUT" "45 123"
    rm "$OUT"
  done
}

@test "shim: Wait for a process that never runs is answered" {
  run_task sleep 1000
  add_exec failing missing
  add_exec unwanted true
  add_exec forgotten true
  local name
  for name in failing unwanted forgotten; do later "$name" Wait exec_id="$name"; done
  asked 3
  run ! call Start exec_id=failing
  told failing "never started"
  fails FAILED_PRECONDITION call Wait exec_id=failing
  fails FAILED_PRECONDITION call Start exec_id=failing
  call Delete exec_id=failing
  call Delete exec_id=unwanted
  told unwanted "never started"
  call Kill signal=9
  call Wait
  call Delete
  told forgotten "never started"
}

@test "shim: the container's exit is reported even while an exec is being started" {
  run_task sleep 1000
  start_late one sleep 1000 # its output has no reader
  asked 1
  call Kill signal=9
  TIMEOUT=5 run -0 call Wait
  expect_line exit_status=137
  told start "stopped container"
}

@test "shim: if a container is deleted while an exec starts, no event follows the delete event" {
  hear_events
  set_args sleep 1000
  start_shim
  create_task
  start_late one sleep 1000
  asked 1
  call Delete
  told start pid=
  wait_to_hear /tasks/delete
  [ "$(heard)" = "/tasks/create /tasks/exec-added /tasks/exec-started /tasks/exit /tasks/exit /tasks/delete" ]
}

@test "shim: Exec fails for a container that is paused or has ended" {
  run_task sleep 1000
  call Pause
  fails UNKNOWN add_exec one true
  expect "cannot exec in a paused state"
  call Resume
  call Kill signal=9
  call Wait
  fails UNKNOWN add_exec one true
  expect "cannot exec in a stopped state"
  fails NOT_FOUND call State exec_id=one
}

# Of the two calls that `later` has made, as "one" and as "other", one is answered with each TEXT.
one_hears_each() { # TEXT TEXT
  local text
  wait_for eval "[ -s '$OUT.one' ] && [ -s '$OUT.other' ]"
  for text; do
    [ "$(cat "$OUT.one" "$OUT.other" | grep -c "$text")" = 1 ] || { cat "$OUT.one" "$OUT.other" && return 1; }
  done
}

@test "shim: of two concurrent Deletes one succeeds, and the other gets NOT_FOUND" {
  local script="until [ -e '$BATS_TEST_TMPDIR/go' ]; do sleep 0.02; done"
  update_config --arg script "$script" '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", $script]}]'
  run_task true
  call Wait
  later one Delete
  later other Delete
  asked 2
  touch "$BATS_TEST_TMPDIR/go"
  one_hears_each exit_status=0 NOT_FOUND
}

@test "shim: of two concurrent Starts one succeeds, and the other is an error" {
  set_args sleep 1000
  start_shim
  create_task
  later one Start
  later other Start
  one_hears_each pid= FAILED_PRECONDITION
}

@test "shim: a created container cannot be paused, and after a failed Start it is still created" {
  set_args sleep 1000
  start_shim
  create_task
  run ! call Pause
  [ "$(status_of)" = "$CREATED" ]
  only_tare "its command line"
  "$RUNTIME" --root "$STATE/$NAMESPACE" pause "$ID"
  fails UNKNOWN call Start
  [ "$(status_of)" = "$CREATED" ]
  "$RUNTIME" --root "$STATE/$NAMESPACE" resume "$ID"
  call Start
  [ "$(status_of)" = "$RUNNING" ]
}
