# What the program finds where config.json says nothing of it.
load engine

user() { config '.process.user = {uid: $ARGS.positional[0], gid: $ARGS.positional[0]}' --jsonargs -- "$1"; } # ID

@test "EN-301: the umask of init is 0022, whatever the caller's is" {
  umask 077
  look
  seen '.umask == 18' # 0022
}

@test "EN-302: user.umask is applied" {
  config '.process.user.umask = 63'
  look
  seen '.umask == 63'
}

@test "EN-303: a program's name is looked up in PATH of process.env" {
  mkdir "$ROOTFS/opt"
  cp "$PROBE" "$ROOTFS/opt/only-here"
  config '.process.env = ["PATH=/none:/opt"]'
  args only-here see
  PATH=$PATH:/bin run_container
}

@test "EN-304: a program name with a slash is relative to cwd and not looked up in PATH" {
  mkdir "$ROOTFS/opt"
  cp "$PROBE" "$ROOTFS/opt/only-here"
  config '.process.env = [] | .process.cwd = "/opt"'
  args ./only-here see
  run_container
}

@test "EN-305: a missing HOME is the user's in the image's passwd" {
  echo 'somebody:x:1234:1234:Some Body:/home/somebody:/bin/sh' >>"$ROOTFS/etc/passwd"
  config '.process.env = ["PATH=/bin"]'
  user 1234
  look
  seen '.env | index("HOME=/home/somebody")'
}

@test "EN-306: HOME of a user who is not in the image's passwd is /" {
  config '.process.env = ["PATH=/bin"]'
  user 4321
  look
  seen '.env | index("HOME=/")'
}

@test "EN-307: HOME is / in an image without passwd" {
  rm "$ROOTFS/etc/passwd"
  config '.process.env = ["PATH=/bin"]'
  look
  seen '.env | map(select(startswith("HOME="))) == ["HOME=/"]'
}

@test "EN-308: a given HOME is kept" {
  config '.process.env = ["PATH=/bin", "HOME=/elsewhere"]'
  look
  seen '.env | map(select(startswith("HOME="))) == ["HOME=/elsewhere"]'
}

@test "EN-309: of a variable given twice the last counts" {
  config '.process.env = ["PATH=/bin", "TWICE=1", "HOME=/", "TWICE=2"]'
  inside /bin/sh -c 'echo "$TWICE"'
  [ "$output" = 2 ]
  look
  seen '[.env[] | select(startswith("TWICE="))] | last == "TWICE=2"'
}

@test "EN-310: without a terminal there is no /dev/console" {
  look
  seen '.devices["/dev/console"] == null and .terminal == false'
}

@test "EN-311: a missing cwd is created" {
  config '.process.cwd = "/not/there"'
  look
  seen '.cwd == "/not/there"'
}

@test "EN-312: a missing mount destination is created: a directory for a directory, a file for a file" {
  mkdir "$HERE/directory"
  echo words >"$HERE/file"
  mount_entry /new/directory bind "$HERE/directory" bind
  mount_entry /new/file bind "$HERE/file" bind
  inside /bin/sh -c 'test -d /new/directory && cat /new/file'
  [ "$output" = words ]
}

@test "EN-313: the program is the leader of a session" {
  look
  seen '.sid == .pid and .pid == 1'
}

@test "EN-314: a user other than root can reopen the standard streams" {
  user 1000
  args /bin/sh -c 'echo words >/dev/stderr && echo more >/dev/stdout'
  : >"$OUT" && chmod 600 "$OUT"
  : >"$HERE/err" && chmod 600 "$HERE/err"
  run_container
  holds "$HERE/err" words
}

@test "EN-315: no signal is ignored or blocked, even if they were in the caller" {
  args /bin/probe see
  (trap '' HUP PIPE TERM USR1 && run_container)
  judge '(.status.SigIgn | test("^0+$")) and (.status.SigBlk | test("^0+$"))' <"$OUT"
}

@test "EN-316: cpu.shares 0 and blockIO.weight 0 count as not given" {
  config '.linux.resources += {cpu: {shares: 0, quota: 0, period: 0}, blockIO: {weight: 0}}'
  inside /bin/true
}

@test "EN-317: memory -1, swap -1 and pids -1 set no limit" {
  config '.linux.resources += {memory: {limit: -1, swap: -1, reservation: -1}, pids: {limit: -1}}'
  inside /bin/true
}

@test "EN-318: a seccomp profile may name unknown system calls" {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["no_such_call", "getpriority"],
    action: "SCMP_ACT_ERRNO", errnoRet: 77}]}'
  inside /bin/probe call "$GETPRIORITY"
  [ "$output" = 77 ]
}

@test "EN-319: a system call newer than all in the profile fails with ENOSYS, not with its default error" {
  config '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", architectures: ["'"$SECCOMP_ARCHITECTURE"'"], syscalls: [{names: ["read",
    "write", "close", "execve", "exit", "exit_group", "brk", "mmap", "munmap", "mprotect", "arch_prctl", "set_tid_address", "set_robust_list", "rseq",
    "prlimit64", "readlink", "readlinkat", "getrandom", "fstat", "newfstatat", "ioctl", "rt_sigaction", "rt_sigprocmask", "openat",
    "futex", "getpid", "getuid", "getgid", "prctl", "capset", "capget", "setuid", "setgid", "setgroups", "fcntl", "chdir", "fchdir",
    "getdents64", "statx", "fstatfs", "statfs", "getppid", "kill", "tgkill", "gettid", "sched_yield", "nanosleep", "epoll_pwait",
    "epoll_ctl", "sigaltstack", "rt_sigreturn", "clone", "faccessat", "faccessat2", "openat2", "setsid", "madvise", "dup3",
    "fchown", "keyctl", "umask", "pread64", "lseek", "access", "uname",
    "getcwd", "sysinfo"], action: "SCMP_ACT_ALLOW"}]}'
  inside /bin/probe call 1000
  [ "$output" = 38 ] || { echo "errno $output" && return 1; }
}

@test "EN-320: a script without #! is an error" {
  echo 'echo words' >"$ROOTFS/bin/plain"
  chmod 755 "$ROOTFS/bin/plain"
  args /bin/plain
  fails run_container
  grep -qi "exec format error" "$OUT" "$HERE/err"
}

@test "EN-321: an rlimit that is not given is the caller's" {
  (ulimit -Ss 4096 && look)
  seen '.rlimits.RLIMIT_STACK.soft == "4194304"'
}

@test "EN-322: the usual device nodes and links exist" {
  look
  seen '[.devices["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"].mode] | unique == [438]'
  seen '[.devices["/dev/fd", "/dev/stdin", "/dev/stdout", "/dev/stderr"].link] | index(null) == null'
}

@test "EN-323: the sysctls that engines set are accepted" {
  config '.linux.sysctl = {"net.ipv4.ping_group_range": "0 2147483647", "net.ipv4.ip_unprivileged_port_start": "0"}'
  inside /bin/cat /proc/sys/net/ipv4/ip_unprivileged_port_start
  [ "$output" = 0 ]
}
