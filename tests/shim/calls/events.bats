#!/usr/bin/env bats
# Events: their order, and what happens when containerd does not take them.
load helper

@test "shim: events are kept until containerd takes them, with their order and time" {
  run_task true
  call Wait
  call Delete
  local begun=$EPOCHSECONDS
  sleep 1.2
  hear_events
  wait_to_hear /tasks/delete
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exit /tasks/delete" ]
  [ "$(sed -nE 's/.*exited_at.seconds=([0-9]+).*/\1/p' "$EVENT_LOG" | head -n 1)" -le "$begun" ]
}

@test "shim: it exits only after containerd has taken all events" {
  run_task true
  call Wait
  call Delete
  local pid
  pid=$(call Connect | sed -n 's/^shim_pid=//p')
  call Shutdown
  sleep 0.3
  kill -0 "$pid"
  hear_events
  wait_for eval "! kill -0 $pid 2>/dev/null"
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exit /tasks/delete" ]
}

@test "shim: while exiting it refuses new containers and does not remove its successor's socket" {
  run_task true
  call Wait
  call Delete
  local old
  old=$(call Connect | sed -n 's/^shim_pid=//p')
  fails UNAVAILABLE call Shutdown -- Create id="$ID" bundle="$BUNDLE" options.root="$STATE"
  kill -0 "$old" # containerd is away
  start_shim
  [ "$(shim_pid)" != "$old" ]
  hear_events
  wait_for eval "! kill -0 $old 2>/dev/null"
  create_task
}

@test "shim: an event is sent again if containerd is unavailable, but not if it is invalid" {
  echo UNAVAILABLE >"$BATS_TEST_TMPDIR/refusal"
  hear_events
  run_task sleep 1000
  sleep 0.3
  [ -z "$(heard)" ]
  rm "$BATS_TEST_TMPDIR/refusal"
  wait_to_hear /tasks/start
  [ "$(heard)" = "/tasks/create /tasks/start" ]
  echo INVALID_ARGUMENT >"$BATS_TEST_TMPDIR/refusal"
  call Pause
  sleep 0.3
  rm "$BATS_TEST_TMPDIR/refusal"
  call Resume
  wait_to_hear /tasks/resumed
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/resumed" ]
}

kept() { [ -s "$BUNDLE/tare-events" ]; }

@test "shim: while containerd accepts events, none is written to the bundle" {
  hear_events
  run_task sleep 1000
  wait_to_hear /tasks/start
  [ "$(find "$BUNDLE" -name '*events*')" = "" ]
}

@test "shim: events that containerd has not accepted survive the shim, and delete sends them in order" {
  echo UNAVAILABLE >"$BATS_TEST_TMPDIR/refusal"
  hear_events
  run_task sleep 1000
  call Pause
  call Resume
  wait_for kept
  kill_shim
  rm "$BATS_TEST_TMPDIR/refusal"
  shim delete >/dev/null
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/paused /tasks/resumed" ]
  [ ! -e "$BUNDLE/tare-events" ]
}

@test "shim: delete does not wait for a containerd that is being started, which gets the events later" {
  run_task true
  call Wait
  wait_for kept
  kill_shim
  shim delete >/dev/null
  sleep 0.5
  hear_events
  wait_to_hear /tasks/exit
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exit" ]
  wait_for eval "! pgrep -f -- '-id $ID delete'"
}

@test "shim: kept events are removed when containerd has accepted them" {
  run_task sleep 1000
  wait_for kept
  hear_events
  wait_to_hear /tasks/start
  wait_for [ ! -e "$BUNDLE/tare-events" ]
}
