#!/usr/bin/env bats
# A container's life, call by call, from Create to Delete.
# shellcheck disable=SC2034 # run_task reads CREATE
load helper

# bats test_tags=v2
@test "shim: a container from create to delete, and its events" {
  hear_events
  set_args sleep 1000
  start_shim
  run -0 create_task
  local pid=${output#pid=}
  [ "$(status_of)" = "$CREATED" ]
  [ "$(cat "$BUNDLE/init.pid")" = "$pid" ]
  run -0 call Start
  expect_line "pid=$pid"
  [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "sleep 1000 " ]
  run -0 call State
  expect_line "id=$ID" "bundle=$BUNDLE" "pid=$pid" "status=$RUNNING" "exit_status=0"
  run -0 call Pids
  [ "$output" = "processes.0.pid=$pid" ]
  call Kill signal=15
  call Kill signal=9
  run -0 call Wait
  expect_line "exit_status=137"
  run -0 call State
  expect_line "status=$STOPPED" "exit_status=137"
  local waited
  waited=$(call Wait)
  run -0 call Delete
  [ "$output" = "pid=$pid"$'\n'"$waited" ]
  fails NOT_FOUND call State
  wait_to_hear /tasks/delete
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exit /tasks/delete" ]
  run cat "$EVENT_LOG"
  expect "/tasks/create namespace=$NAMESPACE container_id=$ID bundle=$BUNDLE" "pid=$pid" \
    "/tasks/exit namespace=$NAMESPACE container_id=$ID id=$ID pid=$pid exit_status=137"
}

@test "shim: every client that waits gets the exit code" {
  local i
  run_task sh -c 'until [ -e /tmp/go ]; do sleep 0.05; done; exit 7'
  for i in 1 2 3 4 5; do in_background "$OUT.$i" "$SHIM_CLIENT" "$ADDRESS" Wait id="$ID"; done
  touch "$ROOTFS/tmp/go"
  for i in 1 2 3 4 5; do wait_for says "$OUT.$i" exit_status=7; done
  run -0 call Wait
  expect_line exit_status=7
}

@test "shim: the start event comes before the exit event, however short the program" {
  hear_events
  run_task true
  run -0 call Wait
  expect_line exit_status=0
  wait_to_hear /tasks/exit
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exit" ]
}

@test "shim: a failed Create names the reason and leaves nothing" {
  start_shim
  fails NOT_FOUND create_task bundle=/nonexistent
  expect /nonexistent
  fails INVALID_ARGUMENT create_task id=../evil
  update_config '.process.cwd = "relative"'
  fails UNKNOWN create_task
  expect /process/cwd
  fails NOT_FOUND call State
  update_config '.process.cwd = "/" | .process.args = ["missing"]'
  fails UNKNOWN create_task
  expect missing
  set_args true
  create_task
  fails ALREADY_EXISTS create_task
  [ "$(status_of)" = "$CREATED" ]
}

@test "shim: a container that was created and not started can be deleted" {
  hear_events
  start_shim
  for _ in 1 2 3 4 5; do # its end, which the shim sees, and its removal go on at the same time
    create_task
    call Delete
    fails NOT_FOUND call State
  done
  wait_for eval '[ "$(grep -c /tasks/delete "$EVENT_LOG")" = 5 ]'
  [ "$(heard | cut -d" " -f1-6)" = "/tasks/create /tasks/exit /tasks/delete /tasks/create /tasks/exit /tasks/delete" ]
}

@test "shim: a running container is not deleted" {
  run_task sleep 1000
  fails FAILED_PRECONDITION call Delete
  [ "$(status_of)" = "$RUNNING" ]
  fails FAILED_PRECONDITION call Start
}

@test "shim: Kill refuses unknown signals and processes that have ended" {
  run_task sh -c 'trap "exit 5" USR1; while :; do sleep 0.05; done'
  fails UNKNOWN call Kill signal=4000
  [ "$(status_of)" = "$RUNNING" ]
  call Kill signal=10
  run -0 call Wait
  expect_line exit_status=5
  fails NOT_FOUND call Kill signal=9
  expect "process already finished"
}

@test "shim: Kill with all reaches every process" {
  run_task sh -c 'sleep 1000 & wait'
  call Kill signal=9 all=true
  run -0 call Wait
  expect_line exit_status=137
}

@test "shim: processes in a joined PID namespace are killed when init exits" {
  in_background /dev/null unshare --pid --fork --kill-child sleep 1003
  local unshare=$!
  wait_for pgrep -P "$unshare"
  update_config --arg path "/proc/$(pgrep -P "$unshare")/ns/pid" \
    '(.linux.namespaces[] | select(.type == "pid")).path = $path'
  run_task sh -c 'sleep 1001 & exit 3'
  run -0 call Wait
  expect_line exit_status=3
  nobody() { [ "$("$RUNTIME" --root "$STATE/$NAMESPACE" ps --format json "$ID")" = "[]" ]; }
  wait_for nobody
  call Delete
}

@test "shim: the rootfs is mounted from Create to Delete" {
  mv "$ROOTFS" "$BATS_TEST_TMPDIR/image"
  mkdir "$ROOTFS"
  CREATE=(rootfs.0.type=bind rootfs.0.source="$BATS_TEST_TMPDIR/image" rootfs.0.options.0=rbind rootfs.0.options.1=ro)
  run_task sleep 1000
  run grep -F " $ROOTFS " /proc/self/mountinfo
  expect " ro"
  call Kill signal=9
  call Wait
  call Delete
  run ! grep -F " $ROOTFS " /proc/self/mountinfo
}

@test "shim: a rootfs that cannot be mounted is an error and leaves no mount" {
  start_shim
  fails "" create_task rootfs.0.type=bind rootfs.0.source=/nonexistent rootfs.0.options.0=bind
  expect /nonexistent
  fails NOT_FOUND call State
  run ! grep -F "$BUNDLE" /proc/self/mountinfo
  fails "" create_task rootfs.0.type=tmpfs rootfs.0.source=tmpfs rootfs.1.type=bind rootfs.1.source=/nonexistent rootfs.1.options.0=bind
  run ! grep -F "$BUNDLE" /proc/self/mountinfo
}

@test "shim: the rootfs is unmounted if the container cannot be created" {
  set_args /nonexistent
  start_shim
  fails "" create_task rootfs.0.type=bind rootfs.0.source="$ROOTFS" rootfs.0.options.0=bind
  run ! grep -F "$BUNDLE" /proc/self/mountinfo
}

@test "shim: a symbolic link cannot move a rootfs mount outside of the rootfs" {
  local image=$BATS_TEST_TMPDIR/image outside=$BATS_TEST_TMPDIR/outside
  mv "$ROOTFS" "$image"
  mkdir -p "$ROOTFS" "$outside" "$image$outside"
  ln -s "$outside" "$image/data"
  set_args sleep 1000
  start_shim
  create_task rootfs.0.type=bind rootfs.0.source="$image" rootfs.0.options.0=bind \
    rootfs.1.type=tmpfs rootfs.1.source=tmpfs rootfs.1.target=/data >/dev/null
  run ! grep -F " $outside " /proc/self/mountinfo
  grep -F " $ROOTFS$outside " /proc/self/mountinfo
}

# Its parent, the container's first process, has ended.
@test "shim: processes that a container leaves behind are reaped" {
  local shim
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  run_task sh -c '(sh -c "sleep 0.1; touch /done" &); sleep 1000'
  shim=$(shim_pid)
  no_zombies() { ! ps -o stat= --ppid "$shim" | grep -q Z; }
  wait_for test -e "$ROOTFS/done"
  wait_for no_zombies
}
