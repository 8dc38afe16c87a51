# What the tests of the shim's calls share: one shim for each test, and the calls of its task service as containerd makes
# them; shim_client takes containerd's place. SHIM=/usr/bin/containerd-shim-runc-v2 SERVICE=containerd.task.v2.Task tests
# containerd's own shim, which answers a few of them differently.
# shellcheck shell=bash disable=SC2034,SC2154 # the tests use the variables; bats sets $status
load ../../integration/helper

SHIM_CLIENT=${SHIM_CLIENT:-$TREE/build/release/tests/shim/client/shim_client}
NAMESPACE=taretest

setup() {
  [ -n "${SHIM-}" ] || only_tare "its shim"
  prepare
  EVENTS=$BATS_TEST_TMPDIR/events.sock
  EVENT_LOG=$BATS_TEST_TMPDIR/events
  STATE=$BATS_TEST_TMPDIR/state
  PROCESS=$BATS_TEST_TMPDIR/process.json
  PROGRAM=${SHIM:-$BATS_TEST_TMPDIR/containerd-shim-tare-v2}
  [ -n "${SHIM-}" ] || ln -s "$RUNTIME" "$PROGRAM"
  mkfifo "$BUNDLE/log" # which containerd reads
  in_background "$BATS_TEST_TMPDIR/log" cat "$BUNDLE/log"
}

teardown() {
  [ -n "${ID-}" ] || return 0
  end_shim
  check_residue
}

# Kills the shim and cleans up as containerd does.
end_shim() {
  local pid
  for pid in $(pgrep -f -- "-id $ID "); do
    kill -KILL "$pid"
    wait_for eval "! kill -0 $pid 2>/dev/null"
  done
  [ -z "${ADDRESS-}" ] || rm -f "$ADDRESS"
  EVENTS='' shim delete >/dev/null 2>&1 || true # nobody is to hear of it
  [ -z "${SHIM-}" ] || runc --root "$STATE/$NAMESPACE" delete --force "$ID" || true
  [ -z "$(ls "$STATE/$NAMESPACE" 2>/dev/null)" ] || echo "left: $(ls "$STATE/$NAMESPACE")"
}

shim() { # ACTION, with standard input
  (cd "$BUNDLE" && TTRPC_ADDRESS=$EVENTS ${DEAF:+"$PROBE" deaf} "$PROGRAM" -namespace "$NAMESPACE" -address "$BATS_TEST_TMPDIR/containerd.sock" \
    -publish-binary /bin/false -bundle "$BUNDLE" -id "$ID" "$@" 3>&-)
}

start_shim() {
  ADDRESS=$(shim start </dev/null)
  ADDRESS=${ADDRESS#unix://}
}

hear_events() { in_background "$EVENT_LOG" "$SHIM_CLIENT" events "$EVENTS" "$BATS_TEST_TMPDIR/refusal" && wait_for [ -S "$EVENTS" ]; }
heard() { cut -d' ' -f1 "$EVENT_LOG" | xargs; } # the topics so far
wait_to_hear() { wait_for says "$EVENT_LOG" "$1" || { cat "$EVENT_LOG" && return 1; }; }

call() { # METHOD [PATH=VALUE]...
  local method=$1
  shift
  "$SHIM_CLIENT" "$ADDRESS" "$method" id="$ID" "$@"
}

create_task() { call Create bundle="$BUNDLE" options.root="$STATE" "$@"; } # [PATH=VALUE]...

# A shim with a container that runs WORDS; see $PID.
run_task() { # WORD...
  set_args "$@"
  start_shim
  create_task "${CREATE[@]}" >/dev/null
  PID=$(call Start | sed -n 's/^pid=//p')
}
CREATE=()

shim_pid() { call Connect | sed -n 's/^shim_pid=//p'; }

# A killed shim may still answer until it has become a zombie.
kill_shim() {
  local pid
  pid=$(shim_pid)
  kill -KILL "$pid"
  wait_for eval "! grep -qs '^State:.[^Z]' /proc/$pid/status"
}

status_of() { call State "$@" | sed -n 's/^status=//p'; }
CREATED=1 RUNNING=2 STOPPED=3 PAUSED=4

add_exec() { # EXEC-ID WORD...
  local exec_id=$1
  shift
  jq -n '{args: $ARGS.positional, cwd: "/", user: {uid: 0, gid: 0}, env: ["PATH=/bin"]}' --args -- "$@" >"$PROCESS"
  call Exec exec_id="$exec_id" spec.value=@"$PROCESS" "${CREATE[@]}"
}

fails() { # CODE COMMAND...
  local code=$1
  shift
  run "$@"
  [ "$status" = 1 ] && [[ $output == *"$code: "* ]] || { echo "expected $code, got $status: $output" && return 1; }
}

# A call in the background; `told` waits for its answer.
later() { in_background "$OUT.$1" env TIMEOUT=60 "$SHIM_CLIENT" "$ADDRESS" "$2" id="$ID" "${@:3}"; } # NAME METHOD [PATH=VALUE]...
told() { wait_for says "$OUT.$1" "$2" || { cat "$OUT.$1" && return 1; }; }                           # NAME TEXT
# COUNT clients wait for an answer; it has one more socket, on which it listens.
asked() { wait_for eval '[ "$(targets "$(pgrep -o -f -- "-id $ID ")" | grep -c socket:)" -gt '"$1 ]"; }
targets() { find "/proc/$1/fd" -mindepth 1 -printf '%l\n' | sort -u; } # PID

# Field NUMBER of a protobuf message, a string of less than 128 bytes.
field() { printf "\\x$(printf %x $(($1 << 3 | 2)))\\x$(printf %x ${#2})%s" "$2"; } # NUMBER TEXT
