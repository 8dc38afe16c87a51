#!/usr/bin/env bats
# The events that containerd gets from the shim, and their order.
# shellcheck disable=SC2016,SC2034 # containers expand what is in single quotes; helper.bash reads FLAGS
load helper

@test "shim events: those of a container that runs and exits" {
  listen
  run -7 in_container sh -c 'exit 7'
  wait_for topics_are "create start exit delete"
  [ "$(event exit | jq -c '[.container_id, .id, .exit_status]')" = "[\"$C\",\"$C\",7]" ]
  [ "$(event start | jq .pid)" = "$(event exit | jq .pid)" ]
  [ "$(event create | jq .pid)" = "$(event exit | jq .pid)" ]
  [ "$(event create | jq -r .bundle)" = "$TASKS/$C" ]
  [ "$(event delete | jq .exit_status)" = 7 ]
}

@test "shim events: those of an exec" {
  listen
  start sleep 1000
  run -5 ctr tasks exec --exec-id one "$C" sh -c 'exit 5'
  wait_for topics_are "create start exec-added exec-started exit"
  [ "$(event exit | jq -c '[.container_id, .id, .exit_status]')" = "[\"$C\",\"one\",5]" ]
  [ "$(event exec-started | jq .pid)" = "$(event exit | jq .pid)" ]
}

@test "shim events: the exit of init comes last" {
  listen
  start sleep 1000
  in_background "$BATS_TEST_TMPDIR/exec" ctr tasks exec --exec-id one "$C" sleep 1000
  wait_for says "$EVENTS" exec-started
  ctr tasks kill -s KILL "$C"
  wait_for status_is STOPPED
  wait_for two_exits
  [ "$(event exit | jq -r .id | paste -sd ' ')" = "one $C" ]
}
two_exits() { [ "$(event exit | wc -l)" = 2 ]; }

@test "shim events: those of pause and resume" {
  listen
  start sleep 1000
  ctr tasks pause "$C"
  ctr tasks resume "$C"
  wait_for topics_are "create start paused resumed"
}

@test "shim events: a container that runs out of memory causes an oom event" {
  listen
  FLAGS=(--memory-limit 8388608)
  run -137 in_container sh -c 'x=a; while :; do x=$x$x; done'
  wait_for says "$EVENTS" /tasks/oom
  wait_for says "$EVENTS" /tasks/delete
  [[ " $(topics) " == *" oom "* ]]
}

@test "shim events: an exec that runs out of memory causes an oom event" {
  listen
  FLAGS=(--memory-limit 8388608)
  start sleep 1000
  run -137 execute sh -c 'x=a; while :; do x=$x$x; done'
  wait_for says "$EVENTS" /tasks/oom
  [ "$(status_of "$C")" = RUNNING ]
}

@test "shim events: a container whose creation fails causes none" {
  listen
  run ! in_container no-such-program
  sleep 1
  [[ $(topics) != *start* && $(topics) != *create* ]]
}
