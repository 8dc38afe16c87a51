#!/usr/bin/env bats
# A user without privileges runs the runtime, with and without a cgroup subtree that systemd has delegated to them.
# The bundle is that of `spec --rootless`, except for the terminal and the program.
#
# The user is $TEST_USER, who needs ranges in /etc/subuid and, for delegation, a systemd manager (loginctl
# enable-linger). Without such a user any UID is used, and tests that need more are skipped.
# shellcheck disable=SC2016 # jq and the shells of the container expand what is in single quotes
load helper

TEST_USER=${TEST_USER:-tester}
if id "$TEST_USER" >/dev/null 2>&1; then
  USER_ID=$(id -u "$TEST_USER") GROUP_ID=$(id -g "$TEST_USER")
else
  USER_ID=4242 GROUP_ID=4243
fi
V2=$(stat -f -c %T /sys/fs/cgroup | grep -x cgroup2fs || true)
AS=as_user

setup_file() {
  chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR"/* "$BATS_FILE_TMPDIR"
  cp "$RUNTIME" "$BATS_FILE_TMPDIR/" # where the user can reach it
}

setup() {
  RUNTIME=$BATS_FILE_TMPDIR/$(basename "$RUNTIME")
  prepare
  mkdir "$BATS_TEST_TMPDIR/runtime"
  chown -R "$USER_ID:$GROUP_ID" "$ROOT" "$BUNDLE" "$BATS_TEST_TMPDIR/runtime"
  rm "$BUNDLE/config.json"
  as_user "$RUNTIME" spec --rootless --bundle "$BUNDLE"
  update_config '.process.terminal = false | .root.readonly = false | .process.env = ["PATH=/bin"]'
}

teardown() {
  local directories
  if [ -n "${SERVICE-}" ]; then
    rm -f "$SERVICE"
    as_user systemctl --user stop "$ID" 2>/dev/null || true
  fi
  check_residue
  [ -z "${HOLDER-}" ] || as_user systemctl --user stop "$HOLDER"
  directories=$(find /sys/fs/cgroup -name "*$ID*" -type d 2>/dev/null || true)
  [ -z "$directories" ] || { echo "left behind: $directories" && return 1; }
}

# From a shell outside of the subtree that systemd has delegated to the user.
as_user() {
  local directory=/run/user/$USER_ID
  [ -d "$directory" ] || directory=$BATS_TEST_TMPDIR/runtime
  setpriv --reuid "$USER_ID" --regid "$GROUP_ID" --clear-groups \
    env HOME=/ PATH="$PATH" XDG_RUNTIME_DIR="$directory" "$@"
}

# From a service of the user's systemd, which can create cgroups beside its own.
delegated() {
  as_user systemd-run --user --quiet --pipe --wait --collect --expand-environment=no -p Delegate=yes -- "$@"
}

needs_delegation() {
  [ "$V2" ] || skip "no cgroup v2 here"
  [ -S "/run/user/$USER_ID/systemd/private" ] || skip "no systemd manager of a user here"
  AS=delegated
  # systemd disables controllers in the slice when no unit with delegation is left in it.
  HOLDER=tare-holder-$$
  as_user systemd-run --user --quiet --collect --unit="$HOLDER" -p Delegate=yes sleep infinity
}

needs_ranges() { grep -q "^$TEST_USER:" /etc/subuid 2>/dev/null || skip "no user with ranges in /etc/subuid here"; }

runtime() { $AS timeout --foreground --signal KILL 60 "$RUNTIME" ${RUNTIME_FLAGS:+"$RUNTIME_FLAGS"} --root "$ROOT" "$@"; }

cgroup_directory() { find /sys/fs/cgroup -name "$ID" -type d; }

# bats test_tags=v2
@test "rootless: the config of spec --rootless works without delegation" {
  in_container sh -c 'id -u; id -g; cat /proc/self/setgroups; touch /tmp/mine; ls /sys/fs/cgroup; echo x >/dev/null'
  [ "$output" = $'0\n0\ndeny' ]
  [ "$(stat -c %u:%g "$ROOTFS/tmp/mine")" = "$USER_ID:$GROUP_ID" ]
}

# bats test_tags=v2
@test "rootless: the config of spec --rootless works with delegation" {
  needs_delegation
  in_container sh -c 'id -u; cat /proc/self/cgroup; ls /sys/fs/cgroup/memory.max; mkdir /sys/fs/cgroup/x 2>&1; true'
  expect_line 0 0::/ /sys/fs/cgroup/memory.max
  expect Read-only
}

# bats test_tags=v2
@test "rootless: all commands work for a container without a cgroup" {
  start sleep 1000
  run -0 runtime exec "$ID" sh -c 'id -u; cat /proc/1/cmdline'
  expect 0 sleep
  [ "$(stat -c %u "/proc/$(init_pid)")" = "$USER_ID" ]
  run -0 runtime list
  expect "$ID" running
  only_tare "its sentences"
  run ! runtime ps "$ID"
  expect "the container has no cgroup" Delegate
  run ! runtime pause "$ID"
  expect "the container has no cgroup" Delegate
  run ! runtime update --memory 33554432 "$ID"
  expect memory "the container has no cgroup" Delegate
  runtime kill "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"
}

# bats test_tags=v2
@test "rootless: without its own cgroup and PID namespace, only init is found" {
  only_tare "its sentence"
  update_config 'del(.linux.namespaces[] | select(.type == "pid")) |
    .mounts |= map(if .type == "proc" then {destination: "/proc", source: "/proc", type: "bind", options: ["rbind"]} else . end)'
  start sh -c 'sleep 1001 & echo $! >/tmp/pid; exec sleep 1002'
  wait_for test -s "$ROOTFS/tmp/pid"
  run -0 runtime kill "$ID" KILL
  expect "container $ID has no cgroup: only its init process is signalled"
  wait_for status_is stopped
  runtime delete "$ID"
  kill -KILL "$(cat "$ROOTFS/tmp/pid")" # no one else knows its PID
}

# bats test_tags=v2
@test "rootless: without a cgroup, init is found in a damaged record" {
  only_tare "its sentences"
  start sleep 1001
  local init
  init=$(init_pid)
  sed -i 's/"namespaces".*//' "$ROOT/$ID/container.json"
  run ! runtime state "$ID"
  expect "the record is damaged"
  run -0 runtime delete --force "$ID"
  expect "the processes $init" "no cgroup is marked as its own"
  [ ! -e "/proc/$init/exe" ]
}

# bats test_tags=v2
@test "rootless: delete --force finds a delegated cgroup by its mark" {
  only_tare "others leave it"
  needs_delegation
  start sleep 1000
  local init
  init=$(init_pid)
  rm -r "${ROOT:?}/$ID"
  run -0 runtime delete --force "$ID"
  expect "the directory $ROOT/$ID is gone" "the processes $init"
  [ -z "$(cgroup_directory)" ]
}

# bats test_tags=v2
@test "rootless: all commands work for a container with a cgroup" {
  needs_delegation
  update_config '.linux.resources = {memory: {limit: 33554432}, pids: {limit: 20}, cpu: {quota: 50000, period: 100000}}'
  start sleep 1000
  local directory
  directory=$(cgroup_directory)
  [[ $directory == */user@$USER_ID.service/* ]]
  [ "$(cat "$directory/memory.max" "$directory/pids.max" "$directory/cpu.max" | xargs)" = "33554432 20 50000 100000" ]
  run -0 runtime exec "$ID" cat /proc/self/cgroup
  expect_line 0::/
  run -0 runtime ps "$ID"
  expect "sleep 1000"
  runtime pause "$ID"
  status_is paused
  runtime resume "$ID"
  runtime update --memory 67108864 --pids-limit 30 "$ID"
  [ "$(cat "$directory/memory.max" "$directory/pids.max" | xargs)" = "67108864 30" ]
  runtime kill "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"
  [ ! -e "$directory" ]
}

# Privileges over them come with the user namespace that they belong to.
@test "rootless: a user namespace and others that belong to it can be joined" {
  in_background /dev/null as_user unshare --user --map-root-user --net --uts --fork --kill-child sleep 1000
  local parent=$! holder type
  wait_for pgrep -P $parent
  holder=$(pgrep -P $parent)
  update_config --arg ns "/proc/$holder/ns" 'del(.hostname, .linux.uidMappings, .linux.gidMappings) |
    .linux.namespaces |= map(select(.type == "user" or .type == "network" or .type == "uts" | not)) +
      [{type: "network", path: "\($ns)/net"}, {type: "user", path: "\($ns)/user"}, {type: "uts", path: "\($ns)/uts"}]'
  in_container probe namespaces
  for type in user net uts; do expect_line "ns $(readlink "/proc/$holder/ns/$type")"; done
}

@test "rootless: create and start work" {
  create
  status_is created
  runtime start "$ID"
  wait_for status_is stopped
}

# bats test_tags=v2
@test "rootless: a supervised container can be restarted and attached to" {
  only_tare "--supervise is its own"
  set_args sh -c '[ -e /tmp/ran ] || { touch /tmp/ran; exit 1; }; echo again; read word; echo "got $word"; exit 4'
  ln -s busybox "$ROOTFS/bin/["
  runtime run --supervise --interactive --restart on-failure:1 --bundle "$BUNDLE" "$ID" </dev/null 3>&-
  again() { runtime logs "$ID" | grep -q again; }
  wait_for again
  [ "$(stat -c %u:%a "$ROOT/.supervise/$ID/control.sock")" = "$USER_ID:600" ]
  run -4 runtime attach "$ID" < <(echo hello)
  expect "got hello"
  run -4 runtime wait "$ID"
  runtime delete "$ID"
  [ -z "$(ls -A "$ROOT")" ]
}

# bats test_tags=v2
@test "rootless: a limit without delegation is an error that names the file and the remedy" {
  only_tare "its sentences"
  update_config '.linux.resources.memory.limit = 33554432'
  refuses memory. "creating one was not permitted" "Delegate=yes"
  [ -z "$(leftovers)" ]
}

# bats test_tags=v2
@test "rootless: a limit of a controller that is not delegated is an error that names it and the remedy" {
  needs_delegation
  only_tare "its sentences"
  update_config '.linux.resources.hugepageLimits = [{pageSize: "2MB", limit: 2097152}]'
  refuses "controller hugetlb is not available" Delegate=hugetlb
  [ -z "$(leftovers)" ]
}

@test "rootless: device rules are not enforced" {
  update_config '.linux.resources.devices = [{allow: false, access: "rwm"}]'
  in_container sh -c 'echo x >/dev/null'
}

# bats test_tags=v2
@test "rootless: a cgroupsPath that the user may not create is an error" {
  update_config --arg path "/$ID" '.linux.cgroupsPath = $path'
  refuses "permission denied"
}

# bats test_tags=v2
@test "rootless: a cgroupsPath beside the user's own cgroup works" {
  needs_delegation
  update_config --arg path "$ID.other" '.linux.cgroupsPath = $path'
  start sleep 1000
  [[ $(cat "/proc/$(init_pid)/cgroup") == *"/user@$USER_ID.service/app.slice/$ID.other" ]]
}

# bats test_tags=v2
@test "rootless: ID ranges are mapped by newuidmap and newgidmap" {
  needs_ranges
  update_config '.linux.uidMappings += [{containerID: 1, hostID: 100000, size: 65535}] |
    .linux.gidMappings += [{containerID: 1, hostID: 100000, size: 65535}] |
    .process.user = {uid: 33, gid: 34, additionalGids: [5, 7]}'
  chmod 1777 "$ROOTFS/tmp"
  only_tare "runc refuses groups to a user who is not root"
  in_container sh -c 'probe ids; cat /proc/self/setgroups; touch /tmp/mine'
  expect_line "uid 33 33 33" "gid 34 34 34" "groups 5 7" allow
  [ "$(stat -c %u:%g "$ROOTFS/tmp/mine")" = 100032:100033 ]
  start sleep 1000
  run -0 runtime exec --user 65535:65535 "$ID" probe ids
  expect_line "uid 65535 65535 65535"
}

# bats test_tags=v2
@test "rootless: ID ranges may leave out the user's own ID" {
  needs_ranges
  needs_delegation
  update_config '.linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
    .linux.gidMappings = .linux.uidMappings | .mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
  chown -R 100000:100000 "$ROOTFS"
  start sh -c 'touch /tmp/mine; exec sleep 1000'
  [ "$(stat -c %u "/proc/$(init_pid)")" = 100000 ]
  wait_for test -e "$ROOTFS/tmp/mine"
  [ "$(stat -c %u:%g "$ROOTFS/tmp/mine")" = 100000:100000 ]
  run -0 runtime exec "$ID" sh -c 'id -u; cat /proc/1/cmdline /proc/self/cgroup'
  expect 0 sleep 0::/
  runtime pause "$ID"
  status_is paused
  runtime resume "$ID"
  runtime kill "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"
}

# bats test_tags=v2
@test "rootless: newuidmap refuses a range that is not the user's" {
  needs_ranges
  only_tare "its sentences"
  update_config '.linux.uidMappings += [{containerID: 1, hostID: 300000, size: 10}]'
  refuses "mapping user ids: newuidmap" "not allowed" /etc/subuid
  [ -z "$(leftovers)" ]
}

@test "rootless: a missing newuidmap is an error that names it" {
  only_tare "its sentences"
  mkdir "$BATS_TEST_TMPDIR/empty"
  update_config '.linux.uidMappings += [{containerID: 1, hostID: 300000, size: 10}]'
  PATH=$BATS_TEST_TMPDIR/empty:$PATH
  ln -s "$(command -v env)" "$BATS_TEST_TMPDIR/empty/env"
  run ! as_user env PATH="$BATS_TEST_TMPDIR/empty" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  expect "newuidmap: not found" "package uidmap"
}

@test "rootless: additional groups with a single mapped ID are an error" {
  update_config '.process.user.additionalGids = [0]'
  refuses "cannot set any additional groups in a rootless container"
}

@test "rootless: an OOM score can be raised, for run and exec" {
  update_config '.process.oomScoreAdj = 700'
  start sleep 1000
  [ "$(cat "/proc/$(init_pid)/oom_score_adj")" = 700 ]
  run -0 runtime exec "$ID" cat /proc/self/oom_score_adj
  [ "$output" = 700 ]
  runtime delete --force "$ID"
  update_config '.process.oomScoreAdj = -700'
  refuses "permission denied"
}

# The user cannot enter the PID namespace from outside, so exec clones twice. The first process is delayed
# right after that: requests of the second one must not be applied to the first.
@test "rootless: limits and OOM score of exec are those of the program, not of its intermediate process" {
  only_tare "how it clones"
  update_config '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 100, hard: 200}] | .process.oomScoreAdj = 700'
  start sleep 1000
  run -0 as_user strace -qq -f -o /dev/null -e trace=clone3 -e inject=clone3:delay_exit=300000 \
    "$RUNTIME" --root "$ROOT" exec "$ID" sh -c 'ulimit -n; ulimit -Hn; cat /proc/self/oom_score_adj'
  [ "$output" = $'100\n200\n700' ]
}

@test "rootless: time offsets are set" {
  [ -e /proc/self/ns/time ] || skip "no time namespaces here"
  update_config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets.boottime = {secs: 1000000}'
  in_container cat /proc/uptime
  [ "${output%%.*}" -gt 1000000 ]
}

@test "rootless: a nosuid mount of the host stays nosuid" {
  only_tare "its sentences"
  mkdir "$BATS_TEST_TMPDIR/nosuid"
  mount -t tmpfs -o nosuid tare-test "$BATS_TEST_TMPDIR/nosuid"
  add_mount /data bind "$BATS_TEST_TMPDIR/nosuid" rbind suid
  refuses "to rootfs at" /data "cannot be cleared"
  update_config '.mounts[-1].options = ["rbind", "rw"]'
  in_container probe mounts
  mount_has /data nosuid
  umount "$BATS_TEST_TMPDIR/nosuid"
}

@test "rootless: a user that is not mapped is an error" {
  update_config '.process.user.uid = 5'
  refuses mapped
}

@test "rootless: a container without a user namespace is an error" {
  update_config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
  refuses "rootless container requires user namespaces"
}

@test "rootless: without a network namespace, the host's sysfs is bound read-only" {
  only_tare "runc refuses"
  update_config '.mounts |= map(if .destination == "/sys"
    then {destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"]} else . end)'
  in_container probe mounts
  mount_has /sys ro
  run ! grep -E "^[^ ]+ [^ ]+ [^ ]+ [^ ]+ /sys(/[^ ]*)? rw" <<<"$output"
}

@test "rootless: with a network namespace, sysfs is mounted" {
  update_config '.linux.namespaces += [{type: "network"}] | .mounts |= map(if .destination == "/sys"
    then {destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"]} else . end)'
  in_container ls /sys/class/net
  [ "$output" = lo ]
}

@test "rootless: procfs without a PID namespace is an error that gives the reason" {
  only_tare "its sentences"
  update_config '.linux.namespaces |= map(select(.type != "pid"))'
  refuses "to rootfs at" /proc "pid namespace"
}

@test "rootless: devices are bound from the host" {
  in_container probe mounts
  mount_has /dev/null devtmpfs
  update_config '.linux.devices = [{path: "/dev/fuse2", type: "c", major: 10, minor: 229}]'
  refuses /dev/fuse2
}

# CVE-2023-25809: a bind of /sys shows the host's cgroups, and the user can write their own.
# bats test_tags=v2
@test "rootless: the container cannot write the user's cgroups, without delegation" {
  update_config '.linux.namespaces |= map(select(.type != "cgroup")) |
    .mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
  in_container sh -c 'busybox find /sys/fs/cgroup -name cgroup.procs -o -name tasks; touch /sys/fs/cgroup/x 2>&1; mkdir /sys/fs/cgroup/y 2>&1; true'
  refute cgroup.procs tasks
  [ ! "$V2" ] || expect "x: Read-only" "y': Read-only"
}

# bats test_tags=v2
@test "rootless: the container cannot write the user's cgroups, with delegation" {
  needs_delegation
  only_tare "runc shows the whole tree"
  update_config '.linux.namespaces |= map(select(.type != "cgroup")) |
    .mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
  in_container sh -c 'cd /sys/fs/cgroup; ls -d *.slice; mkdir mine && rmdir mine && echo writable; cat /proc/1/cgroup'
  expect_line writable
  expect "ls: *.slice: No such file" "/app.slice/$ID"
}

# bats test_tags=v2
@test "rootless: a container with a cgroup namespace owns its cgroup" {
  needs_delegation
  update_config '.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
  in_container sh -c 'cd /sys/fs/cgroup && mkdir sub && echo 1 >sub/cgroup.procs && echo +pids >cgroup.subtree_control &&
    echo 9 >sub/pids.max && cat sub/pids.max /proc/1/cgroup'
  [ "$output" = $'9\n0::/sub' ]
}

# bats test_tags=v2
@test "rootless: exec works in a container that has created sub-cgroups" {
  needs_delegation
  update_config '.mounts |= map(if .type == "cgroup" then .options -= ["ro"] else . end)'
  start sh -c 'cd /sys/fs/cgroup && mkdir sub && echo 1 >sub/cgroup.procs && echo +memory >cgroup.subtree_control; exec sleep 1000'
  wait_for says "$(cgroup_directory)/cgroup.subtree_control" memory
  run -0 runtime exec "$ID" cat /proc/self/cgroup
  [ "$output" = 0::/sub ]
}

# bats test_tags=v2
@test "rootless: exec works from outside of the delegated subtree" {
  needs_delegation
  only_tare "its sentences"
  start sleep 1000
  AS=as_user
  run -0 runtime exec "$ID" echo works
  expect_line works
  expect "stays outside the cgroup" "systemd-run --user"
}

# bats test_tags=v2
@test "rootless: create works from outside of the delegated subtree" {
  needs_delegation
  only_tare "its sentences"
  update_config --arg path "/user.slice/user-$USER_ID.slice/user@$USER_ID.service/app.slice/$ID" '.linux.cgroupsPath = $path'
  AS=as_user
  refuses "entering the cgroup" "systemd-run --user"
  AS=delegated
  in_container true
}

# bats test_tags=v2
@test "rootless: works without any cgroup mounts" {
  only_tare "others refuse"
  set_args echo works
  run -0 unshare --mount sh -c 'umount --lazy /sys/fs/cgroup && exec setpriv --reuid "$1" --regid "$2" --clear-groups \
    "$3" --root "$4" run --bundle "$5" "$6"' sh "$USER_ID" "$GROUP_ID" "$RUNTIME" "$ROOT" "$BUNDLE" "$ID"
  [ "$output" = works ]
}

# bats test_tags=v2
@test "rootless: kill and delete work without a PID namespace and without a cgroup" {
  update_config '.linux.namespaces |= map(select(.type != "pid")) |
    .mounts |= map(if .type == "proc" then .type = "none" | .source = "/proc" | .options = ["rbind"] else . end)'
  start sleep 1000
  runtime kill "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"
  start sleep 1000
  runtime delete --force "$ID"
  run ! runtime state "$ID"
}

@test "rootless: a terminal works" {
  update_config '.process.terminal = true'
  in_background "$OUT.terminal" "$PROBE" receive-terminal "$BATS_TEST_TMPDIR/socket"
  wait_for test -S "$BATS_TEST_TMPDIR/socket"
  chmod a+rwx "$BATS_TEST_TMPDIR/socket"
  set_args probe terminal
  runtime run --detach --console-socket "$BATS_TEST_TMPDIR/socket" --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 3>&-
  wait_for says "$OUT.terminal" "foreground yes"
}

@test "rootless: the default root directory is in XDG_RUNTIME_DIR" {
  only_tare "its directory"
  mkdir "$BATS_TEST_TMPDIR/run"
  chown "$USER_ID" "$BATS_TEST_TMPDIR/run"
  set_args sleep 1000
  as_user env XDG_RUNTIME_DIR="$BATS_TEST_TMPDIR/run" "$RUNTIME" run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 3>&-
  [ "$(stat -c "%u %a" "$BATS_TEST_TMPDIR/run/tare" "$BATS_TEST_TMPDIR/run/tare/$ID" | xargs)" = "$USER_ID 1700 $USER_ID 700" ]
  as_user env XDG_RUNTIME_DIR="$BATS_TEST_TMPDIR/run" "$RUNTIME" delete --force "$ID"
}

@test "rootless: a missing XDG_RUNTIME_DIR is an error that suggests --root" {
  only_tare "its sentences"
  run ! as_user env -u XDG_RUNTIME_DIR "$RUNTIME" run --bundle "$BUNDLE" "$ID"
  expect "XDG_RUNTIME_DIR is not set" --root
}

# bats test_tags=v2
@test "rootless: the user's systemd runs the service that unit prints" {
  needs_delegation
  AS=as_user
  only_tare "no other runtime has this command"
  set_args sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
  SERVICE=/run/user/$USER_ID/systemd/user/$ID.service
  as_user mkdir -p "${SERVICE%/*}"
  runtime unit --user --bundle "$BUNDLE" "$ID" >"$SERVICE"
  as_user systemctl --user daemon-reload
  as_user systemctl --user start "$ID"
  [[ $(cat "/proc/$(init_pid)/cgroup") == "0::/user.slice/user-$USER_ID.slice/user@$USER_ID.service/app.slice/$ID.service/$ID" ]]
  as_user systemctl --user stop "$ID"
  run -0 as_user systemctl --user show --property ActiveState,Result "$ID"
  expect_line ActiveState=inactive Result=success
  [ -z "$(ls "$ROOT")" ]
}

# Where the user cannot move processes, systemd does it for them.
# bats test_tags=v2
@test "rootless: --systemd-cgroup creates a scope of the user's systemd" {
  needs_delegation
  AS=as_user RUNTIME_FLAGS=--systemd-cgroup
  update_config --arg name "$ID" '.linux.cgroupsPath = "user.slice:tare:" + $name |
    .linux.resources = {memory: {limit: 33554432}, pids: {limit: 20}}'
  start sleep 1000
  local scope=tare-$ID.scope
  [[ $(cat "/proc/$(init_pid)/cgroup") == "0::/user.slice/user-$USER_ID.slice/user@$USER_ID.service/user.slice/$scope" ]]
  run -0 as_user systemctl --user show "$scope" --property MemoryMax,TasksMax,Delegate
  expect_line MemoryMax=33554432 TasksMax=20 Delegate=yes
  runtime update --memory 67108864 "$ID"
  run -0 as_user systemctl --user show "$scope" --property MemoryMax
  [ "$output" = MemoryMax=67108864 ]
  runtime pause "$ID"
  status_is paused
  runtime resume "$ID"
  run -0 runtime exec "$ID" cat /proc/self/cgroup
  expect_line 0::/
  AS=delegated
  run -0 runtime exec "$ID" cat /proc/self/cgroup
  expect_line 0::/
  runtime kill "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"
  run ! as_user systemctl --user is-active "$scope"
}

# bats test_tags=v2
@test "rootless: --systemd-cgroup creates a scope of the user's systemd, as root of a user namespace" {
  needs_delegation
  update_config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
  set_args sh -c 'cat /proc/self/cgroup; ls /sys/fs/cgroup/memory.max'
  run -0 as_user unshare --map-root-user --mount "$RUNTIME" --systemd-cgroup --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  expect_line 0::/ /sys/fs/cgroup/memory.max
}

# bats test_tags=v2
@test "rootless: --systemd-cgroup without the user's systemd is an error" {
  only_tare "its sentences"
  run ! as_user env -u DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR="$ROOT" "$RUNTIME" --root "$ROOT" --systemd-cgroup run --bundle "$BUNDLE" "$ID"
  expect systemd "--systemd-cgroup"
  [ -z "$(leftovers)" ]
}

# As called by Podman: root in a user namespace of the user, with a new mount namespace.
# bats test_tags=v2
@test "rootless: root in a user namespace can run a container without its own user namespace" {
  update_config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces |= map(select(.type != "user"))'
  set_args sh -c 'id -u; cat /proc/self/uid_map; touch /tmp/mine'
  run -0 as_user unshare --map-root-user --mount "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  [[ $output =~ ^0.*0\ +$USER_ID\ +1 ]]
  [ "$(stat -c %u "$ROOTFS/tmp/mine")" = "$USER_ID" ]
}

# bats test_tags=v2
@test "rootless: root in a user namespace can run a container with another user namespace and ID ranges" {
  needs_ranges
  update_config '.linux.uidMappings = [{containerID: 0, hostID: 1, size: 1000}] | .linux.gidMappings = .linux.uidMappings |
    .process.user.additionalGids = [5]'
  chmod 1777 "$ROOTFS/tmp"
  chown -R 100000:100000 "$ROOTFS"
  set_args sh -c 'probe ids; touch /tmp/mine'
  only_tare "runc refuses groups"
  run -0 as_user unshare --map-root-user --map-auto --mount "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  expect_line "uid 0 0 0" "groups 5"
  [ "$(stat -c %u "$ROOTFS/tmp/mine")" = 100000 ]
}

@test "rootless: an idmapped mount of the host's file system is an error" {
  only_tare "its sentences"
  update_config --arg data "$BUNDLE" '.mounts += [{destination: "/data", type: "bind", source: $data, options: ["rbind", "idmap"]}]'
  refuses "to rootfs at" /data "can be idmapped only once, by a runtime in the user namespace"
}
