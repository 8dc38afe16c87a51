#!/usr/bin/env bats
# bats file_tags=v2
# A container's place in the tree of cgroup v2: paths, parents with processes or threaded ones, delegation,
# containers in containers; killing and freezing everything in a cgroup.
load helper

setup() {
  on_v2 || skip "needs cgroup v2 alone (tests/vm)"
  prepare
}

own_file() { cat "/sys/fs/cgroup/$ID/$1"; } # FILE

# A cgroup that exists before the container, removed with the test.
parent() { # prints its name
  mkdir -p "/sys/fs/cgroup/$ID"
  echo "$ID" >"$BATS_TEST_TMPDIR/parent"
}

# A process in the parent.
populate() {
  sleep 1000 3>&- &
  echo $! >>"$BATS_TEST_TMPDIR/helpers"
  echo $! >"/sys/fs/cgroup/$ID/cgroup.procs"
}

place() { update_config --arg path "$1" '.linux.cgroupsPath = $path'; } # PATH

remove_parent() {
  runtime delete --force "$ID"
  while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done <"$BATS_TEST_TMPDIR/helpers" || true
  wait_for rmdir_all
}
rmdir_all() { ! find "/sys/fs/cgroup/$ID" -depth -type d -exec rmdir {} + 2>&1 | grep -q .; }

@test "v2 tree: all controllers of the machine are enabled" {
  start sleep 1000
  [ "$(own_file cgroup.controllers)" = "$(cat /sys/fs/cgroup/cgroup.controllers)" ]
  [ "$(own_file cgroup.type)" = domain ]
}

@test "v2 tree: the default path and a relative path are beside the runtime's cgroup" {
  local own above
  own=$(sed -n 's/^0:://p' /proc/self/cgroup)
  above=$(dirname "$own")
  place "$ID-relative"
  in_container probe cgroup
  expect_line "0::${above%/}/$ID-relative"
  update_config 'del(.linux.cgroupsPath)'
  in_container probe cgroup
  expect_line "0::${above%/}/$ID"
}

@test "v2 tree: an existing empty cgroup is used, and removed with the container" {
  parent
  in_container true
  [ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "v2 tree: a populated cgroup is refused and kept" {
  only_tare "runc 1.1 warns"
  parent
  populate
  refuses "not empty" "/sys/fs/cgroup/$ID"
  [ -n "$(own_file cgroup.procs)" ]
  remove_parent
}

@test "v2 tree: a cgroup with a populated sub-cgroup is refused" {
  only_tare "runc 1.1 does not look there"
  parent
  mkdir "/sys/fs/cgroup/$ID/below"
  sleep 1000 3>&- &
  echo $! >>"$BATS_TEST_TMPDIR/helpers"
  echo $! >"/sys/fs/cgroup/$ID/below/cgroup.procs"
  refuses "not empty"
  remove_parent
}

@test "v2 tree: a cgroup can be created below one with processes, which stays a domain" {
  only_tare "runc makes its cgroup threaded"
  parent
  populate
  place "/$ID/inner"
  start sleep 1000
  [ "$(own_file cgroup.type)" = domain ]
  [ "$(own_file inner/cgroup.type)" = domain ]
  run -0 runtime ps "$ID"
  expect sleep
  runtime pause "$ID"
  runtime resume "$ID"
  run -0 runtime exec "$ID" true
  remove_parent
}

@test "v2 tree: a limit below a cgroup with processes is an error that names the remedy" {
  only_tare "its words"
  parent
  populate
  place "/$ID/inner"
  update_config '.linux.resources.memory = {limit: 67108864}'
  refuses memory.max "/sys/fs/cgroup/$ID holds processes" "move its processes"
  update_config '.linux.resources.memory = {} | .linux.resources.pids = {limit: 50}'
  refuses pids.max "/sys/fs/cgroup/$ID holds processes" "move its processes"
  [ "$(own_file cgroup.type)" = domain ]
  [ ! -e "/sys/fs/cgroup/$ID/inner" ]
  # The remedy.
  mkdir "/sys/fs/cgroup/$ID/others"
  xargs -n 1 <"/sys/fs/cgroup/$ID/cgroup.procs" | while read -r pid; do
    echo "$pid" >"/sys/fs/cgroup/$ID/others/cgroup.procs"
  done
  start sleep 1000
  [ "$(own_file inner/pids.max)" = 50 ]
  remove_parent
}

@test "v2 tree: below a threaded cgroup a container can be listed, signalled and killed, but has no memory limit" {
  only_tare "runc cannot list or kill it"
  parent
  mkdir "/sys/fs/cgroup/$ID/thread"
  echo threaded >"/sys/fs/cgroup/$ID/thread/cgroup.type"
  place "/$ID/inner"
  update_config '.linux.resources.memory = {limit: 67108864}'
  refuses memory.max
  update_config '.linux.resources.memory = {} | .linux.resources.pids = {limit: 50}'
  start sh -c 'trap "echo user signal" USR1; sleep 1000 & while :; do wait; done'
  [ "$(own_file inner/cgroup.type)" = threaded ]
  [ "$(own_file inner/pids.max)" = 50 ]
  run -0 runtime ps "$ID"
  expect "sleep 1000"
  run -0 runtime exec "$ID" true
  runtime pause "$ID"
  status_is paused
  runtime resume "$ID"
  runtime kill --all "$ID" KILL
  wait_for status_is stopped
  remove_parent
}

@test "v2 tree: a controller that the parent does not enable is an error that names the remedy" {
  only_tare "its words"
  parent
  mkdir "/sys/fs/cgroup/$ID/between"
  echo "+pids" >"/sys/fs/cgroup/$ID/cgroup.subtree_control"
  update_config '.linux.resources.unified = {"nonesuch.max": "1"}'
  place "/$ID/between/inner"
  refuses "nonesuch" "not available" "v1 hierarchy"
  remove_parent
}

# --- Delegation (config-linux.md, "Cgroup ownership")

with_user_namespace() {
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
    .linux.gidMappings = [{containerID: 0, hostID: 200000, size: 65536}]'
  chown -R 100000:200000 "$ROOTFS"
}

owners() { # prints the files of the cgroup that are not root's
  find "/sys/fs/cgroup/$ID" -maxdepth 1 -not -user 0 -printf '%P %U\n' | sort
}

# The container's root owns the directory and, of its files, those of the kernel's list that exist.
owned() {
  local file
  echo " 100000"
  while read -r file; do
    [ ! -e "/sys/fs/cgroup/$ID/$file" ] || echo "$file 100000"
  done </sys/kernel/cgroup/delegate
}

@test "v2 delegation: the container owns the directory and exactly the files that the kernel lists" {
  only_tare "runc delegates with systemd only"
  with_user_namespace
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  add_mount /sys/fs/cgroup cgroup cgroup rw
  start sleep 1000
  [ "$(owners)" = "$(owned | sort)" ]
}

@test "v2 delegation: requires a writable mount, a user namespace and a cgroup namespace" {
  with_user_namespace
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  add_mount /sys/fs/cgroup cgroup cgroup ro
  start sleep 1000
  [ -z "$(owners)" ]
  runtime delete --force "$ID"
  update_config '.mounts[-1].options = ["rw"] | .linux.namespaces |= map(select(.type != "cgroup"))'
  start sleep 1000
  [ -z "$(owners)" ]
}

# What a service manager in the container does: it moves itself into a leaf, and enables controllers for the others.
readonly MANAGE='cd /sys/fs/cgroup && mkdir init job && echo $$ >init/cgroup.procs &&
  echo "+pids +memory" >cgroup.subtree_control && echo 7 >job/pids.max && cat job/pids.max && ls job | grep memory.max'

@test "v2 delegation: the container can create cgroups and enable controllers" {
  only_tare "runc delegates with systemd only"
  with_user_namespace
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  add_mount /sys/fs/cgroup cgroup cgroup rw
  update_config '.linux.resources.pids = {limit: 50}'
  start sh -c "$MANAGE && "' ! echo 9 >/sys/fs/cgroup/pids.max 2>/dev/null && echo managed; exec sleep 1000'
  wait_for says "$OUT" managed
  grep -qx 7 "$OUT"
  [ "$(own_file job/pids.max)" = 7 ]
  [ "$(own_file pids.max)" = 50 ] # its own limit is not in its hands
  # exec: the container's own cgroup cannot have processes now, but init's can.
  run -0 runtime exec "$ID" cat /proc/self/cgroup
  expect_line "0::/init"
  run -0 runtime ps "$ID"
  expect "sleep 1000"
  runtime pause "$ID"
  runtime resume "$ID"
  runtime kill --all "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"
  [ ! -e "/sys/fs/cgroup/$ID" ]
}

# Before an init system enables the first controller, the container's own cgroup must be empty.
@test "v2: exec enters init's cgroup as soon as init has moved below the container's" {
  only_tare "runc's exec enters the container's own cgroup, where it is in the way"
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  add_mount /sys/fs/cgroup cgroup cgroup rw
  start sh -c 'cd /sys/fs/cgroup && mkdir init && echo $$ >init/cgroup.procs && echo moved; exec sleep 1000'
  wait_for says "$OUT" moved
  run -0 runtime exec "$ID" sh -c 'cat /proc/self/cgroup; echo "+pids" >/sys/fs/cgroup/cgroup.subtree_control'
  expect_line "0::/init"
  runtime delete --force "$ID"
  [ ! -e "/sys/fs/cgroup/$ID" ]
}

# --- Containers in containers

# A container whose root file system has the runtime, and a bundle for it: with every capability, its own cgroup.
nest() {
  only_tare "it is static"
  cp "$RUNTIME" "$ROOTFS/bin/tare"
  mkdir -p "$ROOTFS/inner" "$ROOTFS/run"
  cp -a "$ROOTFS/bin" "$ROOTFS/etc" "$BATS_TEST_TMPDIR"
  mkdir -p "$ROOTFS/inner/rootfs"/{dev,proc,sys,tmp}
  mv "$BATS_TEST_TMPDIR"/{bin,etc} "$ROOTFS/inner/rootfs"
  jq '.process.args = ["sh", "-c", "cat /proc/self/cgroup; echo inside"] | .linux.cgroupsPath = "/nested"' \
    "$BUNDLE/config.json" >"$ROOTFS/inner/config.json"
  local all
  all=$(runtime features | jq .linux.capabilities)
  update_config --argjson all "$all" '.linux.namespaces += [{type: "cgroup"}] | .process.noNewPrivileges = false |
    .process.capabilities |= map_values($all) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
  add_mount /sys/fs/cgroup cgroup cgroup rw
  add_mount /run tmpfs tmpfs rw
}

@test "v2 nesting: a container in a container, without limits" {
  nest
  in_container sh -c 'tare run --bundle /inner nested; cat /sys/fs/cgroup/cgroup.type'
  expect_line inside domain
  expect "/nested"
}

@test "v2 nesting: with limits, after the outer processes have moved into a sub-cgroup" {
  nest
  jq '.linux.resources.memory = {limit: 33554432} | .linux.resources.pids = {limit: 40} |
    .process.args = ["sleep", "1000"]' "$ROOTFS/inner/config.json" >"$BATS_TEST_TMPDIR/config"
  mv "$BATS_TEST_TMPDIR/config" "$ROOTFS/inner/config.json"
  in_container sh -c 'tare run --bundle /inner nested 2>&1 | cat; cd /sys/fs/cgroup; mkdir init; echo $$ >init/cgroup.procs
    tare run --detach --bundle /inner nested >/dev/null </dev/null && cat nested/memory.max nested/pids.max
    tare exec nested probe cgroup; tare pause nested; tare state nested; tare delete --force nested; ls -d nested; true'
  expect "/sys/fs/cgroup holds processes" "move its processes"
  expect_line 33554432 40
  expect '"status": "paused"' "ls: nested: No such file"
}

# --- Killing and freezing

@test "v2 kill --all: ends a fork bomb" {
  update_config '.linux.resources.pids = {limit: 200}'
  start sh -c 'bomb() { while :; do (bomb) & done; }; bomb 2>/dev/null'
  wait_for many_processes
  runtime kill --all "$ID" KILL
  wait_for status_is stopped
  [ -z "$(own_file cgroup.procs)" ]
}

many_processes() { [ "$(wc -l <"/sys/fs/cgroup/$ID/cgroup.procs")" -gt 50 ]; }

@test "v2 delete --force: ends a fork bomb without its own PID namespace" {
  update_config '.linux.resources.pids = {limit: 200} | .linux.namespaces |= map(select(.type != "pid"))'
  start sh -c 'bomb() { while :; do (bomb) & done; }; bomb 2>/dev/null'
  wait_for many_processes
  runtime delete --force "$ID"
  [ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "v2 pause: also freezes sub-cgroups, and kill, kill --all and delete --force work while paused" {
  start sh -c 'sleep 1000 & wait'
  runtime pause "$ID"
  grep -qx "frozen 1" "/sys/fs/cgroup/$ID/cgroup.events"
  run ! runtime exec "$ID" true
  expect paused
  runtime kill "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"

  start sh -c 'sleep 1000 & wait'
  runtime pause "$ID"
  runtime kill --all "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"

  start sh -c 'sleep 1000 & wait'
  runtime pause "$ID"
  runtime delete --force "$ID"
  [ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "v2 kill --all: a signal other than KILL reaches each process once, also in sub-cgroups" {
  only_tare "runc 1.3 signals init alone"
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  add_mount /sys/fs/cgroup cgroup cgroup rw
  start sh -c 'mkdir /sys/fs/cgroup/below
    sh -c "echo \$\$ >/sys/fs/cgroup/below/cgroup.procs; exec probe trap 2" & exec probe trap 2'
  wait_for two_ready
  runtime kill --all "$ID" USR1
  wait_for two_signals
  runtime kill --all "$ID" TERM
  wait_for status_is stopped
}

two_ready() { [ "$(grep -c ready "$OUT")" = 2 ]; }
two_signals() { [ "$(grep -c "signal 10" "$OUT")" = 2 ]; }
