#!/usr/bin/env bats
# NOTIFY_SOCKET (sd_notify(3)) of supervised containers.
# shellcheck disable=SC2016,SC2030,SC2031 # $ is for the container's shell; each test has its own SOCKET
load ../integration/notify

setup() {
  only_tare "--supervise is its own"
  prepare
}

@test "notify: a supervisor reports every start of its container, with itself as the main process" {
  listen
  program 'probe notify READY=1 STATUS=x; sleep 1000'
  told run --supervise --restart always --bundle "$BUNDLE" "$ID" 3>&-
  local supervisor
  supervisor=$(runtime state "$ID" | jq .supervision.supervisor)
  heard_ready "$supervisor"
  kill -KILL "$(init_pid)"
  heard_ready "$supervisor" 2
}

@test "notify: run --supervise waits until the container is ready or has ended" {
  listen
  program 'echo up >/up; until [ -e /go ]; do sleep 0.05; done; probe notify READY=1; sleep 1000'
  told run --supervise --bundle "$BUNDLE" "$ID" 3>&- &
  local pid=$!
  wait_for [ -e "$ROOTFS/up" ]
  heard_nothing
  kill -0 $pid
  touch "$ROOTFS/go"
  wait $pid
  runtime delete --force "$ID"
  program 'exit 3'
  told run --supervise --bundle "$BUNDLE" "$ID" 3>&-
}

@test "notify: after create --supervise, start does not wait and the supervisor reports READY=1" {
  listen
  program 'probe notify READY=1; sleep 1000'
  NOTIFY_SOCKET=$SOCKET create --supervise
  told start "$ID"
  heard_ready "$(runtime state "$ID" | jq .supervision.supervisor)"
}

# bats test_tags=v2
@test "notify: systemd: with run --supervise the unit's main process is the supervisor, also after a restart" {
  unit_runs --supervise --restart always
  is_shown MainPID "$(runtime state "$ID" | jq .supervision.supervisor)"
  local first
  first=$(init_pid)
  rm "$ROOTFS/trapping"
  kill -KILL "$first"
  restarted() { [ "$(init_pid)" != "$first" ] && hears_signals; }
  wait_for restarted
  is_shown ActiveState active
  systemctl stop "$ID.service"
  wait_for status_is stopped
  [ "$(runtime state "$ID" | jq .supervision.exitStatus)" = 0 ]
}

# systemd would kill a process that it does not know as the main process at once.
# bats test_tags=v2
@test "notify: systemd: with run --supervise, stopping the unit waits for the container, and its exit status is kept" {
  THEN='trap "sleep 2; exit 7" TERM; echo ready >/trapping; while :; do sleep 0.1; done' unit_runs --supervise --restart always
  systemctl stop "$ID.service"
  status_is stopped
  [ "$(runtime state "$ID" | jq .supervision.exitStatus)" = 7 ]
}

@test "notify: with run --sdnotify, tare itself reports READY=1, or nobody does, and the program gets no socket" {
  listen
  update_config '.hooks.startContainer = [{path: "/bin/true"}]' # then tare restarts itself from a protected executable
  program 'echo "${NOTIFY_SOCKET-none}"'
  run -0 told run --sdnotify ignore --bundle "$BUNDLE" "$ID"
  [ "$output" = none ]
  heard_nothing
  run -0 told run --sdnotify conmon --bundle "$BUNDLE" "$ID"
  [ "$output" = none ]
  wait_for heard_all $'listening\nREADY=1'
}

@test "notify: bad uses of run --sdnotify are errors" {
  run -1 runtime run --sdnotify maybe --bundle "$BUNDLE" "$ID"
  expect '--sdnotify' 'use container, conmon or ignore'
  run -1 runtime run --sdnotify conmon --detach --bundle "$BUNDLE" "$ID"
  expect "--sdnotify=conmon and --detach contradict each other"
  run -1 runtime run --sdnotify ignore --supervise --bundle "$BUNDLE" "$ID"
  expect "--sdnotify and --supervise contradict each other"
  run -1 runtime run --cgroups none --bundle "$BUNDLE" "$ID"
  expect '--cgroups' 'use enabled or split'
  run -1 runtime --cgroup-manager disabled run --cgroups split --bundle "$BUNDLE" "$ID"
  expect "--cgroups=split requires --cgroup-manager=cgroupfs"
}
