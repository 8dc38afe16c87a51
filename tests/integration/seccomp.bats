#!/usr/bin/env bats
# seccomp: how a profile affects system calls.
load helper

# Runs the probe with WORDS, whatever its exit status.
try() { # WORD...
  set_args probe "$@"
  run runtime run --bundle "$BUNDLE" "$ID"
}

@test "seccomp: SCMP_ACT_ERRNO returns EPERM by default" {
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"},
    {names: ["symlink", "chmod"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
  in_container sh -c 'probe mkdir /tmp/x 0755; probe symlink x /tmp/y; probe chmod /tmp 0777; probe unlink /none; true'
  [ "$output" = $'EPERM\nEPROTO\nEPROTO\nENOENT' ]
  try privileges
  expect_line "seccomp 2"
}

@test "seccomp: without a profile there is no filter" {
  try privileges
  expect_line "seccomp 0"
}

@test "seccomp: the default action and the default errno apply" {
  only_tare "runc 1.1 lets its own last calls fail first"
  seccomp '{defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 71,
    syscalls: [{names: ["read", "write", "writev", "open", "openat", "close", "fstat", "newfstatat", "mmap", "munmap", "brk",
      "execve", "exit_group", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "mprotect",
      "readlink", "readlinkat", "getrandom", "futex", "prctl", "ioctl"], action: "SCMP_ACT_ALLOW"}]}'
  try mkdir /tmp/x 0755
  [ "$output" = EPROTO ]
}

@test "seccomp: calls newer than the newest in the profile fail with ENOSYS" {
  local own='"read", "write", "writev", "open", "openat", "close", "fstat", "newfstatat", "mmap", "munmap", "brk",
      "execve", "exit_group", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "mprotect",
      "readlink", "readlinkat", "getrandom", "futex", "prctl", "ioctl"' more
  only_tare "runc 1.1 does so for listed architectures alone"
  for more in '{}' '{architectures: ["SCMP_ARCH_X86"]}'; do
    seccomp '({defaultAction: "SCMP_ACT_ERRNO", syscalls: [{names: ['"$own"'], action: "SCMP_ACT_ALLOW"}]} + '"$more)"
    try call 1000
    [ "$output" = ENOSYS ] || { echo "$output" && return 1; }
    try symlink x /tmp/y
    [ "$output" = EPERM ]
  done
}

@test "seccomp: SCMP_ACT_KILL_PROCESS kills the process" {
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_KILL_PROCESS"}]}'
  try mkdir /tmp/x 0755
  [ "$status" = 159 ]
  [ ! -e "$ROOTFS/tmp/x" ]
}

@test "seccomp: SCMP_ACT_KILL and KILL_THREAD end the only thread" {
  local action
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  for action in KILL KILL_THREAD; do
    seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_'$action'"}]}'
    try mkdir /tmp/x 0755
    [ "$status" = 159 ]
  done
}

@test "seccomp: SCMP_ACT_TRAP sends SIGSYS" {
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_TRAP"}]}'
  try mkdir /tmp/x 0755
  [ "$status" = 159 ]
}

@test "seccomp: SCMP_ACT_LOG allows the call, and SCMP_ACT_TRACE returns ENOSYS without a tracer" {
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_LOG"},
    {names: ["symlink"], action: "SCMP_ACT_TRACE", errnoRet: 1}]}'
  in_container sh -c 'probe mkdir /tmp/x 0755; probe symlink x /tmp/y; true'
  [ "$output" = $'ok\nENOSYS' ] # there is no tracer
}

@test "seccomp: conditions on arguments apply" {
  # personality(2) takes one: refused are 8, anything with the bit 4, and more than 4096.
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [
    {names: ["personality"], action: "SCMP_ACT_ERRNO", errnoRet: 71, args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"}]},
    {names: ["personality"], action: "SCMP_ACT_ERRNO", errnoRet: 72,
      args: [{index: 0, value: 4, valueTwo: 4, op: "SCMP_CMP_MASKED_EQ"}]},
    {names: ["personality"], action: "SCMP_ACT_ERRNO", errnoRet: 74, args: [{index: 0, value: 4096, op: "SCMP_CMP_GT"}]}]}'
  in_container sh -c 'for i in 0 8 4 5000; do probe personality $i; done; true'
  [ "$output" = $'ok\nEPROTO\nEMULTIHOP\nEBADMSG' ]
}

@test "seccomp: conditions on several arguments must all hold" {
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [
    {names: ["kill"], action: "SCMP_ACT_ERRNO", errnoRet: 71, args: [
      {index: 0, value: 1000, op: "SCMP_CMP_GE"}, {index: 1, value: 0, op: "SCMP_CMP_NE"}]},
    {names: ["kill"], action: "SCMP_ACT_ERRNO", errnoRet: 72, args: [
      {index: 0, value: 2, op: "SCMP_CMP_LT"}, {index: 1, value: 9, op: "SCMP_CMP_LE"}]}]}'
  in_container sh -c 'probe kill 1000 9; probe kill 1000 0; probe kill 999 9; probe kill 1 9; probe kill 1 18; true'
  [ "$output" = $'EPROTO\nESRCH\nESRCH\nEMULTIHOP\nok' ] || { echo "$output" && return 1; }
}

@test "seccomp: of several conditions on one argument one must hold, as in engines' profiles" {
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["kill"], action: "SCMP_ACT_ERRNO", errnoRet: 71,
    args: [{index: 1, value: 9, op: "SCMP_CMP_EQ"}, {index: 1, value: 15, op: "SCMP_CMP_EQ"}]}]}'
  in_container sh -c 'probe kill 1000 9; probe kill 1000 15; probe kill 1000 1; true'
  [ "$output" = $'EPROTO\nEPROTO\nESRCH' ] || { echo "$output" && return 1; }
}

@test "seccomp: unknown system calls are ignored" {
  seccomp '{defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{names: ["nonesuch", "mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
  try mkdir /tmp/x 0755
  [ "$output" = EPROTO ]
}

@test "seccomp: works without no_new_privs" {
  update_config '.process.noNewPrivileges = false'
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
  try mkdir /tmp/x 0755
  [ "$output" = EPROTO ]
  try caps privileges
  expect_line "effective 0000000020000420" "no_new_privs 0"
}

@test "seccomp: the last calls of the runtime may be forbidden" {
  local calls='["setgroups", "setgid", "setuid", "setresuid", "setresgid", "capset", "mount", "pivot_root", "chdir", "fchdir",
    "close_range", "unshare", "setns", "keyctl", "sethostname", "clone3", "sendmsg", "connect", "socket", "umask"]'
  only_tare "runc 1.1 makes some of them afterwards"
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: '"$calls"', action: "SCMP_ACT_KILL_PROCESS"}]}'
  try caps
  [ "$status" = 0 ]
  expect_line "effective 0000000020000420"
}

@test "seccomp: architectures and flags are set" {
  only_tare "runc 1.1 knows no flags"
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
    flags: ["SECCOMP_FILTER_FLAG_LOG"], syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
  try mkdir /tmp/x 0755
  [ "$output" = EPROTO ]
}

le32() { # NUMBER...
  local n
  for n; do printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $((n & 255)) $((n >> 8 & 255)) $((n >> 16 & 255)) $((n >> 24 & 255)))"; done
}

# A program for 32-bit ARM that makes one system call and exits with its errno: an ELF header, a program header, and
#   mov r0, #0; ldr r7, number; svc 0; rsb r0, r0, #0; mov r7, #1 (exit); svc 0; number
arm32_program() { # SYSTEM-CALL-NUMBER
  le32 0x464c457f 0x00010101 0 0 0x00280002 1 0x10054 0x34 0 0x05000000 0x00200034 0x00280001 0
  le32 1 0 0x10000 0x10000 0x70 0x70 5 0x1000
  le32 0xe3a00000 0xe59f700c 0xef000000 0xe2600000 0xe3a07001 0xef000000 "$1"
}

# Runs that program in a container, whatever its exit status.
try_arm32() { # SYSTEM-CALL-NUMBER
  arm32_program "$1" >"$ROOTFS/bin/arm32"
  chmod 755 "$ROOTFS/bin/arm32"
  set_args arm32
  run runtime run --bundle "$BUNDLE" "$ID"
}

@test "seccomp: a 32-bit ARM program is filtered by the numbers of its own architecture" {
  [ "$(uname -m)" = aarch64 ] || skip "needs a 64-bit ARM machine"
  local profile='{defaultAction: "SCMP_ACT_ERRNO", syscalls: [{action: "SCMP_ACT_ALLOW",
    names: ["execve", "exit", "getppid", "capset", "write", "cacheflush", "set_tls"]}]}'
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  seccomp "$profile + {architectures: [\"SCMP_ARCH_AARCH64\", \"SCMP_ARCH_ARM\"]}"
  try_arm32 42 # pipe, with a bad address
  [ "$status" = 1 ] # EPERM
  try_arm32 460
  [ "$status" = 38 ] || only_tare "in runc the numbers of cacheflush and set_tls hide that this call is newer than the profile"
  [ "$status" = 38 ] # ENOSYS
  try_arm32 0x0f0002 # cacheflush
  [ "$status" != 38 ] && [ "$status" != 1 ]
  seccomp "$profile + {architectures: [\"SCMP_ARCH_AARCH64\"]}"
  try_arm32 64
  [ "$status" = 159 ] # SIGSYS
}

@test "seccomp: unknown actions, operators, architectures and flags are errors" {
  seccomp '{defaultAction: "SCMP_ACT_NONESUCH"}'
  refuses SCMP_ACT_NONESUCH
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_NONESUCH"]}'
  refuses SCMP_ARCH_NONESUCH
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO",
    args: [{index: 0, value: 1, op: "SCMP_CMP_NONESUCH"}]}]}'
  refuses SCMP_CMP_NONESUCH
  only_tare "runc 1.1 takes these"
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_NONESUCH"]}'
  refuses SECCOMP_FILTER_FLAG_NONESUCH
}

@test "seccomp: parts without effect cause a warning" {
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: [], action: "SCMP_ACT_ERRNO"}]}'
  in_container probe exit 0
  [[ $RUNTIME != */tare* ]] || expect "/linux/seccomp/syscalls/0/names: should not be empty"
  only_tare "runc 1.1 refuses an errno that an action does not take, libseccomp 2.5 the greatest one"
  seccomp '{defaultAction: "SCMP_ACT_LOG", defaultErrnoRet: 1, syscalls: [
    {names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 71}, {names: ["sync"], action: "SCMP_ACT_KILL_THREAD", errnoRet: 4},
    {names: ["symlink"], action: "SCMP_ACT_ALLOW", errnoRet: 5}]}'
  in_container sh -c 'probe mkdir /tmp/x 0755; probe symlink x /tmp/y'
  expect "/linux/seccomp/defaultErrnoRet" "/linux/seccomp/syscalls/1/errnoRet" "/linux/seccomp/syscalls/2/errnoRet" \
    EPROTO $'\nok'
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 4095}]}'
  refuses 4095
}

@test "seccomp: an empty profile results in no filter" {
  local profile
  for profile in '{}' '{defaultAction: ""}' '{defaultAction: "", syscalls: []}'; do
    seccomp "$profile"
    in_container probe privileges
    expect_line "seccomp 0"
  done
}

@test "seccomp: the debug log names the filter flags" {
  only_tare "runc 1.1 knows no flags"
  local row
  for row in null=4 '[]=0' '["SECCOMP_FILTER_FLAG_LOG"]=2' '["SECCOMP_FILTER_FLAG_LOG","SECCOMP_FILTER_FLAG_SPEC_ALLOW"]=6' \
    '["SECCOMP_FILTER_FLAG_TSYNC"]=0'; do
    seccomp '{defaultAction: "SCMP_ACT_ALLOW", flags: '"${row%=*}"', syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
    run -0 runtime --debug run --bundle "$BUNDLE" "$ID"
    expect "\"seccomp filter flags: ${row##*=}\""
  done
}

@test "seccomp: create waits until the listener was sent" {
  only_tare "looks for tare's own calls"
  command -v strace >/dev/null || skip "no strace"
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/nonesuch/socket",
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}'
  run -1 timeout --signal KILL 60 strace -qq -f -o /dev/null -e trace=sendmsg -e inject=sendmsg:delay_enter=300000 \
    "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID" </dev/null 3>&-
  expect "failed to connect with seccomp agent"
}

@test "seccomp: SCMP_ACT_NOTIFY for write, as the default, or without an agent is an error" {
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/nonesuch/socket", listenerMetadata: "x",
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
  in_container probe exit 0 # no listener is needed
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/nonesuch/socket",
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}'
  refuses "failed to connect with seccomp agent"
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/nonesuch/socket",
    syscalls: [{names: ["write"], action: "SCMP_ACT_NOTIFY"}]}'
  refuses "SCMP_ACT_NOTIFY cannot be used for the write syscall"
  seccomp '{defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "/nonesuch/socket"}'
  refuses "SCMP_ACT_NOTIFY cannot be used as default action"
}

@test "seccomp: SCMP_ACT_NOTIFY lets the listener decide" {
  only_tare "runc 1.1 does not close the connection after sending"
  in_background "$OUT.listener" "$PROBE" receive-seccomp "$BATS_TEST_TMPDIR/socket" 71
  wait_for test -S "$BATS_TEST_TMPDIR/socket"
  seccomp "$(jq -n --arg socket "$BATS_TEST_TMPDIR/socket" '{defaultAction: "SCMP_ACT_ALLOW", listenerPath: $socket,
    listenerMetadata: "metadata", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}')"
  try mkdir /tmp/x 0755
  [ "$output" = EPROTO ]
  says "$OUT.listener" notified
  sed -n 's/^state //p' "$OUT.listener" | jq -e --arg id "$ID" '
    .ociVersion != null and .fds == ["seccompFd"] and .pid > 0 and .metadata == "metadata" and .state.id == $id and
    (.state.status == "creating" or .state.status == "created" or .state.status == "running")'
}

@test "seccomp: SCMP_ACT_NOTIFY can let the call continue, also for exec" {
  only_tare "runc 1.1 does not close the connection after sending"
  in_background "$OUT.listener" "$PROBE" receive-seccomp "$BATS_TEST_TMPDIR/socket"
  wait_for test -S "$BATS_TEST_TMPDIR/socket"
  seccomp "$(jq -n --arg socket "$BATS_TEST_TMPDIR/socket" '{defaultAction: "SCMP_ACT_ALLOW", listenerPath: $socket,
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}')"
  start probe trap 1
  wait_for says "$OUT.listener" '"id"'
  in_background "$OUT.second" "$PROBE" receive-seccomp "$BATS_TEST_TMPDIR/second"
  wait_for test -S "$BATS_TEST_TMPDIR/second"
  mv "$BATS_TEST_TMPDIR/second" "$BATS_TEST_TMPDIR/socket"
  runtime exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" probe mkdir /tmp/made 0755 >"$OUT.exec" 2>&1 </dev/null 3>&-
  wait_for says "$OUT.exec" ok
  [ -d "$ROOTFS/tmp/made" ]
  says "$OUT.second" notified
  [ "$(sed -n 's/^state //p' "$OUT.second" | jq .pid)" = "$(cat "$BATS_TEST_TMPDIR/pid")" ]
}

# Installing it required CAP_SYS_ADMIN.
@test "seccomp: with SCMP_ACT_NOTIFY and without no_new_privs, a waiting init has only the program's privileges" {
  in_background "$OUT.listener" "$PROBE" receive-seccomp "$BATS_TEST_TMPDIR/socket"
  wait_for test -S "$BATS_TEST_TMPDIR/socket"
  update_config '.process.noNewPrivileges = false'
  seccomp "$(jq -n --arg socket "$BATS_TEST_TMPDIR/socket" '{defaultAction: "SCMP_ACT_ALLOW", listenerPath: $socket,
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}')"
  create
  run -0 grep -E '^(Cap(Prm|Eff)|Seccomp):' "/proc/$(init_pid)/status"
  [ "$output" = $'CapPrm:\t0000000020000420\nCapEff:\t0000000020000420\nSeccomp:\t2' ] || { echo "$output" && return 1; }
}

@test "seccomp: a missing listener socket is an error" {
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/nonesuch/socket",
    syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}'
  set_args true
  refuses /nonesuch
  only_tare "runc 1.1 takes these"
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", listenerMetadata: "x"}'
  refuses listenerMetadata
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}'
  refuses listenerPath
}

@test "seccomp: exec fails if the container's filter is lost" {
  only_tare "runc makes the filter anew"
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
  start sleep 1000
  run -0 runtime exec "$ID" probe exit 0
  rm "$ROOT/$ID/seccomp.bpf"
  run -255 runtime exec "$ID" probe mkdir /tmp/x 0755
  [ ! -e "$ROOTFS/tmp/x" ]
}

@test "seccomp: one profile used twice gives the same filter" {
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
  try mkdir /tmp/x 0755
  [ "$output" = EPROTO ]
  try mkdir /tmp/x 0755
  [ "$output" = EPROTO ]
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 72}]}'
  try mkdir /tmp/x 0755
  [ "$output" = EMULTIHOP ]
}
