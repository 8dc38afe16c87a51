#!/usr/bin/env bats
# Processes added to a container: Exec, Start, Delete, and their events.
load helper

@test "shim: an exec from Exec to Delete, and its events" {
  hear_events
  run_task sleep 1000
  add_exec one sh -c 'exit 9'
  [ "$(status_of exec_id=one)" = "$CREATED" ]
  run -0 call Start exec_id=one
  local pid=${output#pid=}
  run -0 call Wait exec_id=one
  expect_line exit_status=9
  run -0 call State exec_id=one
  expect_line "pid=$pid" "status=$STOPPED" exit_status=9
  run -0 call Delete exec_id=one
  expect_line "pid=$pid" exit_status=9
  fails NOT_FOUND call State exec_id=one
  wait_to_hear /tasks/exit
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exec-added /tasks/exec-started /tasks/exit" ]
  says "$EVENT_LOG" "/tasks/exit namespace=$NAMESPACE container_id=$ID id=one pid=$pid exit_status=9"
}

@test "shim: Kill, Wait and Pids distinguish init and execs" {
  run_task sleep 1000
  add_exec one sleep 1000
  local pid
  pid=$(call Start exec_id=one | sed -n 's/^pid=//p')
  run -0 call Pids
  expect "pid=$PID" "pid=$pid" "info.exec_id=one"
  call Kill exec_id=one signal=9
  run -0 call Wait exec_id=one
  expect_line exit_status=137
  [ "$(status_of)" = "$RUNNING" ]
}

@test "shim: an exec that cannot start names the reason and can be deleted" {
  run_task sleep 1000
  add_exec one missing
  run ! call Start exec_id=one
  expect missing
  call Delete exec_id=one
  echo '{"args": 7}' >"$PROCESS"
  call Exec exec_id=two spec.value=@"$PROCESS" || true
  run ! call Start exec_id=two
  [ "$(status_of)" = "$RUNNING" ]
}

@test "shim: an exec ID must be valid and unused" {
  run_task sleep 1000
  add_exec one true
  fails ALREADY_EXISTS add_exec one true
  fails INVALID_ARGUMENT add_exec ../one true
  call Delete exec_id=one
  add_exec one true
}

@test "shim: Start of an exec fails after the container has ended" {
  run_task true
  call Wait
  add_exec late true || true
  run ! call Start exec_id=late
}

@test "shim: an exec in a created container" {
  hear_events
  set_args sleep 1000
  start_shim
  create_task
  add_exec short sh -c 'exit 3'
  call Start exec_id=short
  run -0 call Wait exec_id=short
  expect_line exit_status=3
  add_exec long sleep 1000
  call Start exec_id=long
  later long Wait exec_id=long
  asked 1
  call Delete
  told long exit_status=137
  wait_to_hear "id=long pid"
}

@test "shim: the exit event of init comes last" {
  hear_events
  run_task sleep 1000
  add_exec one sleep 1000
  call Start exec_id=one
  call Kill signal=9
  run -0 call Wait
  call Wait exec_id=one
  wait_to_hear "id=$ID pid"
  run grep /tasks/exit "$EVENT_LOG"
  [[ ${lines[0]} == *id=one* && ${lines[1]} == *"id=$ID"* ]]
}

files() { find "$BUNDLE" "$STATE" "$ADDRESS" -path "$ROOTFS" -prune -o -print | sort; }

@test "shim: deleted execs leave no files" {
  local i before
  run_task sleep 1000
  before=$(files)
  for i in 1 2 3 4 5; do
    add_exec "exec$i" true
    call Start exec_id="exec$i"
    call Wait exec_id="exec$i"
    call Delete exec_id="exec$i"
    add_exec again missing
    run ! call Start exec_id=again
    call Delete exec_id=again
  done
  diff <(echo "$before") <(files)
  call Kill signal=9
  call Wait
  call Delete
  [ -z "$(find "$STATE" -mindepth 2)" ]
}
