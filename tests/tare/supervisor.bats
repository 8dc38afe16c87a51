#!/usr/bin/env bats
# The supervisor as a process: what it keeps open, what it waits for, and what happens when it is killed.
# shellcheck disable=SC2016 # the shell of a container expands it, or jq
load supervise

@test "supervisor: uses less than half a megabyte of memory while idle" {
  set_args sleep 100
  supervise
  local memory
  memory=$(private_memory "$(supervisor)")
  echo "$memory KiB"
  [ "$memory" -lt 512 ]
}

@test "supervisor: if it is killed at any moment, delete --force removes everything" {
  local i
  for ((i = 0; i < 20; ++i)); do
    set_args true
    supervise --restart always
    sleep "0.$((RANDOM % 300 + 100))"
    kill -KILL "$(jq .pid "$(session)/supervisor.json")"
    runtime delete --force "$ID"
    [ -z "$(ls -A "$ROOT")" ]
  done
}

# Init waits for the hook, so it does not notice that its parent is gone.
@test "supervisor: if it is killed while it creates the container, run reports it and leaves nothing" {
  update_config '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", $script]}]' \
    --arg script "touch $OUT.hook; sleep 30"
  set_args sleep 100
  in_background "$OUT.run" sh -c '"$0" --root "$1" run --supervise --bundle "$2" "$3" </dev/null; echo "status $?"' \
    "$RUNTIME" "$ROOT" "$BUNDLE" "$ID"
  wait_for test -e "$OUT.hook"
  kill -KILL "$(jq .pid "$(session)/supervisor.json")"
  wait_for says "$OUT.run" "status 1"
  says "$OUT.run" "the supervisor was killed"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "supervisor: keeps no descriptor, directory or session of its caller, and its log is private" {
  local supervisor
  set_args sleep 100
  exec 7</etc/passwd
  (umask 0 && cd "$BATS_TEST_TMPDIR" && supervise)
  exec 7<&-
  supervisor=$(supervisor)
  run -0 readlink "/proc/$supervisor/fd/"*
  refute /etc/passwd
  [ "$(readlink "/proc/$supervisor/cwd")" = / ]
  [ "$(ps -o sid= -p "$supervisor" | tr -d ' ')" = "$supervisor" ]
  run -0 find "$(session)" -perm /077
  [ -z "$output" ]
}

@test "supervisor: reaps processes that the container leaves behind" {
  local supervisor
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  set_args sh -c '(sh -c "sleep 0.1; touch /done" &); sleep 100'
  supervise
  supervisor=$(supervisor)
  no_zombies() { ! ps -o stat= --ppid "$supervisor" | grep -q Z; }
  wait_for test -e "$ROOTFS/done"
  wait_for no_zombies
}

# If a created container had the listening socket, it would seem that a killed supervisor still runs.
@test "supervisor: the container has none of its descriptors" {
  set_args sleep 100
  exec 7</dev/null # which its caller left to the supervisor, in the place of one that it opens
  runtime create --supervise --bundle "$BUNDLE" "$ID" </dev/null
  exec 7<&-
  local ours theirs
  ours=$(find "/proc/$(supervisor)/fd" -lname 'socket:*' -printf '%l\n' | sort)
  theirs=$(find "/proc/$(init_pid)/fd" -lname 'socket:*' -printf '%l\n' | sort)
  [ -n "$ours" ]
  [ -z "$(comm -12 <(echo "$ours") <(echo "$theirs"))" ]
  [ -z "$(find "/proc/$(init_pid)/fd" -lname '*/.supervise/*')" ]
  kill -KILL "$(supervisor)"
  run -255 runtime attach "$ID"
  expect "the supervisor of container" "was killed"
  run -0 runtime stop --timeout 0 "$ID"
}

# bats test_tags=v2
@test "supervisor: if it is killed, the container runs on, and commands work and report it" {
  set_args sh -c 'echo before; i=0; while :; do echo "$i"; i=$((i + 1)); touch /alive; sleep 0.1; done'
  supervise
  wait_for test -e "$ROOTFS/alive"
  kill -KILL "$(supervisor)"
  rm "$ROOTFS/alive"
  wait_for test -e "$ROOTFS/alive"
  run -0 runtime list
  expect "was killed; its exit status will not be recorded" "no supervisor"
  run -0 runtime state "$ID"
  expect "was killed; its exit status will not be recorded" '"status": "running"'
  run -0 runtime logs --follow "$ID"
  expect "before" "was killed; output since then is not in the log"
  runtime exec "$ID" true
  in_background "$OUT.wait" runtime wait "$ID"
  runtime stop --timeout 0 "$ID"
  wait_for says "$OUT.wait" "its exit status is unknown: its supervisor was killed"
  runtime delete "$ID"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "supervisor: if it is killed, delete --force removes the running container" {
  set_args sleep 100
  supervise --restart always
  kill -KILL "$(supervisor)"
  runtime delete --force "$ID"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "supervisor: delete --force works even if it does not answer" {
  set_args sleep 100
  supervise
  local supervisor
  supervisor=$(supervisor)
  kill -STOP "$supervisor"
  runtime delete --force "$ID"
  gone "$supervisor"
}

@test "supervisor: SIGTERM to it stops the container" {
  set_args sh -c 'trap "exit 9" TERM; touch /ready; while :; do sleep 0.05; done'
  supervise --restart always
  ready
  kill -TERM "$(supervisor)"
  run -9 runtime wait "$ID"
}

@test "supervisor: is not taken for dead if looking at it only failed for the moment" {
  command -v strace >/dev/null || skip "no strace"
  set_args sleep 1000
  supervise --restart always
  local command number
  run -0 with_fault pidfd_open:EMFILE 2 "" state # the first is init's
  refute "was killed"
  run -0 with_fault read:EIO 1 "/proc/$(supervisor)/stat" state
  refute "was killed"
  # Otherwise the commands would bypass the supervisor, and it would create the container again.
  for command in kill stop "delete --force"; do
    for number in 1 2; do # the directory and the record
      # shellcheck disable=SC2086 # words
      run ! with_fault openat:EIO $number "$(session)" $command
      expect "$(session)" "input/output error"
      status_is running
      [ "$(supervision restarts)" = 0 ]
    done
  done
}

@test "supervisor: a record of an older tare, which has another name and no version, is read" {
  set_args sleep 1000
  supervise
  local record
  record=$(jq -c 'del(.version)' "$(session)/supervisor.json")
  rm "$(session)/supervisor.json"
  echo "$record" >"$(session)/record.json"
  [ "$(supervision supervisor)" = "$(jq .pid "$(session)/record.json")" ]
  runtime stop "$ID"
  run -0 runtime logs "$ID"
  runtime delete "$ID"
}

@test "supervisor: a record of a newer tare is an error that names both versions" {
  set_args sleep 1000
  supervise
  local record
  record=$(cat "$(session)/supervisor.json")
  jq -c '.version = 99' <<<"$record" >"$(session)/supervisor.json"
  for command in "kill $ID KILL" "stop $ID" "delete --force $ID" "wait $ID" "logs $ID"; do
    # shellcheck disable=SC2086 # several words
    run ! runtime $command
    expect "/version: 99 is newer than 1, the newest version that this tare knows"
  done
  status_is running
  echo "$record" >"$(session)/supervisor.json"
}
