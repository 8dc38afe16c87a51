#!/usr/bin/env bats
# `stop`, with and without a supervisor.
# shellcheck disable=SC2016 # the shell of a container expands it, or jq
load supervise

@test "stop: a program that exits on TERM gets no KILL" {
  set_args sh -c 'trap "exit 5" TERM; touch /ready; while :; do sleep 0.05; done'
  supervise
  ready
  runtime stop --timeout 30 "$ID"
  run -5 runtime wait "$ID"
}

@test "stop: sends the signal that the annotation names" {
  update_config '.annotations = {"org.opencontainers.image.stopSignal": "SIGUSR1"}'
  set_args sh -c 'trap "exit 6" USR1; trap : TERM; touch /ready; while :; do sleep 0.05; done'
  supervise
  ready
  runtime stop --timeout 30 "$ID"
  run -6 runtime wait "$ID"
}

@test "stop: sends KILL to a program that ignores TERM" {
  set_args sh -c 'trap "" TERM; touch /ready; while :; do sleep 0.05; done'
  supervise
  ready
  runtime stop --timeout 1 "$ID"
  run -137 runtime wait "$ID"
}

@test "stop: a program that ends between the timeout and KILL is not an error" {
  command -v strace >/dev/null || skip "no strace"
  start sh -c 'trap "sleep 0.3; exit" TERM; touch /ready; while :; do sleep 0.05; done'
  ready
  # The first poll waits for the end of init. It returns at once, and the program ends before the next call.
  run -0 strace -qq -o /dev/null -e 'trace=/^p?poll$' -e 'inject=/^p?poll$:delay_exit=2000000:when=1' \
    "$RUNTIME" --root "$ROOT" stop --timeout 0 "$ID"
  status_is stopped
}

@test "stop: also works without a supervisor" {
  start sleep 100
  runtime stop --timeout 0 "$ID"
  status_is stopped
  run -1 runtime wait "$ID"
  expect "its exit status is unknown: it was not supervised"
}
