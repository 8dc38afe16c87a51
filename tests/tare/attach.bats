#!/usr/bin/env bats
# `attach`: a terminal or the standard streams of a supervised container, and clients that are many or slow.
# shellcheck disable=SC2016 # the shell of a container expands it, or jq
load supervise

# Runs COMMAND on a terminal of 22 rows and 88 columns; see type_in and shown.
person_runs() { # COMMAND-LINE
  mkfifo "$BATS_TEST_TMPDIR/keys"
  in_background "$OUT.terminal" sh -c 'exec script --quiet --return --command "stty rows 22 columns 88; $0" /dev/null <"$1"' \
    "$1" "$BATS_TEST_TMPDIR/keys"
  exec 8<>"$BATS_TEST_TMPDIR/keys" # held open: no end of file at the first line
}

type_in() { printf '%b' "$1" >&8; }
shown() { says "$OUT.terminal" "$1"; } # TEXT
attach() { echo "$RUNTIME --root $ROOT attach $* $ID; echo status \$?"; }

# bats test_tags=v2
@test "attach: the container gets a terminal of the caller's size without a console socket" {
  update_config '.process.terminal = true'
  set_args sh -c 'while read word; do stty size; echo "got $word"; [ "$word" != end ] || exit 4; done'
  ln -s busybox "$ROOTFS/bin/stty"
  supervise
  person_runs "stty -a >$OUT.before; $(attach); stty -a >$OUT.after"
  wait_for attached 1
  type_in 'hello\r'
  wait_for shown "got hello"
  shown "22 88"
  type_in 'end\r'
  wait_for shown "status 4"
  wait_for test -s "$OUT.after"
  cmp "$OUT.before" "$OUT.after"
  run -4 runtime wait "$ID"
  run -0 runtime logs "$ID"
  expect "got hello"
}

@test "attach: the caller's terminal is restored when a signal ends the command" {
  update_config '.process.terminal = true'
  set_args sleep 100
  supervise
  person_runs "stty -a >$OUT.before; $(attach); stty -a >$OUT.after"
  wait_for attached 1
  pkill -TERM -f -- "^$RUNTIME --root $ROOT attach"
  wait_for test -s "$OUT.after"
  shown "status 143"
  cmp "$OUT.before" "$OUT.after"
}

@test "attach: a change of the caller's terminal size reaches the container" {
  update_config '.process.terminal = true'
  set_args sh -c 'trap "stty size" WINCH; touch /ready; while :; do sleep 0.05; done'
  ln -s busybox "$ROOTFS/bin/stty"
  supervise
  person_runs "(sleep 0.5; stty rows 33 columns 99 </dev/tty) & $(attach)"
  wait_for shown "33 99"
}

@test "attach: the detach keys end the command, and the container runs on" {
  update_config '.process.terminal = true'
  set_args cat
  supervise
  person_runs "$(attach)"
  wait_for attached 1
  type_in 'one\r'
  wait_for shown one
  type_in '\020x\r\020\021'
  wait_for shown "status 0"
  status_is running
  run -0 runtime logs "$ID"
  expect "x"
}

@test "attach: --detach-keys changes the detach keys or disables them" {
  update_config '.process.terminal = true'
  set_args cat
  supervise
  person_runs "$(attach --detach-keys 'ctrl-a,d')"
  wait_for attached 1
  type_in '\020\021\r\001d'
  wait_for shown "status 0"
  status_is running
  run ! runtime attach --detach-keys ctrl-1 "$ID"
  expect "--detach-keys"
}

@test "attach: standard input and both outputs of a container without a terminal" {
  set_args sh -c 'cat; echo errors >&2; exit 3'
  supervise --interactive
  head -c 1000000 /dev/urandom >"$OUT.bytes"
  run -3 --separate-stderr runtime attach "$ID" <"$OUT.bytes"
  [ "$stderr" = errors ]
  runtime logs "$ID" 2>/dev/null | cmp - "$OUT.bytes"
}

@test "attach: without --interactive there is no input" {
  set_args sh -c 'cat; echo end; sleep 1'
  supervise
  run runtime attach "$ID" < <(echo typed) # which may find that it has ended
  refute typed
  run -0 runtime wait "$ID"
  [ "$(runtime logs "$ID")" = end ]
}

@test "attach: output is shown even if the container does not read its input" {
  set_args sh -c 'i=0; while [ $i -lt 40 ]; do echo "line $i"; i=$((i + 1)); sleep 0.05; done'
  supervise --interactive
  run -0 timeout 60 "$RUNTIME" --root "$ROOT" attach "$ID" < <(head -c 1000000 /dev/zero)
  expect "line 39"
}

@test "attach: several clients see the same output, and --no-stdin sends no input" {
  set_args sh -c 'while read word; do echo "got $word"; done'
  supervise --interactive
  in_background "$OUT.one" "$RUNTIME" --root "$ROOT" attach --no-stdin "$ID"
  in_background "$OUT.two" "$RUNTIME" --root "$ROOT" attach --no-stdin "$ID"
  wait_for attached 2
  run -0 runtime attach "$ID" < <(echo hello)
  [ "$output" = "got hello" ]
  wait_for says "$OUT.one" "got hello"
  wait_for says "$OUT.two" "got hello"
}

@test "attach: a slow reader gets all of a long output" {
  set_args sh -c 'read go; i=0; while [ $i -lt 20000 ]; do echo "line $i of a long output"; i=$((i + 1)); done'
  supervise --interactive
  [ "$(echo go | runtime attach "$ID" | (sleep 1; wc -l))" = 20000 ]
}

@test "attach: a client that reads nothing for too long is disconnected with an error, also after the container has ended" {
  set_args sh -c 'read go; i=0; while [ $i -lt 50000 ]; do echo "line $i of a long output"; i=$((i + 1)); done; touch /done'
  supervise --interactive
  in_background "$OUT.stopped" sh -c '"$0" --root "$1" attach --no-stdin "$2" & echo "$!" >"$3"; wait $!; echo "status $?"' \
    "$RUNTIME" "$ROOT" "$ID" "$OUT.pid"
  wait_for attached 1
  kill -STOP "$(cat "$OUT.pid")"
  in_background "$OUT.other" sh -c 'echo go | exec "$0" --root "$1" attach "$2"' "$RUNTIME" "$ROOT" "$ID"
  sleep 5
  [ ! -e "$ROOTFS/done" ]
  wait_for test -e "$ROOTFS/done"
  run -0 runtime wait "$ID"
  kill -CONT "$(cat "$OUT.pid")"
  wait_for says "$OUT.stopped" "status 255"
  says "$OUT.stopped" "detached: output was not read for too long"
  wait_for says "$OUT.other" "line 49999 of a long output"
  [ "$(runtime logs "$ID" | wc -l)" = 50000 ]
}

@test "attach: an unsupervised container, a stopped one and a killed supervisor are errors" {
  start sleep 100
  run ! runtime attach "$ID"
  expect "was not created with --supervise"
  runtime delete --force "$ID"
  set_args sh -c 'sleep 0.3'
  supervise
  run -0 runtime wait "$ID"
  run ! runtime attach "$ID"
  expect "cannot attach to a stopped container"
  runtime delete "$ID"
  set_args sleep 100
  supervise
  in_background "$OUT.attached" "$RUNTIME" --root "$ROOT" attach "$ID"
  wait_for attached 1
  kill -KILL "$(supervisor)"
  wait_for says "$OUT.attached" "was killed; the container may still be running"
  run ! runtime attach "$ID"
  expect "the supervisor of container" "was killed"
}

# COUNT connections to the supervisor until the test ends, each of which sends WORD.
visit() { # COUNT WORD
  in_background "$OUT.visitors" perl -MSocket -e '
    my ($directory, $count, $word) = @ARGV;
    chdir $directory or die $!;
    for (1 .. $count) {
      socket(my $visitor, AF_UNIX, SOCK_SEQPACKET, 0) or die $!;
      connect($visitor, pack_sockaddr_un("control.sock")) or die $!;
      send($visitor, $word, MSG_NOSIGNAL) if $word ne "";
      push @visitors, $visitor;
    }
    print "all are here\n";
    close STDOUT;
    sleep 60;
  ' "$(session)" "$1" "$2"
}

@test "attach: commands work while hundreds of clients are attached, and the excess ones get an error" {
  set_args sh -c 'trap "exit 1" USR1; touch /ready; while :; do sleep 0.05; [ ! -e /say ] || { echo said; rm /say; }; done'
  supervise --restart always
  ready
  visit 300 w
  wait_for says "$OUT.visitors" "all are here"
  run -255 runtime attach "$ID" </dev/null
  expect "too many clients are attached to the container or wait for it"
  in_background "$OUT.wait" sh -c '"$0" --root "$1" wait "$2"; echo "status $?"' "$RUNTIME" "$ROOT" "$ID"
  in_background "$OUT.follow" sh -c '"$0" --root "$1" logs -f "$2"; echo "status $?"' "$RUNTIME" "$ROOT" "$ID"
  touch "$ROOTFS/say"
  wait_for says "$OUT.follow" said
  run -0 runtime kill "$ID" USR1
  wait_for restarted
  run -0 runtime stop --timeout 0 "$ID"
  status_is stopped
  [ "$(supervision supervisor)" = 0 ]
  wait_for says "$OUT.wait" "status 137"
  wait_for says "$OUT.follow" "status 0"
}

@test "attach: clients that send nothing do not block commands, even if the supervisor has few descriptors" {
  set_args sh -c 'trap "exit 1" USR1; touch /ready; while :; do sleep 0.05; done'
  supervise --restart always
  ready
  prlimit --pid "$(supervisor)" --nofile=32:4096
  visit 100 ''
  wait_for says "$OUT.visitors" "all are here"
  in_background "$OUT.wait" sh -c '"$0" --root "$1" wait "$2"; echo "status $?"' "$RUNTIME" "$ROOT" "$ID"
  run -0 runtime kill "$ID" USR1
  wait_for restarted
  run -0 runtime stop --timeout 0 "$ID"
  [ "$(supervision restarts)" = 1 ]
  wait_for says "$OUT.wait" "status 137"
}
