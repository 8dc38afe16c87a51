# What the tests of supervised containers share.
# shellcheck shell=bash disable=SC2154 # bats sets them
load ../integration/helper

setup() {
  only_tare "--supervise is its own"
  prepare
}

# Nothing is left of the supervisor after its container was deleted.
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
ready() { wait_for test -e "$ROOTFS/ready"; } # created by the program when its signal handlers are set
# More than NUMBER sockets are open in the supervisor.
attached() { [ "$(find "/proc/$(supervisor)/fd" -lname 'socket:*' | wc -l)" -gt "$1" ]; } # NUMBER
session() { echo "$ROOT/.supervise/$ID"; }
supervisor() { runtime state "$ID" 2>/dev/null | jq .supervision.supervisor; }
supervision() { runtime state "$ID" 2>/dev/null | jq -r ".supervision.$1"; } # MEMBER

# Runs COMMAND for the container; the Nth CALL on PATH, or on any path, fails with ERROR.
with_fault() { # CALL:ERROR N PATH COMMAND...
  local fault=$1 number=$2 path=$3
  shift 3
  timeout --signal KILL 30 strace -qqq -o /dev/null ${path:+-P "$path"} -e trace="${fault%:*}" \
    -e inject="${fault%:*}:error=${fault#*:}:when=$number" "$RUNTIME" --root "$ROOT" "$@" "$ID"
}

# Private memory of a process, in KiB. (Private_Dirty would count pages of an executable that was just built.)
private_memory() { awk '/^Anonymous:/ {print $2}' "/proc/$1/smaps_rollup"; } # PID

# A zombie counts, too: process 1 of the host has not reaped it yet.
gone() { ! kill -0 "$1" 2>/dev/null || grep -q '^State:.Z' "/proc/$1/status"; } # PID
