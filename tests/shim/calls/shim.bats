#!/usr/bin/env bats
# The shim as a process: how it starts, what it keeps from containerd, how it cleans up and exits.
# shellcheck disable=SC2034 # run_task reads CREATE
load helper

@test "shim: a second start returns the address of the running shim" {
  start_shim
  run -0 call Connect
  expect "task_pid=0"
  local first=$output address=$ADDRESS
  start_shim
  [ "$ADDRESS" = "$address" ]
  run -0 call Connect
  [ "$output" = "$first" ]
}

@test "shim: other users cannot see its socket or connect to it" {
  start_shim
  [ "$(stat -c %a "$ADDRESS")" = 600 ]
  (((8#$(stat -c %a "${ADDRESS%/*}") & 8#066) == 0)) # tare's is 0711; another shim may have created it before
  run ! grep -F -- @"$ADDRESS" /proc/net/unix # an abstract one has no owner
  run ! setpriv --reuid 1000 --regid 1000 --clear-groups "$SHIM_CLIENT" "$ADDRESS" Connect
}

@test "shim: neither it nor a created container inherits descriptors from containerd" {
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

@test "shim: it has its own session and working directory, a higher OOM score than containerd, and ignores SIGHUP" {
  local shim
  start_shim
  shim=$(shim_pid)
  [ "$(ps -o sid= -p "$shim" | tr -d ' ')" = "$shim" ]
  [ "$(readlink "/proc/$shim/cwd")" = / ]
  [ "$(cat "/proc/$shim/oom_score_adj")" = $(($(cat /proc/self/oom_score_adj) + 1)) ]
  kill -HUP "$shim"
  [ "$(shim_pid)" = "$shim" ]
}

@test "shim: NOTIFY_SOCKET and LISTEN_FDS of containerd are not passed on" {
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

@test "shim: two concurrent starts result in one shim" {
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

@test "shim: it works if containerd ignores SIGCHLD" {
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

@test "shim: it reads start parameters as protobuf (containerd 2.3 and later) and answers in protobuf" {
  only_tare "the answer"
  mkdir -m 711 "$BATS_TEST_TMPDIR/s"
  { field 1 "$ID" && field 2 "$NAMESPACE" && field 4 2.3.0 && field 9 "$BATS_TEST_TMPDIR/s"; } | shim start >"$BATS_TEST_TMPDIR/answer"
  ADDRESS=$(echo "$BATS_TEST_TMPDIR"/s/*)
  { printf '\x08\x03' && field 2 "unix://$ADDRESS" && field 3 ttrpc; } | cmp - "$BATS_TEST_TMPDIR/answer"
  run -0 call Connect
}

@test "shim: it reads options of older containerd versions as an Any and answers with an address" {
  only_tare "the answer"
  run -0 shim start < <(field 1 containerd.runc.v1.Options && field 2 "$(field 7 "$STATE")")
  [[ $output == unix:///*/[0-9a-f]* ]]
  ADDRESS=${output#unix://}
  run -0 call Connect
  run ! shim start <<<"this is neither"
  expect "standard input"
}

@test "shim: -v and -info describe it, and invalid flags are errors" {
  only_tare "itself"
  run -0 "$PROGRAM" -v
  expect "Version:" "Revision:"
  "$PROGRAM" -info </dev/null >"$BATS_TEST_TMPDIR/info"
  grep -qaF io.containerd.tare.v2 "$BATS_TEST_TMPDIR/info"
  grep -qaF types.containerd.io/opencontainers/runtime-spec/1/features/Features "$BATS_TEST_TMPDIR/info"
  # The JSON extends to the end of its message and of the output.
  grep -aoz '{.*' "$BATS_TEST_TMPDIR/info" | tr -d '\0' | jq --slurp --exit-status '.[0].ociVersionMax' >/dev/null
  run ! "$PROGRAM" -nonsense
  expect "flag provided but not defined: -nonsense"
  run ! "$PROGRAM" -id "$ID" start
  expect "namespace"
  run ! "$PROGRAM" -namespace "$NAMESPACE" -id "$ID" </dev/null
  expect "descriptor 3"
}

@test "shim: containers of one group share one shim" {
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

@test "shim: Shutdown ends it only if there is no container" {
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

@test "shim: it runs on when containerd exits" {
  run_task sleep 1000
  kill -HUP "$(shim_pid)"
  [ "$(status_of)" = "$RUNNING" ]
}

@test "shim: after it is killed, nothing listens on its socket, even while its container waits for Start" {
  start_shim
  create_task
  kill_shim
  start_shim
  TIMEOUT=3 call Connect
}

# bats test_tags=v2
@test "shim: the delete action removes the container of a killed shim" {
  run_task sleep 1000
  kill_shim
  run -0 eval "shim delete | od -An -tx1 | tr -d ' \n'"
  [[ $output == *1089011a* ]] # exit_status (field 2) 137, then exited_at
  wait_for eval "! kill -0 $PID 2>/dev/null"
}

@test "shim: the delete action reports an exit that a killed shim had seen" {
  run_task sh -c 'exit 7'
  run -0 call Wait
  kill_shim
  run -0 eval "shim delete | od -An -tx1 | tr -d ' \n'"
  [[ $output == *10071a* ]] # exit_status (field 2) 7, then exited_at
  [ ! -e "$ADDRESS" ]
}

@test "shim: the delete action unmounts the rootfs" {
  mv "$ROOTFS" "$BATS_TEST_TMPDIR/image"
  mkdir "$ROOTFS"
  CREATE=(rootfs.0.type=bind rootfs.0.source="$BATS_TEST_TMPDIR/image" rootfs.0.options.0=rbind)
  run_task sleep 1000
  kill_shim
  shim delete >/dev/null
  run ! grep -F " $ROOTFS " /proc/self/mountinfo
}

@test "shim: the delete action unmounts nothing that a symbolic link leads to" {
  mkdir "$BATS_TEST_TMPDIR/elsewhere"
  mount -t tmpfs none "$BATS_TEST_TMPDIR/elsewhere"
  mv "$ROOTFS" "$BATS_TEST_TMPDIR/image"
  ln -s "$BATS_TEST_TMPDIR/elsewhere" "$ROOTFS"
  run shim delete
  run -0 umount "$BATS_TEST_TMPDIR/elsewhere"
  rm "$ROOTFS"
}

@test "shim: the delete action keeps the socket of a running shim" {
  start_shim
  shim delete >/dev/null
  run -0 call Connect
}

@test "shim: calls that are not of the task service are refused" {
  start_shim
  fails UNIMPLEMENTED call Nonsense
  SERVICE=containerd.task.v9.Task fails UNIMPLEMENTED call State
  run -0 eval "SERVICE=containerd.task.v2.Task call Connect"
  printf '\x0a\xff' >"$OUT"
  fails INVALID_ARGUMENT call Create payload=@"$OUT"
  expect "CreateTaskRequest"
  run -0 call Connect
}

@test "shim: every call for an unknown container names it" {
  start_shim
  local method
  for method in State Start Delete Pids Pause Resume Checkpoint Kill Exec ResizePty CloseIO Update Wait Stats; do
    fails NOT_FOUND call "$method" id="$ID-none"
    expect "$ID-none"
  done
}

@test "shim: every call for an unknown process names it" {
  run_task sleep 1000
  local method
  for method in State Start Delete Kill ResizePty CloseIO Wait; do
    fails NOT_FOUND call "$method" exec_id=nobody
    expect nobody
  done
}
