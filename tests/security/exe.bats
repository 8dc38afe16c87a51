#!/usr/bin/env bats
# A container cannot access the runtime's file or its processes in the container.
load helper

# A copy of the runtime, which may be overwritten. A container's program that executes it is "evil".
setup_seizure() {
  copy_runtime
  HASH=$(sha256sum <"$RUNTIME")
  printf '#!/proc/self/exe\n' >"$ROOTFS/bin/evil"
  chmod 755 "$ROOTFS/bin/evil"
  # For a dynamically linked runtime the image has the libraries.
  ldd "$RUNTIME" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$ROOTFS/$(dirname "$library")"
    cp -L "$library" "$ROOTFS/$library"
  done
  # Its output pipe is full, so it does not exit.
  mkfifo "$OUT.full"
  exec 8<>"$OUT.full"
  dd if=/dev/zero of="$OUT.full" bs=4096 oflag=nonblock status=none 2>/dev/null || true
}

# No process in the container can open the runtime's file for writing while COMMAND runs it there.
cannot_be_seized() { # COMMAND...
  local caller
  "$@" >"$OUT.full" 2>&1 </dev/null 3>&- 8>&- &
  caller=$!
  echo "$caller" >>"$BATS_TEST_TMPDIR/helpers"
  wait_for grep -qE '^(seized|refused|nothing)' "$OUT"
  cat "$OUT"
  kill -KILL "$caller" 2>/dev/null || true
  exec 8>&-
  [ "$(sha256sum <"$RUNTIME")" = "$HASH" ]
  run ! grep -q '^seized' "$OUT"
  says "$OUT" refused || is_tare || skip "nothing of it was in sight"
}

@test "CVE-2019-5736: exec of #!/proc/self/exe does not open the runtime's file for writing" {
  concerns runc crun
  setup_seizure
  start probe seize 10
  wait_for says "$OUT" looking
  cannot_be_seized runtime exec "$ID" evil
}

# Another container in the same PID namespace, whose program is evil.
prepare_other() {
  OTHER=$ID-2
  setup_seizure
  start probe seize 10
  wait_for says "$OUT" looking
  update_config --arg pid "/proc/$(init_pid)/ns/pid" --arg path "/$OTHER" '.process.args = ["evil"] | .linux.cgroupsPath = $path |
    .linux.namespaces |= map(if .type == "pid" then .path = $pid else . end)'
}

@test "CVE-2019-5736: run of #!/proc/self/exe does not open the runtime's file for writing" {
  concerns runc crun
  prepare_other
  cannot_be_seized runtime run --bundle "$BUNDLE" "$OTHER"
}

create_and_start() { runtime create --bundle "$BUNDLE" "$OTHER" && runtime start "$OTHER"; }

@test "CVE-2019-5736: create and start of #!/proc/self/exe do not open the runtime's file for writing" {
  concerns runc crun
  prepare_other
  cannot_be_seized create_and_start
}

# Root with CAP_SYS_PTRACE may open the executable of each process that it sees.
may_trace() { update_config '.process.capabilities |= map_values(["CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_KILL"])'; }

@test "CVE-2019-5736: a container that may trace does not get the runtime's file from an exec that joins it" {
  concerns runc crun
  may_trace
  setup_seizure
  start probe seize 10
  wait_for says "$OUT" looking
  cannot_be_seized runtime exec "$ID" true
}

@test "CVE-2019-5736: a container that may trace does not get the runtime's file from another in its PID namespace" {
  concerns runc crun
  may_trace
  prepare_other
  update_config '.process.args = ["true"]'
  cannot_be_seized runtime run --bundle "$BUNDLE" "$OTHER"
}

@test "CVE-2019-5736: a process that may trace does not get the runtime's file from an init that waits to be started" {
  concerns runc crun
  may_trace
  setup_seizure
  set_args sleep 1000
  create
  in_background "$OUT" "$RUNTIME" --root "$ROOT" exec "$ID" probe seize 10
  wait_for says "$OUT" looking
  cannot_be_seized runtime start "$ID"
}

@test "CVE-2019-5736: #!/proc/self/exe does not open the runtime's file for writing, rootless" {
  concerns runc crun
  prepare_for_user
  setup_seizure
  start probe seize 10
  wait_for says "$OUT" looking
  chmod 666 "$OUT.full"
  cannot_be_seized runtime exec "$ID" evil
}

# An exec that joins the container blocks there, because the console socket for its terminal is full. Its
# user namespace has the same IDs, because with other IDs the kernel would already forbid what the runtime must prevent.
@test "CVE-2016-9962: the container cannot access an exec that joins it" {
  concerns runc
  update_config '.linux.namespaces += [{type: "user"}] | .linux.gidMappings = [{containerID: 0, hostID: 0, size: 65536}] |
    .linux.uidMappings = .linux.gidMappings | .process.capabilities |= map_values(["CAP_SYS_PTRACE", "CAP_KILL"])'
  start probe snoop 10
  wait_for says "$OUT" looking
  in_background "$OUT.full" "$PROBE" full-socket "$BATS_TEST_TMPDIR/socket"
  wait_for says "$OUT.full" full
  in_background "$OUT.exec" "$RUNTIME" --root "$ROOT" exec --detach --tty --console-socket "$BATS_TEST_TMPDIR/socket" "$ID" true
  wait_for grep -qE "^(looked at|nothing)" "$OUT"
  says "$OUT" "looked at" || is_tare || skip "nothing of it was in sight"
  # A program of the container may be accessed; this process is still the runtime.
  run ! grep '^got' "$OUT"
}

@test "CVE-2016-9962: the container cannot access an init that waits to be started" {
  concerns runc
  update_config '.process.user.uid = 1000 | .process.capabilities |= map_values(["CAP_KILL"])'
  create
  run -0 runtime exec "$ID" sh -c 'busybox readlink /proc/1/exe /proc/1/fd/* /proc/1/root; cat /proc/1/environ; true'
  refute "$(basename "$RUNTIME")" pipe: fifo "$ROOT"
}

# A container of each command that makes one, in the namespaces that `unshare` makes first. Prints the name of the init that
# waits to be started.
lifecycle_in() { # FIRST-COMMAND UNSHARE-OPTION...
  export RUNTIME ROOT OUT BUNDLE ID
  set_args sleep 1000
  run -0 timeout --signal KILL 60 unshare "${@:2}" bash -c "set -e; $1"'
    tare() { "$RUNTIME" --root "$ROOT" --debug --log "$OUT.log" "$@"; }
    tare create --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    cat "/proc/$(tare state "$ID" | jq .pid)/comm"
    tare start "$ID"
    tare exec "$ID" echo exec
    tare delete --force "$ID"
    tare run --detach --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
    tare delete --force "$ID"'
}

again() { grep -c "restarting from an executable" "$OUT.log"; }

@test "CVE-2019-5736: the runtime executes a stub in its place, which is no second start of itself" {
  only_tare "its stub"
  lifecycle_in : --mount
  [ "$output" = "tare:[init]
exec" ]
  [ "$(again)" = 0 ]
}

# The sysctl belongs to the PID namespace.
@test "CVE-2019-5736: where memory is not executed, the runtime starts a second time" {
  only_tare "its stub"
  [ -e /proc/sys/vm/memfd_noexec ] || skip "before Linux 6.3"
  lifecycle_in 'echo 2 >/proc/sys/vm/memfd_noexec' --pid --fork --kill-child --mount-proc
  [ "$output" = "tare
exec" ]
  [ "$(again)" = 3 ]
}

@test "CVE-2019-5736: on a read-only mount, the runtime needs neither" {
  only_tare "its stub"
  copy_runtime
  # shellcheck disable=SC2016 # expanded by the shell in the namespace
  lifecycle_in 'mount --bind "${RUNTIME%/*}" "${RUNTIME%/*}"; mount -o remount,bind,ro "${RUNTIME%/*}"' --mount
  [ "$output" = "tare
exec" ]
  [ "$(again)" = 0 ]
}
