#!/usr/bin/env bats
# A create or run that fails at any step leaves nothing: no state, no cgroup, no mount, no process,
# no file except those in the rootfs that the config asked for. (teardown checks this, too.)
load helper

# The container fails in each of the commands, and afterwards everything is as before.
fails_cleanly() { # JQ-FILTER
  local saved before
  saved=$(cat "$BUNDLE/config.json")
  before=$(census)
  update_config "$1"
  run ! runtime create --bundle "$BUNDLE" "$ID"
  [ -z "$(leftovers)" ] || { echo "create, after $1: $output" "$(leftovers)" && return 1; }
  run ! runtime run --bundle "$BUNDLE" "$ID"
  [ -z "$(leftovers)" ] || { echo "run, after $1: $output" "$(leftovers)" && return 1; }
  run ! runtime run --detach --bundle "$BUNDLE" "$ID"
  [ -z "$(leftovers)" ] || { echo "run --detach, after $1: $output" "$(leftovers)" && return 1; }
  [ "$(census)" = "$before" ] || { echo "after $1: $output" "$(census)" && return 1; }
  echo "$saved" >"$BUNDLE/config.json"
}

census() { ls "$ROOT" "$BUNDLE" /run /dev/shm; }

@test "residue: a config that is refused leaves nothing" {
  fails_cleanly '.ociVersion = null | .root = null'
  fails_cleanly '.root.path = "nonesuch"'
  fails_cleanly '.linux.namespaces += [{type: "nonesuch"}]'
  fails_cleanly '.linux.sysctl = {"kernel.panic": "1"}'
}

# bats test_tags=v2
@test "residue: a failure at the cgroup leaves nothing" {
  fails_cleanly '.linux.resources.cpu = {cpus: "5000"}'
  fails_cleanly '.linux.resources.cpu = {quota: -5, period: 5}'
}

@test "residue: a failure at the namespaces leaves nothing" {
  fails_cleanly 'del(.hostname) | .linux.namespaces |= map(if .type == "uts" then .path = "/nonesuch" else . end)'
  fails_cleanly '.linux.namespaces |= map(if .type == "ipc" then .path = "/proc/self/ns/uts" else . end)'
}

@test "residue: a failure at the ID maps leaves nothing" {
  fails_cleanly '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 0, size: 10}, {containerID: 5, hostID: 50, size: 10}] |
    .linux.gidMappings = [{containerID: 0, hostID: 0, size: 10}]'
}

@test "residue: a failure at the first, a middle or the last mount leaves nothing" {
  fails_cleanly '.mounts = [{destination: "/x", type: "nonesuchfs", source: "x"}] + .mounts'
  fails_cleanly '.mounts[3].options += ["nonesuch=1"]'
  fails_cleanly '.mounts += [{destination: "/x", type: "bind", source: "/nonesuch", options: ["bind"]}]'
}

@test "residue: a failure at the devices leaves nothing" {
  fails_cleanly '.linux.devices = [{path: "/proc/device", type: "c", major: 1, minor: 3}]'
}

@test "residue: a failure at the sysctls leaves nothing" {
  fails_cleanly '.linux.sysctl = {"net.ipv4.nonesuch": "1"}'
  fails_cleanly '.linux.sysctl = {"net.ipv4.ip_forward": "x"}'
}

# bats test_tags=v2
@test "residue: a failing hook leaves nothing" {
  local kind
  for kind in prestart createRuntime createContainer; do
    fails_cleanly ".hooks.$kind = [{path: \"/bin/false\"}]"
  done
}

@test "residue: a failure at the console socket leaves nothing" {
  update_config '.process.terminal = true'
  run ! runtime create --bundle "$BUNDLE" "$ID"
  [ -z "$(leftovers)" ]
  run ! runtime run --detach --bundle "$BUNDLE" "$ID"
  [ -z "$(leftovers)" ]
  run ! runtime create --console-socket "$BATS_TEST_TMPDIR/nonesuch" --bundle "$BUNDLE" "$ID"
  [ -z "$(leftovers)" ]
}

@test "residue: a failure at the pid file leaves nothing" {
  set_args true
  run ! runtime create --pid-file /nonesuch/pid --bundle "$BUNDLE" "$ID"
  [ -z "$(leftovers)" ]
  run ! runtime run --pid-file /nonesuch/pid --bundle "$BUNDLE" "$ID"
  [ -z "$(leftovers)" ]
}

@test "residue: a failure at seccomp leaves nothing" {
  fails_cleanly '.linux.seccomp = {defaultAction: "SCMP_ACT_NONESUCH"}'
  fails_cleanly '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/nonesuch",
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}' # the socket is met at start: for run alone
}

@test "residue: a failure at limits or the user leaves nothing" {
  fails_cleanly '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 2, hard: 1}]'
}

@test "residue: labels that the kernel does not support leave nothing" {
  [ ! -e /sys/kernel/security/apparmor ] || skip "this kernel has AppArmor"
  fails_cleanly '.process.apparmorProfile = "nonesuch"'
}

@test "residue: a failing start leaves nothing" {
  set_args /nonesuch
  run ! runtime run --bundle "$BUNDLE" "$ID"
  [ -z "$(leftovers)" ]
  run ! runtime run --detach --bundle "$BUNDLE" "$ID"
  [ -z "$(leftovers)" ]
}

# bats test_tags=v2
@test "residue: delete --force removes what a killed create leaves" {
  only_tare "runc 1.1 leaves its cgroups"
  local pid
  update_config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "2"]}]'
  "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 3>&- </dev/null &
  pid=$!
  sleep 0.5
  kill -KILL $pid
  wait $pid || true
  sleep 2
  run -0 runtime delete --force "$ID"
  [ -z "$(leftovers)" ]
}

# Runs COMMAND with a fault at the Nth of its CALLs; 100 if there are fewer.
with_fault() { # CALL:ERROR N COMMAND...
  local call=${1%:*} error=${1#*:} number=$2 result=0
  shift 2
  timeout --signal KILL 9 strace -o "$BATS_TEST_TMPDIR/trace" -e trace="$call" -e inject="$call:error=$error:when=$number" \
    "$@" >"$OUT.fault" 2>&1 </dev/null || result=$?
  grep -q INJECTED "$BATS_TEST_TMPDIR/trace" || result=100
  return $result
}

FAULTS="pidfd_open:EMFILE openat:EMFILE fstatfs:EIO openat2:EMFILE read:EIO pidfd_send_signal:EPERM"

# bats test_tags=v2
@test "delete --force: does not hang if a system call fails, and the next delete removes everything" {
  only_tare "it names the calls that tare makes"
  command -v strace >/dev/null || skip "no strace"
  local fault number status
  set_args sleep 1000
  for fault in $FAULTS; do
    for ((number = 1; number < 30; ++number)); do
      [ -d "$ROOT/$ID" ] || start
      status=0
      with_fault $fault $number "$RUNTIME" --root "$ROOT" delete --force "$ID" || status=$?
      [ $status != 137 ] || { echo "$fault $number hangs" && return 1; }
      [ $status != 0 ] || [ ! -d "$ROOT/$ID" ] || { echo "$fault $number: no error, and it is there" && return 1; }
      runtime delete --force "$ID" # there is nothing to delete, which is not an error
      [ -z "$(find /sys/fs/cgroup -maxdepth 3 -name "$ID")" ] || { echo "$fault $number: a cgroup" && return 1; }
      [ $status != 100 ] || break
    done
  done
}

# bats test_tags=v2
@test "kill: if a system call fails, it is an error or the signal has arrived" {
  only_tare "it names the calls that tare makes"
  command -v strace >/dev/null || skip "no strace"
  local fault number status
  set_args sleep 1000
  start
  for fault in $FAULTS; do
    for ((number = 1; number < 30; ++number)); do
      status=0
      with_fault $fault $number "$RUNTIME" --root "$ROOT" kill "$ID" KILL || status=$?
      [ $status = 0 ] || [ $status = 1 ] || [ $status = 100 ] || { echo "$fault $number: $status" && return 1; }
      if [ $status = 1 ]; then
        refute_stopped
      else
        wait_for status_is stopped
        runtime delete "$ID"
        start
      fi
      [ $status != 100 ] || break
    done
  done
}

# A container whose status could not be read was not considered stopped.
refute_stopped() { ! grep "not running" "$OUT.fault" && status_is running; }

@test "create: if a read fails, it either fails cleanly or the container is created" {
  only_tare "it names the calls that tare makes"
  command -v strace >/dev/null || skip "no strace"
  local number status
  set_args sleep 1000
  for ((number = 1; number < 60; ++number)); do
    status=0
    with_fault read:EIO $number "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" || status=$?
    [ $status != 137 ] || { echo "read $number hangs" && return 1; }
    [ $status != 0 ] && [ $status != 100 ] || status_is created || { echo "read $number: not created" && return 1; }
    runtime delete --force "$ID"
    [ -z "$(find /sys/fs/cgroup -maxdepth 3 -name "$ID")" ] || { echo "read $number: a cgroup" && return 1; }
    [ $status != 100 ] || break
  done
}
