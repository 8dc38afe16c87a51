#!/usr/bin/env bats
# The process: what config.json asks for, and what it must not inherit.
load helper

@test "user: uid, gid and groups are set" {
  update_config '.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 10, 1001]}'
  in_container probe ids
  expect_line "uid 1000 1000 1000" "gid 1001 1001 1001" "groups 5 10 1001"
}

@test "user: the caller's groups are kept with crun's annotation, also in a user namespace and by exec" {
  only_tare "runc has no such annotation"
  update_config '.annotations["run.oci.keep_original_groups"] = "1" | .process.user.additionalGids = [77]'
  in_groups() { setpriv --groups 4321,4322 timeout --foreground --signal KILL 60 "$RUNTIME" --root "$ROOT" "$@"; }
  set_args id -G
  run -0 in_groups run --bundle "$BUNDLE" "$ID"
  [ "$output" = "0 4321 4322" ]
  set_args sleep 1000
  in_groups run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 </dev/null 3>&-
  grep -qE "^Groups:[[:space:]]4321 4322" "/proc/$(init_pid)/status"
  run -0 in_groups exec "$ID" id -G
  [ "$output" = "0 4321 4322" ]
  runtime delete --force "$ID"
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$ROOTFS"
  in_groups run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 </dev/null 3>&-
  grep -qE "^Groups:[[:space:]]4321 4322" "/proc/$(init_pid)/status"
}

@test "user: the caller's groups are dropped" {
  set_args probe ids
  run -0 setpriv --groups 20,30 "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  expect_line "groups"
}

@test "user: invalid IDs are errors" {
  update_config '.process.user.uid = 4294967296'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  update_config '.process.user.uid = -1'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  # For setresuid(2) this means "no change", so the process would stay root.
  update_config '.process.user = {uid: 4294967295, gid: 0}'
  refuses "user"
  update_config '.process.user = {uid: 0, gid: 4294967295}'
  refuses "user"
  update_config '.process.user = {uid: 0, gid: 0, additionalGids: [4294967295]}'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  only_tare "runc 1.1 ends at 2147483647"
  update_config '.process.user = {uid: 4294967294, gid: 4294967294}'
  in_container probe ids
  expect_line "uid 4294967294 4294967294 4294967294"
}

@test "user: umask" {
  update_config '.process.user.umask = 63'
  in_container probe umask
  expect_line "umask 0077"
  only_tare "runc 1.1 has 0022 before it has the user's"
  update_config '.process.user.umask = 0'
  in_container probe umask
  expect_line "umask 0000"
}

@test "user: umask defaults to 0022, whatever the caller's is" {
  set_args probe umask
  run -0 sh -c 'umask 0007; exec "$@"' sh "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  expect_line "umask 0022"
}

@test "capabilities: each set is exactly as in config.json" {
  update_config '.process.capabilities = {bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_SYS_ADMIN"],
    permitted: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_KILL"], inheritable: ["CAP_CHOWN"], ambient: ["CAP_CHOWN"]}'
  in_container probe caps
  expect_line "bounding 0000000000200021" "inheritable 0000000000000001" "ambient 0000000000000001"
  update_config '.process.user.uid = 1000'
  in_container probe caps
  expect_line "bounding 0000000000200021" "permitted 0000000000000001" "effective 0000000000000001" \
    "inheritable 0000000000000001" "ambient 0000000000000001"
}

@test "capabilities: a user other than root has only ambient ones" {
  update_config '.process.user.uid = 1000'
  in_container probe caps
  expect_line "permitted 0000000000000000" "effective 0000000000000000" "bounding 0000000020000420"
}

@test "capabilities: none if config.json has none" {
  update_config 'del(.process.capabilities)'
  only_tare "runc 1.1 leaves all of them"
  in_container probe caps
  expect_line "permitted 0000000000000000" "effective 0000000000000000" "bounding 0000000000000000"
}

@test "capabilities: an ambient one that is not inheritable causes a warning" {
  update_config '.process.capabilities |= (.inheritable = ["CAP_KILL"] | .permitted = ["CAP_KILL", "CAP_CHOWN"] |
    .bounding = ["CAP_KILL", "CAP_CHOWN"] | .effective = [] | .ambient = ["CAP_KILL", "CAP_CHOWN"])'
  in_container probe caps
  expect_line "ambient 0000000000000020"
  only_tare "runc 1.1 is silent"
  expect level=warning "can't raise ambient capability CAP_CHOWN: operation not permitted"
  refute "ambient capability CAP_KILL"
}

@test "capabilities: an unknown one causes a warning" {
  update_config '.process.capabilities.bounding += ["CAP_NONESUCH"]'
  in_container probe caps
  expect CAP_NONESUCH
  expect_line "bounding 0000000020000420"
}

@test "capabilities: names must be spelled as in the kernel" {
  update_config '.process.capabilities |= with_entries(.value += ["CHOWN", "cap_sys_admin", "Cap_Fowner", "7"]) |
    .process.capabilities += {inheritable: ["FSETID"], ambient: ["SETUID"]}'
  in_container probe caps
  expect 'level=warning msg="ignoring unknown or unavailable capabilities: [7 CHOWN Cap_Fowner FSETID SETUID cap_sys_admin]"'
  expect_line "bounding 0000000020000420" "permitted 0000000020000420" "effective 0000000020000420" \
    "inheritable 0000000000000000" "ambient 0000000000000000"
}

@test "no_new_privs is set" {
  in_container probe privileges
  expect_line "no_new_privs 1"
  update_config '.process.noNewPrivileges = false'
  in_container probe privileges
  expect_line "no_new_privs 0" "keep_caps 0" "securebits 0" "parent_death_signal 0" "dumpable 1"
}

@test "setuid programs work only without no_new_privs" {
  cp "$ROOTFS/bin/probe" "$ROOTFS/bin/setuid"
  chmod 4755 "$ROOTFS/bin/setuid"
  update_config '.process.user.uid = 1000 | .process.noNewPrivileges = false'
  in_container setuid ids
  expect_line "uid 1000 0 0"
  update_config '.process.noNewPrivileges = true'
  in_container setuid ids
  expect_line "uid 1000 1000 1000"
}

@test "rlimits are set" {
  update_config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}, {type: "RLIMIT_CORE", soft: 0, hard: 0},
    {type: "RLIMIT_NPROC", soft: 1000, hard: 2000}, {type: "RLIMIT_FSIZE", soft: 123456, hard: 234567},
    {type: "RLIMIT_STACK", soft: 8388608, hard: 16777216}, {type: "RLIMIT_CPU", soft: 1000, hard: 2000}]'
  in_container probe limits
  expect_line "RLIMIT_NOFILE 100 200" "RLIMIT_CORE 0 0" "RLIMIT_NPROC 1000 2000" \
    "RLIMIT_FSIZE 123456 234567" "RLIMIT_STACK 8388608 16777216" "RLIMIT_CPU 1000 2000"
}

@test "rlimits: each type of the spec" {
  local type
  update_config '.process.rlimits = (["AS", "CORE", "DATA", "FSIZE", "LOCKS", "RSS", "STACK"] | map({type: ("RLIMIT_" + .),
    soft: 67108864, hard: 134217728}))'
  in_container probe limits
  for type in AS CORE DATA FSIZE LOCKS RSS STACK; do expect_line "RLIMIT_$type 67108864 134217728"; done
}

@test "args: what is too long for execve fails with its words, and nothing is left" {
  update_config '.process.env += ["LONG=" + ("x" * 140000)]'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  [[ $output == *"exec "*": argument list too long" ]]
  is_tare || return 0
  run ! create
  [[ $output == *"argument list too long"* ]]
  run ! runtime state "$ID"
}

@test "rlimits: those that the runtime itself would exceed are the program's" {
  local limit
  set_args echo runs
  for limit in FSIZE:0 AS:4000000; do
    update_config --arg limit "$limit" '($limit | split(":")) as [$type, $value] |
      .process.rlimits = [{type: "RLIMIT_\($type)", soft: ($value | tonumber), hard: ($value | tonumber)}]'
    run -0 runtime run --bundle "$BUNDLE" "$ID"
    [ "$output" = runs ]
  done
}

@test "rlimits: unlimited" {
  # With sed, because jq 1.6 rounds the number.
  sed -i 's/"hard": 1024/"hard": 18446744073709551615/; s/RLIMIT_NOFILE/RLIMIT_CORE/; s/"true"/"probe", "limits"/' \
    "$BUNDLE/config.json"
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  expect_line "RLIMIT_CORE 512 18446744073709551615"
}

@test "rlimits: an unknown type, soft above hard and a duplicate are errors" {
  update_config '.process.rlimits = [{type: "RLIMIT_NONESUCH", soft: 1, hard: 1}]'
  refuses RLIMIT_NONESUCH
  update_config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 2, hard: 1}]'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  only_tare "runc 1.1 takes the last"
  update_config '.process.rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 1}, {type: "RLIMIT_CORE", soft: 1, hard: 1}]'
  refuses /process/rlimits/1
}

@test "oom_score_adj is set" {
  update_config '.process.oomScoreAdj = 321'
  in_container probe oom-score
  expect_line "oom_score_adj 321"
  update_config 'del(.process.oomScoreAdj)'
  in_container probe oom-score
  expect_line "oom_score_adj $(cat /proc/self/oom_score_adj)"
}

@test "scheduler" {
  only_tare "newer than runc 1.1"
  update_config '.process.scheduler = {policy: "SCHED_BATCH", nice: 7}'
  in_container probe scheduler
  expect "policy=3 nice=7"
  update_config '.process.scheduler = {policy: "SCHED_FIFO", priority: 5, flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
  # With RT group scheduling, the container's cgroup has no real-time runtime unless it is given some.
  [ ! -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ] || update_config '.linux.resources.cpu.realtimeRuntime = 1000'
  in_container probe scheduler
  expect "policy=1 nice=0 priority=5 flags=1 "
  update_config '.process.scheduler = {policy: "SCHED_DEADLINE", runtime: 1000000, deadline: 5000000, period: 10000000}'
  in_container probe scheduler
  expect "policy=6 nice=0 priority=0 flags=0 runtime=1000000 deadline=5000000 period=10000000"
  update_config '.process.scheduler = {policy: "SCHED_NONESUCH"}'
  refuses SCHED_NONESUCH
}

@test "ioPriority" {
  only_tare "newer than runc 1.1"
  update_config '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 3}'
  in_container probe io-priority
  expect_line "ioprio class=2 level=3"
  update_config '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE", priority: 0}'
  in_container probe io-priority
  expect_line "ioprio class=3 level=0"
  update_config '.process.ioPriority = {class: "IOPRIO_CLASS_BE"}'
  in_container probe io-priority
  expect_line "ioprio class=2 level=0"
}

@test "execCPUAffinity: applies to exec" {
  only_tare "newer than runc 1.1"
  update_config '.process.execCPUAffinity = {initial: "0", final: "0"}'
  start sleep 1000
  run -0 runtime exec "$ID" probe affinity
  expect_line "affinity 0"
  jq '.process | .args = ["true"] | .execCPUAffinity = {initial: "0,5000"}' "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/process.json"
  run -255 runtime exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  expect '"0,5000\" is not a list of CPUs'
}

@test "personality" {
  update_config '.linux.personality = {domain: "LINUX32"}'
  only_tare "runc 1.1 does not know it"
  in_container probe execution-domain names
  expect_line "personality 00000008" "machine $([ "$(uname -m)" = aarch64 ] && echo armv8l || echo i686)"
}

@test "memoryPolicy" {
  only_tare "newer than runc 1.1"
  update_config '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0"}'
  in_container probe memory-policy
  [[ $output != *ENOSYS* ]] || skip "this kernel has no NUMA"
  expect_line "mempolicy ok mode=3 nodes=1"
  update_config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_STATIC_NODES"]}'
  in_container probe memory-policy
  expect_line "mempolicy ok mode=$((2 | 1 << 15)) nodes=1"
}

@test "execCPUAffinity: initial and final CPUs, as the debug log shows" {
  only_tare "newer than runc 1.1"
  [ "$("$PROBE" affinity)" = "affinity 0 1" ] || skip "needs two CPUs"
  start sleep 1000
  local cpus
  for cpus in 0 1 0-1 0,1; do
    jq --arg cpus "$cpus" '.process | .terminal = false | .args = ["probe", "affinity"] |
      .execCPUAffinity = {initial: $cpus}' "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/process.json"
    run -0 runtime --debug exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
    case $cpus in
      0) expect_line "affinity 0" && expect nsexec ": affinity: 0x1" ;;
      1) expect_line "affinity 1" && expect nsexec ": affinity: 0x2" ;;
      *) expect_line "affinity 0 1" && expect nsexec ": affinity: 0x3" ;;
    esac
  done
  jq '.process | .terminal = false | .args = ["probe", "affinity"] |
    .execCPUAffinity = {initial: "0", final: "1"}' "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/process.json"
  run -0 runtime exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  expect_line "affinity 1"
}

@test "scheduler: SCHED_DEADLINE with a cpuset is an error" {
  only_tare "newer than runc 1.1"
  update_config '.linux.resources.cpu.cpus = "0" | .process.scheduler =
    {policy: "SCHED_DEADLINE", nice: 19, runtime: 42000, deadline: 1000000, period: 1000000}'
  refuses "process scheduler can't be used together with AllowedCPUs"
}

@test "memoryPolicy: errors have runc's text" {
  only_tare "newer than runc 1.1"
  update_config '.linux.memoryPolicy = {}'
  refuses "invalid memory policy mode"
  update_config '.linux.memoryPolicy = {mode: "INTERLEAVE", nodes: "0"}'
  refuses "invalid memory policy mode"
  update_config '.linux.memoryPolicy = {mode: "MPOL_PREFERRED", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES", "badflag"]}'
  refuses "invalid memory policy flag"
  update_config '.linux.memoryPolicy = {mode: "MPOL_DEFAULT", nodes: "0-7"}'
  refuses "mode requires 0 nodes but got 8"
  update_config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0-9876543210"}'
  refuses "invalid memory policy node"
  update_config '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0-9999"}'
  refuses "invalid memory policy node"
}

@test "cwd: a missing one is created" {
  update_config '.process.cwd = "/made/for/me"'
  in_container probe cwd
  expect_line "cwd /made/for/me"
}

@test "cwd: is created with mode 755, whatever the caller's umask" {
  update_config '.process.cwd = "/made/for/me"'
  set_args true
  (umask 077 && runtime run --bundle "$BUNDLE" "$ID")
  run -0 stat -c %a "$ROOTFS/made" "$ROOTFS/made/for/me"
  [ "$output" = $'755\n755' ]
}

@test "cwd: may be one that only the user may enter" {
  mkdir -m 700 "$ROOTFS/home"
  chown 1000 "$ROOTFS/home"
  update_config '.process.cwd = "/home" | .process.user.uid = 1000'
  in_container probe cwd
  expect_line "cwd /home"
}

@test "cwd: a file is an error" {
  update_config '.process.cwd = "/etc/passwd"'
  refuses "not a directory"
}

@test "env: is exactly as in config.json" {
  update_config '.process.env = ["PATH=/bin", "A=b=c", "EMPTY=", "SPACE=a b", "HOME=/home"]'
  in_container probe env
  [ "$(sort <<<"$output")" = $'env A=b=c\nenv EMPTY=\nenv HOME=/home\nenv PATH=/bin\nenv SPACE=a b' ]
}

@test "env: has nothing of the caller's" {
  set_args probe env
  CALLER=secret run -0 runtime run --bundle "$BUNDLE" "$ID"
  refute CALLER _TARE _LIBCONTAINER
}

@test "env: HOME comes from the container's passwd if it is not given" {
  update_config '.process.env = ["PATH=/bin"]'
  in_container probe env
  expect_line "env HOME=/root"
}

@test "env: an empty HOME counts as missing, and of several the last counts" {
  set_args probe env
  local env
  for env in '["PATH=/bin", "HOME="]' '["HOME=/override", "PATH=/bin", "HOME="]'; do
    update_config --argjson env "$env" '.process.env = $env'
    in_container probe env
    [ "$(sort <<<"$output")" = $'env HOME=/root\nenv PATH=/bin' ]
  done
  only_tare "runc 1.1 gives the program both"
  update_config '.process.env = ["HOME=", "HOME=/last"]'
  in_container probe env
  [ "$output" = "env HOME=/last" ]
}

@test "a program whose interpreter is missing gives the kernel's error on its own line" {
  printf '#!/mmnnttbb foo bar\nsh\n' >"$ROOTFS/run.sh"
  chmod 755 "$ROOTFS/run.sh"
  set_args /run.sh
  run ! runtime run --bundle "$BUNDLE" "$ID"
  expect "exec /run.sh: no such file or directory"
  only_tare "runc says no more, and 1.1 says it in a line of its log"
  [ "$output" = 'exec /run.sh: no such file or directory' ]
  set_args sleep 1000
  start sleep 1000
  run -255 runtime exec "$ID" /run.sh
  [ "$output" = 'exec /run.sh: no such file or directory' ]
  TERM=dumb run script -qec "'$RUNTIME' --root '$ROOT' exec '$ID' /run.sh" /dev/null
  [ "${output//$'\r'/}" = "tare: cannot exec in \"$ID\": exec /run.sh: no such file or directory
hint: its interpreter /mmnnttbb is missing" ]
  run -255 runtime --log "$OUT.log" exec "$ID" /run.sh
  [ "${lines[0]}" = "exec /run.sh: no such file or directory" ]
  says "$OUT.log" "exec failed: unable to start container process: exec /run.sh: no such file or directory (its interpreter"
}

@test "descriptors: only 0, 1 and 2 are passed on, however many the caller has" {
  set_args probe descriptors
  run -0 runtime run --bundle "$BUNDLE" "$ID" 3</ 4</dev/null 9<"$BUNDLE" 33</proc 77</sys/fs/cgroup
  [ "$(cut -d' ' -f2 <<<"$output" | tr '\n' ' ')" = "0 1 2 " ] || { echo "$output" && return 1; }
}

@test "descriptors: --preserve-fds passes more of them on" {
  echo "from outside" >"$BATS_TEST_TMPDIR/file"
  set_args probe cat-fd 3
  run -0 runtime run --preserve-fds 1 --bundle "$BUNDLE" "$ID" 3<"$BATS_TEST_TMPDIR/file"
  [ "$output" = "from outside" ]
  set_args probe descriptors
  run -0 runtime run --preserve-fds 2 --bundle "$BUNDLE" "$ID" 3</dev/null 4</dev/null 5</dev/null
  [ "$(grep -c '^fd' <<<"$output")" = 5 ]
}

@test "descriptors: --preserve-fds of one that is not open is an error" {
  set_args true
  run ! runtime run --preserve-fds 5 --bundle "$BUNDLE" "$ID" 3>&- 4>&- 5>&- 6>&- 7>&-
}

# Otherwise the program would get a descriptor of the runtime (CVE-2024-21626).
@test "descriptors: --preserve-fds never passes on one that the runtime has opened" {
  only_tare "runc passes on its own"
  start sleep 1000
  run ! runtime exec --preserve-fds 1 "$ID" true 3>&-
  expect "please check that preserved-fd 3 (of 1) is open"
  runtime delete --force "$ID"
  run ! runtime run --preserve-fds 1 --bundle "$BUNDLE" "$ID" 3>&-
  expect "please check that preserved-fd 3 (of 1) is open"
}

@test "descriptors: those of LISTEN_FDS are passed on" {
  echo one >"$BATS_TEST_TMPDIR/one"
  echo two >"$BATS_TEST_TMPDIR/two"
  set_args probe listen-fds
  run -0 sh -c 'LISTEN_FDS=2 LISTEN_PID=$$ exec "$@"' sh "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" \
    3<"$BATS_TEST_TMPDIR/one" 4<"$BATS_TEST_TMPDIR/two"
  [ "$output" = $'LISTEN_FDS 2\nLISTEN_PID me\none\ntwo' ] || { echo "$output" && return 1; }
}

@test "signals: none is blocked or ignored, whatever the caller does" {
  set_args probe signals
  run -0 sh -c 'trap "" HUP USR1 PIPE TERM; exec "$@"' sh "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  refute blocked
  only_tare "runc 1.1 passes ignored signals on"
  [ -z "$output" ]
  start sleep 1000
  run -0 sh -c 'trap "" HUP USR1 PIPE TERM; exec "$@"' sh "$RUNTIME" --root "$ROOT" exec "$ID" probe signals
  [ -z "$output" ]
}

@test "session: the program leads its own session" {
  in_container probe session
  expect_line "pid 1" "ppid 0" "leader yes" "group_leader yes"
  start sleep 1000
  run -0 runtime exec "$ID" probe session
  expect_line "ppid 0" "leader yes" "group_leader yes"
}

@test "a program is executable if a capability allows it, and root needs it too" {
  chmod 700 "$ROOTFS/bin/probe"
  update_config '.process.user.uid = 1000 | .process.capabilities |= with_entries(.value += ["CAP_DAC_OVERRIDE"]) |
    .process.capabilities.inheritable += ["CAP_DAC_OVERRIDE"] | .process.capabilities.ambient = ["CAP_DAC_OVERRIDE"]'
  in_container probe ids
  expect_line "uid 1000 1000 1000"
  update_config '.process |= (.user.uid = 0 | .capabilities = {})'
  chown 1000 "$ROOTFS/bin/probe"
  refuses "executable file not found"
}

@test "keyring: the program has a new session keyring, named after the container" {
  in_container probe keyring
  expect "_ses.$ID"
}

@test "keyring: --no-new-keyring keeps the caller's" {
  set_args probe keyring
  run -0 runtime run --no-new-keyring --bundle "$BUNDLE" "$ID"
  refute "_ses.$ID"
}

@test "--pidfd-socket: sends a pidfd of init" {
  only_tare "newer than runc 1.1"
  in_background "$OUT.pidfd" "$PROBE" receive-pidfd "$BATS_TEST_TMPDIR/socket"
  wait_for test -S "$BATS_TEST_TMPDIR/socket"
  set_args sleep 1000
  runtime run --detach --pidfd-socket "$BATS_TEST_TMPDIR/socket" --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 3>&-
  wait_for says "$OUT.pidfd" "Pid:"
  grep -qE "^Pid:\s+$(init_pid)$" "$OUT.pidfd"
}

# bats test_tags=v2
@test "cgroup: the program is in the container's cgroup from its start" {
  in_container probe cgroup
  expect "/$ID"
}

@test "env: HOME where the image's passwd is a FIFO, a device, a directory, a link loop or endless" {
  update_config '.process.env = ["PATH=/bin"]'
  local passwd=$ROOTFS/etc/passwd make
  only_tare "runc differs: docs/compatibility.md"
  for make in "mkfifo $passwd" "ln -s fifo $passwd" "mkdir $passwd" "ln -s passwd $passwd" "ln -s /dev/zero $passwd" \
    "ln -s /dev/tty $passwd" "truncate -s 1T $passwd" true; do
    rm -rf "$passwd" "$ROOTFS/etc/fifo"
    mkfifo "$ROOTFS/etc/fifo"
    $make
    set_args probe env
    run -0 timeout --signal KILL 10 "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
    expect_line "env HOME=/"
  done
  rm -f "$passwd"
  mkfifo "$passwd"
  start sleep 1000
  run -0 timeout --signal KILL 10 "$RUNTIME" --root "$ROOT" exec "$ID" probe env
  expect_line "env HOME=/"
}

# A descriptor of the host's node could not be checkpointed, and would lead to a mount of the host.
@test "standard streams: the host's /dev/null is replaced by the container's" {
  local pid stream mount
  set_args sleep 1000
  runtime run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 </dev/null 3>&-
  pid=$(init_pid)
  for stream in 0 1 2; do
    [ "$(readlink "/proc/$pid/fd/$stream")" = /dev/null ]
    mount=$(sed -n 's/^mnt_id:\t//p' "/proc/$pid/fdinfo/$stream")
    grep -q "^$mount .* /dev " "/proc/$pid/mountinfo"
  done
}
