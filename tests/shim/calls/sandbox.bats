#!/usr/bin/env bats
# The sandbox service: a pod's namespaces, held by the shim, and the containers in them.
# bats file_tags=v2
# shellcheck disable=SC2154 # bats sets $output
load helper

# A bundle beside the container's, without a config.json, as containerd makes it for a sandbox.
start_sandbox_shim() {
  POD=$ID-pod
  POD_BUNDLE=$BATS_TEST_TMPDIR/pod
  mkdir "$POD_BUNDLE"
  mkfifo "$POD_BUNDLE/log"
  { field 1 containerd.runc.v1.Options && field 2 "$(field 7 "$STATE")"; } >"$BATS_TEST_TMPDIR/options"
  ADDRESS=$(BUNDLE=$POD_BUNDLE ID=$POD shim start <"$BATS_TEST_TMPDIR/options")
  ADDRESS=${ADDRESS#unix://}
}

teardown() {
  [ -z "${POD-}" ] || (ID=$POD BUNDLE=$POD_BUNDLE && end_shim)
  ! mountpoint -q "${POD_BUNDLE-/nonexistent}/rootfs" || { echo "left: a mount" && return 1; }
  [ -z "${NETNS-}" ] || ip netns del "$NETNS"
  end_shim
  check_residue
}

sandbox() { # METHOD [PATH=VALUE]...
  local method=$1
  shift
  "$SHIM_CLIENT" "$ADDRESS" "$method" sandbox_id="$POD" "$@"
}
create_sandbox() { sandbox CreateSandbox bundle_path="$POD_BUNDLE" "$@"; }

# A sandbox that runs; see $PAUSE.
run_sandbox() { # [PATH=VALUE]...
  start_sandbox_shim
  create_sandbox "$@" >/dev/null
  PAUSE=$(sandbox StartSandbox | sed -n 's/^pid=//p')
}

# A container in the sandbox's namespaces, as CRI describes one.
run_in_sandbox() { # WORD...
  set_args "$@"
  update_config --arg ns "/proc/$PAUSE/ns" '.linux.namespaces = [{type: "mount"}, {type: "pid", path: ($ns + "/pid")},
    {type: "ipc", path: ($ns + "/ipc")}, {type: "uts", path: ($ns + "/uts")}, {type: "network", path: ($ns + "/net")}]'
  create_task >/dev/null
  PID=$(call Start | sed -n 's/^pid=//p')
}
same_namespace() { [ "$(readlink "/proc/$1/ns/$3")" = "$(readlink "/proc/$2/ns/$3")" ]; } # PID PID TYPE

@test "shim sandbox: its life, call by call" {
  hear_events
  start_sandbox_shim
  run -0 create_sandbox options.hostname=web
  [ -z "$output" ]
  run -0 sandbox SandboxStatus
  expect_line "sandbox_id=$POD" state=SANDBOX_NOTREADY
  run -0 sandbox StartSandbox
  [[ $output =~ pid=([1-9][0-9]*) ]]
  local pause=${BASH_REMATCH[1]} created
  created=$(sed -n 's/^created_at.seconds=//p' <<<"$output")
  ((EPOCHSECONDS - created < 60))
  [ "$(nsenter -t "$pause" -u hostname)" = web ]
  sandbox PingSandbox
  run -0 sandbox Platform
  expect_line platform.os=linux "platform.architecture=$(dpkg --print-architecture)"
  run -0 sandbox SandboxStatus verbose=true
  expect_line "pid=$pause" state=SANDBOX_READY "created_at.seconds=$created"
  [ "$(sed -n 's/^info.info=//p' <<<"$output" | jq -r .runtimeSpec.hostname)" = web ]
  run -0 sandbox SandboxMetrics
  expect_line "metrics.id=$POD" metrics.data.pids.current=1
  in_background "$OUT.wait" env TIMEOUT=60 "$SHIM_CLIENT" "$ADDRESS" WaitSandbox sandbox_id="$POD"
  sandbox StopSandbox
  told wait exit_status=137
  run ! kill -0 "$pause"
  run -0 sandbox SandboxStatus
  expect_line state=SANDBOX_NOTREADY
  run ! grep -q '^exited_at.seconds=0' <<<"$output"
  fails FAILED_PRECONDITION sandbox PingSandbox
  sandbox StopSandbox
  local shim
  shim=$(shim_pid)
  sandbox ShutdownSandbox
  wait_for eval "! kill -0 $shim 2>/dev/null"
  [ ! -e "$ADDRESS" ]
  wait_to_hear /tasks/delete
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/exit /tasks/delete" ]
  [ -z "$(ls "$STATE/$NAMESPACE")" ]
}

@test "shim sandbox: containers share its namespaces, and the network is the one that containerd has made" {
  NETNS=$ID
  ip netns add "$NETNS"
  run_sandbox netns_path="/run/netns/$NETNS" options.hostname=web
  run_in_sandbox sleep 1000
  local type
  for type in pid ipc uts net; do same_namespace "$PID" "$PAUSE" "$type"; done
  [ "$(stat -L -c %i "/proc/$PID/ns/net")" = "$(stat -L -c %i "/run/netns/$NETNS")" ]
  run ! same_namespace "$PID" $$ uts
  [ "$(nsenter -t "$PID" -n cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" = 0 ]
  [ "$(pgrep -c -f -- "-namespace $NAMESPACE ")" = 1 ] # one shim
}

@test "shim sandbox: its program reaps the processes that end in the pod's PID namespace" {
  run_sandbox
  run_in_sandbox sh -c 'sh -c "sleep 0.1 & exec true"; exec sleep 1000'
  wait_for eval '[ "$(call Pids | grep -c pid=)" = 1 ]'
  run ! pgrep -P "$PAUSE" # neither a child nor a zombie
}

@test "shim sandbox: its program has no capability, no writable root, and ends with 0 on SIGTERM" {
  run_sandbox
  grep -q '^CapBnd:.0000000000000000' "/proc/$PAUSE/status"
  grep -q '^NoNewPrivs:.1' "/proc/$PAUSE/status"
  run ! touch "/proc/$PAUSE/root/file"
  [ "$(cat "/proc/$PAUSE/oom_score_adj")" -le "$(cat "/proc/$(shim_pid)/oom_score_adj")" ]
  [ "$(awk '/^VmRSS/ { print $2 }' "/proc/$PAUSE/status")" -lt 100 ]
  sandbox StopSandbox timeout_secs=30
  run -0 sandbox WaitSandbox
  expect_line exit_status=0
}

@test "shim sandbox: host namespaces, sysctls, user and cgroup are those of the pod's description" {
  run_sandbox options.linux.security_context.namespace_options.{network,pid,ipc}=2 \
    options.linux.security_context.run_as_user.value=1234 options.linux.cgroup_parent="/$ID" \
    options.metadata.name=web options.metadata.pod_namespace=shop
  local type
  for type in pid ipc uts net; do same_namespace "$PAUSE" $$ "$type"; done
  grep -q '^Uid:.1234' "/proc/$PAUSE/status"
  grep -q "/$ID/$POD\$" "/proc/$PAUSE/cgroup"
  [ "$(jq -r '.annotations["io.kubernetes.cri.sandbox-namespace"]' "$POD_BUNDLE/config.json")" = shop ]
  sandbox ShutdownSandbox
  start_sandbox_again options.linux.sysctls.net.ipv4.ip_unprivileged_port_start=80 options.linux.sysctls.kernel.shm_rmid_forced=1
  [ "$(nsenter -t "$PAUSE" -n cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" = 80 ]
  [ "$(nsenter -t "$PAUSE" -i cat /proc/sys/kernel/shm_rmid_forced)" = 1 ]
  rmdir_cgroups
}
start_sandbox_again() {
  rm -r "$POD_BUNDLE"
  run_sandbox "$@"
}
rmdir_cgroups() { find /sys/fs/cgroup -maxdepth 3 -type d -name "$ID" -exec rmdir {} + 2>/dev/null || true; }

@test "shim sandbox: a pod with a user namespace" {
  run_sandbox options.linux.security_context.namespace_options.userns_options.uids.0.{host_id=100000,length=65536} \
    options.linux.security_context.namespace_options.userns_options.gids.0.{host_id=100000,length=65536}
  [ "$(awk '{ print $2, $3 }' "/proc/$PAUSE/uid_map")" = "100000 65536" ]
  grep -q '^Uid:.100000' "/proc/$PAUSE/status"
}

@test "shim sandbox: a pod with a user namespace whose network namespace containerd has made in it" {
  local owner
  in_background /dev/null unshare --user --net sleep 1000
  owner=$!
  wait_for eval "! same_namespace $owner $$ net"
  echo "0 100000 65536" >"/proc/$owner/uid_map"
  echo "0 100000 65536" >"/proc/$owner/gid_map"
  run_sandbox netns_path="/proc/$owner/ns/net" \
    options.linux.security_context.namespace_options.userns_options.uids.0.{host_id=100000,length=65536} \
    options.linux.security_context.namespace_options.userns_options.gids.0.{host_id=100000,length=65536}
  same_namespace "$PAUSE" "$owner" user
  same_namespace "$PAUSE" "$owner" net
}

@test "shim sandbox: an unknown sandbox, a second one and calls out of order are errors" {
  start_sandbox_shim
  local method
  for method in StartSandbox Platform StopSandbox WaitSandbox SandboxStatus PingSandbox SandboxMetrics; do
    fails NOT_FOUND sandbox "$method"
    expect "sandbox $POD does not exist"
  done
  create_sandbox
  fails ALREADY_EXISTS create_sandbox
  fails FAILED_PRECONDITION sandbox CreateSandbox sandbox_id=other bundle_path="$POD_BUNDLE"
  fails NOT_FOUND sandbox StartSandbox sandbox_id=other
  fails NOT_FOUND sandbox ShutdownSandbox sandbox_id=other
  fails ALREADY_EXISTS call Create id="$POD" bundle="$POD_BUNDLE"
  sandbox StartSandbox
  fails FAILED_PRECONDITION sandbox StartSandbox
  sandbox StopSandbox
  fails FAILED_PRECONDITION sandbox StartSandbox
  fails UNIMPLEMENTED env SERVICE=containerd.runtime.sandbox.v1.Sandbox "$SHIM_CLIENT" "$ADDRESS" State id="$POD"
}

@test "shim sandbox: one that cannot be created leaves nothing, and its shim can be shut down" {
  start_sandbox_shim
  local shim
  shim=$(shim_pid)
  fails UNKNOWN create_sandbox netns_path=/nonexistent
  expect /nonexistent
  fails INVALID_ARGUMENT create_sandbox options.type_url=some.Message options.value=x
  fails NOT_FOUND sandbox StartSandbox
  run ! mountpoint -q "$POD_BUNDLE/rootfs"
  [ -z "$(ls "$STATE/$NAMESPACE")" ]
  sandbox ShutdownSandbox
  wait_for eval "! kill -0 $shim 2>/dev/null"
}

@test "shim sandbox: one that was created but not started is stopped and removed" {
  start_sandbox_shim
  create_sandbox
  sandbox StopSandbox timeout_secs=5
  run -0 sandbox WaitSandbox
  expect_line exit_status=137
  sandbox ShutdownSandbox
  [ -z "$(ls "$STATE/$NAMESPACE")" ]
}

@test "shim sandbox: stopping it kills the pod's containers, and shutting it down removes them" {
  hear_events
  run_sandbox options.linux.security_context.namespace_options.pid=1
  set_args sleep 1000
  create_task >/dev/null
  call Start
  in_background "$OUT.wait" env TIMEOUT=60 "$SHIM_CLIENT" "$ADDRESS" Wait id="$ID"
  sandbox StopSandbox
  told wait exit_status=137
  local shim
  shim=$(shim_pid)
  sandbox ShutdownSandbox
  wait_for eval "! kill -0 $shim 2>/dev/null"
  [ -z "$(ls "$STATE/$NAMESPACE")" ]
  [ "$(grep -c ^/tasks/delete "$EVENT_LOG")" = 2 ]
}

@test "shim sandbox: deleting the pod's containers does not end its shim" {
  run_sandbox
  run_in_sandbox true
  call Wait
  call Delete
  call Shutdown
  sandbox PingSandbox
}

@test "shim sandbox: a config.json in its bundle that names a program is the sandbox" {
  start_sandbox_shim
    set_args sleep 1003
  cp "$BUNDLE/config.json" "$POD_BUNDLE"
  create_sandbox rootfs.0.type=bind rootfs.0.source="$ROOTFS" rootfs.0.options.0=rbind
  PAUSE=$(sandbox StartSandbox | sed -n 's/^pid=//p')
  [ "$(tr '\0' ' ' <"/proc/$PAUSE/cmdline")" = "sleep 1003 " ]
}

@test "shim sandbox: if its shim is killed, delete removes the sandbox and the pod's containers" {
  hear_events
  run_sandbox options.linux.security_context.namespace_options.pid=1
  set_args sleep 1000
  echo -n "$POD" >"$BUNDLE/sandbox" # containerd notes it
  create_task >/dev/null
  PID=$(call Start | sed -n 's/^pid=//p')
  kill_shim
  (BUNDLE=$POD_BUNDLE ID=$POD && shim delete >/dev/null)
  wait_for eval "! kill -0 $PAUSE 2>/dev/null"
  wait_for eval "! kill -0 $PID 2>/dev/null"
  [ -z "$(ls "$STATE/$NAMESPACE")" ]
  run ! mountpoint -q "$POD_BUNDLE/rootfs"
  # containerd publishes only the exit of the sandbox
  wait_to_hear "/tasks/exit namespace=$NAMESPACE container_id=$ID id=$ID pid=$PID exit_status=137"
}
