#!/usr/bin/env bats
# Terminals: through a console socket, as for engines, and in the foreground, as for users.
load helper

receive_terminal() {
  SOCKET=$BATS_TEST_TMPDIR/socket
  mkfifo "$BATS_TEST_TMPDIR/keys"
  in_background "$OUT.terminal" sh -c 'exec "$0" receive-terminal "$1" <"$2"' "$PROBE" "$SOCKET" "$BATS_TEST_TMPDIR/keys"
  exec 8<>"$BATS_TEST_TMPDIR/keys" # held open: no end of file at the first line
  wait_for test -S "$SOCKET"
}

type_in() { printf '%s' "$1" >&8; }

shown() { says "$OUT.terminal" "$1"; } # TEXT

@test "console socket: the terminal is the container's own /dev/pts and /dev/console" {
  receive_terminal
  update_config '.process.terminal = true'
  start probe terminal session
  wait_for shown "foreground yes"
  shown "tty 0 /dev/pts/0"
  shown "tty 2 /dev/pts/0"
  shown "controlling yes"
  shown "leader yes"
}

start() { # WORD... through the console socket
  set_args "$@"
  runtime run --detach --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&- 8>&-
}

@test "console socket: works with create and start" {
  receive_terminal
  update_config '.process.terminal = true'
  set_args echo "on the terminal"
  runtime create --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&- 8>&-
  wait_for shown received
  runtime start "$ID"
  wait_for shown "on the terminal"
  [ ! -s "$OUT" ]
}

@test "console socket: input is read, and ^C interrupts" {
  receive_terminal
  update_config '.process.terminal = true'
  start sh -c 'read line; echo "got $line"; trap "echo interrupted; exit" INT; echo waiting; while :; do sleep 0.1; done'
  wait_for status_is running
  type_in $'hello\n'
  wait_for shown "got hello"
  wait_for shown waiting
  type_in $'\x03'
  wait_for shown interrupted
}

@test "console socket: consoleSize is set" {
  receive_terminal
  update_config '.process.terminal = true | .process.consoleSize = {height: 33, width: 99}'
  start probe terminal
  wait_for shown "size 33 rows 99 columns"
}

@test "consoleSize without a terminal is ignored" {
  update_config '.process.consoleSize = {height: 33, width: 99}'
  in_container probe terminal
  expect_line "tty 0 no"
}

@test "/dev/console is the terminal and belongs to the container's user" {
  receive_terminal
  update_config '.process.terminal = true | .process.user = {uid: 12, gid: 5}'
  start sh -c 'stat -c "console %t:%T" /dev/console; stat -c "owner %u mode %a" /dev/pts/0; echo hi >/dev/console'
  wait_for shown "console 88:0"
  wait_for shown "owner 12 mode 620"
  wait_for shown hi
}

@test "without a terminal there is no /dev/console of the host" {
  in_container sh -c 'test -e /dev/console && echo there || echo none'
  [ "$output" = none ]
}

@test "/dev/ptmx creates terminals in the container's own devpts" {
  in_container sh -c 'ls /dev/pts; stat -L -c %t:%T /dev/ptmx; stat -c %a /dev/pts/ptmx'
  expect_line ptmx 5:2 666
  refute "0"$'\n'
}

@test "a file at /dev/pts/ptmx in the image is not used to create the terminal" {
  only_tare "the words are its own"
  update_config '.process.terminal = true | del(.mounts[] | select(.destination | startswith("/dev")))'
  mkdir -p "$ROOTFS/dev/pts"
  mknod "$ROOTFS/dev/pts/ptmx" c 5 2
  refuses "/dev/pts/ptmx in the rootfs is not on a devpts"
}

@test "a console socket is required for a detached terminal, and is otherwise an error" {
  set_args true
  run ! runtime create --console-socket "$BATS_TEST_TMPDIR/socket" --bundle "$BUNDLE" "$ID"
  expect console
  update_config '.process.terminal = true'
  run ! runtime create --bundle "$BUNDLE" "$ID"
  expect console
  run ! runtime run --detach --bundle "$BUNDLE" "$ID"
  expect console
}

@test "a console socket without a listener is an error" {
  update_config '.process.terminal = true'
  run ! runtime create --console-socket "$BATS_TEST_TMPDIR/none" --bundle "$BUNDLE" "$ID"
  run ! runtime create --console-socket "$BATS_TEST_TMPDIR/$(printf 'a%.0s' {1..200})" --bundle "$BUNDLE" "$ID"
}

@test "exec --tty --console-socket sends the terminal" {
  set_args sleep 100
  runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  receive_terminal
  run -0 runtime exec --detach --tty --console-socket "$SOCKET" "$ID" probe terminal session 3>&- 8>&-
  wait_for shown "foreground yes"
  shown "tty 0 /dev/pts/0"
  shown "controlling yes"
}

@test "exec --process may ask for a terminal" {
  set_args sleep 100
  runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  jq '.process | .terminal = true | .consoleSize = {height: 21, width: 77} | .args = ["probe", "terminal"]' \
    "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/process.json"
  receive_terminal
  run -0 runtime exec --detach --process "$BATS_TEST_TMPDIR/process.json" --console-socket "$SOCKET" "$ID" 3>&- 8>&-
  wait_for shown "size 21 rows 77 columns"
}

# script(1) gives the runtime a terminal, as a user's shell does.
on_a_terminal() { # COMMAND-LINE
  run -0 timeout 30 script --quiet --return --echo never --command "stty rows 22 columns 88; $1" /dev/null </dev/null
}

@test "foreground: run uses the caller's terminal" {
  update_config '.process.terminal = true'
  set_args probe terminal
  on_a_terminal "$RUNTIME --root $ROOT run --bundle $BUNDLE $ID"
  expect "tty 0 /dev/pts/0" "size 22 rows 88 columns" "controlling yes" "foreground yes"
}

@test "foreground: the caller's terminal is restored, and the exit status is passed on" {
  update_config '.process.terminal = true'
  set_args probe exit 9
  on_a_terminal "stty -a >$OUT.before; $RUNTIME --root $ROOT run --bundle $BUNDLE $ID; echo status \$?; stty -a >$OUT.after"
  expect "status 9"
  cmp "$OUT.before" "$OUT.after"
}

@test "foreground: a change of the caller's terminal size reaches the container" {
  update_config '.process.terminal = true'
  ln -s busybox "$ROOTFS/bin/stty"
  set_args sh -c 'trap "stty size; exit" WINCH; touch /ready; while :; do sleep 0.05; done'
  on_a_terminal "(until [ -e $ROOTFS/ready ]; do sleep 0.05; done; stty rows 33 columns 99 </dev/tty) &
    $RUNTIME --root $ROOT run --bundle $BUNDLE $ID"
  expect "33 99"
}

@test "foreground: the end of input reaches the container's terminal" {
  update_config '.process.terminal = true'
  set_args cat
  run -0 timeout 30 "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" </dev/null
}

@test "foreground: standard input that is shared with other processes stays blocking" {
  local before
  update_config '.process.terminal = true'
  set_args true
  mkfifo "$BATS_TEST_TMPDIR/input"
  exec 7<>"$BATS_TEST_TMPDIR/input"
  before=$(grep flags "/proc/$BASHPID/fdinfo/7")
  runtime run --bundle "$BUNDLE" "$ID" <&7 >"$OUT" 2>&1
  [ "$(grep flags "/proc/$BASHPID/fdinfo/7")" = "$before" ]
  exec 7<&-
}

@test "foreground: exec --tty uses the caller's terminal" {
  set_args sleep 100
  runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  on_a_terminal "$RUNTIME --root $ROOT exec --tty $ID probe terminal"
  expect "tty 0 /dev/pts/" "size 22 rows 88 columns" "controlling yes"
}

@test "foreground: a long output arrives completely" {
  update_config '.process.terminal = true'
  set_args sh -c 'i=0; while [ $i -lt 3000 ]; do echo "line $i of a long output"; i=$((i + 1)); done'
  on_a_terminal "$RUNTIME --root $ROOT run --bundle $BUNDLE $ID"
  [ "$(grep -c 'of a long output' <<<"$output")" = 3000 ]
}

# The caller's terminal is standard input; the runtime's output goes through a pipe, so that nothing adds a CR.
through_a_pipe() { on_a_terminal "$1 | od -An -c -v | tr -d ' \\n'"; } # COMMAND-LINE

@test "foreground: output of run and exec has no carriage returns" {
  update_config '.process.terminal = true'
  set_args echo hello
  through_a_pipe "$RUNTIME --root $ROOT run --bundle $BUNDLE $ID"
  expect 'hello\n'
  refute '\r\n'
  set_args sleep 100
  update_config '.process.terminal = false'
  runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  through_a_pipe "$RUNTIME --root $ROOT exec --tty $ID echo hello"
  expect 'hello\n'
  refute '\r\n'
}

@test "foreground: on the caller's terminal, lines begin in the first column" {
  update_config '.process.terminal = true'
  set_args echo hello
  on_a_terminal "$RUNTIME --root $ROOT run --bundle $BUNDLE $ID"
  [[ $output == *$'hello\r'* ]]
}

@test "console socket: output has carriage returns, the kernel's default" {
  receive_terminal
  update_config '.process.terminal = true'
  start echo hello
  wait_for grep -q $'hello\r' "$OUT.terminal"
}
