# kill, delete, pause, resume: the words of their errors decide whether an engine goes on.
load engine

stopped() {
  args /bin/true
  begin
  finish
}

# A running container that writes down what it is sent; $1 is its signal by any name, $2 its number.
is_sent() { # WORD NUMBER
  args /bin/probe catch /data/signals
  begin
  wait_for holds "$OUT" ready >/dev/null
  runtime kill "$ID" "$1"
  wait_for grep -qx "$2" "$ROOTFS/data/signals"
}

@test "EN-501: kill ID 15: by number" { is_sent 15 15; }
@test "EN-502: kill ID TERM: by name" { is_sent TERM 15; }
@test "EN-503: kill ID SIGUSR1: by name with SIG" { is_sent SIGUSR1 10; }
@test "EN-504: kill ID hup: in lower case" { is_sent hup 1; }

@test "EN-505: kill ID sends TERM" {
  args /bin/probe catch /data/signals
  begin
  wait_for holds "$OUT" ready >/dev/null
  runtime kill "$ID"
  wait_for grep -qx 15 "$ROOTFS/data/signals"
}

@test "EN-506: kill ID 9 ends the container" {
  running
  runtime kill "$ID" 9
  finish
}

@test "EN-507: an unknown signal is an error, and nothing is sent" {
  running
  fails runtime kill "$ID" NONE
  fails runtime kill "$ID" 12345
  is running
}

@test "EN-508: kill --all ID 9 reaches every process, also in the host's PID namespace" {
  config '.linux.namespaces |= map(select(.type != "pid"))'
  args /bin/sh -c 'sleep 600 & echo $! >/data/pid; wait'
  begin
  wait_for test -s "$ROOTFS/data/pid"
  runtime kill --all "$ID" 9
  finish
  gone() { ! kill -0 "$(cat "$ROOTFS/data/pid")" 2>/dev/null || grep -q '^State:.Z' "/proc/$(cat "$ROOTFS/data/pid")/status"; }
  wait_for gone
}

@test "EN-509: kill -a is kill --all" {
  running
  runtime kill -a "$ID" KILL
  finish
}

@test "EN-510: kill of a stopped container: container not running" {
  stopped
  refuses kill "$ID" 9 -- "container not running"
  refuses kill "$ID" TERM -- "container not running"
}

@test "EN-511: kill --all of a stopped container is not an error" {
  stopped
  runtime kill --all "$ID" 9
}

@test "EN-512: kill of an unknown container: does not exist" {
  refuses kill "$ID" 9 -- "does not exist"
  refuses kill --all "$ID" 9 -- "does not exist"
}

@test "EN-513: kill of a created container ends it" {
  args /bin/sleep 600
  create
  runtime kill "$ID" 9
  finish
}

@test "EN-514: delete of an unknown container: does not exist" {
  refuses delete "$ID" -- "does not exist"
}

@test "EN-515: delete --force of an unknown container is not an error, and prints nothing" {
  ends_with 0 logged delete --force "$ID"
  [ -z "$output" ]
  [ ! -s "$HERE/log.json" ]
}

@test "EN-516: delete --force twice" {
  running
  remove --force
  remove --force
  nothing_left
}

@test "EN-517: delete -f is delete --force" {
  running
  remove -f
  nothing_left
}

@test "EN-518: delete of a running or created container is an error that names its status" {
  running
  refuses delete "$ID" -- "$ID" running
  is running
}

@test "EN-519: delete of a stopped container" {
  stopped
  remove
  nothing_left
}

@test "EN-520: start, pause, resume, state, ps, update of an unknown container: does not exist" {
  local command
  for command in start pause resume state ps "update --memory 64m"; do
    # shellcheck disable=SC2086 # flags are words
    refuses $command "$ID" -- "does not exist"
  done
}

@test "EN-521: pause: the processes do not run, and the status is paused" {
  needs_freezer
  args /bin/sh -c 'while :; do echo >>/data/beats; sleep 0.02; done'
  begin
  wait_for test -s "$ROOTFS/data/beats"
  runtime pause "$ID"
  is paused
  local before
  before=$(wc -l <"$ROOTFS/data/beats")
  sleep 0.1
  [ "$(wc -l <"$ROOTFS/data/beats")" = "$before" ]
}

@test "EN-522: resume: the processes run again" {
  needs_freezer
  args /bin/sh -c 'while :; do echo >>/data/beats; sleep 0.02; done'
  begin
  runtime pause "$ID"
  local before
  before=$(wc -l <"$ROOTFS/data/beats" || echo 0)
  runtime resume "$ID"
  is running
  more() { [ "$(wc -l <"$ROOTFS/data/beats")" -gt "$before" ]; }
  wait_for more
}

@test "EN-523: pause of a stopped container, and resume of one that is not paused, are errors" {
  needs_freezer
  running
  fails runtime resume "$ID"
  runtime kill "$ID" 9
  finish
  fails runtime pause "$ID"
}

@test "EN-524: a paused container can be killed, and deleted by force" {
  needs_freezer
  running
  runtime pause "$ID"
  runtime kill "$ID" 9
  remove --force
  nothing_left
}

@test "EN-525: a missing ID is an error that states it" {
  local command
  for command in create start kill delete state pause resume ps update exec run events; do
    fails runtime "$command" 2>"$HERE/err"
  done
}
