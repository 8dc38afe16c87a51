#!/usr/bin/env bats
# bats file_tags=v2
# linux.resources on cgroup v2: each property as the kernel shows it outside and inside of the container, after create and
# after update; and what v2 does not have.
load helper

setup() {
  on_v2 || skip "needs cgroup v2 alone (tests/vm)"
  prepare
}

# Two of the tests add these to the host.
teardown_file() {
  [ ! -e "$BATS_FILE_TMPDIR/loop" ] || losetup --detach "$(cat "$BATS_FILE_TMPDIR/loop")"
  if [ -e /sys/class/net/taretest ]; then
    rdma link del rxe-tare || true
    ip link del taretest
  fi
}

# The container sees its own cgroup at /sys/fs/cgroup, read-only.
with_view() {
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  add_mount /sys/fs/cgroup cgroup cgroup ro
}

resources() { update_config ".linux.resources += $1"; } # JSON

# A file of the cgroup has the value, outside and inside.
holds() { # FILE VALUE
  local outside inside
  outside=$(sed 's/ $//' "/sys/fs/cgroup/$ID/$1") # rdma.max ends its lines with a space
  inside=$(runtime exec "$ID" cat "/sys/fs/cgroup/$1" | sed 's/ $//')
  [ "$outside" = "$2" ] || { echo "$1 holds: $outside; expected: $2" && return 1; }
  [ "$inside" = "$2" ] || { echo "$1 inside: $inside; expected: $2" && return 1; }
}

update() { runtime update --resources - "$ID" <<<"$1"; } # JSON

# Create with the resources, and an update to them, are errors that contain each TEXT.
cannot_take() { # JSON TEXT...
  local json=$1
  shift
  resources "$json"
  refuses "$@"
  update_config 'del(.linux.resources | .memory, .cpu, .blockIO, .hugepageLimits, .network, .rdma, .unified)'
  start sleep 1000
  run ! runtime update --resources - "$ID" <<<"$(jq -n "$json")"
  expect "$@"
  runtime delete --force "$ID"
}

a_disk() { # prints MAJOR:MINOR
  lsblk -dno MAJ:MIN | grep -vE '^ *(7|253|1):' | head -n 1 | tr -d ' ' | grep . || skip "no block device here"
}

@test "v2: memory: limit, reservation and swap are set" {
  with_view
  resources '{memory: {limit: 67108864, reservation: 33554432, swap: 100663296}}'
  start sleep 1000
  holds memory.max 67108864
  holds memory.low 33554432
  holds memory.swap.max 33554432
  update '{"memory": {"limit": 134217728, "reservation": -1, "swap": 134217728}}'
  holds memory.max 134217728
  holds memory.low max
  holds memory.swap.max 0
  update '{"memory": {"limit": 33554432, "swap": -1}}'
  holds memory.max 33554432
  holds memory.swap.max max
}

@test "v2: memory: lifting the memory limit also lifts that of swap" {
  with_view
  resources '{memory: {limit: 67108864, swap: 67108864}}'
  start sleep 1000
  holds memory.swap.max 0
  runtime update --memory -1 "$ID"
  holds memory.max max
  holds memory.swap.max max
}

@test "v2: memory: 0 sets no limit and keeps an existing one" {
  with_view
  resources '{memory: {limit: 0, reservation: 0, swap: 0}}'
  start sleep 1000
  holds memory.max max
  holds memory.low 0
  update '{"memory": {"limit": 67108864}}'
  update '{"memory": {"limit": 0, "reservation": 1048576}}'
  holds memory.max 67108864
  holds memory.low 1048576
}

@test "v2: memory: checkBeforeUpdate refuses a limit below the usage" {
  only_tare "runc 1.1 has no such property"
  start sh -c 'busybox head -c 16777216 /dev/zero >/dev/shm/x && echo held; exec sleep 1000'
  wait_for says "$OUT" held
  run ! runtime update --resources - "$ID" <<<'{"memory": {"limit": 4194304, "checkBeforeUpdate": true}}'
  expect memory.checkBeforeUpdate "rejecting memory limit 4194304"
  run ! runtime update --resources - "$ID" <<<'{"memory": {"limit": 4194304, "swap": 8388608, "checkBeforeUpdate": true}}'
  expect "rejecting memory+swap limit 8388608"
  [ "$(cat "/sys/fs/cgroup/$ID/memory.max")" = max ]
  update '{"memory": {"limit": 268435456, "checkBeforeUpdate": true}}'
  [ "$(cat "/sys/fs/cgroup/$ID/memory.max")" = 268435456 ]
}

@test "v2: memory: limits that v2 does not have are errors" {
  only_tare "runc 1.1 ignores them"
  cannot_take '{memory: {swappiness: 10}}' memory.swappiness
  cannot_take '{memory: {limit: 67108864, disableOOMKiller: true}}' memory.disableOOMKiller
  cannot_take '{memory: {kernel: 1048576}}' memory.kernel
  cannot_take '{memory: {kernelTCP: 1048576}}' memory.kernelTCP
  cannot_take '{memory: {swap: 1048576}}' memory.swap
}

@test "v2: cpu: shares, quota and period are set" {
  with_view
  resources '{cpu: {shares: 1024, quota: 20000, period: 50000}}'
  start sleep 1000
  holds cpu.weight 100
  holds cpu.max "20000 50000"
  update '{"cpu": {"quota": 40000}}'
  holds cpu.max "40000 50000"
  update '{"cpu": {"period": 100000}}'
  holds cpu.max "40000 100000"
  update '{"cpu": {"quota": -1}}'
  holds cpu.max "max 100000"
  update '{"cpu": {"shares": 2}}'
  holds cpu.weight 1
  update '{"cpu": {"shares": 262144}}'
  holds cpu.weight 10000
}

@test "v2: cpu: burst is written in the order that the kernel requires" {
  with_view
  resources '{cpu: {quota: 20000, period: 50000, burst: 10000}}'
  start sleep 1000
  holds cpu.max.burst 10000
  update '{"cpu": {"quota": 40000, "burst": 40000}}' # more than the old quota
  holds cpu.max.burst 40000
  update '{"cpu": {"quota": 10000, "burst": 5000}}' # less than the old burst
  holds cpu.max.burst 5000
  holds cpu.max "10000 50000"
  update '{"cpu": {"burst": 0}}'
  holds cpu.max.burst 0
}

@test "v2: cpu: idle is set" {
  only_tare "runc 1.3 sets the weight, too, and fails"
  with_view
  resources '{cpu: {idle: 1, shares: 512}}' # the weight of an idle group is not to be set
  start sleep 1000
  holds cpu.idle 1
  run -0 runtime update --cpu-share 200 --cpu-idle 1 "$ID"
  expect "unable to apply both"
  update '{"cpu": {"idle": 0, "shares": 1024}}'
  holds cpu.idle 0
  holds cpu.weight 100
}

@test "v2: cpu: cpus and mems are set" {
  with_view
  resources '{cpu: {cpus: "0", mems: "0"}}'
  start sleep 1000
  holds cpuset.cpus 0
  holds cpuset.cpus.effective 0
  holds cpuset.mems 0
  [ "$(nproc)" -gt 1 ] || skip "one CPU only"
  update '{"cpu": {"cpus": "0-1"}}'
  holds cpuset.cpus.effective 0-1
}

@test "v2: cpu: limits that v2 does not have, and invalid ones, are errors" {
  only_tare "runc 1.1 ignores the first"
  cannot_take '{cpu: {realtimeRuntime: 10000}}' cpu.realtimeRuntime
  cannot_take '{cpu: {realtimePeriod: 1000000}}' cpu.realtimePeriod
  cannot_take '{cpu: {shares: 1}}' cpu.shares
  cannot_take '{cpu: {shares: 262145}}' cpu.shares
  cannot_take '{cpu: {cpus: "777"}}' cpuset.cpus
  cannot_take '{cpu: {quota: 100}}' cpu.max
}

# A loop device, whose scheduler can be changed.
a_loop() { # SCHEDULER; prints MAJOR:MINOR
  local loop number
  if [ ! -e "$BATS_FILE_TMPDIR/loop" ]; then
    truncate --size 1M "$BATS_FILE_TMPDIR/disk"
    losetup --find --show "$BATS_FILE_TMPDIR/disk" >"$BATS_FILE_TMPDIR/loop"
  fi
  loop=$(cat "$BATS_FILE_TMPDIR/loop")
  number=$(lsblk -dno MAJ:MIN "$loop" | tr -d ' ')
  echo "$1" >"/sys/dev/block/$number/queue/scheduler"
  echo "$number"
}

@test "v2: io: the weight of BFQ is set" {
  modprobe -q bfq && modprobe -q loop || skip "no BFQ here"
  with_view
  local disk
  disk=$(a_loop bfq)
  resources "{blockIO: {weight: 300, weightDevice: [{major: 7, minor: ${disk#*:}, weight: 200}]}}"
  start sleep 1000
  holds io.bfq.weight "default 300
$disk 200"
  update "{\"blockIO\": {\"weightDevice\": [{\"major\": 7, \"minor\": ${disk#*:}, \"weight\": 400}]}}"
  holds io.bfq.weight "default 300
$disk 400"
  runtime update --blkio-weight 500 "$ID"
  holds io.bfq.weight "default 500
$disk 400"
}

@test "v2: io: a weight for a disk without BFQ is an error" {
  only_tare "its words"
  modprobe -q bfq && modprobe -q loop || skip "no BFQ here"
  local disk
  disk=$(a_loop none)
  resources "{blockIO: {weightDevice: [{major: 7, minor: ${disk#*:}, weight: 400}]}}"
  refuses io.bfq.weight "$disk" "queue/scheduler"
}

@test "v2: io: throttles are set" {
  with_view
  local disk device
  disk=$(a_disk)
  device="major: ${disk%:*}, minor: ${disk#*:}"
  resources "{blockIO: {
    throttleReadBpsDevice: [{$device, rate: 1048576}], throttleWriteBpsDevice: [{$device, rate: 2097152}],
    throttleReadIOPSDevice: [{$device, rate: 300}], throttleWriteIOPSDevice: [{$device, rate: 400}]}}"
  start sleep 1000
  holds io.max "$disk rbps=1048576 wbps=2097152 riops=300 wiops=400"
  only_tare "runc 1.3 cannot lift one"
  update "$(jq -n "{blockIO: {throttleReadBpsDevice: [{$device, rate: 0}],
    throttleWriteIOPSDevice: [{$device, rate: 7}]}}")"
  holds io.max "$disk rbps=max wbps=2097152 riops=300 wiops=7"
}

@test "v2: io: limits that v2 does not have, and a missing disk, are errors" {
  only_tare "runc 1.1 ignores the first"
  cannot_take '{blockIO: {leafWeight: 300}}' blockIO.leafWeight
  cannot_take '{blockIO: {weightDevice: [{major: 8, minor: 0, leafWeight: 300}]}}' blockIO.weightDevice leafWeight
  cannot_take '{blockIO: {throttleReadBpsDevice: [{major: 99, minor: 98, rate: 5000}]}}' io.max
}

@test "v2: huge pages: limits of usage and of reservations are set" {
  [ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "no huge pages of 2 MB here"
  with_view
  resources '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
  start sleep 1000
  holds hugetlb.2MB.max 4194304
  holds hugetlb.2MB.rsvd.max 4194304
  only_tare "runc 1.3 does not update them"
  update '{"hugepageLimits": [{"pageSize": "2MB", "limit": 0}]}'
  holds hugetlb.2MB.max 0
  holds hugetlb.2MB.rsvd.max 0
}

@test "v2: huge pages: an invalid size, or one that the machine does not have, is an error" {
  only_tare "its words"
  cannot_take '{hugepageLimits: [{pageSize: "3MB", limit: 0}]}' 3MB
  cannot_take '{hugepageLimits: [{pageSize: "2MB/../../x", limit: 0}]}' hugepageLimits
}

@test "v2: pids: a limit is set, enforced and lifted" {
  with_view
  resources '{pids: {limit: 20}}'
  start sleep 1000
  holds pids.max 20
  update '{"pids": {"limit": -1}}'
  holds pids.max max
  runtime delete --force "$ID"
  only_tare "before runc 1.4 it is no limit"
  resources '{pids: {limit: 0}}' # the spec names no meaning; runc makes it 1
  in_container cat /sys/fs/cgroup/pids.max
  [ "$output" = 1 ]
}

@test "v2: rdma: limits are set" {
  resources '{rdma: {nonesuch0: {hcaHandles: 3, hcaObjects: 100}}}'
  refuses rdma.max
  modprobe -q rdma_rxe && command -v rdma >/dev/null || skip "no software RDMA device here"
  ip link add taretest type dummy
  rdma link add rxe-tare type rxe netdev taretest || skip "no software RDMA device here"
  with_view
  update_config '.linux.resources.rdma = {"rxe-tare": {hcaHandles: 3, hcaObjects: 100}}'
  start sleep 1000
  holds rdma.max "rxe-tare hca_handle=3 hca_object=100"
  only_tare "runc 1.3 does not update it"
  update '{"rdma": {"rxe-tare": {"hcaObjects": 50}}}'
  holds rdma.max "rxe-tare hca_handle=3 hca_object=50"
  rdma link del rxe-tare # while the cgroup is there: Linux 6.12 follows a freed one otherwise (free_cg_rpool_locked)
}

@test "v2: unified: writes the files that it names" {
  with_view
  resources '{memory: {limit: 67108864}, unified: {"memory.high": "50331648", "memory.max": "100663296",
    "cgroup.max.depth": "3", "memory.oom.group": "1"}}'
  start sleep 1000
  holds memory.high 50331648
  holds memory.max 100663296 # unified has the last word
  holds cgroup.max.depth 3
  holds memory.oom.group 1
  update '{"unified": {"memory.high": "max"}}'
  holds memory.high max
}

# The kernel accepts one line for each write.
@test "v2: unified: values of several lines" {
  with_view
  local disk
  disk=$(a_disk)
  update_config --arg disk "$disk" '.linux.resources.unified = {
    "io.max": "\($disk) rbps=1048576\n\($disk) wiops=77\n", "memory.high": "50331648\n"}'
  start sleep 1000
  holds io.max "$disk rbps=1048576 wbps=max riops=max wiops=77"
  holds memory.high 50331648
  only_tare "runc 1.3 writes empty lines, too"
  update "$(jq -n --arg disk "$disk" '{unified: {"io.max": "\n\($disk) rbps=max\n\n\($disk) wbps=2097152"}}')"
  holds io.max "$disk rbps=max wbps=2097152 riops=max wiops=77"
  run ! update "$(jq -n --arg disk "$disk" '{unified: {"io.max": "\($disk) wbps=4096\n\($disk) nonesuch=1"}}')"
  expect io.max nonesuch
}

@test "v2: unified: invalid file names and refused values are errors" {
  cannot_take '{unified: {"../cgroup.procs": "1"}}' unified
  cannot_take '{unified: {"/etc/passwd": "1"}}' unified
  cannot_take '{unified: {"": "1"}}' unified
  cannot_take '{unified: {"..": "1"}}' unified
  cannot_take '{unified: {"memory.nonesuch": "1"}}' memory.nonesuch
  cannot_take '{unified: {"nonesuch.max": "1"}}' nonesuch
  cannot_take '{unified: {"memory.high": "lots"}}' memory.high
}

@test "v2: network classes and priorities, which only v1 has, are errors" {
  only_tare "runc 1.1 ignores them"
  cannot_take '{network: {classID: 1048577}}' network.classID
  cannot_take '{network: {priorities: [{name: "lo", priority: 5}]}}' network.priorities
}

@test "v2: update: each flag changes its limit" {
  with_view
  resources '{memory: {limit: 67108864}}'
  start sleep 1000
  runtime update --cpu-period 50000 --cpu-quota 25000 --cpu-burst 5000 --cpu-share 512 "$ID"
  holds cpu.max "25000 50000"
  holds cpu.max.burst 5000
  holds cpu.weight 59
  runtime update --cpuset-cpus 0 --cpuset-mems 0 --pids-limit 44 "$ID"
  holds cpuset.cpus 0
  holds cpuset.mems 0
  holds pids.max 44
  runtime update --memory 64m --memory-swap 96m --memory-reservation 32m "$ID"
  holds memory.max 67108864
  holds memory.swap.max 33554432
  holds memory.low 33554432
  only_tare "runc 1.3 forgets the period, and ignores what v2 has not"
  runtime update --cpu-quota -1 --pids-limit -1 "$ID"
  holds cpu.max "max 50000"
  holds pids.max max
  runtime update --cpu-idle 1 "$ID"
  holds cpu.idle 1
  run ! runtime update --cpu-rt-runtime 5000 "$ID"
  expect cpu.realtimeRuntime
  run ! runtime update --cpu-rt-period 50000 "$ID"
  expect cpu.realtimePeriod
}

@test "v2: update: works for a created and a paused container" {
  create
  runtime update --pids-limit 33 "$ID"
  [ "$(cat "/sys/fs/cgroup/$ID/pids.max")" = 33 ]
  runtime delete --force "$ID"
  start sleep 1000
  runtime pause "$ID"
  runtime update --memory 64m "$ID"
  [ "$(cat "/sys/fs/cgroup/$ID/memory.max")" = 67108864 ]
  status_is paused
}
