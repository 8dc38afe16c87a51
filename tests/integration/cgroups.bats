#!/usr/bin/env bats
# Control groups: limits as the kernel shows them, update, freezing, statistics, removal. On cgroup v1 and v2.
# bats file_tags=v2
load helper

V2=$(! on_v2 || echo yes)

directory() { # CONTROLLER
  if [ "$V2" ]; then echo "/sys/fs/cgroup/$ID"; else echo "/sys/fs/cgroup/$1/$ID"; fi
}

# The container's value of a file, whose name differs between the versions.
value() { # CONTROLLER V1-FILE V2-FILE
  if [ "$V2" ]; then cat "$(directory "$1")/$3"; else cat "$(directory "$1")/$2"; fi
}

needs() { # CONTROLLER
  local controllers
  controllers=$( (cat /sys/fs/cgroup/cgroup.controllers && echo freezer) 2>/dev/null || ls /sys/fs/cgroup)
  grep -qw "$1" <<<"$controllers" || skip "no $1 controller here"
}

resources() { update_config ".linux.resources += $1"; } # JSON

@test "cgroups: memory limits are set" {
  needs memory
  resources '{memory: {limit: 33554432, reservation: 16777216, swap: 33554432}}'
  start sleep 1000
  [ "$(value memory memory.limit_in_bytes memory.max)" = 33554432 ]
  [ "$(value memory memory.soft_limit_in_bytes memory.low)" = 16777216 ]
}

@test "cgroups: -1 lifts the memory limit" {
  needs memory
  resources '{memory: {limit: -1}}'
  start sleep 1000
  [[ $(value memory memory.limit_in_bytes memory.max) =~ ^(max|9223372036854771712)$ ]]
}

@test "cgroups: a program that exceeds its memory limit is killed" {
  needs memory
  resources '{memory: {limit: 16777216, swap: 16777216}}'
  set_args sh -c 'probe allocate 64; echo "status $?"'
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  expect "status 137"
}

@test "cgroups: swappiness and disableOOMKiller are set" {
  [ ! "$V2" ] || skip "of cgroup v1 alone"
  resources '{memory: {limit: 33554432, swappiness: 17, disableOOMKiller: true}}'
  start sleep 1000
  grep -qx "oom_kill_disable 1" "$(directory memory)/memory.oom_control"
  [ "$(cat "$(directory memory)/memory.swappiness")" = 17 ]
}

@test "cgroups: CPU limits are set" {
  needs cpu
  resources '{cpu: {shares: 512, quota: 50000, period: 100000}}'
  start sleep 1000
  if [ "$V2" ]; then
    [ "$(value cpu "" cpu.max)" = "50000 100000" ]
    [ "$(value cpu "" cpu.weight)" -lt 100 ]
  else
    [ "$(value cpu cpu.shares "")" = 512 ]
    [ "$(value cpu cpu.cfs_quota_us "")" = 50000 ]
    [ "$(value cpu cpu.cfs_period_us "")" = 100000 ]
  fi
}

@test "cgroups: a CPU period alone, a quota alone, and extreme values of both" {
  needs cpu
  local pair
  for pair in '{period: 50000}' '{quota: 20000}' '{quota: 500000, period: 1000000}' '{quota: 1000, period: 1000}'; do
    update_config ".linux.resources.cpu = $pair"
    in_container true
  done
}

@test "cgroups: cpus and mems are set" {
  needs cpuset
  resources '{cpu: {cpus: "0", mems: "0"}}'
  in_container probe affinity
  expect_line "affinity 0"
}

@test "cgroups: an existing cpuset keeps its CPUs" {
  local cpuset
  [ ! "$V2" ] || skip "of cgroup v1 alone"
  needs cpuset
  cpuset=$(directory cpuset)
  mkdir "$cpuset"
  echo 0 | tee "$cpuset/cpuset.cpus" >"$cpuset/cpuset.mems"
  in_container probe affinity
  expect_line "affinity 0"
}

@test "cgroups: the limit of processes is set" {
  needs pids
  resources '{pids: {limit: 10}}'
  in_container probe fork 20
  expect_line "then EAGAIN"
  resources '{pids: {limit: -1}}'
  in_container probe fork 20
  expect_line "forked 20"
}

@test "cgroups: there is no limit of processes by default" {
  needs pids
  start sleep 1000
  [ "$(value pids pids.max pids.max)" = max ]
}

@test "cgroups: limits of block I/O are set" {
  needs blkio
  local device
  device=$(lsblk -dno MAJ:MIN | grep -vE '^(7|253|1):' | head -n 1 | tr -d ' ')
  [ "$device" ] || skip "no block device here"
  resources "{blockIO: {throttleReadBpsDevice: [{major: ${device%:*}, minor: ${device#*:}, rate: 1048576}],
    throttleWriteIOPSDevice: [{major: ${device%:*}, minor: ${device#*:}, rate: 100}]}}"
  [ -e /sys/fs/cgroup/blkio/blkio.throttle.read_bps_device ] || skip "this kernel does not throttle"
  start sleep 1000
  [ "$(cat "$(directory blkio)/blkio.throttle.read_bps_device")" = "$device 1048576" ]
  [ "$(cat "$(directory blkio)/blkio.throttle.write_iops_device")" = "$device 100" ]
}

@test "cgroups: a value that the kernel refuses is an error that names the file, and nothing is left" {
  needs cpuset
  resources '{cpu: {cpus: "5000"}}'
  refuses cpuset.cpus
}

@test "cgroups: an invalid huge page size is an error" {
  [ ! "$V2" ] || skip "of cgroup v1 alone"
  resources '{hugepageLimits: [{pageSize: "../2MB", limit: 0}]}'
  run ! runtime run --bundle "$BUNDLE" "$ID"
}

@test "cgroups: unified is an error on v1" {
  [ ! "$V2" ] || skip "this is cgroup v2"
  resources '{unified: {"memory.high": "100000000"}}'
  refuses "invalid configuration" unified
}

on_hybrid() { [ "$(stat -f -c %T /sys/fs/cgroup/unified 2>/dev/null)" = cgroup2fs ]; }

@test "cgroups: in a cgroup2 beside v1, a cgroup is created for init and exec, and removed with the container" {
  on_hybrid || skip "no cgroup2 beside v1 hierarchies here"
  set_args sh -c 'while [ ! -e /go ]; do sleep 0.1; done'
  create
  grep -qxF "0::/$ID" "/proc/$(init_pid)/cgroup"
  runtime start "$ID"
  run -0 runtime exec "$ID" cat /proc/self/cgroup
  run ! grep -v ":/$ID\$" <<<"$output"
  touch "$ROOTFS/go"
  wait_for status_is stopped
  runtime delete "$ID"
  [ ! -e "/sys/fs/cgroup/unified/$ID" ]
}

@test "cgroups: in a cgroup2 beside v1, an occupied cgroup is refused and kept" {
  on_hybrid || skip "no cgroup2 beside v1 hierarchies here"
  only_tare "runc 1.1 warns"
  mkdir "/sys/fs/cgroup/unified/$ID"
  in_background /dev/null sleep 1000
  echo $! >"/sys/fs/cgroup/unified/$ID/cgroup.procs"
  refuses "container's cgroup is not empty"
  grep -qx $! "/sys/fs/cgroup/unified/$ID/cgroup.procs"
  kill -KILL $!
  wait_for rmdir "/sys/fs/cgroup/unified/$ID"
}

@test "cgroups: cpu.idle is an error on a kernel that does not know it" {
  needs cpu
  [ -e "$(find /sys/fs/cgroup/ -maxdepth 3 -name cpu.idle -print -quit)" ] || skip "no cpu.idle here"
  only_tare "runc 1.1 has no such property"
  local value
  for value in 2 -1; do
    resources "{cpu: {idle: $value}}"
    refuses cpu.idle "invalid argument"
  done
  resources '{cpu: {idle: 1}}'
  start sleep 1000
  for value in -1 2 3; do
    run ! runtime update --cpu-idle "$value" "$ID"
    [ "$(value cpu cpu.idle cpu.idle)" = 1 ]
  done
}

@test "cgroups: unified writes the files that it names" {
  [ "$V2" ] || skip "of cgroup v2 alone"
  resources '{unified: {"memory.high": "104857600", "pids.max": "77"}}'
  start sleep 1000
  [ "$(value "" "" memory.high)" = 104857600 ]
  [ "$(value "" "" pids.max)" = 77 ]
}

@test "cgroups: all parts of a long path are created and removed" {
  update_config --arg path "/$ID/a/b" '.linux.cgroupsPath = $path'
  in_container probe cgroup
  expect "/$ID/a/b"
  if [ "$V2" ]; then rmdir "/sys/fs/cgroup/$ID/a" "/sys/fs/cgroup/$ID"; else
    find /sys/fs/cgroup -depth -path "*/$ID*" -type d -exec rmdir {} + # parents are shared: they stay
  fi
}

@test "cgroups: the default path and a relative path contain the container's ID" {
  update_config --arg path "$ID-relative" '.linux.cgroupsPath = $path'
  in_container probe cgroup
  expect "$ID-relative"
  update_config 'del(.linux.cgroupsPath)'
  in_container probe cgroup
  expect "$ID"
}

@test "cgroups: a path with .. does not leave the hierarchy" {
  only_tare "runc 1.1 cleans it"
  update_config --arg path "/../../$ID" '.linux.cgroupsPath = $path'
  in_container probe cgroup
  refute ".."
}

@test "cgroups: existing parents are kept" {
  needs pids
  local parent
  parent=$(directory pids)
  mkdir "$parent"
  update_config --arg path "/$ID/child" '.linux.cgroupsPath = $path'
  in_container true
  [ -d "$parent" ]
  find /sys/fs/cgroup -depth -path "*/$ID*" -type d -exec rmdir {} +
}

@test "cgroups: an occupied cgroup is refused" {
  only_tare "runc 1.1 warns"
  needs pids
  mkdir "$(directory pids)"
  sleep 1000 3>&- &
  local pid=$!
  echo $pid >"$(directory pids)/cgroup.procs"
  run ! runtime run --bundle "$BUNDLE" "$ID"
  expect "$ID"
  kill -KILL $pid
  wait $pid || true
  rmdir "$(directory pids)"
}

@test "cgroups: a frozen cgroup, and one below a frozen one, are refused at once" {
  only_tare "runc differs: docs/compatibility.md"
  needs freezer
  local parent path
  parent=$(directory freezer)
  mkdir "$parent"
  if [ "$V2" ]; then echo 1 >"$parent/cgroup.freeze"; else echo FROZEN >"$parent/freezer.state"; fi
  for path in "/$ID" "/$ID/child"; do
    update_config --arg path "$path" '.linux.cgroupsPath = $path'
    refuses "container's cgroup unexpectedly frozen" "/$ID"
    run ! runtime create --bundle "$BUNDLE" "$ID" # as it was found
    expect "container's cgroup unexpectedly frozen"
  done
  [ -z "$(find "$parent" -mindepth 1 -type d)" ]
  find /sys/fs/cgroup -depth -path "*/$ID*" -type d -exec rmdir {} +
}

@test "cgroups: sub-cgroups that the container made are removed with it" {
  needs pids
  add_mount /sys/fs/cgroup cgroup cgroup rw
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  [ ! "$V2" ] || skip "of cgroup v1 alone"
  in_container sh -c 'mkdir -p /sys/fs/cgroup/pids/a/b; ls /sys/fs/cgroup/pids'
  expect_line a
}

@test "cgroups: a cgroup namespace hides the path" {
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  in_container cat /proc/1/cgroup
  refute "$ID"
}

@test "update: each flag changes its limit" {
  needs memory
  needs pids
  resources '{memory: {limit: 33554432}, pids: {limit: 20}}'
  start sleep 1000
  runtime update --memory 67108864 --pids-limit 30 --cpu-share 200 --cpu-quota 30000 --cpu-period 90000 "$ID"
  [ "$(value memory memory.limit_in_bytes memory.max)" = 67108864 ]
  [ "$(value pids pids.max pids.max)" = 30 ]
  [ "$V2" ] || [ "$(value cpu cpu.shares "")" = 200 ]
  [ "$V2" ] || [ "$(value cpu cpu.cfs_quota_us "")" = 30000 ]
  runtime update --pids-limit -1 "$ID"
  [ "$(value pids pids.max pids.max)" = max ]
  [ "$(value memory memory.limit_in_bytes memory.max)" = 67108864 ]
}

@test "update: reads a document from a file and from standard input" {
  needs memory
  needs pids
  start sleep 1000
  echo '{"memory": {"limit": 33554432}}' >"$BATS_TEST_TMPDIR/resources"
  runtime update --resources "$BATS_TEST_TMPDIR/resources" "$ID"
  [ "$(value memory memory.limit_in_bytes memory.max)" = 33554432 ]
  runtime update --resources - "$ID" <<<'{"pids": {"limit": 44}, "cpu": {"shares": 300}}'
  [ "$(value pids pids.max pids.max)" = 44 ]
  [ "$V2" ] || [ "$(value cpu cpu.shares "")" = 300 ]
  [ "$(value memory memory.limit_in_bytes memory.max)" = 33554432 ]
}

# As in runc's own tests.
@test "update: accepts member names of the document in another case" {
  needs cpuset
  needs pids
  resources '{CPU: {Cpus: "0-1"}}'
  start sleep 1000
  [ "$(value cpuset cpuset.cpus cpuset.cpus)" = 0-1 ]
  run -0 runtime update -r - "$ID" <<<'{"CPU": {"Cpus": "0"}, "Pids": {"LIMIT": 9}}'
  [ "$(value cpuset cpuset.cpus cpuset.cpus)" = 0 ]
  [ "$(value pids pids.max pids.max)" = 9 ]
  only_tare "runc says nothing of it"
  expect '/CPU/Cpus: read as \"cpus\"' '/Pids/LIMIT: read as \"limit\"'
}

@test "update: grows and shrinks memory and swap in the order that the kernel requires" {
  needs memory
  resources '{memory: {limit: 33554432, swap: 33554432}}'
  start sleep 1000
  runtime update --memory 134217728 --memory-swap 134217728 "$ID"
  [ "$(value memory memory.limit_in_bytes memory.max)" = 134217728 ]
  runtime update --memory 16777216 --memory-swap 16777216 "$ID"
  [ "$(value memory memory.limit_in_bytes memory.max)" = 16777216 ]
}

@test "update: does not interrupt access to devices" {
  start sleep 1000
  runtime update --resources - "$ID" <<<'{"cpu": {"shares": 300}}'
  run -0 runtime exec "$ID" sh -c 'echo x >/dev/null'
  # Rules cannot deny the devices that every container has.
  runtime update --resources - "$ID" <<<'{"devices": [{"allow": false, "type": "c", "major": 1, "minor": 3, "access": "rwm"}]}'
  run -0 runtime exec "$ID" sh -c 'echo x >/dev/null'
}

# Writes to /dev/null all the time; the shell's error about a refused write is in $OUT.
@test "update: devices that are allowed before and after are never denied in between" {
  only_tare "runc update leaves devices alone"
  local only='{"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw"}]}'
  local all='{"devices": [{"allow": true, "access": "rwm"}]}'
  start sh -c 'while [ ! -e /over ]; do echo >/dev/null; done; echo over'
  for _ in {1..10}; do
    runtime update --resources - "$ID" <<<"$only"
    runtime update --resources - "$ID" <<<'{"devices": [{"allow": false, "access": "rwm"}]}'
    runtime update --resources - "$ID" <<<"$all"
  done
  runtime update --resources - "$ID" <<<"$only"
  [ "$V2" ] || run -0 grep -x "c 10:229 rw" "$(directory devices)/devices.list"
  runtime update --resources - "$ID" <<<'{"devices": [{"allow": false, "access": "rwm"}]}'
  [ "$V2" ] || run ! grep "10:229" "$(directory devices)/devices.list"
  status_is running
  touch "$ROOTFS/over"
  wait_for says "$OUT" over
  [ "$(cat "$OUT")" = over ] || { head "$OUT" && return 1; }
}

@test "update: devices of a paused container, which stays paused" {
  start sleep 1000
  runtime update --resources - "$ID" <<<'{"devices": [{"allow": true, "access": "rwm"}]}'
  runtime pause "$ID"
  runtime update --resources - "$ID" <<<'{"devices": [{"allow": false, "access": "rwm"}]}'
  status_is paused
  runtime resume "$ID"
  run -0 runtime exec "$ID" sh -c 'echo x >/dev/null'
}

@test "update: a malformed document, and an unknown or stopped container, are errors" {
  start sleep 1000
  run ! runtime update --resources - "$ID" <<<'{"pids": {"limit": "many"}}'
  run ! runtime update --resources - "$ID" <<<'{"pids'
  run ! runtime update --memory lots "$ID"
  run ! runtime update --pids-limit 5 "$ID-other"
  expect "does not exist"
  runtime kill "$ID" KILL
  wait_for status_is stopped
  run ! runtime update --pids-limit 5 "$ID"
}

@test "delete --force: works if init is in a frozen sub-cgroup of the container" {
  only_tare "runc 1.1 waits for ever"
  needs freezer
  local own
  start sleep 1000
  own=$(directory freezer)/own
  mkdir "$own"
  init_pid >"$own/cgroup.procs"
  if [ "$V2" ]; then echo 1 >"$own/cgroup.freeze"; else echo FROZEN >"$own/freezer.state"; fi
  run -0 timeout --signal KILL 30 "$RUNTIME" --root "$ROOT" delete --force "$ID"
  [ ! -e "$own" ]
}

@test "pause: freezes all processes" {
  start sh -c 'sleep 1000 & wait'
  runtime pause "$ID"
  if [ "$V2" ]; then [ "$(value "" "" cgroup.freeze)" = 1 ]; else [ "$(value freezer freezer.state "")" = FROZEN ]; fi
  runtime resume "$ID"
  if [ "$V2" ]; then [ "$(value "" "" cgroup.freeze)" = 0 ]; else [ "$(value freezer freezer.state "")" = THAWED ]; fi
}

# bats test_tags=v2
@test "--cgroup-manager=disabled: the container stays in the caller's cgroup, and has no limits" {
  only_tare "runc has no such flag"
  start_disabled() { runtime --cgroup-manager disabled run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-; }
  set_args sleep 1000
  start_disabled || { cat "$OUT" && return 1; }
  [ -z "$(find /sys/fs/cgroup -maxdepth 3 -name "*$ID*")" ]
  [ "$(cat "/proc/$(init_pid)/cgroup")" = "$(cat /proc/self/cgroup)" ]
  run -0 runtime exec "$ID" cat /proc/self/cgroup
  [ -n "$output" ]
  run ! runtime pause "$ID"
  expect "the container has no cgroup" "--cgroup-manager=disabled"
  run ! runtime update --pids-limit 10 "$ID"
  expect "the container has no cgroup"
  runtime kill "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"
  update_config '.linux.resources.pids.limit = 10'
  run ! start_disabled
  says "$OUT" "the container has no cgroup"
  [ -z "$(leftovers)" ]
}

# bats test_tags=v2
@test "--cgroup-manager=disabled: no cgroup is visible in a mount of type cgroup" {
  only_tare "runc has no such flag"
  add_mount /sys/fs/cgroup cgroup cgroup ro
  set_args ls /sys/fs/cgroup
  run -0 runtime --cgroup-manager disabled run --bundle "$BUNDLE" "$ID"
  [ -z "$output" ]
}

@test "--cgroup-manager: an unknown word, and one that contradicts --systemd-cgroup, are errors" {
  only_tare "runc has no such flag"
  run ! runtime --cgroup-manager nonesuch list
  expect "invalid --cgroup-manager value" nonesuch "cgroupfs, systemd or disabled"
  run ! runtime --systemd-cgroup --cgroup-manager=cgroupfs list
  expect "--systemd-cgroup contradicts --cgroup-manager=cgroupfs"
  run -0 runtime --cgroup-manager systemd --systemd-cgroup list
  run -0 runtime --cgroup-manager cgroupfs list
}
