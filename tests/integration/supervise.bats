#!/usr/bin/env bats
# Containers with a supervisor behind them: --supervise, logs, attach, wait, stop.
# shellcheck disable=SC2016 # the shell of a container expands it, or jq
load helper

setup() {
  only_tare "--supervise is its own"
  prepare
}

# The supervisor has left; what it kept goes with the container.
teardown() {
  [ -n "${ID-}" ] || return 0
  runtime delete --force "$ID" 2>/dev/null || true
  check_residue
  [ -z "$(ls -A "$ROOT")" ]
}

supervise() { # RUN-OPTION...
  runtime run --supervise --bundle "$BUNDLE" "$@" "$ID" </dev/null
}

restarted() { [ "$(supervision restarts)" = 1 ] && status_is running; }
ready() { wait_for test -e "$ROOTFS/ready"; } # what the program says when it listens to signals
# So many are connected to the supervisor.
attached() { [ "$(find "/proc/$(supervisor)/fd" -lname 'socket:*' | wc -l)" -gt "$1" ]; } # NUMBER
session() { echo "$ROOT/.supervise/$ID"; }
supervisor() { runtime state "$ID" 2>/dev/null | jq .supervision.supervisor; }
supervision() { runtime state "$ID" 2>/dev/null | jq -r ".supervision.$1"; } # MEMBER

# COMMAND for the container, where the Nth of CALLs on PATH, or on any, fails.
with_fault() { # CALL:ERROR N PATH COMMAND...
  local fault=$1 number=$2 path=$3
  shift 3
  timeout --signal KILL 30 strace -qqq -o /dev/null ${path:+-P "$path"} -e trace="${fault%:*}" \
    -e inject="${fault%:*}:error=${fault#*:}:when=$number" "$RUNTIME" --root "$ROOT" "$@" "$ID"
}

# Memory that a process has for itself, in KiB. (Private_Dirty counts pages of an executable that was just built.)
private_memory() { awk '/^Anonymous:/ {print $2}' "/proc/$1/smaps_rollup"; } # PID

# Or nobody has waited for it yet, which is for the process 1 of the machine to do.
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"; } # PID

# bats test_tags=v2
@test "run returns when the program runs; its exit status is kept until delete" {
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

@test "wait tells the signal that ended it" {
  set_args sleep 100
  supervise
  runtime kill "$ID" KILL
  run -137 runtime wait "$ID"
}

@test "wait of several prints the status of each" {
  set_args sh -c 'exit 3'
  supervise
  run -0 runtime wait "$ID" "$ID"
  [ "$output" = $'3\n3' ]
}

# bats test_tags=v2
@test "create and start" {
  set_args sh -c 'echo started; exit 4'
  runtime create --supervise --bundle "$BUNDLE" "$ID" </dev/null
  status_is created
  [ "$(supervision started)" = null ]
  runtime start "$ID"
  run -4 runtime wait "$ID"
  [ "$(runtime logs "$ID")" = started ]
  [ "$(supervision started)" != null ]
}

@test "create and a start that fails: it is not restarted" {
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

@test "delete of one that is created ends the supervisor, too" {
  set_args sleep 100
  runtime create --supervise --restart always --bundle "$BUNDLE" "$ID" </dev/null
  local supervisor
  supervisor=$(supervisor)
  runtime delete "$ID"
  gone "$supervisor"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "errors are those of run, told by the command, and leave nothing" {
  set_args /no/such/program
  run ! supervise
  expect "no such file or directory"
  [ -z "$(ls -A "$ROOT")" ]
  update_config '.process.cwd = "/none"'
  run ! runtime create --supervise --bundle "$BUNDLE" "$ID"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "an id in use is not taken, and stays as it is" {
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

@test "the log is in the format of the Container Runtime Interface" {
  set_args sh -c 'echo out; echo err >&2; printf unended'
  supervise
  run -0 runtime wait "$ID"
  local time='^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{9}Z'
  run -0 cat "$(supervision log)"
  [ "${#lines[@]}" = 3 ]
  grep -qE "$time stdout F out\$" <<<"$output"
  grep -qE "$time stderr F err\$" <<<"$output"
  [[ ${lines[2]} =~ $time\ stdout\ P\ unended$ ]]
  [ "$(stat -c %a "$(supervision log)")" = 600 ]
}

@test "logs gives each stream back as it was written" {
  set_args sh -c 'echo out; echo err >&2; printf "%s" unended'
  supervise
  run -0 runtime wait "$ID"
  run -0 --separate-stderr runtime logs "$ID"
  [ "$output" = $'out\nunended' ]
  # shellcheck disable=SC2154
  [ "$stderr" = err ]
  run -0 --separate-stderr runtime logs --timestamps "$ID"
  [[ ${lines[0]} == 20*Z\ out ]]
}

@test "logs: long lines and any bytes come out as they went in" {
  head -c 300000 /dev/urandom >"$ROOTFS/bytes"
  set_args cat /bytes
  supervise
  run -0 runtime wait "$ID"
  runtime logs "$ID" | cmp - "$ROOTFS/bytes"
  head -c 100000 /dev/zero | tr '\0' x >"$ROOTFS/bytes"
  runtime delete "$ID"
  supervise
  run -0 runtime wait "$ID"
  runtime logs "$ID" | cmp - "$ROOTFS/bytes"
  [ "$(grep -c ' stdout P ' "$(supervision log)")" = 7 ]
}

@test "logs: --tail and --since" {
  set_args sh -c 'for i in 1 2 3; do echo $i; done; sleep 1.2; for i in 4 5; do echo $i; done'
  supervise
  run -0 runtime wait "$ID"
  [ "$(runtime logs --tail 2 "$ID")" = $'4\n5' ]
  [ "$(runtime logs --tail 0 "$ID")" = "" ]
  [ "$(runtime logs --tail 99 "$ID")" = $'1\n2\n3\n4\n5' ]
  [ "$(runtime logs --since 1s "$ID")" = $'4\n5' ]
  [ "$(runtime logs --since 1h --tail 4 "$ID")" = $'2\n3\n4\n5' ]
  [ "$(runtime logs --since "$(date -u +%Y-%m-%dT%H:%M:%SZ -d '1 hour')" "$ID")" = "" ]
  [ "$(runtime logs --since "$(date +%Y-%m-%dT%H:%M:%S%:z -d '1 hour ago')" --tail 1 "$ID")" = 5 ]
}

@test "logs --tail: as many lines as asked for, also of a log that is rotated all the time" {
  set_args sh -c 'i=100000; while :; do echo "line $i"; i=$((i + 1)); done'
  supervise --log-max-size 64k --log-max-files 2
  wait_for test -e "$(session)/log.1"
  local tries first
  for ((tries = 0; tries < 40; ++tries)); do
    runtime logs --tail 300 "$ID" >"$OUT"
    first=$(head -n 1 "$OUT" | cut -d' ' -f2)
    cmp "$OUT" <(seq -f 'line %.0f' "$first" $((first + 299)))
  done
}

@test "logs: whoever has read enough is no error" {
  set_args sh -c 'i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i + 1)); done'
  supervise
  run -0 runtime wait "$ID"
  runtime logs "$ID" 2>"$OUT.errors" | head -n 1
  [ "${PIPESTATUS[0]}" = 0 ]
  [ ! -s "$OUT.errors" ]
}

@test "logs: what comes from a terminal is all output" {
  update_config '.process.terminal = true'
  set_args sh -c 'echo out; echo err >&2'
  supervise
  run -0 runtime wait "$ID"
  run -0 --separate-stderr runtime logs "$ID"
  [ "$output" = $'out\r\nerr\r' ]
  [ "$stderr" = "" ]
}

@test "logs --follow goes on over rotations until the container has ended" {
  set_args sh -c 'i=0; while [ $i -lt 6000 ]; do echo "line $i of a log that is rotated"; i=$((i + 1)); done; sleep 0.3; echo last'
  supervise --log-max-size 64k --log-max-files 20
  runtime logs --follow "$ID" >"$OUT.followed"
  [ "$(wc -l <"$OUT.followed")" = 6001 ]
  [ "$(tail -n 1 "$OUT.followed")" = last ]
  [ "$(sort -u "$OUT.followed" | wc -l)" = 6001 ]
  run -0 runtime wait "$ID"
}

@test "logs --follow misses nothing of a log that is rotated all the time, also when it has stopped for a while" {
  set_args sh -c 'read go; i=0; while [ $i -lt 60 ]; do echo "mark $i"; head -c 60000 /bin/busybox | base64; i=$((i + 1)); done'
  ln -s busybox "$ROOTFS/bin/head"
  ln -s busybox "$ROOTFS/bin/base64"
  supervise --interactive --log-max-size 64k --log-max-files 200
  in_background "$OUT.followed" "$RUNTIME" --root "$ROOT" logs --follow "$ID"
  local follower
  follower=$(tail -n 1 "$BATS_TEST_TMPDIR/helpers")
  in_background "$OUT.typed" sh -c 'echo go | exec "$0" --root "$1" attach "$2" >/dev/null' "$RUNTIME" "$ROOT" "$ID"
  wait_for says "$OUT.followed" "mark 0"
  kill -STOP "$follower"
  wait_for test -e "$(session)/log.20"
  kill -CONT "$follower"
  run -0 runtime wait "$ID"
  wait_for gone "$follower"
  cmp "$OUT.followed" <(runtime logs "$ID")
  [ "$(grep -c ^mark "$OUT.followed")" = 60 ]
}

# A follower sees a rotation half done: the log has been renamed, and there is no new one yet.
@test "logs --follow does not go blind in the middle of a rotation" {
  set_args sh -c 'echo begin; sleep 100'
  supervise
  in_background "$OUT.followed" "$RUNTIME" --root "$ROOT" logs --follow "$ID"
  wait_for says "$OUT.followed" begin
  mv "$(session)/log" "$(session)/log.1"
  sleep 0.3
  echo "2026-01-02T03:04:05.000000000Z stdout F after" >"$(session)/log.new"
  mv "$(session)/log.new" "$(session)/log"
  wait_for says "$OUT.followed" after
  [ "$(cat "$OUT.followed")" = $'begin\nafter' ]
}

@test "logs --follow says how much was removed before it could be shown" {
  set_args sh -c 'echo begin; read go; i=0; while [ $i -lt 60 ]; do head -c 60000 /bin/busybox | base64; i=$((i + 1)); done; echo end'
  ln -s busybox "$ROOTFS/bin/head"
  ln -s busybox "$ROOTFS/bin/base64"
  supervise --interactive --log-max-size 64k --log-max-files 2
  in_background "$OUT.followed" "$RUNTIME" --root "$ROOT" logs --follow "$ID"
  local follower missed all
  follower=$(tail -n 1 "$BATS_TEST_TMPDIR/helpers")
  wait_for says "$OUT.followed" begin
  kill -STOP "$follower"
  echo go | runtime attach "$ID" >"$OUT.all"
  kill -CONT "$follower"
  wait_for gone "$follower"
  says "$OUT.followed" end
  missed=$(sed -nE 's/.*level=warning msg="the log is incomplete here: rotation removed ([0-9]+) bytes .*/\1/p' "$OUT.followed")
  sed -i /level=warning/d "$OUT.followed"
  # Of each line, 40 bytes in the log are its time, stream and ending.
  all=$(($(wc -c <"$OUT.all") + 40 * $(wc -l <"$OUT.all") + 46))
  [ "$(($(wc -c <"$OUT.followed") + 40 * $(wc -l <"$OUT.followed") + missed))" = "$all" ]
}

@test "logs --follow where the kernel gives nobody notice" {
  set_args sh -c 'echo begin; while [ ! -e /say ]; do sleep 0.05; done; echo more; sleep 100'
  supervise
  in_background "$OUT.followed" unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_inotify_instances &&
    exec "$0" --root "$1" logs --follow "$2"' "$RUNTIME" "$ROOT" "$ID"
  wait_for says "$OUT.followed" begin
  touch "$ROOTFS/say"
  wait_for says "$OUT.followed" more
}

@test "logs --follow ends with the container that is deleted" {
  set_args sh -c 'echo begin; sleep 100'
  supervise
  in_background "$OUT.followed" sh -c '"$0" --root "$1" logs --follow "$2"; echo "status $?"' "$RUNTIME" "$ROOT" "$ID"
  wait_for says "$OUT.followed" begin
  runtime delete --force "$ID"
  wait_for says "$OUT.followed" "status 0"
  [ "$(cat "$OUT.followed")" = $'begin\nstatus 0' ]
}

@test "the log is rotated by size, and so many files are kept" {
  set_args sh -c 'i=0; while [ $i -lt 6000 ]; do echo "line $i of a log that is rotated"; i=$((i + 1)); done'
  mkdir "$BATS_TEST_TMPDIR/logs"
  supervise --log-dir "$BATS_TEST_TMPDIR/logs" --log-max-size 64k --log-max-files 3
  run -0 runtime wait "$ID"
  [ "$(cd "$BATS_TEST_TMPDIR/logs" && echo *)" = "$ID.log $ID.log.1 $ID.log.2" ]
  local file
  for file in "$BATS_TEST_TMPDIR/logs"/*; do [ "$(stat -c %s "$file")" -le 65536 ]; done
  [ "$(runtime logs "$ID" | tail -n 1)" = "line 5999 of a log that is rotated" ]
  runtime delete "$ID"
  [ -z "$(ls -A "$BATS_TEST_TMPDIR/logs")" ]
}

@test "a flood of output keeps the container waiting, and takes no memory" {
  set_args sh -c 'dd if=/dev/zero bs=64k count=4000 2>/dev/null; i=0; while [ $i -lt 30000 ]; do echo; i=$((i + 1)); done'
  supervise --log-max-size 64k
  local supervisor most=0 now
  supervisor=$(supervisor)
  while now=$(private_memory "$supervisor" 2>/dev/null) && [ -n "$now" ]; do
    [ "$now" -le "$most" ] || most=$now
    sleep 0.02
  done
  echo "at most $most KiB"
  [ "$most" -gt 0 ]
  [ "$most" -lt 1024 ]
  run -0 runtime wait "$ID"
}

@test "an idle supervisor has less than half a megabyte for itself" {
  set_args sleep 100
  supervise
  local memory
  memory=$(private_memory "$(supervisor)")
  echo "$memory KiB"
  [ "$memory" -lt 512 ]
}

@test "a full disk does not stop the container, and the log tells what it lacks" {
  local logs=$BATS_TEST_TMPDIR/logs
  mkdir "$logs"
  mount -t tmpfs -o size=256k "supervise-$ID" "$logs"
  set_args sh -c 'i=0; while [ $i -lt 20000 ]; do echo "line $i that has no place on the disk"; i=$((i + 1)); done
    touch /written; while [ ! -e /room ]; do sleep 0.05; done; echo after'
  supervise --log-dir "$logs" --log-max-size 10m
  wait_for test -e "$ROOTFS/written"
  mount -o remount,size=1m "$logs"
  touch "$ROOTFS/room"
  run -0 runtime wait "$ID"
  run -0 runtime logs "$ID"
  umount "$logs"
  expect "line 0 that has no place" "bytes of output are not in this log: no space left on device" "after"
  refute "line 19999 "
}

@test "a full disk below --root: the exit status is kept all the same" {
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

# A person at a terminal of 22 rows and 88 columns, where COMMAND runs; see type_in and shown.
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
@test "attach: a terminal, with its size, without a console socket" {
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

@test "attach: a signal that ends it leaves the caller's terminal as it was" {
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

@test "attach: the container's terminal follows the size" {
  update_config '.process.terminal = true'
  set_args sh -c 'trap "stty size" WINCH; touch /ready; while :; do sleep 0.05; done'
  ln -s busybox "$ROOTFS/bin/stty"
  supervise
  person_runs "(sleep 0.5; stty rows 33 columns 99 </dev/tty) & $(attach)"
  wait_for shown "33 99"
}

@test "attach: the detach keys leave the container running" {
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

@test "attach: other detach keys, and none" {
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

@test "attach: a container that does not read makes nobody wait for its output" {
  set_args sh -c 'i=0; while [ $i -lt 40 ]; do echo "line $i"; i=$((i + 1)); sleep 0.05; done'
  supervise --interactive
  run -0 timeout 60 "$RUNTIME" --root "$ROOT" attach "$ID" < <(head -c 1000000 /dev/zero)
  expect "line 39"
}

@test "attach: several see the same, and --no-stdin only looks on" {
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

@test "attach: all of a long output arrives, at whoever reads slowly" {
  set_args sh -c 'read go; i=0; while [ $i -lt 20000 ]; do echo "line $i of a long output"; i=$((i + 1)); done'
  supervise --interactive
  [ "$(echo go | runtime attach "$ID" | (sleep 1; wc -l))" = 20000 ]
}

@test "attach: one that takes no output for too long is sent away and says so, also after the container's end" {
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

@test "attach: to none, or one that has ended, or whose supervisor was killed" {
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

# COUNT connections to the supervisor, on which WORD is said, until the test ends.
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

@test "any number of those who watch: commands get through, and nobody is told what is not true" {
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

@test "visitors that say nothing do not keep commands out, however few descriptors the supervisor may have" {
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

@test "stop: TERM, and no more than that for a program that heeds it" {
  set_args sh -c 'trap "exit 5" TERM; touch /ready; while :; do sleep 0.05; done'
  supervise
  ready
  runtime stop --timeout 30 "$ID"
  run -5 runtime wait "$ID"
}

@test "stop: the annotation's signal" {
  update_config '.annotations = {"org.opencontainers.image.stopSignal": "SIGUSR1"}'
  set_args sh -c 'trap "exit 6" USR1; trap : TERM; touch /ready; while :; do sleep 0.05; done'
  supervise
  ready
  runtime stop --timeout 30 "$ID"
  run -6 runtime wait "$ID"
}

@test "stop: KILL for a program that does not listen" {
  set_args sh -c 'trap "" TERM; touch /ready; while :; do sleep 0.05; done'
  supervise
  ready
  runtime stop --timeout 1 "$ID"
  run -137 runtime wait "$ID"
}

@test "stop: a program that ends between the timeout and KILL" {
  command -v strace >/dev/null || skip "no strace"
  start sh -c 'trap "sleep 0.3; exit" TERM; touch /ready; while :; do sleep 0.05; done'
  ready
  # The first poll is for the end of init: it is over at once, and the program ends before the next call.
  run -0 strace -qq -o /dev/null -e 'trace=/^p?poll$' -e 'inject=/^p?poll$:delay_exit=2000000:when=1' \
    "$RUNTIME" --root "$ROOT" stop --timeout 0 "$ID"
  status_is stopped
}

@test "stop works without a supervisor, too" {
  start sleep 100
  runtime stop --timeout 0 "$ID"
  status_is stopped
  run -1 runtime wait "$ID"
  expect "its exit status is unknown: it was not supervised"
}

@test "restart on-failure: so many times, with the exit status of the last" {
  set_args sh -c 'echo run >>/runs; exit 3'
  update_config '.root.readonly = false'
  supervise --restart on-failure:2
  run -3 runtime wait "$ID"
  [ "$(wc -l <"$ROOTFS/runs")" = 3 ]
  [ "$(supervision restarts)" = 2 ]
}

@test "restart on-failure: not after success" {
  set_args sh -c 'echo run >>/runs; [ "$(wc -l </runs)" -ge 2 ]'
  ln -s busybox "$ROOTFS/bin/wc"
  ln -s busybox "$ROOTFS/bin/["
  supervise --restart on-failure
  run -0 runtime wait "$ID"
  [ "$(wc -l <"$ROOTFS/runs")" = 2 ]
}

# bats test_tags=v2
@test "restart always: until stop, from the copy of config.json, hooks included" {
  update_config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $file]}]' \
    --arg file "echo hook >>$OUT.hooks"
  set_args sh -c 'echo run >>/runs; exit 0'
  supervise --restart always
  set_args sh -c 'echo other >>/runs'
  more_runs() { [ "$(wc -l <"$ROOTFS/runs")" -ge 4 ]; }
  wait_for more_runs
  runtime stop "$ID"
  run -0 runtime wait "$ID"
  sleep 1
  status_is stopped
  [ "$(sort -u "$ROOTFS/runs")" = run ]
  [ "$(wc -l <"$ROOTFS/runs")" = "$(wc -l <"$OUT.hooks")" ]
  [ "$(supervision supervisor)" = 0 ]
}

@test "restart: what cannot be made again stays ended, and the log says why" {
  set_args sh -c 'touch /ran; sleep 0.5; exit 3'
  supervise --restart always
  wait_for test -e "$ROOTFS/ran"
  mv "$ROOTFS" "$ROOTFS.away"
  run -3 runtime wait "$ID"
  run -0 runtime logs "$ID"
  mv "$ROOTFS.away" "$ROOTFS"
  expect "tare: cannot restart the container: " "no such file or directory"
  runtime delete "$ID"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "restart: the pid file and preserved descriptors are the new one's, too" {
  set_args sh -c 'cat <&3; [ -e /ran ] || { touch /ran; exit 1; }; sleep 100'
  echo "from descriptor 3" >"$OUT.three"
  runtime run --supervise --restart on-failure --pid-file "$OUT.pid" --preserve-fds 1 --bundle "$BUNDLE" "$ID" \
    </dev/null 3<"$OUT.three"
  wait_for restarted
  [ "$(cat "$OUT.pid")" = "$(init_pid)" ]
  [ "$(runtime logs "$ID")" = "from descriptor 3" ] # at its end the second time: it is the same open file
}

@test "restart: commands find the container while it is made again" {
  update_config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "0.2"]}]'
  set_args true
  supervise --restart always
  local i
  for ((i = 0; i < 40; ++i)); do runtime state "$ID" >"$OUT.state"; done
  runtime stop "$ID"
  status_is stopped
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
@test "running out of memory is told" {
  update_config '.linux.resources.memory = {limit: 20971520, swap: 20971520}'
  set_args sh -c 'x=x; while :; do x=$x$x; done'
  supervise
  run -137 runtime wait "$ID"
  [ "$(supervision oomKilled)" = true ]
  run -0 runtime list
  expect "exited 137 (out of memory)"
}

@test "restart: kill ends it, another signal does not" {
  set_args sh -c 'trap "exit 1" USR1; touch /ready; while :; do sleep 0.05; done'
  supervise --restart always
  ready
  runtime kill "$ID" USR1
  wait_for restarted
  runtime kill "$ID" KILL
  run -137 runtime wait "$ID"
}

@test "delete --force of a running one ends the supervisor, too" {
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

@test "delete of one that rests before its restart" {
  set_args false
  supervise --restart always
  sleep 1
  runtime stop "$ID"
  runtime delete "$ID"
  [ -z "$(ls -A "$ROOT")" ]
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

@test "list shows how long it has been up, and how it ended, in a column that is not there without need" {
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

@test "wrong input is told, and leaves nothing" {
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
