#!/usr/bin/env bats
# Who is told what: the log, standard error, and a container that was given the caller's standard error.
load helper

# A config that create warns of, and exec.
setup() {
  prepare
  LOG=$BATS_TEST_TMPDIR/log
  update_config '.process.capabilities.bounding += ["CAP_NONESUCH"]'
  set_args sleep 1000
}

WARNING="CAP_NONESUCH"

@test "a warning of create is not written where the container's output goes" {
  only_tare "runc differs: docs/compatibility.md"
  create
  [ ! -s "$OUT" ]
}

@test "a warning of run --detach and exec --detach is not written where the output goes" {
  only_tare "runc differs: docs/compatibility.md"
  start
  runtime exec --detach --cap CAP_NONESUCH "$ID" sleep 1000 >>"$OUT" 2>&1 3>&-
  [ ! -s "$OUT" ]
}

@test "a warning of create goes to the log" {
  runtime --log "$LOG" create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  says "$LOG" "$WARNING"
  says "$LOG" level=warning
  [ ! -s "$OUT" ]
}

@test "a warning of create is written to standard error when that is asked for" {
  runtime --debug create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  says "$OUT" "$WARNING"
  runtime delete --force "$ID"
  runtime --log /dev/stderr create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  says "$OUT" "$WARNING"
}

@test "a warning of create is written to a terminal" {
  local terminal="'$RUNTIME' --root '$ROOT' create --bundle '$BUNDLE' '$ID'"
  timeout 60 script --quiet --return --command "$terminal" /dev/null >"$OUT" 2>&1 </dev/null 3>&-
  says "$OUT" "$WARNING"
}

@test "a warning of create with --console-socket is written to standard error" {
  local socket=$BATS_TEST_TMPDIR/socket
  in_background "$OUT.terminal" sh -c 'sleep 100 | exec "$0" receive-terminal "$1"' "$PROBE" "$socket"
  wait_for test -S "$socket"
  update_config '.process.terminal = true'
  runtime create --bundle "$BUNDLE" --console-socket "$socket" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  says "$OUT" "$WARNING"
}

@test "a warning of run and exec in the foreground is written to standard error" {
  set_args true
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  expect "$WARNING"
  set_args sleep 1000
  start
  run -0 runtime exec --cap CAP_NONESUCH "$ID" true
  expect "$WARNING"
}

@test "an error of create is written to standard error, whose it is" {
  update_config '.process.args = ["/nonesuch"]'
  run ! runtime create --bundle "$BUNDLE" "$ID" </dev/null 3>&-
  expect /nonesuch
}
