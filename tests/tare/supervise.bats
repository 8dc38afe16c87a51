#!/usr/bin/env bats
# Containers with a supervisor (--supervise): run, create, wait, delete, list.
# shellcheck disable=SC2016 # the shell of a container expands it, or jq
load supervise

# bats test_tags=v2
@test "supervise: run returns when the program runs, and the exit status is kept until delete" {
  set_args sh -c 'sleep 0.3; exit 7'
  supervise
  status_is running
  run -7 runtime wait "$ID"
  [ "$output" = 7 ]
  run -7 runtime wait "$ID" # again: it is on disk
  [ "$(supervision exitStatus)" = 7 ]
  [ "$(supervision supervisor)" = 0 ]
  [[ $(supervision finished) == "$(date -u +%Y-%m-%dT)"*Z ]]
  runtime delete "$ID"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "supervise: wait reports the signal that ended the container" {
  set_args sleep 100
  supervise
  runtime kill "$ID" KILL
  run -137 runtime wait "$ID"
}

@test "supervise: wait for several containers prints the exit status of each" {
  set_args sh -c 'exit 3'
  supervise
  run -0 runtime wait "$ID" "$ID"
  [ "$output" = $'3\n3' ]
}

# bats test_tags=v2
@test "supervise: create and start work as without a supervisor" {
  set_args sh -c 'echo started; exit 4'
  runtime create --supervise --bundle "$BUNDLE" "$ID" </dev/null
  status_is created
  [ "$(supervision started)" = null ]
  runtime start "$ID"
  run -4 runtime wait "$ID"
  [ "$(runtime logs "$ID")" = started ]
  [ "$(supervision started)" != null ]
}

@test "supervise: a container whose start fails is not restarted" {
  update_config '.hooks.startContainer = [{path: "/bin/false", args: ["false"]}]'
  set_args touch /ran
  runtime create --supervise --restart always --bundle "$BUNDLE" "$ID" </dev/null
  run ! runtime start "$ID"
  expect "startContainer"
  run ! runtime state "$ID" # the hook has destroyed it; how it ended is known until it is deleted
  run -1 runtime wait "$ID"
  runtime delete "$ID"
  [ -z "$(ls -A "$ROOT")" ]
  [ ! -e "$ROOTFS/ran" ]
}

@test "supervise: deleting a created container also ends its supervisor" {
  set_args sleep 100
  runtime create --supervise --restart always --bundle "$BUNDLE" "$ID" </dev/null
  local supervisor
  supervisor=$(supervisor)
  runtime delete "$ID"
  gone "$supervisor"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "supervise: errors are the same as without a supervisor, are printed by the command, and leave nothing" {
  set_args /no/such/program
  run ! supervise
  expect "no such file or directory"
  [ -z "$(ls -A "$ROOT")" ]
  update_config '.process.cwd = "/none"'
  run ! runtime create --supervise --bundle "$BUNDLE" "$ID"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "supervise: an ID in use is refused, and its container is unchanged" {
  set_args sleep 100
  supervise
  run ! supervise
  expect "already exists"
  status_is running
  runtime delete --force "$ID"
  start sleep 100
  run ! supervise
  expect "already exists"
  status_is running
  [ "$(supervision log)" = null ]
}

@test "supervise: the exit status is kept even if the disk below --root is full" {
  mount -t tmpfs -o size=512k "supervise-$ID" "$ROOT"
  set_args sh -c 'i=0; while [ $i -lt 40000 ]; do echo "line $i that has no place on the disk"; i=$((i + 1)); done; exit 3'
  supervise --log-max-size 10m
  run -3 runtime wait "$ID"
  [ "$(supervision exitStatus)" = 3 ]
  run -0 runtime logs "$ID"
  runtime delete "$ID"
  [ -z "$(ls -A "$ROOT")" ]
  umount "$ROOT"
  expect "line 0 that has no place"
}

# bats test_tags=v2
@test "supervise: state shows that the container ran out of memory" {
  update_config '.linux.resources.memory = {limit: 20971520, swap: 20971520}'
  set_args sh -c 'x=x; while :; do x=$x$x; done'
  supervise
  run -137 runtime wait "$ID"
  [ "$(supervision oomKilled)" = true ]
  run -0 runtime list
  expect "exited 137 (out of memory)"
}

@test "supervise: delete --force of a running container also ends its supervisor" {
  set_args sleep 100
  supervise --restart always
  local supervisor
  supervisor=$(supervisor)
  run ! runtime delete "$ID"
  kill -0 "$supervisor"
  runtime delete --force "$ID"
  gone "$supervisor"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "supervise: list shows uptime and exit status, in a column that only appears for supervised containers" {
  set_args sh -c 'while [ ! -e /end ]; do sleep 0.05; done; exit 3'
  supervise
  run -0 runtime list
  [[ ${lines[0]} == *" SUPERVISED" ]]
  [[ ${lines[1]} =~ up\ [0-9]+s$ ]]
  touch "$ROOTFS/end"
  run -3 runtime wait "$ID"
  run -0 runtime list
  [[ ${lines[1]} =~ exited\ 3\ [0-9]+s\ ago$ ]]
  runtime delete "$ID"
  rm "$ROOTFS/end"
  start sleep 100
  run -0 runtime list
  refute SUPERVISED
  run -0 runtime list --format json
  refute supervision
}

@test "supervise: invalid flags are errors, and leave nothing" {
  local command
  for command in logs attach wait stop; do
    run ! runtime $command "$ID"
    expect "container does not exist: " "$ID" "not found in $ROOT"
  done
  run ! supervise --restart sometimes
  expect "invalid --restart policy" "sometimes"
  run ! supervise --restart on-failure:0
  expect "invalid --restart policy"
  run ! supervise --log-max-size 1k
  expect 'invalid --log-max-size \"1k\": it must be at least 64k'
  run ! supervise --log-max-files 0
  expect "invalid --log-max-files 0: it must be between 1 and 1000"
  run ! supervise --log-dir /proc/none
  expect "--log-dir"
  run ! supervise --console-socket /none
  expect "--console-socket"
  run ! runtime run --restart always --bundle "$BUNDLE" "$ID"
  expect "--restart requires --supervise"
  [ -z "$(ls -A "$ROOT")" ]
  start sleep 100
  run ! runtime logs "$ID"
  expect "was not created with --supervise"
  run ! runtime logs --since yesterday "$ID"
  expect "use a time such as 2026-01-02T03:04:05Z, or a duration such as 10m"
  run ! runtime logs --tail -1 "$ID"
  expect "invalid --tail -1: it must not be negative"
}

# A worker of the supervisor that asked its own supervisor would wait for itself, and say too early that the program starts.
@test "supervise: the start is recorded when the program runs, not while a startContainer hook does" {
  mkfifo "$ROOTFS/go"
  update_config '.root.readonly = false |
    .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo >/begun; read line </go"]}]'
  set_args sleep 1000
  supervise &
  local launcher=$!
  wait_for test -e "$ROOTFS/begun"
  [ -z "$(jq -r .started "$(session)/supervisor.json")" ]
  echo >"$ROOTFS/go"
  wait "$launcher"
  [ -n "$(jq -r .started "$(session)/supervisor.json")" ]
}
