#!/usr/bin/env bats
# NOTIFY_SOCKET (sd_notify(3)): the caller of the runtime is informed when the container is ready.
# shellcheck disable=SC2016,SC2030,SC2031 # $ is for the container's shell; each test has its own SOCKET
load notify

@test "notify: the container gets a socket, which overrides one in config.json" {
  listen
  update_config '.process.env += ["NOTIFY_SOCKET=/elsewhere"]'
  program 'echo $NOTIFY_SOCKET; stat -c %a /run/notify /run/notify/notify.sock; touch /run/notify/x; probe mounts
    probe notify READY=1'
  run -0 told run --bundle "$BUNDLE" "$ID"
  expect_line /run/notify/notify.sock 755 777 "touch: /run/notify/x: Read-only file system"
  mount_has /run/notify ro nosuid nodev noexec
  [ -z "$(leftovers)" ]
}

@test "notify: without NOTIFY_SOCKET, or if it is empty, there is no socket" {
  program 'echo "${NOTIFY_SOCKET-none}"; ls /run'
  for SOCKET in "" unset; do
    [ "$SOCKET" != unset ] || unset SOCKET
    run ! env ${SOCKET+"NOTIFY_SOCKET=$SOCKET"} "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
    expect none "/run: No such file"
  done
}

@test "notify: run reports itself as the main process" {
  listen
  program 'probe notify READY=1; exec probe trap 1'
  in_background "$OUT" env NOTIFY_SOCKET="$SOCKET" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  local pid=$!
  wait_for says "$OUT" ready
  heard_ready $pid
  kill -TERM $pid
  wait $pid
}

@test "notify: run in the foreground forwards signals while it waits" {
  [ "$(basename "$RUNTIME")" != runc ] || skip "runc neither forwards signals nor ends before READY=1"
  listen
  set_args probe trap 1
  in_background "$OUT" env NOTIFY_SOCKET="$SOCKET" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  local pid=$!
  wait_for says "$OUT" ready
  kill -TERM $pid
  wait $pid
  says "$OUT" "signal 15"
  heard_nothing
}

@test "notify: run --detach waits for READY=1 and reports init as the main process" {
  listen
  program 'echo up; until [ -e /go ]; do sleep 0.05; done; probe notify READY=1; sleep 1000'
  run_detached &
  local pid=$!
  wait_for says "$OUT" up
  heard_nothing
  kill -0 $pid
  touch "$ROOTFS/go"
  wait $pid
  heard_ready "$(init_pid)"
  status_is running
}

@test "notify: run --detach waits until the caller has handled its message" {
  [ "$(basename "$RUNTIME")" != runc ] || skip "runc before 1.2 knows no barrier"
  listen "$BATS_TEST_TMPDIR/caller" keeps
  program 'probe notify READY=1; sleep 1000'
  run_detached &
  local pid=$!
  wait_for heard "BARRIER=1 and a descriptor"
  sleep 0.3
  kill -0 $pid
  kill "$(tail -n 1 "$BATS_TEST_TMPDIR/helpers")"
  wait $pid
  status_is running
}

@test "notify: create makes the directory, start makes the socket and waits" {
  listen
  program 'probe notify READY=1; sleep 1000'
  NOTIFY_SOCKET=$SOCKET create
  heard_nothing
  told start "$ID"
  heard_ready "$(init_pid)"
  status_is running
}

@test "notify: start with NOTIFY_SOCKET is an error if create had none" {
  listen
  program 'sleep 1000'
  create
  run ! told start "$ID"
  status_is created
  runtime start "$ID"
  status_is running
}

@test "notify: start without NOTIFY_SOCKET does not wait" {
  listen
  program 'probe notify READY=1; sleep 1000'
  NOTIFY_SOCKET=$SOCKET create
  runtime start "$ID"
  wait_for says "$OUT" ENOENT
  heard_nothing
}

@test "notify: start returns if the container ends without READY=1, whatever else it has sent" {
  [ "$(basename "$RUNTIME")" != runc ] || skip "runc differs: docs/compatibility.md"
  listen
  program 'probe notify STATUS=x MAINPID=1 FDSTORE=1 READY=0 READY=10 XREADY=1; exit 5'
  run -5 told run --bundle "$BUNDLE" "$ID"
  run_detached
  wait_for status_is stopped
  runtime delete "$ID"
  NOTIFY_SOCKET=$SOCKET create
  told start "$ID"
  heard_nothing
}

@test "notify: READY=1 is passed on once, and nothing else" {
  [ "$(basename "$RUNTIME")" != runc ] || skip "runc wants READY=1 to come first"
  listen
  program 'probe notify STATUS=x "MAINPID=1|READY=1|MAINPID=1" READY=1; sleep 1000'
  run_detached
  heard_ready "$(init_pid)"
}

@test "notify: messages after READY=1 never block the container" {
  only_tare "runc stops reading"
  listen
  program 'probe notify READY=1; for i in $(probe args a b c d e f g h i j k l m n o p q r s t); do
    timeout -s KILL 10 probe notify STATUS=$i WATCHDOG=1 >/dev/null || echo stuck; done; echo over'
  ln -s busybox "$ROOTFS/bin/timeout"
  run -0 told run --bundle "$BUNDLE" "$ID"
  expect over
  refute stuck
}

@test "notify: works in a user namespace, with a read-only rootfs, a tmpfs on /run and another user" {
  listen
  update_config '.root.readonly = true | .process.user = {uid: 1000, gid: 1000} | .linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings
    | .mounts += [{destination: "/run", type: "tmpfs", source: "tmpfs"}]'
  chown -R 100000:100000 "$ROOTFS"
  program 'probe notify READY=1; sleep 1000'
  run_detached
  heard_ready "$(init_pid)"
}

@test "notify: the caller's socket may be abstract" {
  listen "@taretest-$ID"
  program 'probe notify READY=1; sleep 1000'
  run_detached
  heard_ready "$(init_pid)"
}

@test "notify: if the caller's socket does not exist, run ignores it, and start is an error" {
  SOCKET=$BATS_TEST_TMPDIR/none
  program 'sleep 1; exit 3'
  run -3 told run --bundle "$BUNDLE" "$ID"
  run_detached
  status_is running
  runtime delete --force "$ID"
  NOTIFY_SOCKET=$SOCKET create
  run ! told start "$ID"
  expect "$SOCKET" "no such file or directory"
  status_is running
}

@test "notify: does not hang if the caller's queue is full" {
  [ "$(basename "$RUNTIME")" != runc ] || skip "runc differs: docs/compatibility.md"
  listen "$BATS_TEST_TMPDIR/caller" deaf
  (for _ in {1..600}; do NOTIFY_SOCKET=$SOCKET timeout 0.2 "$PROBE" notify x >/dev/null || break; done)
  program 'probe notify READY=1; exit 3'
  run -3 told run --bundle "$BUNDLE" "$ID"
}

@test "notify: works together with LISTEN_FDS" {
  listen
  echo one >"$BATS_TEST_TMPDIR/one"
  echo two >"$BATS_TEST_TMPDIR/two"
  program 'probe notify READY=1; exec probe listen-fds'
  run -0 sh -c 'LISTEN_FDS=2 LISTEN_PID=$$ NOTIFY_SOCKET=$0 exec "$@"' "$SOCKET" "$RUNTIME" --root "$ROOT" run \
    --bundle "$BUNDLE" "$ID" 3<"$BATS_TEST_TMPDIR/one" 4<"$BATS_TEST_TMPDIR/two"
  expect_line ok "LISTEN_FDS 2" "LISTEN_PID me" one two
  heard "READY=1 | "
}

@test "notify: exec does not pass the socket on" {
  listen
  start sleep 1000
  run -0 told exec "$ID" probe env
  refute NOTIFY_SOCKET
}

@test "notify: a container without a program, or without mounts of its own, gets no socket" {
  only_tare "runc differs: docs/compatibility.md"
  listen
  update_config 'del(.process)'
  NOTIFY_SOCKET=$SOCKET create
  [ ! -e "$ROOT/$ID/notify" ]
  runtime delete --force "$ID"
  update_config '.process = {args: ["true"], cwd: "/", user: {uid: 0, gid: 0}} | del(.mounts) | del(.linux.maskedPaths)
    | del(.linux.readonlyPaths) | del(.linux.namespaces[] | select(.type == "mount"))'
  program '/bin/probe notify'
  run -1 told run --bundle "$BUNDLE" "$ID"
  expect_line "no NOTIFY_SOCKET"
}

@test "notify: start works after another start was killed" {
  only_tare "runc says that the address is in use"
  listen
  program 'probe notify READY=1; sleep 1000'
  NOTIFY_SOCKET=$SOCKET create
  in_background /dev/null "$PROBE" receive-notify "$ROOT/$ID/notify/notify.sock"
  wait_for [ -S "$ROOT/$ID/notify/notify.sock" ]
  kill -KILL $!
  told start "$ID"
  heard_ready "$(init_pid)"
}

# bats test_tags=v2
@test "notify: systemd: with run --detach the unit is active when the container is ready, and its main process is init" {
  unit_runs --detach
  is_shown MainPID "$(init_pid)"
  systemctl stop "$ID.service"
  wait_for status_is stopped
}

# bats test_tags=v2
@test "notify: systemd: with run the unit's main process is the runtime, which deletes the container" {
  unit_runs
  [ "$(cat "/proc/$(shown MainPID)/comm")" = "$(basename "$RUNTIME")" ]
  systemctl stop "$ID.service"
  [ -z "$(ls "$ROOT")" ]
}
