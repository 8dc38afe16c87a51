# Terminals: when a console socket is needed, and what is sent there.
load engine

setup_file() { build_receiver; }

on_terminal() { # WORD...
  config '.process.terminal = true'
  args "$@"
}

@test "EN-901: create --console-socket: one descriptor is sent, the master of a pseudo-terminal" {
  on_terminal /bin/echo words
  receive
  create --console-socket "$HERE/socket"
  received "fds 1" "ptmx"
  start
  received words
}

@test "EN-902: the terminal is the program's standard streams and its controlling terminal" {
  on_terminal /bin/sh -c 'readlink /proc/self/fd/0; readlink /proc/self/fd/2; echo mine >/dev/tty'
  receive
  create --console-socket "$HERE/socket"
  start
  received /dev/pts/0 mine
}

@test "EN-903: /dev/console is the terminal" {
  on_terminal /bin/sh -c 'echo over-the-console >/dev/console'
  receive
  create --console-socket "$HERE/socket"
  start
  received over-the-console
}

@test "EN-904: the terminal belongs to the user and has the size process.consoleSize" {
  on_terminal /bin/sh -c 'stat -c "owner %u" /dev/pts/0; probe see /tmp/seen; echo finished'
  config '.process.user = {uid: 1000, gid: 1000} | .process.consoleSize = {height: 33, width: 99}'
  receive
  create --console-socket "$HERE/socket"
  start
  received "owner 1000" finished
  cp "$ROOTFS/tmp/seen" "$SEEN"
  seen '.rows == 33 and .columns == 99 and .terminal'
}

@test "EN-905: create with terminal and without --console-socket is an error" {
  on_terminal /bin/true
  refuses_create socket
}

@test "EN-906: run --detach with terminal and without --console-socket is an error" {
  on_terminal /bin/true
  refuses run --detach --bundle "$BUNDLE" "$ID" -- socket
  nothing_left
}

@test "EN-907: --console-socket without terminal is an error" {
  args /bin/true
  refuses create --console-socket "$HERE/socket" --bundle "$BUNDLE" "$ID" -- socket
  nothing_left
}

@test "EN-908: --console-socket of run in the foreground is an error" {
  on_terminal /bin/true
  refuses run --console-socket "$HERE/socket" --bundle "$BUNDLE" "$ID" -- socket
  nothing_left
}

@test "EN-909: a console socket without a listener is an error" {
  on_terminal /bin/true
  fails runtime create --console-socket "$HERE/socket" --bundle "$BUNDLE" "$ID"
  nothing_left
}

@test "EN-910: exec --tty --detach --console-socket" {
  running
  receive
  runtime exec --tty --detach --console-socket "$HERE/socket" "$ID" /bin/sh -c 'readlink /proc/self/fd/0; echo words' >"$OUT" 2>&1 <"$NULL"
  received "fds 1" ptmx /dev/pts/0 words
}

@test "EN-911: exec --process with terminal, --detach --console-socket" {
  running
  jq '.process + {terminal: true, args: ["/bin/echo", "words"]}' <"$BUNDLE/config.json" >"$HERE/process.json"
  receive
  runtime exec --process "$HERE/process.json" --console-socket "$HERE/socket" --detach --pid-file "$HERE/pid" "$ID" >"$OUT" 2>&1 <"$NULL"
  received words
  grep -qxE '[0-9]+' "$HERE/pid"
}

@test "EN-912: exec --tty --detach without --console-socket is an error" {
  running
  refuses exec --tty --detach "$ID" /bin/true -- socket
}

@test "EN-913: run in the foreground: output goes to the caller's terminal, and the exit code is the program's" {
  needs program script
  on_terminal /bin/sh -c 'test -t 0 && echo a-terminal; exit 5'
  local code=0
  script -qec "exec '$RUNTIME' --root '$ROOT' run --bundle '$BUNDLE' '$ID'" /dev/null >"$OUT" 2>&1 <"$NULL" || code=$?
  [ "$code" = 5 ]
  holds "$OUT" a-terminal
}

@test "EN-914: exec -t in the foreground of a terminal" {
  needs program script
  running
  local code=0
  script -qec "exec '$RUNTIME' --root '$ROOT' exec -t '$ID' /bin/sh -c 'test -t 0 && echo a-terminal; exit 6'" /dev/null \
    >"$OUT" 2>&1 <"$NULL" || code=$?
  [ "$code" = 6 ]
  holds "$OUT" a-terminal
}

@test "EN-915: run in the foreground: the program's terminal has the size of the caller's, also after changes" {
  needs program script
  # shellcheck disable=SC2016 # for the inner shell
  on_terminal /bin/sh -c 'busybox stty size >/data/ready
    until [ "$(busybox stty size)" = "41 101" ]; do sleep 0.02; done; echo resized'
  timeout 30 script -qec "stty rows 40 cols 100
    (until [ -s '$ROOTFS/data/ready' ]; do sleep 0.02; done; stty -F /dev/tty rows 41 cols 101) &
    exec '$RUNTIME' --root '$ROOT' run --bundle '$BUNDLE' '$ID'" /dev/null >"$OUT" 2>&1 <"$NULL"
  holds "$OUT" resized
  [ "$(cat "$ROOTFS/data/ready")" = "40 100" ]
}
