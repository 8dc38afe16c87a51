# What the tests of NOTIFY_SOCKET share: the caller's end of the socket, and units of systemd.
# shellcheck shell=bash disable=SC2016,SC2030,SC2031 # $ is for the container's shell; each test has its own SOCKET
load ../integration/helper

# The other end of the caller's socket; received messages are in $HEARD, one a line.
listen() { # [SOCKET]
  SOCKET=${1-$BATS_TEST_TMPDIR/caller}
  HEARD=$BATS_TEST_TMPDIR/heard
  in_background "$HEARD" "$PROBE" receive-notify "$SOCKET" "${@:2}"
  wait_for says "$HEARD" listening
}

told() { NOTIFY_SOCKET=$SOCKET runtime "$@"; }
heard() { grep -qxF -e "$1" "$HEARD"; }
# READY=1 and MAINPID, once or TIMES times, and nothing else; runc before 1.2 sends no barrier.
heard_ready() { # PID [TIMES]
  local expected=listening i
  for ((i = 0; i < ${2-1}; ++i)); do expected+=$'\nREADY=1 | \nMAINPID='"$1"' | '; done
  wait_for heard_all "$expected" || { cat "$HEARD" && return 1; }
}
heard_all() { [ "$(grep -vxF 'BARRIER=1 and a descriptor' "$HEARD")" = "$1" ]; }
heard_nothing() { [ "$(cat "$HEARD")" = listening ] || { cat "$HEARD" && return 1; }; }
program() { set_args sh -c "$1"; }

run_detached() {
  told run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&- || { cat "$OUT" && return 1; }
}

# A unit runs the container. After READY=1 its program runs $THEN; by default it exits on SIGTERM.
unit_runs() { # RUN-OPTION...
  [ -d /run/systemd/system ] || skip "systemd does not run here"
  program 'echo up >/up; until [ -e /go ]; do sleep 0.05; done; probe notify READY=1; '"${THEN-exec probe trap 1 >/trapping}"
  systemd-run --quiet --no-block --unit "$ID" -p Type=notify -p NotifyAccess=all \
    "$RUNTIME" --root "$ROOT" run "$@" --bundle "$BUNDLE" "$ID"
  wait_for [ -e "$ROOTFS/up" ]
  [ "$(shown ActiveState)" = activating ]
  touch "$ROOTFS/go"
  wait_for is_shown ActiveState active
  wait_for hears_signals
}
# Without a handler, process 1 of a PID namespace ignores signals.
hears_signals() { says "$ROOTFS/trapping" ready 2>/dev/null; }
shown() { systemctl show --value --property "$1" "$ID.service"; } # PROPERTY
is_shown() { [ "$(shown "$1")" = "$2" ]; }                        # PROPERTY VALUE
