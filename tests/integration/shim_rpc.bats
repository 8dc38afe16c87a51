#!/usr/bin/env bats
# The shim's task service, call by call, as containerd makes them; containerd's side is shim_client. With containerd
# itself: tests/shim. SHIM=/usr/bin/containerd-shim-runc-v2 SERVICE=containerd.task.v2.Task asks containerd's own shim, of
# whose answers a few differ.
load helper

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

# Kills it and does what containerd then does.
end_shim() {
  local pid
  for pid in $(pgrep -f -- "-id $ID "); do
    kill -KILL "$pid"
    wait_for eval "! kill -0 $pid 2>/dev/null"
  done
  [ -z "${ADDRESS-}" ] || rm -f "$ADDRESS"
  shim delete >/dev/null 2>&1 || true
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

# --- the shim itself --------------------------------------------------------------------------------------------------

@test "shim: starting it again finds the one that is there" {
  start_shim
  run -0 call Connect
  expect "task_pid=0"
  local first=$output address=$ADDRESS
  start_shim
  [ "$ADDRESS" = "$address" ]
  run -0 call Connect
  [ "$output" = "$first" ]
}

@test "shim: nobody else sees its socket, nor may connect" {
  start_shim
  [ "$(stat -c %a "$ADDRESS")" = 600 ]
  (((8#$(stat -c %a "${ADDRESS%/*}") & 8#066) == 0)) # ours is 0711; another shim may have made it before
  run ! grep -F -- @"$ADDRESS" /proc/net/unix # an abstract one has no owner
  run ! setpriv --reuid 1000 --regid 1000 --clear-groups "$SHIM_CLIENT" "$ADDRESS" Connect
}

@test "shim: neither it nor a created container has a descriptor of containerd's" {
  local shim init
  set_args sleep 1000
  start_shim 4</etc/passwd 9</tmp 77</proc
  create_task >/dev/null
  init=$(call State | sed -n 's/^pid=//p')
  shim=$(pgrep -o -f -- "-id $ID ")
  run -0 readlink "/proc/$shim/fd/"* "/proc/$init/fd/"*
  refute /etc/passwd "/tmp"$'\n'
  only_tare "runc has an event loop of its own"
  [ "$(find "/proc/$init/fd" -type l | wc -l)" = 5 ] || { ls -l "/proc/$init/fd" && return 1; }
}

@test "shim: it has a session and a directory of its own, is killed for memory before containerd, and minds no hangup" {
  local shim
  start_shim
  shim=$(shim_pid)
  [ "$(ps -o sid= -p "$shim" | tr -d ' ')" = "$shim" ]
  [ "$(readlink "/proc/$shim/cwd")" = / ]
  [ "$(cat "/proc/$shim/oom_score_adj")" = $(($(cat /proc/self/oom_score_adj) + 1)) ]
  kill -HUP "$shim"
  [ "$(shim_pid)" = "$shim" ]
}

@test "shim: what systemd gave to containerd is not passed on" {
  set_args sleep 1000
  update_config --arg out "$OUT.hook" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", "env >" + $out]}]'
  NOTIFY_SOCKET=/run/systemd/notify LISTEN_FDS=1 LISTEN_PID=1 LISTEN_FDNAMES=a start_shim
  create_task >/dev/null
  [ -s "$OUT.hook" ]
  run ! grep -E '^(NOTIFY_SOCKET|LISTEN_)' "$OUT.hook"
}

# Both processes wait for the lock of the directory of sockets, or one has ended.
wait_for_sockets() { # PID PID
  [ "$(grep -c -- "-> FLOCK .*:$(stat -c %i /run/containerd/s) " /proc/locks)" -ge 2 ] || ! kill -0 "$@" 2>/dev/null
}

@test "shim: of two that are started at once there is one" {
  local holder one other
  (umask 066 && mkdir -p /run/containerd/s)
  in_background /dev/null flock --no-fork /run/containerd/s sleep 1000
  holder=$!
  wait_for grep -q "FLOCK .*:$(stat -c %i /run/containerd/s) " /proc/locks
  shim start </dev/null >"$OUT.one" 2>&1 3>&- &
  one=$!
  shim start </dev/null >"$OUT.other" 2>&1 3>&- &
  other=$!
  wait_for wait_for_sockets "$one" "$other"
  kill -0 "$one" "$other"
  kill "$holder"
  wait "$one"
  wait "$other"
  cmp "$OUT.one" "$OUT.other"
  ADDRESS=$(cat "$OUT.one")
  ADDRESS=${ADDRESS#unix://}
  [ "$(pgrep -c -f -- "-id $ID ")" = 1 ]
}

@test "shim: a containerd that ignores SIGCHLD" {
  set_args sh -c 'exit 7'
  update_config '.hooks.createRuntime = [{path: "/bin/true"}]'
  ADDRESS=$(DEAF=1 shim start </dev/null)
  ADDRESS=${ADDRESS#unix://}
  create_task >/dev/null
  call Start
  run -0 call Wait
  expect exit_status=7
  call Delete
}

# Field NUMBER of a protobuf message, a string of less than 128 bytes.
field() { printf "\\x$(printf %x $(($1 << 3 | 2)))\\x$(printf %x ${#2})%s" "$2"; } # NUMBER TEXT

@test "shim: parameters from containerd 2.3 on are protobuf, and so is the answer" {
  only_tare "the answer"
  mkdir -m 711 "$BATS_TEST_TMPDIR/s"
  { field 1 "$ID" && field 2 "$NAMESPACE" && field 4 2.3.0 && field 9 "$BATS_TEST_TMPDIR/s"; } | shim start >"$BATS_TEST_TMPDIR/answer"
  ADDRESS=$(echo "$BATS_TEST_TMPDIR"/s/*)
  { printf '\x08\x03' && field 2 "unix://$ADDRESS" && field 3 ttrpc; } | cmp - "$BATS_TEST_TMPDIR/answer"
  run -0 call Connect
}

@test "shim: options from an older containerd are an Any, and the answer is an address" {
  only_tare "the answer"
  run -0 shim start < <(field 1 containerd.runc.v1.Options && field 2 "$(field 7 "$STATE")")
  [[ $output == unix:///*/[0-9a-f]* ]]
  ADDRESS=${output#unix://}
  run -0 call Connect
  run ! shim start <<<"this is neither"
  expect "standard input"
}

@test "shim: what it is and can do" {
  only_tare "itself"
  run -0 "$PROGRAM" -v
  expect "Version:" "Revision:"
  "$PROGRAM" -info </dev/null >"$BATS_TEST_TMPDIR/info"
  grep -qaF io.containerd.tare.v2 "$BATS_TEST_TMPDIR/info"
  grep -qaF types.containerd.io/opencontainers/runtime-spec/1/features/Features "$BATS_TEST_TMPDIR/info"
  # The JSON goes to the end of its message, and of the whole.
  grep -aoz '{.*' "$BATS_TEST_TMPDIR/info" | tr -d '\0' | jq --slurp --exit-status '.[0].ociVersionMax' >/dev/null
  run ! "$PROGRAM" -nonsense
  expect "flag provided but not defined: -nonsense"
  run ! "$PROGRAM" -id "$ID" start
  expect "namespace"
  run ! "$PROGRAM" -namespace "$NAMESPACE" -id "$ID" </dev/null
  expect "descriptor 3"
}

@test "shim: containers of one group have one shim" {
  update_config '.annotations["io.kubernetes.cri.sandbox-id"] = $group' --arg group "$ID-pod"
  run_task sleep 1000
  local first=$ADDRESS other=$BATS_TEST_TMPDIR/other
  cp -a "$BUNDLE" "$other"
  jq '.linux.cgroupsPath += "-other"' "$BUNDLE/config.json" >"$other/config.json"
  ID=$ID-other BUNDLE=$other start_shim
  [ "$ADDRESS" = "$first" ]
  create_task id="$ID-other" bundle="$other"
  call Start id="$ID-other"
  call Kill signal=9
  call Wait
  call Delete
  call Shutdown
  [ "$(status_of id="$ID-other")" = "$RUNNING" ]
  call Kill id="$ID-other" signal=9
  call Wait id="$ID-other"
  call Delete id="$ID-other"
}

@test "shim: it leaves when told to, once there is no container" {
  hear_events
  run_task sleep 1000
  call Shutdown
  [ "$(status_of)" = "$RUNNING" ]
  call Kill signal=9
  call Wait
  call Delete
  local pid
  pid=$(call Connect | sed -n 's/^shim_pid=//p')
  call Shutdown now=true
  wait_for eval "! kill -0 $pid 2>/dev/null"
  [ ! -e "$ADDRESS" ]
}

@test "shim: it stays when containerd goes" {
  run_task sleep 1000
  kill -HUP "$(shim_pid)"
  [ "$(status_of)" = "$RUNNING" ]
}

@test "shim: nobody listens where a killed shim did, also while its container waits to be started" {
  start_shim
  create_task
  kill_shim
  start_shim
  TIMEOUT=3 call Connect
}

# bats test_tags=v2
@test "shim: a killed shim's container is cleaned up by delete" {
  run_task sleep 1000
  kill_shim
  run -0 eval "shim delete | od -An -tx1 | tr -d ' \n'"
  [[ $output == *1089011a* ]] # exit_status (field 2) 137, then exited_at
  wait_for eval "! kill -0 $PID 2>/dev/null"
}

@test "shim: a killed shim has kept the exit for who cleans up" {
  run_task sh -c 'exit 7'
  run -0 call Wait
  kill_shim
  run -0 eval "shim delete | od -An -tx1 | tr -d ' \n'"
  [[ $output == *10071a* ]] # exit_status (field 2) 7, then exited_at
  [ ! -e "$ADDRESS" ]
}

@test "shim: cleaning up unmounts the root file system" {
  mv "$ROOTFS" "$BATS_TEST_TMPDIR/image"
  mkdir "$ROOTFS"
  CREATE=(rootfs.0.type=bind rootfs.0.source="$BATS_TEST_TMPDIR/image" rootfs.0.options.0=rbind)
  run_task sleep 1000
  kill_shim
  shim delete >/dev/null
  run ! grep -F " $ROOTFS " /proc/self/mountinfo
}

@test "shim: cleaning up unmounts nothing that a link leads to" {
  mkdir "$BATS_TEST_TMPDIR/elsewhere"
  mount -t tmpfs none "$BATS_TEST_TMPDIR/elsewhere"
  mv "$ROOTFS" "$BATS_TEST_TMPDIR/image"
  ln -s "$BATS_TEST_TMPDIR/elsewhere" "$ROOTFS"
  run shim delete
  run -0 umount "$BATS_TEST_TMPDIR/elsewhere"
  rm "$ROOTFS"
}

@test "shim: cleaning up leaves the socket of a shim that lives" {
  start_shim
  shim delete >/dev/null
  run -0 call Connect
}

@test "shim: what is no call of the task service is refused" {
  start_shim
  fails UNIMPLEMENTED call Nonsense
  SERVICE=containerd.task.v9.Task fails UNIMPLEMENTED call State
  run -0 eval "SERVICE=containerd.task.v2.Task call Connect"
  printf '\x0a\xff' >"$OUT"
  fails INVALID_ARGUMENT call Create payload=@"$OUT"
  expect "CreateTaskRequest"
  run -0 call Connect
}

@test "shim: every call names the container that is not there" {
  start_shim
  local method
  for method in State Start Delete Pids Pause Resume Checkpoint Kill Exec ResizePty CloseIO Update Wait Stats; do
    fails NOT_FOUND call "$method" id="$ID-none"
    expect "$ID-none"
  done
}

@test "shim: every call names the process that is not there" {
  run_task sleep 1000
  local method
  for method in State Start Delete Kill ResizePty CloseIO Wait; do
    fails NOT_FOUND call "$method" exec_id=nobody
    expect nobody
  done
}

# --- calls that come early ----------------------------------------------------------------------------------------------

later() { in_background "$OUT.$1" env TIMEOUT=60 "$SHIM_CLIENT" "$ADDRESS" "$2" id="$ID" "${@:3}"; } # NAME METHOD [PATH=VALUE]...
targets() { find "/proc/$1/fd" -mindepth 1 -printf '%l\n' | sort -u; } # PID
# COUNT clients wait for an answer; one more socket is what it listens at.
asked() { wait_for eval '[ "$(targets "$(pgrep -o -f -- "-id $ID ")" | grep -c socket:)" -gt '"$1 ]"; }
told() { wait_for says "$OUT.$1" "$2" || { cat "$OUT.$1" && return 1; }; }                           # NAME TEXT

# Creating the container waits until `go`, and then ends with CODE.
slow_creation() { # CODE
  update_config --arg script "until [ -e '$BATS_TEST_TMPDIR/go' ]; do sleep 0.02; done; exit $1" \
    '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $script]}]'
  set_args sleep 1000
  start_shim
  later create Create bundle="$BUNDLE" options.root="$STATE"
  wait_for eval '[ -n "$(call Connect id="$ID")" ] && pgrep -f "until .*$BATS_TEST_TMPDIR/go" >/dev/null'
}

early_calls() {
  local method
  jq -n '{args: ["true"], cwd: "/", env: ["PATH=/bin"]}' >"$PROCESS"
  for method in State Pids Stats Wait CloseIO Checkpoint; do later "$method" "$method"; done
  later Update Update resources.value='{"pids": {"limit": 1234}}'
  later Exec Exec exec_id=one spec.value=@"$PROCESS"
  later Delete Delete exec_id=one
  sleep 0.3
  for method in State Pids Stats Wait CloseIO Checkpoint Update Exec; do [ ! -s "$OUT.$method" ] || cat "$OUT.$method"; done
}

@test "shim: what is asked of a container that is being created is done when it is there" {
  slow_creation 0
  run -0 early_calls
  [ -z "$output" ]
  touch "$BATS_TEST_TMPDIR/go"
  told create pid=
  local pid
  pid=$(sed -n 's/^pid=//p' "$OUT.create")
  told State "status=$CREATED"
  says "$OUT.State" "pid=$pid"
  told Pids "processes.0.pid=$pid"
  told Stats stats.pids.current=1
  told Checkpoint UNIMPLEMENTED
  run -0 call Start
  run -0 call Stats
  expect_line stats.pids.limit=1234
  [ "$(status_of exec_id=one)" = "$CREATED" ]
  call Kill signal=9
  told Wait exit_status=137
}

@test "shim: a signal for a container that is being created reaches it" {
  slow_creation 0
  later kill Kill signal=9
  later wait Wait
  touch "$BATS_TEST_TMPDIR/go"
  told create pid=
  told wait exit_status=137
  fails FAILED_PRECONDITION call Start
}

@test "shim: what is asked of a container that fails to be created is answered" {
  local method
  slow_creation 1
  run -0 early_calls
  later Start Start
  later Kill Kill signal=9
  later DeleteInit Delete
  touch "$BATS_TEST_TMPDIR/go"
  told create UNKNOWN
  for method in State Pids Stats Wait CloseIO Checkpoint Update Exec Start Kill DeleteInit; do told "$method" NOT_FOUND; done
}

@test "shim: a creation that is killed at work leaves nothing, and can be done again" {
  only_tare "its workers"
  slow_creation 0
  kill -KILL "$(pgrep -P "$(shim_pid)" -f -- "-id $ID ")"
  touch "$BATS_TEST_TMPDIR/go" # the hook lives
  told create "killed by signal 9"
  [ -z "$(find "$STATE" -mindepth 2)" ]
  create_task
  call Start
}

# The process begins when its output has a reader.
start_late() { # EXEC-ID
  mkfifo "$BATS_TEST_TMPDIR/stdin" "$BATS_TEST_TMPDIR/stdout"
  CREATE=(stdin="$BATS_TEST_TMPDIR/stdin" stdout="$BATS_TEST_TMPDIR/stdout")
  add_exec "$@"
  later start Start exec_id="$1"
  : >"$BATS_TEST_TMPDIR/stdin" # opens when the other end does
}
read_output() { in_background "$OUT" cat "$BATS_TEST_TMPDIR/stdout"; }

@test "shim: input that ends while the process is started has ended" {
  run_task sleep 1000
  start_late one cat
  echo words >"$BATS_TEST_TMPDIR/stdin"
  call CloseIO exec_id=one stdin=true
  read_output
  run -0 call Wait exec_id=one
  expect_line exit_status=0
  says "$OUT" words
  call CloseIO exec_id=one stdin=true # once more, and late
}

@test "shim: input that ends before the process is started has ended" {
  mkfifo "$BATS_TEST_TMPDIR/stdin"
  run_task sleep 1000
  CREATE=(stdin="$BATS_TEST_TMPDIR/stdin")
  add_exec one cat
  call CloseIO exec_id=one stdin=true
  call Start exec_id=one
  run -0 call Wait exec_id=one
  expect_line exit_status=0
}

@test "shim: input that ends while the container is created has ended" {
  mkfifo "$BATS_TEST_TMPDIR/stdin" "$BATS_TEST_TMPDIR/stdout"
  set_args cat
  start_shim
  later create Create bundle="$BUNDLE" options.root="$STATE" stdin="$BATS_TEST_TMPDIR/stdin" stdout="$BATS_TEST_TMPDIR/stdout"
  echo words >"$BATS_TEST_TMPDIR/stdin"
  later close CloseIO stdin=true
  sleep 0.2
  read_output
  told create pid=
  call Start
  run -0 call Wait
  expect_line exit_status=0
  says "$OUT" words
}

@test "shim: a signal for a process that is being started reaches it" {
  run_task sleep 1000
  start_late one sleep 1000
  later kill Kill exec_id=one signal=9
  asked 2
  [ ! -s "$OUT.kill" ]
  read_output
  run -0 call Wait exec_id=one
  expect_line exit_status=137
}

@test "shim: a terminal's size that comes before the terminal is what the program sees first" {
  local stream=$BATS_TEST_TMPDIR/stdout round
  mkfifo "$stream"
  run_task sleep 1000
  CREATE=(terminal=true stdout="$stream")
  for round in {1..8}; do # one that is set too late may yet come in time
    in_background "$OUT" cat "$stream"
    add_exec "$round" /bin/busybox stty size
    call ResizePty exec_id="$round" width=123 height=45
    call Start exec_id="$round"
    call Wait exec_id="$round"
    call Delete exec_id="$round"
    wait_for says "$OUT" "45 123"
    rm "$OUT"
  done
}

@test "shim: who waits for a process that never runs is answered" {
  run_task sleep 1000
  add_exec failing missing
  add_exec unwanted true
  add_exec forgotten true
  local name
  for name in failing unwanted forgotten; do later "$name" Wait exec_id="$name"; done
  asked 3
  run ! call Start exec_id=failing
  told failing "never started"
  fails FAILED_PRECONDITION call Wait exec_id=failing
  fails FAILED_PRECONDITION call Start exec_id=failing
  call Delete exec_id=failing
  call Delete exec_id=unwanted
  told unwanted "never started"
  call Kill signal=9
  call Wait
  call Delete
  told forgotten "never started"
}

@test "shim: a process that is being started does not hold up the end of its container" {
  run_task sleep 1000
  start_late one sleep 1000 # nobody will read its output
  asked 1
  call Kill signal=9
  TIMEOUT=5 run -0 call Wait
  expect_line exit_status=137
  told start "stopped container"
}

@test "shim: a container that is deleted while a process is being started in it: no event after the last" {
  hear_events
  set_args sleep 1000
  start_shim
  create_task
  start_late one sleep 1000
  asked 1
  call Delete
  told start pid=
  wait_to_hear /tasks/delete
  [ "$(heard)" = "/tasks/create /tasks/exec-added /tasks/exec-started /tasks/exit /tasks/exit /tasks/delete" ]
}

@test "shim: no process is added to a container that is paused or has ended" {
  run_task sleep 1000
  call Pause
  fails UNKNOWN add_exec one true
  expect "cannot exec in a paused state"
  call Resume
  call Kill signal=9
  call Wait
  fails UNKNOWN add_exec one true
  expect "cannot exec in a stopped state"
  fails NOT_FOUND call State exec_id=one
}

# Of the two calls that `later` has made, as "one" and as "other", one is answered with each TEXT.
one_hears_each() { # TEXT TEXT
  local text
  wait_for eval "[ -s '$OUT.one' ] && [ -s '$OUT.other' ]"
  for text; do
    [ "$(cat "$OUT.one" "$OUT.other" | grep -c "$text")" = 1 ] || { cat "$OUT.one" "$OUT.other" && return 1; }
  done
}

@test "shim: of two that delete the same, one is told that it is not there" {
  local script="until [ -e '$BATS_TEST_TMPDIR/go' ]; do sleep 0.02; done"
  update_config --arg script "$script" '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", $script]}]'
  run_task true
  call Wait
  later one Delete
  later other Delete
  asked 2
  touch "$BATS_TEST_TMPDIR/go"
  one_hears_each exit_status=0 NOT_FOUND
}

@test "shim: of two that start the same, one is told that it runs" {
  set_args sleep 1000
  start_shim
  create_task
  later one Start
  later other Start
  one_hears_each pid= FAILED_PRECONDITION
}

@test "shim: a container that was only created is not paused, and one whose start fails is still created" {
  set_args sleep 1000
  start_shim
  create_task
  run ! call Pause
  [ "$(status_of)" = "$CREATED" ]
  only_tare "its command line"
  "$RUNTIME" --root "$STATE/$NAMESPACE" pause "$ID"
  fails UNKNOWN call Start
  [ "$(status_of)" = "$CREATED" ]
  "$RUNTIME" --root "$STATE/$NAMESPACE" resume "$ID"
  call Start
  [ "$(status_of)" = "$RUNNING" ]
}

# --- a container's life -----------------------------------------------------------------------------------------------

# bats test_tags=v2
@test "shim: a container from create to delete, and its events" {
  hear_events
  set_args sleep 1000
  start_shim
  run -0 create_task
  local pid=${output#pid=}
  [ "$(status_of)" = "$CREATED" ]
  [ "$(cat "$BUNDLE/init.pid")" = "$pid" ]
  run -0 call Start
  expect_line "pid=$pid"
  [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = "sleep 1000 " ]
  run -0 call State
  expect_line "id=$ID" "bundle=$BUNDLE" "pid=$pid" "status=$RUNNING" "exit_status=0"
  run -0 call Pids
  [ "$output" = "processes.0.pid=$pid" ]
  call Kill signal=15
  call Kill signal=9
  run -0 call Wait
  expect_line "exit_status=137"
  run -0 call State
  expect_line "status=$STOPPED" "exit_status=137"
  local waited
  waited=$(call Wait)
  run -0 call Delete
  [ "$output" = "pid=$pid"$'\n'"$waited" ]
  fails NOT_FOUND call State
  wait_to_hear /tasks/delete
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exit /tasks/delete" ]
  run cat "$EVENT_LOG"
  expect "/tasks/create namespace=$NAMESPACE container_id=$ID bundle=$BUNDLE" "pid=$pid" \
    "/tasks/exit namespace=$NAMESPACE container_id=$ID id=$ID pid=$pid exit_status=137"
}

@test "shim: all who wait are told the exit code" {
  local i
  run_task sh -c 'until [ -e /tmp/go ]; do sleep 0.05; done; exit 7'
  for i in 1 2 3 4 5; do in_background "$OUT.$i" "$SHIM_CLIENT" "$ADDRESS" Wait id="$ID"; done
  touch "$ROOTFS/tmp/go"
  for i in 1 2 3 4 5; do wait_for says "$OUT.$i" exit_status=7; done
  run -0 call Wait
  expect_line exit_status=7
}

@test "shim: a start is told before its exit, however short" {
  hear_events
  run_task true
  run -0 call Wait
  expect_line exit_status=0
  wait_to_hear /tasks/exit
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exit" ]
}

@test "shim: create says what is wrong, and leaves nothing" {
  start_shim
  fails NOT_FOUND create_task bundle=/nonexistent
  expect /nonexistent
  fails INVALID_ARGUMENT create_task id=../evil
  update_config '.process.cwd = "relative"'
  fails UNKNOWN create_task
  expect /process/cwd
  fails NOT_FOUND call State
  update_config '.process.cwd = "/" | .process.args = ["missing"]'
  fails UNKNOWN create_task
  expect missing
  set_args true
  create_task
  fails ALREADY_EXISTS create_task
  [ "$(status_of)" = "$CREATED" ]
}

@test "shim: a container that was created and not started can be deleted" {
  hear_events
  start_shim
  for _ in 1 2 3 4 5; do # its end, which the shim sees, and its removal go on at the same time
    create_task
    call Delete
    fails NOT_FOUND call State
  done
  wait_for eval '[ "$(grep -c /tasks/delete "$EVENT_LOG")" = 5 ]'
  [ "$(heard | cut -d" " -f1-6)" = "/tasks/create /tasks/exit /tasks/delete /tasks/create /tasks/exit /tasks/delete" ]
}

@test "shim: a running container is not deleted" {
  run_task sleep 1000
  fails FAILED_PRECONDITION call Delete
  [ "$(status_of)" = "$RUNNING" ]
  fails FAILED_PRECONDITION call Start
}

@test "shim: kill takes signals that there are, and processes that are alive" {
  run_task sh -c 'trap "exit 5" USR1; while :; do sleep 0.05; done'
  fails UNKNOWN call Kill signal=4000
  [ "$(status_of)" = "$RUNNING" ]
  call Kill signal=10
  run -0 call Wait
  expect_line exit_status=5
  fails NOT_FOUND call Kill signal=9
  expect "process already finished"
}

@test "shim: kill of all reaches every process" {
  run_task sh -c 'sleep 1000 & wait'
  call Kill signal=9 all=true
  run -0 call Wait
  expect_line exit_status=137
}

@test "shim: what init leaves behind in a joined pid namespace ends with it" {
  in_background /dev/null unshare --pid --fork --kill-child sleep 1003
  local unshare=$!
  wait_for pgrep -P "$unshare"
  update_config --arg path "/proc/$(pgrep -P "$unshare")/ns/pid" \
    '(.linux.namespaces[] | select(.type == "pid")).path = $path'
  run_task sh -c 'sleep 1001 & exit 3'
  run -0 call Wait
  expect_line exit_status=3
  nobody() { [ "$("$RUNTIME" --root "$STATE/$NAMESPACE" ps --format json "$ID")" = "[]" ]; }
  wait_for nobody
  call Delete
}

@test "shim: the root file system is mounted for the container's life" {
  mv "$ROOTFS" "$BATS_TEST_TMPDIR/image"
  mkdir "$ROOTFS"
  CREATE=(rootfs.0.type=bind rootfs.0.source="$BATS_TEST_TMPDIR/image" rootfs.0.options.0=rbind rootfs.0.options.1=ro)
  run_task sleep 1000
  run grep -F " $ROOTFS " /proc/self/mountinfo
  expect " ro"
  call Kill signal=9
  call Wait
  call Delete
  run ! grep -F " $ROOTFS " /proc/self/mountinfo
}

@test "shim: a root file system that cannot be mounted is an error" {
  start_shim
  fails "" create_task rootfs.0.type=bind rootfs.0.source=/nonexistent rootfs.0.options.0=bind
  expect /nonexistent
  fails NOT_FOUND call State
  run ! grep -F "$BUNDLE" /proc/self/mountinfo
  fails "" create_task rootfs.0.type=tmpfs rootfs.0.source=tmpfs rootfs.1.type=bind rootfs.1.source=/nonexistent rootfs.1.options.0=bind
  run ! grep -F "$BUNDLE" /proc/self/mountinfo
}

@test "shim: a root file system goes when the container cannot be created" {
  set_args /nonexistent
  start_shim
  fails "" create_task rootfs.0.type=bind rootfs.0.source="$ROOTFS" rootfs.0.options.0=bind
  run ! grep -F "$BUNDLE" /proc/self/mountinfo
}

@test "shim: no part of a root file system is mounted outside of it" {
  local image=$BATS_TEST_TMPDIR/image outside=$BATS_TEST_TMPDIR/outside
  mv "$ROOTFS" "$image"
  mkdir -p "$ROOTFS" "$outside" "$image$outside"
  ln -s "$outside" "$image/data"
  set_args sleep 1000
  start_shim
  create_task rootfs.0.type=bind rootfs.0.source="$image" rootfs.0.options.0=bind \
    rootfs.1.type=tmpfs rootfs.1.source=tmpfs rootfs.1.target=/data >/dev/null
  run ! grep -F " $outside " /proc/self/mountinfo
  grep -F " $ROOTFS$outside " /proc/self/mountinfo
}

# Its parent, which has ended, was the container's first process.
@test "shim: what a container leaves to the shim is waited for" {
  local shim
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  run_task sh -c '(sh -c "sleep 0.1; touch /done" &); sleep 1000'
  shim=$(shim_pid)
  no_zombies() { ! ps -o stat= --ppid "$shim" | grep -q Z; }
  wait_for test -e "$ROOTFS/done"
  wait_for no_zombies
}

# --- execs ------------------------------------------------------------------------------------------------------------

@test "shim: a process from exec to delete, and its events" {
  hear_events
  run_task sleep 1000
  add_exec one sh -c 'exit 9'
  [ "$(status_of exec_id=one)" = "$CREATED" ]
  run -0 call Start exec_id=one
  local pid=${output#pid=}
  run -0 call Wait exec_id=one
  expect_line exit_status=9
  run -0 call State exec_id=one
  expect_line "pid=$pid" "status=$STOPPED" exit_status=9
  run -0 call Delete exec_id=one
  expect_line "pid=$pid" exit_status=9
  fails NOT_FOUND call State exec_id=one
  wait_to_hear /tasks/exit
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exec-added /tasks/exec-started /tasks/exit" ]
  says "$EVENT_LOG" "/tasks/exit namespace=$NAMESPACE container_id=$ID id=one pid=$pid exit_status=9"
}

@test "shim: processes are told apart by their exec" {
  run_task sleep 1000
  add_exec one sleep 1000
  local pid
  pid=$(call Start exec_id=one | sed -n 's/^pid=//p')
  run -0 call Pids
  expect "pid=$PID" "pid=$pid" "info.exec_id=one"
  call Kill exec_id=one signal=9
  run -0 call Wait exec_id=one
  expect_line exit_status=137
  [ "$(status_of)" = "$RUNNING" ]
}

@test "shim: an exec that cannot be says why, and can be deleted" {
  run_task sleep 1000
  add_exec one missing
  run ! call Start exec_id=one
  expect missing
  call Delete exec_id=one
  echo '{"args": 7}' >"$PROCESS"
  call Exec exec_id=two spec.value=@"$PROCESS" || true
  run ! call Start exec_id=two
  [ "$(status_of)" = "$RUNNING" ]
}

@test "shim: an exec's id is taken once" {
  run_task sleep 1000
  add_exec one true
  fails ALREADY_EXISTS add_exec one true
  fails INVALID_ARGUMENT add_exec ../one true
  call Delete exec_id=one
  add_exec one true
}

@test "shim: no exec starts once the container has ended" {
  run_task true
  call Wait
  add_exec late true || true
  run ! call Start exec_id=late
}

@test "shim: a process beside an init that was only created" {
  hear_events
  set_args sleep 1000
  start_shim
  create_task
  add_exec short sh -c 'exit 3'
  call Start exec_id=short
  run -0 call Wait exec_id=short
  expect_line exit_status=3
  add_exec long sleep 1000
  call Start exec_id=long
  later long Wait exec_id=long
  asked 1
  call Delete
  told long exit_status=137
  wait_to_hear "id=long pid"
}

@test "shim: init's exit is told last" {
  hear_events
  run_task sleep 1000
  add_exec one sleep 1000
  call Start exec_id=one
  call Kill signal=9
  run -0 call Wait
  call Wait exec_id=one
  wait_to_hear "id=$ID pid"
  run grep /tasks/exit "$EVENT_LOG"
  [[ ${lines[0]} == *id=one* && ${lines[1]} == *"id=$ID"* ]]
}

files() { find "$BUNDLE" "$STATE" "$ADDRESS" -path "$ROOTFS" -prune -o -print | sort; }

@test "shim: processes that were deleted leave no files" {
  local i before
  run_task sleep 1000
  before=$(files)
  for i in 1 2 3 4 5; do
    add_exec "exec$i" true
    call Start exec_id="exec$i"
    call Wait exec_id="exec$i"
    call Delete exec_id="exec$i"
    add_exec again missing
    run ! call Start exec_id=again
    call Delete exec_id=again
  done
  diff <(echo "$before") <(files)
  call Kill signal=9
  call Wait
  call Delete
  [ -z "$(find "$STATE" -mindepth 2)" ]
}

# --- streams ----------------------------------------------------------------------------------------------------------

@test "shim: streams are FIFOs, and input ends when it is closed" {
  local stream
  for stream in stdin stdout stderr; do mkfifo "$BATS_TEST_TMPDIR/$stream"; done
  in_background "$OUT" cat "$BATS_TEST_TMPDIR/stdout"
  in_background "$OUT.err" cat "$BATS_TEST_TMPDIR/stderr"
  CREATE=(stdin="$BATS_TEST_TMPDIR/stdin" stdout="$BATS_TEST_TMPDIR/stdout" stderr="$BATS_TEST_TMPDIR/stderr")
  run_task sh -c 'echo to out; echo to err >&2; cat; exit 3'
  echo some input >"$BATS_TEST_TMPDIR/stdin"
  wait_for says "$OUT" "some input"
  [ "$(status_of)" = "$RUNNING" ]
  call CloseIO stdin=true
  run -0 call Wait
  expect_line exit_status=3
  says "$OUT" "to out" && says "$OUT.err" "to err"
  run -0 call State
  expect_line "stdin=$BATS_TEST_TMPDIR/stdin" "stdout=$BATS_TEST_TMPDIR/stdout" "stderr=$BATS_TEST_TMPDIR/stderr"
  call ResizePty width=80 height=24 # which there is no terminal for
}

# Clients open FIFOs when they get to it: on a busy machine after a short program has left.
@test "shim: a program begins when its output has a reader" {
  local stream=$BATS_TEST_TMPDIR/stdout
  mkfifo "$stream"
  run_task sleep 1000
  CREATE=(stdout="$stream")
  add_exec late echo last words
  in_background "$OUT.start" "$SHIM_CLIENT" "$ADDRESS" Start id="$ID" exec_id=late
  sleep 0.5
  in_background "$OUT" cat "$stream"
  call Wait exec_id=late
  call Delete exec_id=late
  wait_for says "$OUT" "last words"
}

# containerd's client drops a FIFO as soon as the process is deleted.
@test "shim: a process is deleted when its output was read" {
  local stream=$BATS_TEST_TMPDIR/stdout
  mkfifo "$stream"
  run_task sleep 1000
  CREATE=(stdout="$stream")
  add_exec slow echo last words
  in_background "$OUT" sh -c 'exec <"$1"; sleep 1; head -n 1; date +%s%N >"$2"' sh "$stream" "$OUT.read"
  call Start exec_id=slow
  call Wait exec_id=slow
  call Delete exec_id=slow
  date +%s%N >"$OUT.deleted"
  wait_for says "$OUT" "last words"
  wait_for [ -s "$OUT.read" ]
  [ "$(($(cat "$OUT.deleted") - $(cat "$OUT.read")))" -gt -200000000 ]
}

@test "shim: a terminal has the size it is given" {
  local stream
  for stream in stdin stdout; do mkfifo "$BATS_TEST_TMPDIR/$stream"; done
  in_background "$OUT" cat "$BATS_TEST_TMPDIR/stdout"
  update_config '.process.terminal = true'
  CREATE=(terminal=true stdin="$BATS_TEST_TMPDIR/stdin" stdout="$BATS_TEST_TMPDIR/stdout")
  run_task sh -c 'read -r word; /bin/busybox stty size; echo "$word"'
  call ResizePty width=123 height=45
  echo typed >"$BATS_TEST_TMPDIR/stdin"
  call Wait
  wait_for says "$OUT" "45 123"
  says "$OUT" typed
  call Delete
}

@test "shim: a terminal whose output cannot be kept does not block its program" {
  update_config '.process.terminal = true'
  CREATE=(terminal=true stdout=file:///dev/full)
  run_task sh -c '/bin/busybox head -c 100000 /dev/zero; exit 3'
  run -0 call Wait
  expect_line exit_status=3
  wait_for says "$BATS_TEST_TMPDIR/log" "output of $ID is lost: file:///dev/full: write: no space left on device"
}

@test "shim: output that is read slowly is not given up" {
  local stream=$BATS_TEST_TMPDIR/stdout
  mkfifo "$stream"
  run_task sleep 1000
  CREATE=(stdout="$stream")
  add_exec slow sh -c 'echo one; echo two; echo 333; echo end'
  # shellcheck disable=SC2016
  in_background "$OUT" sh -c 'exec <"$1"; for i in 1 2 3 4; do dd bs=4 count=1 2>/dev/null; sleep 1; done' sh "$stream"
  call Start exec_id=slow
  call Wait exec_id=slow
  call Delete exec_id=slow
  says "$OUT" end
}

@test "shim: processes of a container hold their streams, and nothing of the shim" {
  local stream inode
  for stream in stdin stdout stderr; do mkfifo "$BATS_TEST_TMPDIR/$stream"; done
  in_background "$OUT" cat "$BATS_TEST_TMPDIR/stdout"
  in_background "$OUT.err" cat "$BATS_TEST_TMPDIR/stderr"
  CREATE=(stdin="$BATS_TEST_TMPDIR/stdin" stdout="$BATS_TEST_TMPDIR/stdout" stderr="$BATS_TEST_TMPDIR/stderr")
  set_args sleep 1000
  start_shim
  run -0 create_task "${CREATE[@]}"
  PID=${output#pid=}
  # __SO_ACCEPTCON: it listens
  inode=$(targets "$(shim_pid)" |
    grep -F "$(awk '$4 == "00010000" { print "socket:[" $7 "]" }' /proc/net/unix)")
  run targets "$PID"
  [[ $inode == socket:* && $output != *"$inode"* && $output != *anon_inode* ]]
  call Start
  add_exec one sleep 1000
  run -0 call Start exec_id=one
  local pid=${output#pid=} own
  own=$(printf '%s\n' "$BATS_TEST_TMPDIR"/std{err,in,out})
  [ "$(targets "$PID")" = "$own" ]
  [ "$(targets "$pid")" = "$own" ]
}

# --- resources --------------------------------------------------------------------------------------------------------

# bats test_tags=v2
@test "shim: pause and resume" {
  hear_events
  run_task sh -c 'while :; do touch /tmp/alive; sleep 0.02; done'
  call Pause
  [ "$(status_of)" = "$PAUSED" ]
  rm -f "$ROOTFS/tmp/alive"
  sleep 0.2
  [ ! -e "$ROOTFS/tmp/alive" ]
  call Resume
  [ "$(status_of)" = "$RUNNING" ]
  wait_for [ -e "$ROOTFS/tmp/alive" ]
  wait_to_hear /tasks/resumed
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/paused /tasks/resumed" ]
}

# bats test_tags=v2
@test "shim: limits are updated, and statistics show them" {
  run_task sleep 1000
  call Update resources.value='{"pids": {"limit": 1234}, "memory": {"limit": 67108864}}'
  run -0 call Stats
  expect_line stats.pids.current=1 stats.pids.limit=1234
  if on_v2; then
    expect_line stats.type_url=io.containerd.cgroups.v2.Metrics stats.memory.usage_limit=67108864
  else
    expect_line stats.type_url=io.containerd.cgroups.v1.Metrics stats.memory.usage.limit=67108864
  fi
  [[ $(grep -E '^stats.cpu.usage(.total|_usec)=' <<<"$output") =~ =[1-9] ]]
  fails UNKNOWN call Update resources.value='{"pids": {"limit": "many"}}'
  expect limit
}

# bats test_tags=v2
@test "shim: memory that runs out is told before the exit" {
  hear_events
  update_config '.linux.resources.memory = {limit: 20971520, swap: 20971520}'
  run_task sh -c '/bin/busybox dd if=/dev/zero of=/dev/null bs=100M count=1'
  run -0 call Wait
  expect_line exit_status=137
  wait_to_hear /tasks/exit
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/oom /tasks/exit" ]
}

@test "shim: checkpoints are not there yet" {
  run_task sleep 1000
  fails UNIMPLEMENTED call Checkpoint path=/tmp
  fails UNIMPLEMENTED create_task id="$ID-restored" checkpoint=/tmp
}

# --- events -----------------------------------------------------------------------------------------------------------

@test "shim: events wait for containerd, and keep order and time" {
  run_task true
  call Wait
  call Delete
  local begun=$EPOCHSECONDS
  sleep 1.2
  hear_events
  wait_to_hear /tasks/delete
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exit /tasks/delete" ]
  [ "$(sed -nE 's/.*exited_at.seconds=([0-9]+).*/\1/p' "$EVENT_LOG" | head -n 1)" -le "$begun" ]
}

@test "shim: it leaves only when containerd has heard everything" {
  run_task true
  call Wait
  call Delete
  local pid
  pid=$(call Connect | sed -n 's/^shim_pid=//p')
  call Shutdown
  sleep 0.3
  kill -0 "$pid"
  hear_events
  wait_for eval "! kill -0 $pid 2>/dev/null"
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exit /tasks/delete" ]
}

@test "shim: one that is leaving takes no container, and does not take its successor's socket" {
  run_task true
  call Wait
  call Delete
  local old
  old=$(call Connect | sed -n 's/^shim_pid=//p')
  fails UNAVAILABLE call Shutdown -- Create id="$ID" bundle="$BUNDLE" options.root="$STATE"
  kill -0 "$old" # containerd is away
  start_shim
  [ "$(shim_pid)" != "$old" ]
  hear_events
  wait_for eval "! kill -0 $old 2>/dev/null"
  create_task
}

@test "shim: an event that is refused is sent again, one that is bad is not" {
  echo UNAVAILABLE >"$BATS_TEST_TMPDIR/refusal"
  hear_events
  run_task sleep 1000
  sleep 0.3
  [ -z "$(heard)" ]
  rm "$BATS_TEST_TMPDIR/refusal"
  wait_to_hear /tasks/start
  [ "$(heard)" = "/tasks/create /tasks/start" ]
  echo INVALID_ARGUMENT >"$BATS_TEST_TMPDIR/refusal"
  call Pause
  sleep 0.3
  rm "$BATS_TEST_TMPDIR/refusal"
  call Resume
  wait_to_hear /tasks/resumed
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/resumed" ]
}
