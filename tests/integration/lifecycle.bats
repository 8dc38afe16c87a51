#!/usr/bin/env bats
# create, start, state, kill, delete, list, ps, pause, resume: what each does, and in which state.
load helper

# bats test_tags=v2
@test "lifecycle: a container is created, running, stopped, and then deleted" {
  set_args probe trap 1
  create
  status_is created
  [ ! -s "$OUT" ]
  runtime start "$ID"
  status_is running
  wait_for says "$OUT" ready
  runtime kill "$ID" TERM
  wait_for status_is stopped
  says "$OUT" "signal 15"
  runtime delete "$ID"
  run ! runtime state "$ID"
  expect "does not exist"
}

@test "state: prints the document of the spec" {
  update_config '.annotations = {"org.example.key": "value"}'
  start sleep 100
  run -0 --separate-stderr runtime state "$ID"
  jq -e --arg id "$ID" --arg bundle "$BUNDLE" --arg rootfs "$ROOTFS" '
    (.ociVersion | test("^1\\.")) and .id == $id and .status == "running" and .pid > 0 and .bundle == $bundle and
    .rootfs == $rootfs and .owner != null and (.created | fromdate? // true) and
    .annotations == {"org.example.key": "value"}' <<<"$output"
}

@test "state: bundle is absolute even if it was given as a relative path" {
  cd "$BATS_TEST_TMPDIR"
  set_args sleep 100
  runtime create --bundle bundle "$ID" >/dev/null 3>&-
  [ "$(runtime state "$ID" | jq -r .bundle)" = "$BUNDLE" ]
}

# As in crun, whose version of Debian 12 runs no container in a hybrid hierarchy.
@test "--config: reads another file, relative to the current directory, and exec finds its settings" {
  only_tare "runc has no such flag"
  cd "$BATS_TEST_TMPDIR"
  mkdir here
  jq '.process.args = ["echo", "another file"] | .process.env += ["FROM=another"]' "$BUNDLE/config.json" \
    >here/other.json
  echo '{ this is not read' >"$BUNDLE/config.json"
  run -0 runtime run --bundle bundle --config here/other.json "$ID"
  [ "$output" = "another file" ]
  jq '.process.args = ["sleep", "1000"]' here/other.json >"$BUNDLE/abs.json"
  runtime run --detach --bundle bundle -f "$BUNDLE/abs.json" "$ID" >/dev/null 3>&-
  rm "$BUNDLE/abs.json"
  # shellcheck disable=SC2016 # the container expands it
  run -0 runtime exec "$ID" sh -c 'echo $FROM'
  [ "$output" = another ]
}

@test "--config: config.json is the one in the bundle, ./config.json the one in the current directory" {
  only_tare "runc has no such flag"
  cd "$BATS_TEST_TMPDIR"
  set_args echo "in the bundle"
  jq '.process.args[1] = "not in the bundle"' "$BUNDLE/config.json" >config.json
  run -0 runtime run --bundle bundle --config config.json "$ID"
  [ "$output" = "in the bundle" ]
  run -0 runtime run --bundle bundle --config ./config.json "$ID"
  [ "$output" = "not in the bundle" ]
}

@test "--config: a missing file, a directory and a malformed file are errors that name them, and nothing is left" {
  only_tare "runc has no such flag"
  cd "$BATS_TEST_TMPDIR"
  run ! runtime create --bundle bundle --config nonesuch.json "$ID"
  expect "nonesuch.json not found"
  run ! runtime create --bundle bundle --config . "$ID"
  expect "is a directory"
  run ! runtime create --bundle bundle --config "" "$ID"
  expect "--config requires the name of a file"
  echo '{"process":' >bad.json
  run ! runtime create --bundle bundle --config bad.json "$ID"
  expect "bad.json"
  [ -z "$(leftovers)" ]
}

@test "state: a stopped container has pid 0" {
  start true
  wait_for status_is stopped
  [ "$(init_pid)" = 0 ]
}

@test "create --pid-file: has the PID that state shows" {
  create --pid-file "$BATS_TEST_TMPDIR/pid"
  [ "$(cat "$BATS_TEST_TMPDIR/pid")" = "$(init_pid)" ]
}

@test "create: sets everything up but does not run the program" {
  mkdir "$ROOTFS/made"
  set_args touch /made/by-program
  create
  [ ! -e "$ROOTFS/made/by-program" ]
  run -0 cat "/proc/$(init_pid)/mountinfo"
  mount_has /proc proc
  mount_has /dev/shm tmpfs nodev
  [ "$(nsenter -t "$(init_pid)" -u hostname)" = tare-test ]
  runtime start "$ID"
  wait_for test -e "$ROOTFS/made/by-program"
}

@test "create: only the owner can read the container's directory" {
  only_tare "what is kept, and where, is its own"
  update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}'
  (umask 0 && create)
  run -0 find "$ROOT/$ID" ! -type l -perm /077 # a symbolic link has no mode
  [ -z "$output" ]
}

@test "create --pid-file: once it exists, state finds the container" {
  only_tare "it names a file of tare's"
  command -v strace >/dev/null || skip "no strace"
  strace -o "$OUT.trace" -e trace=rename,renameat,renameat2 "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" \
    --pid-file "$OUT.pid" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  run -0 grep -oE '"(container.json|out.pid)"' "$OUT.trace"
  [ "$output" = '"container.json"'$'\n''"out.pid"' ]
}

@test "create: later edits of config.json change nothing" {
  set_args echo old
  create
  set_args echo new
  runtime start "$ID"
  wait_for status_is stopped
  [ "$(cat "$OUT")" = old ]
}

@test "create: the bundle's config.json may be removed before start" {
  set_args echo old
  create
  rm "$BUNDLE/config.json"
  runtime start "$ID"
  wait_for says "$OUT" old
}

@test "create: an existing ID is refused, and its container is unchanged" {
  start sleep 100
  local pid
  pid=$(init_pid)
  run ! runtime create --bundle "$BUNDLE" "$ID"
  expect exist
  status_is running
  [ "$(init_pid)" = "$pid" ]
}

@test "start: the container must be in the state created" {
  run ! runtime start "$ID"
  expect "does not exist"
  start sleep 100
  run ! runtime start "$ID"
  status_is running
  runtime kill "$ID" KILL
  wait_for status_is stopped
  run ! runtime start "$ID"
  status_is stopped
}

# Both processes wait for the lock of the gate, or one has ended.
wait_at_gate() { # PID PID
  [ "$(grep -c -- "-> FLOCK .*:$(stat -c %i "$ROOT/$ID/exec.fifo") " /proc/locks)" = 2 ] || ! kill -0 "$@" 2>/dev/null
}

@test "start: of two at once one starts the container, and the other is an error" {
  only_tare "it names a file of tare's"
  local holder one other results=''
  set_args sleep 1000
  create
  in_background /dev/null flock --no-fork "$ROOT/$ID/exec.fifo" sleep 1000
  holder=$!
  wait_for grep -q "FLOCK .*:$(stat -c %i "$ROOT/$ID/exec.fifo") " /proc/locks
  runtime start "$ID" >"$OUT.one" 2>&1 3>&- &
  one=$!
  runtime start "$ID" >"$OUT.other" 2>&1 3>&- &
  other=$!
  wait_for wait_at_gate "$one" "$other"
  status_is created
  kill "$holder"
  for one in "$one" "$other"; do wait "$one" && results+=0 || results+=1; done
  [ "$results" = 01 ] || [ "$results" = 10 ]
  run -0 cat "$OUT.one" "$OUT.other"
  expect "not waiting to be started"
  status_is running
}

@test "start: reports why the program cannot be executed, and the container is stopped" {
  only_tare "runc 1.1 does not hear of it"
  set_args /bin/vanishes
  cp "$ROOTFS/bin/probe" "$ROOTFS/bin/vanishes"
  create
  rm "$ROOTFS/bin/vanishes"
  run ! runtime start "$ID"
  expect /bin/vanishes "no such file or directory"
  stopped_or_gone
}

stopped_or_gone() { ! runtime state "$ID" >/dev/null 2>&1 || wait_for status_is stopped; }

@test "start: a container without a process can be created but not started" {
  update_config 'del(.process)'
  only_tare "runc 1.1 wants a process at create"
  create
  status_is created
  run ! runtime start "$ID"
  expect "process property must not be empty"
  runtime delete "$ID"
  local mode
  for mode in "" --detach; do
    run ! runtime run $mode --bundle "$BUNDLE" "$ID"
    expect "process property must not be empty"
    [ -z "$(ls -A "$ROOT")" ]
  done
}

@test "kill: takes a signal by number, and by name with or without SIG" {
  start probe trap 5
  wait_for says "$OUT" ready
  local signal
  for signal in 10 USR2 SIGHUP sigint; do runtime kill "$ID" $signal; done
  for signal in 10 12 1 2; do wait_for says "$OUT" "signal $signal"; done
  status_is running
}

@test "kill: sends TERM by default" {
  start probe trap 1
  wait_for says "$OUT" ready
  runtime kill "$ID"
  wait_for says "$OUT" "signal 15"
}

@test "kill: takes real-time signals" {
  start probe trap 3
  wait_for says "$OUT" ready
  runtime kill "$ID" 37
  wait_for says "$OUT" "signal 37"
  only_tare "runc 1.1 knows no names for them"
  runtime kill "$ID" RTMIN+1
  wait_for says "$OUT" "signal 35"
  runtime kill "$ID" SIGRTMAX-1
  wait_for says "$OUT" "signal 63"
}

@test "kill: an unknown signal is an error" {
  start sleep 100
  for signal in NONESUCH 0x9 -1 9x 1000; do
    run ! runtime kill "$ID" "$signal"
  done
  status_is running
}

@test "kill: works on a created container" {
  create
  runtime kill "$ID" KILL
  wait_for status_is stopped
}

@test "kill: a stopped container is an error" {
  start true
  wait_for status_is stopped
  run ! runtime kill "$ID" TERM
  expect "container not running"
  run -0 runtime kill --all "$ID" KILL # all its processes are none
}

@test "kill: an unknown container is an error" {
  run ! runtime kill "$ID" TERM
  expect "does not exist"
}

# bats test_tags=v2
@test "kill --all: reaches every process of the container, also without a PID namespace" {
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  start sh -c 'sleep 1001 & sleep 1001 & echo ready; wait'
  wait_for says "$OUT" ready
  local pids
  pids=$(runtime ps --format json "$ID" | jq '.[]')
  [ "$(wc -w <<<"$pids")" -ge 3 ]
  runtime kill --all "$ID" KILL
  wait_for status_is stopped
  gone() { for pid in $pids; do [ ! -e "/proc/$pid/exe" ] || return 1; done; }
  wait_for gone
}

# bats test_tags=v2
@test "kill: without a PID namespace, processes that outlive init can be killed" {
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  start sh -c 'sleep 1001 & echo $! >/tmp/pid'
  wait_for status_is stopped
  local pid
  pid=$(cat "$ROOTFS/tmp/pid")
  [ -e "/proc/$pid" ]
  runtime kill --all "$ID" KILL
  gone() { [ ! -e "/proc/$pid/exe" ]; }
  wait_for gone
  runtime delete "$ID"
}

@test "delete: a running container is an error" {
  start sleep 100
  run ! runtime delete "$ID"
  expect "$ID"
  status_is running
}

# bats test_tags=v2
@test "delete --force: removes a running and a created container" {
  start sleep 100
  runtime delete --force "$ID"
  [ -z "$(leftovers)" ]
  create
  runtime delete --force "$ID"
  [ -z "$(leftovers)" ]
}

@test "delete: an unknown container is an error, but not with --force" {
  run ! runtime delete "$ID"
  expect "does not exist"
  run -0 runtime delete --force "$ID"
}

@test "delete: keeps bind sources and the rootfs" {
  mkdir "$BATS_TEST_TMPDIR/data"
  touch "$BATS_TEST_TMPDIR/data/file"
  add_mount /data bind "$BATS_TEST_TMPDIR/data" rbind
  in_container ls /data
  [ "$output" = file ]
  [ -e "$BATS_TEST_TMPDIR/data/file" ]
  [ -e "$ROOTFS/bin/busybox" ]
}

@test "delete: works after init was killed from outside" {
  start sleep 100
  kill -KILL "$(init_pid)"
  wait_for status_is stopped
  runtime delete "$ID"
}

@test "delete: works after the bundle was removed" {
  start sleep 100
  rm -r "$BUNDLE"
  runtime delete --force "$ID"
}

@test "list: prints a table, JSON, or only IDs" {
  run -0 runtime list --quiet
  [ -z "$output" ]
  start sleep 100
  run -0 runtime list
  [[ ${lines[0]} =~ ^ID\ +PID\ +STATUS\ +BUNDLE\ +CREATED\ +OWNER ]]
  expect "$ID" "$BUNDLE" running root
  run -0 runtime list --quiet
  [ "$output" = "$ID" ]
  run -0 --separate-stderr runtime list --format json
  jq -e --arg id "$ID" 'length == 1 and .[0].id == $id and .[0].status == "running" and .[0].pid > 0' <<<"$output"
  run ! runtime list --format xml
}

@test "list: ignores other files below --root" {
  only_tare "runc warns of the directory: docs/compatibility.md"
  start sleep 100
  mkdir "$ROOT/stray"
  touch "$ROOT/file"
  run -0 runtime list --quiet
  [ "$output" = "$ID" ]
  rm -r "$ROOT/stray" "$ROOT/file"
}

@test "a symbolic link to a container's directory is not a container" {
  start sleep 100
  ln -s "$ID" "$ROOT/link"
  run ! runtime state link
  expect "does not exist"
  run runtime delete --force link
  status_is running
  rm "$ROOT/link"
}

# bats test_tags=v2
@test "ps: prints JSON or a table" {
  start sh -c 'sleep 100 & wait'
  both() { [ "$(runtime ps --format json "$ID" | jq length)" = 2 ]; }
  wait_for both
  runtime ps --format json "$ID" | jq -e --argjson pid "$(init_pid)" 'index($pid) != null'
  run -0 runtime ps "$ID"
  expect PID "sleep 100"
}

# bats test_tags=v2
@test "pause, resume: processes do not run while paused" {
  start sh -c 'i=0; while :; do i=$((i + 1)); echo $i >/tmp/count; sleep 0.01; done'
  wait_for test -s "$ROOTFS/tmp/count"
  runtime pause "$ID"
  status_is paused
  local count
  count=$(cat "$ROOTFS/tmp/count")
  sleep 0.2
  [ "$count" = "$(cat "$ROOTFS/tmp/count")" ]
  run ! runtime pause "$ID"
  runtime resume "$ID"
  status_is running
  moved() { [ "$count" != "$(cat "$ROOTFS/tmp/count")" ]; }
  wait_for moved
  run ! runtime resume "$ID"
}

# bats test_tags=v2
@test "pause: a paused container can be killed and deleted" {
  start sleep 100
  runtime pause "$ID"
  run ! runtime exec "$ID" true
  expect paused
  runtime kill "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"
  start sleep 100
  runtime pause "$ID"
  runtime delete --force "$ID"
}

# bats test_tags=v2
@test "pause, resume: a stopped or unknown container is an error" {
  run ! runtime pause "$ID"
  expect "does not exist"
  run ! runtime resume "$ID"
  expect "does not exist"
  start true
  wait_for status_is stopped
  run ! runtime pause "$ID"
  run ! runtime resume "$ID"
}

@test "a zombie init counts as stopped" {
  # The parent of a detached init, bats or its subreaper, does not wait for it.
  start true
  wait_for status_is stopped
  run ! runtime exec "$ID" true
}

@test "kill: a created container is ended by signals that end a process, and by no other" {
  local signal
  set_args sleep 1000
  for _ in own shared; do # of pids
    for signal in TERM INT HUP QUIT; do
      create
      runtime kill "$ID" $signal
      wait_for status_is stopped
      runtime delete "$ID"
    done
    create
    for signal in USR1 ALRM PIPE CHLD; do runtime kill "$ID" $signal; done
    runtime start "$ID"
    status_is running
    runtime delete --force "$ID"
    update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  done
}
