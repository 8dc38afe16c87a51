#!/usr/bin/env bats
# The supervisor as a process: what it keeps open, what it waits for, and what happens when it is killed.
# shellcheck disable=SC2016 # the shell of a container expands it, or jq
load supervise

@test "an idle supervisor has less than half a megabyte for itself" {
  set_args sleep 100
  supervise
  local memory
  memory=$(private_memory "$(supervisor)")
  echo "$memory KiB"
  [ "$memory" -lt 512 ]
}

@test "the supervisor killed at any moment: delete --force leaves nothing" {
  local i
  for ((i = 0; i < 20; ++i)); do
    set_args true
    supervise --restart always
    sleep "0.$((RANDOM % 300 + 100))"
    kill -KILL "$(jq .pid "$(session)/record.json")"
    runtime delete --force "$ID"
    [ -z "$(ls -A "$ROOT")" ]
  done
}

# Init is busy with the hook, and does not see that it was left alone.
@test "the supervisor killed while it makes the container: run says so, and leaves nothing" {
  update_config '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", $script]}]' \
    --arg script "touch $OUT.hook; sleep 30"
  set_args sleep 100
  in_background "$OUT.run" sh -c '"$0" --root "$1" run --supervise --bundle "$2" "$3" </dev/null; echo "status $?"' \
    "$RUNTIME" "$ROOT" "$BUNDLE" "$ID"
  wait_for test -e "$OUT.hook"
  kill -KILL "$(jq .pid "$(session)/record.json")"
  wait_for says "$OUT.run" "status 1"
  says "$OUT.run" "the supervisor was killed"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "a supervisor keeps nothing of its caller's, and its log to its owner" {
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

@test "a supervisor waits for what the container leaves to it" {
  local supervisor
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  set_args sh -c '(sh -c "sleep 0.1; touch /done" &); sleep 100'
  supervise
  supervisor=$(supervisor)
  no_zombies() { ! ps -o stat= --ppid "$supervisor" | grep -q Z; }
  wait_for test -e "$ROOTFS/done"
  wait_for no_zombies
}

# What a created container holds would answer for a supervisor that is gone.
@test "a container holds nothing of its supervisor's" {
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
@test "the supervisor killed: the container goes on and is managed, and commands say so" {
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

@test "the supervisor killed: delete --force of the running container" {
  set_args sleep 100
  supervise --restart always
  kill -KILL "$(supervisor)"
  runtime delete --force "$ID"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "a supervisor that does not answer does not keep the container from being deleted" {
  set_args sleep 100
  supervise
  local supervisor
  supervisor=$(supervisor)
  kill -STOP "$supervisor"
  runtime delete --force "$ID"
  gone "$supervisor"
}

@test "who ends the supervisor means the container" {
  set_args sh -c 'trap "exit 9" TERM; touch /ready; while :; do sleep 0.05; done'
  supervise --restart always
  ready
  kill -TERM "$(supervisor)"
  run -9 runtime wait "$ID"
}

@test "a supervisor that only could not be looked at is one all the same" {
  command -v strace >/dev/null || skip "no strace"
  set_args sleep 1000
  supervise --restart always
  local command number
  run -0 with_fault pidfd_open:EMFILE 2 "" state # the first is init's
  refute "was killed"
  run -0 with_fault read:EIO 1 "/proc/$(supervisor)/stat" state
  refute "was killed"
  # Else they would go past it, and it would make the container again.
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
