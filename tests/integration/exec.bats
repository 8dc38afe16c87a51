#!/usr/bin/env bats
# exec: one more process in a running container.
load helper

setup_running() { start sleep 1000; }

# Writes a process document as engines do, and changes it with the jq FILTER.
process_file() { # FILTER
  jq ".process | .terminal = false | $1" "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/process.json"
}

exec_process() { run -0 runtime exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"; }

# bats test_tags=v2
@test "exec: runs beside init, in all of its namespaces" {
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  setup_running
  run -0 runtime exec "$ID" sh -c 'echo $$; cat /proc/1/cmdline | tr "\0" " "'
  expect "sleep 1000"
  [ "${lines[0]}" != 1 ]
  run -0 runtime exec "$ID" probe namespaces
  local type
  for type in cgroup ipc mnt net pid user uts; do
    expect_line "ns $(readlink "/proc/$(init_pid)/ns/$type")"
  done
}

# bats test_tags=v2
@test "exec: sees the container's files, host name, mounts, cgroup" {
  setup_running
  run -0 runtime exec "$ID" sh -c 'ls /; hostname 2>/dev/null || cat /proc/sys/kernel/hostname; cat /proc/self/cgroup'
  expect_line bin tare-test
  expect "/$ID"
  run -0 runtime exec "$ID" probe mounts
  mount_has /dev/shm tmpfs nodev noexec
}

@test "exec: exits with the program's exit status" {
  setup_running
  run -42 runtime exec "$ID" probe exit 42
  run -137 runtime exec "$ID" probe die 9
  run -143 runtime exec "$ID" probe die 15
}

@test "exec: a failure of the runtime is exit status 255, with the reason" {
  setup_running
  run -255 runtime exec "$ID" nonesuch
  expect nonesuch 'executable file not found in $PATH'
  run -255 runtime exec "$ID" /nonesuch
  expect /nonesuch "no such file or directory"
  run -255 runtime exec "$ID" /etc/passwd
  expect /etc/passwd "permission denied"
  run -255 runtime exec --cwd /none "$ID" true
  expect /none "no such file or directory"
  run -255 runtime exec "$ID-other" true
  expect "does not exist"
  run -255 runtime exec --process /nonesuch "$ID"
  expect "no such file or directory"
}

@test "exec: a stopped or unknown container is an error" {
  start true
  wait_for status_is stopped
  run ! runtime exec "$ID" true
  run ! runtime exec "$ID-other" true
}

@test "exec: passes the standard streams" {
  setup_running
  run -0 runtime exec "$ID" cat <<<"through"
  [ "$output" = through ]
  run -0 --separate-stderr runtime exec "$ID" sh -c 'echo out; echo err >&2'
  [ "$output" = out ]
  # shellcheck disable=SC2154
  [ "$stderr" = err ]
}

@test "exec: flags after the ID belong to the program" {
  setup_running
  run -0 runtime exec "$ID" probe args --cwd -u --env
  [ "$output" = $'arg --cwd\narg -u\narg --env' ]
}

@test "exec --cwd" {
  mkdir "$ROOTFS/work"
  setup_running
  run -0 runtime exec --cwd /work "$ID" probe cwd
  expect_line "cwd /work"
  run -0 runtime exec "$ID" probe cwd
  expect_line "cwd /"
}

@test "exec: cwd, env and user default to those in config.json" {
  mkdir "$ROOTFS/work"
  update_config '.process.cwd = "/work" | .process.env += ["GIVEN=yes"] |
    .process.user = {uid: 7, gid: 8, additionalGids: [9]}'
  setup_running
  run -0 runtime exec "$ID" probe cwd env ids
  expect_line "cwd /work" "env GIVEN=yes" "env PATH=/bin" "uid 7 7 7" "gid 8 8 8" "groups 9"
}

@test "exec --env: adds and replaces variables" {
  setup_running
  run -0 runtime exec --env A=1 --env "B=two words" --env HOME=/new "$ID" probe env
  expect_line "env A=1" "env B=two words" "env PATH=/bin" "env HOME=/new"
  refute "env HOME=/"$'\n'
}

@test "exec --user: numbers, with and without a group" {
  setup_running
  run -0 runtime exec --user 1000 "$ID" probe ids
  expect_line "uid 1000 1000 1000" "gid 0 0 0"
  run -0 runtime exec -u 1000:1001 "$ID" probe ids
  expect_line "uid 1000 1000 1000" "gid 1001 1001 1001"
}

@test "exec --user: anything but numbers is refused" {
  only_tare "runc 1.1 takes some of them for 0"
  setup_running
  local user
  for user in x 1: :1 1:x 1:2:3 -1 4294967296 1x " 1"; do
    run -255 runtime exec --user "$user" "$ID" probe ids
  done
}

# 4294967295 is -1, "no change" to setresuid(2): such a process would stay root.
@test "exec: the ID 4294967295 is refused" {
  setup_running
  local user
  for user in 4294967295 0:4294967295; do run -255 runtime exec --user "$user" "$ID" probe ids; done
  run -255 runtime exec --additional-gids 4294967295 "$ID" probe ids
  process_file '.args = ["probe", "ids"] | .user.uid = 4294967295'
  run -255 runtime exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
}

@test "exec --additional-gids" {
  setup_running
  run -0 runtime exec --additional-gids 100 --additional-gids 101 --user 1:2 "$ID" probe ids
  expect_line "groups 100 101"
}

@test "exec: has the container's privileges" {
  setup_running
  run -0 runtime exec "$ID" probe caps privileges limits
  expect_line "effective 0000000020000420" "permitted 0000000020000420" "bounding 0000000020000420" \
    "inheritable 0000000000000000" "ambient 0000000000000000" "no_new_privs 1" "RLIMIT_NOFILE 512 1024"
}

@test "exec --cap: adds capabilities, which are never inheritable" {
  setup_running
  run -0 runtime exec --cap CAP_SYS_ADMIN "$ID" probe caps
  expect_line "effective 0000000020200420" "permitted 0000000020200420" "bounding 0000000020200420" \
    "inheritable 0000000000000000" "ambient 0000000000000000"
  run -0 runtime exec --cap CAP_SYS_ADMIN --user 1000 "$ID" probe caps
  expect_line "inheritable 0000000000000000"
}

@test "exec --cap: a capability becomes ambient if config.json has it as inheritable" {
  only_tare "newer than runc 1.1"
  update_config '.process.capabilities = {inheritable: ["CAP_CHOWN", "CAP_SYSLOG"], permitted: ["CAP_KILL", "CAP_CHOWN"],
    effective: ["CAP_KILL"], bounding: ["CAP_KILL", "CAP_CHOWN", "CAP_SYSLOG"], ambient: ["CAP_CHOWN"]}'
  setup_running
  run -0 runtime exec "$ID" probe caps
  expect_line "ambient 0000000000000001"
  run -0 runtime exec --cap CAP_SYSLOG "$ID" probe caps
  expect_line "inheritable 0000000400000001" "permitted 0000000400000021" "bounding 0000000400000021" \
    "ambient 0000000400000001"
}

@test "exec: unknown capabilities are left out" {
  setup_running
  run -0 runtime exec --cap net_admin --cap CHOWN "$ID" probe caps
  expect 'level=warning msg="ignoring unknown or unavailable capabilities: [CHOWN net_admin]"'
  expect_line "effective 0000000020000420" "permitted 0000000020000420" "bounding 0000000020000420"
  process_file '.args = ["probe", "caps"] | .capabilities.bounding += ["CHOWN"]'
  exec_process
  expect "ignoring unknown or unavailable capabilities: [CHOWN]"
  expect_line "bounding 0000000020000420"
}

@test "exec --no-new-privs" {
  update_config '.process.noNewPrivileges = false'
  setup_running
  run -0 runtime exec "$ID" probe privileges
  expect_line "no_new_privs 0"
  run -0 runtime exec --no-new-privs "$ID" probe privileges
  expect_line "no_new_privs 1"
}

@test "exec --process: only the document counts, not config.json" {
  mkdir "$ROOTFS/work"
  setup_running
  process_file '.args = ["probe", "args", "a b"] '
  exec_process
  [ "$output" = "arg a b" ]
  process_file '.args = ["probe", "ids", "cwd", "env", "caps", "privileges", "limits"] |
    .cwd = "/work" | .env = ["ONLY=this", "PATH=/bin"] | .noNewPrivileges = false |
    .user = {uid: 5, gid: 6, additionalGids: [7, 8]} |
    .capabilities = {bounding: ["CAP_CHOWN"], permitted: ["CAP_CHOWN"], effective: ["CAP_CHOWN"],
      inheritable: ["CAP_CHOWN"], ambient: ["CAP_CHOWN"]} |
    .rlimits = [{type: "RLIMIT_CORE", soft: 1, hard: 2}]'
  exec_process
  expect_line "cwd /work" "env ONLY=this" "uid 5 5 5" "gid 6 6 6" "groups 7 8" \
    "ambient 0000000000000001" "bounding 0000000000000001" "no_new_privs 0" "RLIMIT_CORE 1 2"
}

@test "exec --process: umask, oomScoreAdj, scheduler, ioPriority" {
  only_tare "newer than runc 1.1"
  setup_running
  process_file '.args = ["probe", "umask", "oom-score", "scheduler", "io-priority"] | .oomScoreAdj = 500 |
    .user.umask = 63 | .scheduler = {policy: "SCHED_BATCH", nice: 5} |
    .ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
  exec_process
  expect_line "umask 0077" "oom_score_adj 500" "ioprio class=2 level=6"
  expect "policy=3 nice=5"
}

@test "exec --process: what the document leaves out is as in config.json" {
  only_tare "newer than runc 1.1"
  update_config '.process |= (.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 4} |
    .scheduler = {policy: "SCHED_BATCH", nice: 7} | .user = {uid: 7, gid: 8, umask: 63} |
    .rlimits = [{type: "RLIMIT_CORE", soft: 3, hard: 4}] |
    .capabilities |= (.inheritable = ["CAP_KILL"] | .permitted = ["CAP_KILL"] | .bounding = ["CAP_KILL"] |
      .effective = ["CAP_KILL"] | .ambient = ["CAP_KILL"]))'
  setup_running
  echo '{"cwd": "/", "args": ["probe", "ids", "umask", "caps", "limits", "scheduler", "io-priority"]}' \
    >"$BATS_TEST_TMPDIR/process.json"
  exec_process
  expect_line "uid 7 7 7" "gid 8 8 8" "umask 0077" "ambient 0000000000000020" "RLIMIT_CORE 3 4" \
    "ioprio class=2 level=4"
  expect "policy=3 nice=7"
  refute "user is missing"
  echo '{"cwd": "/", "args": ["probe", "io-priority"], "ioPriority": {"class": "IOPRIO_CLASS_IDLE"}}' \
    >"$BATS_TEST_TMPDIR/process.json"
  exec_process
  expect_line "ioprio class=3 level=0"
}

@test "exec: has the container's personality and memory policy" {
  only_tare "newer than runc 1.1"
  update_config '.linux.personality = {domain: "LINUX32"} |
    .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{names: ["personality", "set_mempolicy"], action: "SCMP_ACT_ERRNO"}]}'
  setup_running
  run -0 runtime exec "$ID" probe names
  expect_line "machine $([ "$(uname -m)" = aarch64 ] && echo armv8l || echo i686)"
  runtime delete --force "$ID"
  update_config 'del(.linux.seccomp) | .linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0"}'
  setup_running
  run -0 runtime exec "$ID" probe memory-policy
  [[ $output != *ENOSYS* ]] || skip "this kernel has no NUMA"
  expect_line "mempolicy ok mode=3 nodes=1"
}

@test "exec: short flags" {
  only_tare "runc 1.1 refuses a flag in two forms"
  setup_running
  run -0 runtime exec -e A=1 --env B=2 -u 1 -g 2 --additional-gids 3 -c CAP_CHOWN "$ID" probe env ids caps
  expect_line "env A=1" "env B=2" "uid 1 1 1" "groups 2 3"
}

@test "exec --process: errors name their place in the document" {
  only_tare "runc checks less"
  setup_running
  process_file '.cwd = "relative"'
  run -255 runtime exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  expect /cwd
  process_file 'del(.args)'
  run -255 runtime exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  expect args
  echo '{"args": [' >"$BATS_TEST_TMPDIR/process.json"
  run -255 runtime exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  expect line
}

@test "exec --detach --pid-file: returns while the process runs on" {
  setup_running
  runtime exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" probe sleep 100 >"$OUT" 2>&1 3>&- </dev/null
  local pid
  pid=$(cat "$BATS_TEST_TMPDIR/pid")
  wait_for says "$OUT" sleeping
  [ "$(readlink "/proc/$pid/ns/pid")" = "$(readlink "/proc/$(init_pid)/ns/pid")" ]
  runtime ps --format json "$ID" | jq -e --argjson pid "$pid" 'index($pid) != null'
}

@test "exec --pid-file: also in the foreground" {
  setup_running
  run -0 runtime exec --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" true
  grep -qxE '[0-9]+' "$BATS_TEST_TMPDIR/pid"
}

@test "exec: the process is killed if its PID cannot be written" {
  setup_running
  ! runtime exec --detach --pid-file /nonesuch/pid "$ID" sleep 1001 >"$OUT.exec" 2>&1 </dev/null 3>&- || return 1
  only_one() { [ "$(runtime ps --format json "$ID" | jq length)" = 1 ]; }
  wait_for only_one
}

@test "exec: the program leads its own session" {
  setup_running
  run -0 runtime exec "$ID" cat /proc/self/stat
  [ "$(cut -d' ' -f1 <<<"$output")" = "$(cut -d' ' -f6 <<<"$output")" ]
}

@test "exec: forwards signals" {
  setup_running
  forwards_signals "$RUNTIME" --root "$ROOT" exec "$ID" probe trap 2
}

# bats test_tags=v2
@test "exec: runs in the container's cgroup, or with --cgroup below it" {
  setup_running
  run -0 runtime exec "$ID" probe cgroup
  expect "/$ID"
  only_tare "runc 1.1 wants the controller named on v1"
  local controller=pids:
  ! on_v2 || controller=
  mkdir "$(cgroup_of pids)/below"
  run -0 runtime exec --cgroup "${controller}below" "$ID" probe cgroup
  expect "/$ID/below"
  rmdir "$(cgroup_of pids)/below"
  run -255 runtime exec --cgroup "$controller../.." "$ID" probe cgroup
  expect "bad sub cgroup path"
  run -255 runtime exec --cgroup none "$ID" true
  expect " adding pid " " to cgroups" "/cgroup.procs: no such file or directory"
}

# bats test_tags=v2
@test "exec --cgroup: paths outside of the container's cgroup are refused" {
  only_tare "runc 1.1 has other words; 1.5 has these"
  setup_running
  local controller=pids
  ! on_v2 || controller=
  for path in .. ../.. "below/../.." "../$ID-sibling"; do
    run -255 runtime exec --cgroup "$path" "$ID" true
    expect "bad sub cgroup path: $path"
    [ -z "$controller" ] || run -255 runtime exec --cgroup "$controller:$path" "$ID" true
    expect "bad sub cgroup path: $path"
  done
  run -255 runtime exec --cgroup whaaat:/ "$ID" true
  expect "unknown controller whaaat"
  run -255 runtime exec --cgroup :/ "$ID" true
  expect "empty controller"
  runtime exec --cgroup / "$ID" true
}

@test "exec --cgroup: v1: each controller may have its own path" {
  ! on_v2 || skip "of cgroup v1 alone"
  setup_running
  mkdir "/sys/fs/cgroup/memory/$ID/of-memory" "/sys/fs/cgroup/pids/$ID/of-pids"
  run -0 runtime exec --cgroup memory:of-memory --cgroup pids:of-pids "$ID" cat /proc/self/cgroup
  expect ":memory:/$ID/of-memory" ":pids:/$ID/of-pids" ":freezer:/$ID"
  run -255 runtime exec --cgroup memory:none "$ID" true
  expect " adding pid " "memory/$ID/none" "no such file or directory"
}

cgroup_of() { # CONTROLLER
  if [ -d "/sys/fs/cgroup/$1/$ID" ]; then echo "/sys/fs/cgroup/$1/$ID"; else echo "/sys/fs/cgroup/$ID"; fi
}

# bats test_tags=v2
@test "exec --ignore-paused: the process waits in a paused container" {
  setup_running
  runtime pause "$ID"
  in_background "$OUT" "$RUNTIME" --root "$ROOT" exec --ignore-paused "$ID" echo thawed
  sleep 0.3
  [ ! -s "$OUT" ]
  runtime resume "$ID"
  wait_for says "$OUT" thawed
}

@test "exec: descriptors from 3 on are closed unless kept" {
  setup_running
  echo "from outside" >"$BATS_TEST_TMPDIR/file"
  # shellcheck disable=SC2094
  run -0 runtime exec "$ID" probe descriptors 3<"$BATS_TEST_TMPDIR/file" 4<"$BATS_TEST_TMPDIR/file" 77</dev/null
  [ "$(grep -c '^fd' <<<"$output")" = 3 ]
  run -0 runtime exec --preserve-fds 1 "$ID" probe cat-fd 3 3<"$BATS_TEST_TMPDIR/file"
  [ "$output" = "from outside" ]
}

@test "exec: joins namespaces that config.json gives by path" {
  local path=$BATS_TEST_TMPDIR/uts
  touch "$path"
  unshare --uts="$path" hostname given
  update_config --arg path "$path" 'del(.hostname) |
    .linux.namespaces |= map(if .type == "uts" then .path = $path else . end)'
  setup_running
  run -0 runtime exec "$ID" probe names
  expect_line "hostname given"
  runtime delete --force "$ID"
  umount "$path"
}

@test "exec: the container's seccomp filter applies" {
  seccomp '{defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 71}]}'
  setup_running
  run runtime exec "$ID" probe mkdir /tmp/x 0755
  [ "$output" = EPROTO ]
}

@test "exec: has the container's session keyring" {
  setup_running
  run -0 runtime exec "$ID" probe keyring
  expect "_ses.$ID"
}

@test "exec --pidfd-socket: sends a pidfd of the process" {
  only_tare "newer than runc 1.1"
  setup_running
  in_background "$OUT.pidfd" "$PROBE" receive-pidfd "$BATS_TEST_TMPDIR/socket"
  wait_for test -S "$BATS_TEST_TMPDIR/socket"
  run -0 runtime exec --pidfd-socket "$BATS_TEST_TMPDIR/socket" --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" sleep 0.3
  wait_for says "$OUT.pidfd" "Pid:"
}

# bats test_tags=v2
@test "exec: many at once have their own exit statuses" {
  setup_running
  local i pids=() status
  for i in 1 2 3 4 5 6 7 8; do
    "$RUNTIME" --root "$ROOT" exec "$ID" probe exit "$i" >"$OUT.$i" 2>&1 3>&- &
    pids+=($!)
  done
  for i in 1 2 3 4 5 6 7 8; do
    status=0
    wait "${pids[i - 1]}" || status=$?
    [ "$status" = "$i" ]
  done
}

# bats test_tags=v2
@test "exec: if init has left the container's cgroup and it is gone, exec enters the one that init is in" {
  only_tare "runc does so on v2 alone, and 1.1 only for a cgroup that may hold no process"
  setup_running
  local init
  init=$(init_pid)
  leave_cgroup "$init"
  run -0 runtime exec "$ID" sh -c 'cat /proc/self/cgroup; :' # the shell itself, not what it becomes
  [ "$output" = "$(cat "/proc/$init/cgroup")" ]
  expect "/$ID-elsewhere"
  # If --cgroup names a cgroup, no other one is used instead.
  run ! runtime exec --cgroup sub "$ID" true
  expect "--cgroup" "$ID/sub" "no such file"
  # Commands that need the cgroup report that it is gone; the others work.
  run ! runtime pause "$ID"
  expect "$ID" "no such file"
  run ! runtime update --pids-limit 100 "$ID"
  expect "$ID" "no such file"
  run ! runtime events --stats "$ID"
  expect "$ID" "no such file"
  run -0 runtime ps --format json "$ID"
  [ "$output" = "[$init]" ]
  status_is running
  runtime kill "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"
  remove_elsewhere
}
