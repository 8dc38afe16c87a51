#!/usr/bin/env bats
# Where warnings and errors go: the log, standard error, and a container that has the caller's standard error.
load helper

# A config that causes a warning of create and exec.
setup() {
  prepare
  LOG=$BATS_TEST_TMPDIR/log
  update_config '.process.capabilities.bounding += ["CAP_NONESUCH"]'
  set_args sleep 1000
}

WARNING="CAP_NONESUCH"

@test "a warning of create does not go to the container's standard error" {
  only_tare "runc differs: docs/compatibility.md"
  create
  [ ! -s "$OUT" ]
}

@test "a warning of run --detach and exec --detach does not go to the program's standard error" {
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

@test "a warning of create goes to standard error with --debug or --log /dev/stderr" {
  runtime --debug create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  says "$OUT" "$WARNING"
  runtime delete --force "$ID"
  runtime --log /dev/stderr create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  says "$OUT" "$WARNING"
}

@test "a warning of create goes to standard error if that is a terminal" {
  local terminal="'$RUNTIME' --root '$ROOT' create --bundle '$BUNDLE' '$ID'"
  timeout 60 script --quiet --return --command "$terminal" /dev/null >"$OUT" 2>&1 </dev/null 3>&-
  says "$OUT" "$WARNING"
}

@test "a warning of create with --console-socket goes to standard error" {
  local socket=$BATS_TEST_TMPDIR/socket
  in_background "$OUT.terminal" sh -c 'sleep 100 | exec "$0" receive-terminal "$1"' "$PROBE" "$socket"
  wait_for test -S "$socket"
  update_config '.process.terminal = true'
  runtime create --bundle "$BUNDLE" --console-socket "$socket" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  says "$OUT" "$WARNING"
}

@test "a warning of run and exec in the foreground goes to standard error" {
  set_args true
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  expect "$WARNING"
  set_args sleep 1000
  start
  run -0 runtime exec --cap CAP_NONESUCH "$ID" true
  expect "$WARNING"
}

@test "an error of create goes to standard error" {
  update_config '.process.args = ["/nonesuch"]'
  run ! runtime create --bundle "$BUNDLE" "$ID" </dev/null 3>&-
  expect /nonesuch
}

# Runs COMMAND with --debug: the log in $FORMAT has TEXT in a line of level debug, and every line has that format.
debugged() { # TEXT COMMAND WORD...
  local text=$1
  shift
  rm -f "$LOG"
  runtime --debug --log "$LOG" --log-format "$FORMAT" "$@" >"$OUT" 2>&1 </dev/null 3>&- || { cat "$OUT" && return 1; }
  case $FORMAT in
    text) grep -qF 'level=debug' "$LOG" && ! grep -vE '^time="20[0-9TZ:-]+" level=(debug|warning) msg=".+"$' "$LOG" ;;
    json) jq -es 'all(has("time") and (.msg | length) > 0) and any(.level == "debug")' "$LOG" >/dev/null ;;
  esac || { echo "$1, $FORMAT:" && cat "$LOG" && return 1; }
  says "$LOG" "$text" || { echo "$1, $FORMAT: no \"$text\" in:" && cat "$LOG" && return 1; }
}

@test "--debug logs correct steps for every command, as text and as JSON" {
  only_tare "runc says nothing on most of them"
  local FORMAT pid
  for FORMAT in text json; do
    debugged ": help" help
    debugged "features: done" features
    debugged "creating container $ID from bundle $BUNDLE" create --bundle "$BUNDLE" "$ID"
    pid=$(init_pid)
    debugged "telling process $pid to start" start "$ID"
    debugged "container $ID is running, its init is process $pid" state "$ID"
    debugged "container $ID is running" list
    debugged "container $ID is running" ps "$ID"
    debugged "container $ID is running" events --stats "$ID"
    debugged "new limits" update --memory 200000000 "$ID"
    debugged "freezing the cgroup of container $ID" pause "$ID"
    debugged "thawing the cgroup of container $ID" resume "$ID"
    debugged "sending signal 15 to process $pid" kill "$ID" TERM
    debugged "killing process $pid" delete --force "$ID"
    debugged "creating container $ID from bundle $BUNDLE" run --detach --bundle "$BUNDLE" "$ID"
    debugged "container $ID is running" exec --detach "$ID" sleep 100
    debugged "removing its cgroup" delete --force "$ID"
    rm "$BUNDLE/config.json"
    debugged "spec: done" spec --bundle "$BUNDLE"
    update_config '.process.args = ["sleep", "1000"] | .process.terminal = false'
  done
}

# Lines of runc's log that other programs look for.
@test "--debug logs each step of the container's process for run and exec" {
  set_args true
  runtime --log "$LOG" --debug run --bundle "$BUNDLE" "$ID"
  says "$LOG" "nsexec container setup"
  says "$LOG" "child process in init()"
  says "$LOG" "init: closing the pipe to signal completion"
  set_args sleep 1000
  start
  run -0 runtime --debug exec "$ID" true
  expect "nsexec container setup" "child process in init()" "setns_init: about to exec" "level=debug"
}

# bats test_tags=v2
@test "--log journald:NAME: the journal has the messages under that name, with their priority" {
  only_tare "runc has no such log"
  [ -S /run/systemd/journal/socket ] || skip "systemd's journal does not run here"
  run ! runtime --log "journald:$ID" --debug state nonesuch-container
  expect nonesuch-container # errors are written to standard error, too
  in_journal() { journalctl --output json --identifier "$ID" | jq -e "select($1)" >/dev/null; }
  wait_for in_journal '.PRIORITY == "3" and (.MESSAGE | contains("nonesuch-container"))'
  wait_for in_journal '.PRIORITY == "7"'
  run ! runtime --log "journald:$ID" --log-format json state nonesuch-container
  wait_for in_journal '.MESSAGE | startswith("{") and (fromjson | .level == "error")'
}

# bats test_tags=v2
@test "--log syslog:NAME: syslog has the messages under that name, with their priority" {
  only_tare "runc has no such log"
  [ -S /dev/log ] || skip "no syslog runs here"
  run ! runtime --log "syslog:$ID" state nonesuch-container
  in_journal() { journalctl --output json --identifier "$ID" | jq -e "select($1)" >/dev/null; }
  wait_for in_journal '.PRIORITY == "3" and .SYSLOG_FACILITY == "1" and (.MESSAGE | contains("nonesuch-container"))'
}

@test "--log journald:NAME, --log syslog:NAME: without the daemon, an error that names its socket" {
  only_tare "runc has no such log"
  [ ! -e /run/systemd/journal/socket ] && [ ! -e /dev/log ] || skip "the daemons run here"
  run ! runtime --log "journald:$ID" list
  expect "connect(/run/systemd/journal/socket)" "no such file"
  run ! runtime --log "syslog:$ID" list
  expect "connect(/dev/log)" "no such file"
}

@test "--log file:PATH: the same as PATH" {
  only_tare "runc takes it for a name"
  run ! runtime --log "file:$LOG" state nonesuch-container
  says "$LOG" nonesuch-container
  run ! runtime --log file: list
  expect "the name of the file is missing"
}
