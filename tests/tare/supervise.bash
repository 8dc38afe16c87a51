# What the tests of supervised containers share.
# shellcheck shell=bash disable=SC2154 # bats sets them
load ../integration/helper

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
