#!/usr/bin/env bats
# seccomp: what a profile forbids does not affect the runtime. Profiles may be older than the calls that
# the runtime uses, and stricter than intended.
load helper

# After the filter the runtime only drops privileges, executes the program and reports. So these calls may be denied, and
# the others are only used by the program.
CALLS=(accept accept4 access alarm bind bpf capget chdir chmod chown clock_gettime clock_nanosleep clone clone3 close
  close_range connect dup dup2 dup3 epoll_create1 epoll_ctl epoll_pwait eventfd2 faccessat faccessat2 fchdir fchmod
  fchown fchownat fcntl flock fstat fstatfs fsync getcwd getdents64 getegid geteuid getgid getgroups getpgrp
  getpid getppid getrandom getsid getsockopt gettid getuid ioctl kill keyctl listen lseek lstat madvise membarrier
  memfd_create mkdirat mknodat mount mount_setattr move_mount munmap nanosleep newfstatat open openat openat2 open_tree
  pidfd_open pidfd_send_signal pipe pipe2 poll ppoll prctl pread64 prlimit64 readlinkat recvfrom recvmsg rt_sigaction
  rt_sigprocmask rt_sigreturn sched_getaffinity sched_yield sendmsg sendto setgid setgroups setns setpgid setregid
  setresgid setresuid setreuid setrlimit setsid setuid sigaltstack socket socketpair stat statfs statx tgkill
  timer_create umask uname unlinkat unshare vfork wait4 waitid)

as_user() { update_config '.process.noNewPrivileges = false | .process.user = {uid: 1000, gid: 1000}'; }

# All system calls of the statically linked probe.
OWN='"brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlink", "getrandom", "mprotect",
  "futex", "exit_group"'

@test "seccomp: any single call but the last ones may be denied" {
  only_tare "runc fails with some of them denied: docs/compatibility.md"
  local call failed=()
  as_user
  set_args probe exit 7
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["CALL"], action: "SCMP_ACT_ERRNO"}]}'
  mv "$BUNDLE/config.json" "$BUNDLE/template.json"
  [ "${#CALLS[@]}" -ge 95 ]
  for call in "${CALLS[@]}"; do
    sed "s/CALL/$call/" "$BUNDLE/template.json" >"$BUNDLE/config.json"
    run runtime run --bundle "$BUNDLE" "$ID"
    [ "$status" = 7 ] || failed+=("$call: exit status $status: $output")
  done
  [ "${#failed[@]}" = 0 ] || { printf '%s\n' "${failed[@]}" && return 1; }
}

@test "seccomp: works with a profile that is older than faccessat2" {
  as_user
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["faccessat2"], action: "SCMP_ACT_ERRNO"}]}'
  set_args true
  run -0 runtime run --bundle "$BUNDLE" "$ID"
}

@test "seccomp: works with a profile that denies all network calls" {
  as_user
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["socket", "socketpair", "sendmsg", "sendto", "recvmsg",
    "recvfrom", "bind", "listen", "accept", "accept4", "connect"], action: "SCMP_ACT_KILL_PROCESS"}]}'
  set_args true
  run -0 runtime run --bundle "$BUNDLE" "$ID"
}

@test "seccomp: works with a profile that kills on all calls but those that start a program" {
  only_tare "runc's Go needs more calls"
  as_user
  seccomp '{defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [{action: "SCMP_ACT_ALLOW",
    names: ["capset", "execve", "write", '"$OWN"']}]}'
  set_args probe exit 7
  run -7 runtime run --bundle "$BUNDLE" "$ID"
  create
  run -0 runtime start "$ID"
  wait_for status_is stopped
  runtime delete "$ID"
  update_config '.process.noNewPrivileges = true | .linux.seccomp.syscalls[0].names -= ["capset", "write"]'
  run -7 runtime run --bundle "$BUNDLE" "$ID"
}

@test "seccomp: exec works with a profile that kills on all calls but those that start a program" {
  only_tare "runc's Go needs more calls"
  as_user
  seccomp '{defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [{action: "SCMP_ACT_ALLOW",
    names: ["capset", "execve", '"$OWN"']}]}'
  create
  run -7 runtime exec "$ID" probe exit 7
}

@test "seccomp: works with a profile that notifies of every call" {
  only_tare "runc cannot be continued in calls that its own threads wait for"
  local names
  names=$(printf '%s\n' "${CALLS[@]}" read capset execve brk mprotect arch_prctl exit_group | jq -R . | jq -cs .)
  in_background "$OUT.listener" "$PROBE" receive-seccomp "$BATS_TEST_TMPDIR/socket"
  wait_for test -S "$BATS_TEST_TMPDIR/socket"
  as_user
  seccomp "$(jq -n --arg socket "$BATS_TEST_TMPDIR/socket" --argjson names "$names" '{defaultAction: "SCMP_ACT_ALLOW",
    listenerPath: $socket, syscalls: [{names: $names, action: "SCMP_ACT_NOTIFY"}]}')"
  set_args probe exit 7
  run -7 runtime run --bundle "$BUNDLE" "$ID"
  says "$OUT.listener" "notified $([ "$(uname -m)" = aarch64 ] && echo 221 || echo 59)" # execve
}

@test "seccomp: with a notifying profile the program has no unknown child" {
  in_background "$OUT.listener" "$PROBE" receive-seccomp "$BATS_TEST_TMPDIR/socket"
  wait_for test -S "$BATS_TEST_TMPDIR/socket"
  seccomp "$(jq -n --arg socket "$BATS_TEST_TMPDIR/socket" '{defaultAction: "SCMP_ACT_ALLOW",
    listenerPath: $socket, syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}')"
  in_container sh -c 'for p in /proc/[0-9]*; do echo "${p#/proc/}"; done'
  [ "$output" = 1 ] || { echo "$output" && return 1; }
}

@test "seccomp: the error names the filter if it kills init" {
  only_tare "runc says: error during container init"
  update_config '.process.noNewPrivileges = false'
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["execve"], action: "SCMP_ACT_KILL_PROCESS"}]}'
  refuses "the seccomp filter must allow capset and execve" SIGSYS
  create
  runtime start "$ID" || true # an error, if nobody has waited for init yet
  wait_for status_is stopped
  runtime delete "$ID"
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["capset"], action: "SCMP_ACT_ERRNO"}]}'
  refuses "the seccomp filter must allow capset and execve" "capset: operation not permitted"
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["execve"], action: "SCMP_ACT_ERRNO"}]}'
  refuses "operation not permitted"
}

@test "seccomp: the error names the filter if it kills the process of exec" {
  only_tare "runc says: exit status 255"
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["execve"], action: "SCMP_ACT_KILL_PROCESS"}]}'
  create
  run ! runtime exec "$ID" probe exit 7
  expect "the seccomp filter must allow capset and execve" SIGSYS
}

@test "seccomp: startContainer hooks run under the filter, with the program's privileges" {
  local privileges
  set_args true
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
  for privileges in true false; do
    update_config --argjson no_new "$privileges" '.process.noNewPrivileges = $no_new | .hooks = {startContainer: [
      {path: "/bin/sh", args: ["sh", "-c", "probe caps privileges >/tmp/seen; probe mkdir /tmp/x 0755 >>/tmp/seen; true"],
       env: ["PATH=/bin"]}]}'
    run -0 runtime run --bundle "$BUNDLE" "$ID"
    run -0 cat "$ROOTFS/tmp/seen"
    expect_line "permitted 0000000020000420" "effective 0000000020000420" "seccomp 2" EPROTO
    rm "$ROOTFS/tmp/seen"
    create
    run -0 runtime start "$ID"
    wait_for status_is stopped
    runtime delete "$ID"
    run -0 cat "$ROOTFS/tmp/seen"
    expect_line "permitted 0000000020000420" "seccomp 2" EPROTO
    rm "$ROOTFS/tmp/seen"
  done
}

@test "seccomp: a startContainer hook that the filter kills makes start fail" {
  only_tare "runc 1.1 does not name the kind of hook"
  local privileges
  set_args true
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_KILL"}]}'
  for privileges in true false; do
    update_config --argjson no_new "$privileges" '.process.noNewPrivileges = $no_new | .hooks = {startContainer: [
      {path: "/bin/sh", args: ["sh", "-c", "exec /bin/mkdir /tmp/x"]}]}'
    run ! runtime run --bundle "$BUNDLE" "$ID"
    expect "error running startContainer hook" "bad system call"
    [ ! -e "$ROOTFS/tmp/x" ]
  done
}

@test "seccomp: a missing startContainer hook is an error, also with a filter" {
  only_tare "runc 1.1 does not name the kind of hook"
  set_args true
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_KILL"}]}'
  update_config '.hooks = {startContainer: [{path: "/bin/true"}, {path: "/nonesuch"}]}'
  refuses "error running startContainer hook #1" "no such file or directory"
}

@test "seccomp: the init of a created container waits at exec.fifo" {
  only_tare "runc opens the other end"
  local pid
  create
  pid=$(init_pid)
  [ "$(readlink "/proc/$pid/fd"/* | grep -c '/exec\.fifo$')" = 2 ]
  [ -p "$ROOT/$ID/exec.fifo" ]
  run -0 runtime start "$ID"
  [ ! -e "$ROOT/$ID/exec.fifo" ]
}
