#!/usr/bin/env bats
# bats file_tags=v2
# The systemd driver: scopes as systemd shows them, limits that survive a reload, names in use, a missing systemd.
# As root, and as a user with their own systemd.
# shellcheck disable=SC2016,SC2153 # the variables are jq's; BUNDLE is the helper's
load helper

setup() {
  [ -d /run/systemd/system ] || skip "systemd does not run here"
  prepare
}

# Each test has its own slice for its scope.
slice() { echo "taretest$$.slice"; }
unit() { echo "p-$ID.scope"; }
directory() { echo "/sys/fs/cgroup/$(slice)/$(unit)"; }

use_systemd() {
  runtime() { timeout --foreground --signal KILL 60 "$RUNTIME" --root "$ROOT" --systemd-cgroup "$@"; }
  update_config --arg path "$(slice):p:$ID" '.linux.cgroupsPath = $path'
}

resources() { update_config ".linux.resources += $1"; }           # JSON
annotate() { update_config --arg k "$1" --arg v "$2" '.annotations[$k] = $v'; } # NAME VALUE
property() { systemctl show --value --property "$1" "$(unit)"; }  # NAME

# Makes systemd rewrite the files of a scope: after a reload it does so when the next unit of the slice starts.
reload() {
  systemctl daemon-reload
  systemd-run --quiet --scope --slice "$(slice)" true
}

# The runtime does not remove slices.
teardown_file() {
  systemctl stop "taretest*.slice" 2>/dev/null || true
}

@test "--cgroup-manager=systemd: the same as --systemd-cgroup" {
  only_tare "runc has no such flag"
  use_systemd
  runtime() { timeout --foreground --signal KILL 60 "$RUNTIME" --root "$ROOT" --cgroup-manager=systemd "$@"; }
  start sleep 1000
  [ "$(property ActiveState)" = active ]
  runtime delete --force "$ID"
}

@test "systemd: a container is a scope in its slice" {
  use_systemd
  start sleep 1000
  [ "$(property ActiveState)" = active ]
  [ "$(property Slice)" = "$(slice)" ]
  [ "$(property Delegate)" = yes ]
  [ "$(cat "$(directory)/cgroup.procs")" = "$(init_pid)" ]
}

@test "systemd: slice, prefix and name have defaults" {
  use_systemd
  update_config 'del(.linux.cgroupsPath)'
  start sleep 1000
  [[ $(cat "/proc/$(init_pid)/cgroup") == "0::/system.slice/"*"-$ID.scope" ]]
  runtime delete --force "$ID"
  update_config --arg name "$ID" '.linux.cgroupsPath = "::" + $name'
  start sleep 1000
  [ "$(cat "/proc/$(init_pid)/cgroup")" = "0::/system.slice/-$ID.scope" ]
}

@test "systemd: without a record, delete --force finds the scope by its mark" {
  only_tare "others leave it"
  use_systemd
  start sleep 1000
  local init
  init=$(init_pid)
  rm -r "${ROOT:?}/$ID"
  run -0 runtime delete --force "$ID"
  expect "is gone" "$(directory)" "$init"
  [ ! -e "/proc/$init/exe" ]
  [ "$(property LoadState)" = not-found ]
}

@test "systemd: exec works after init has left its scope and it is gone" {
  only_tare "runc looks for the scope alone"
  use_systemd
  start sleep 1000
  local elsewhere=/sys/fs/cgroup/$ID-elsewhere
  mkdir "$elsewhere"
  init_pid >"$elsewhere/cgroup.procs"
  wait_for eval '[ ! -e "$(directory)" ]' # systemd removes it
  run -0 runtime exec "$ID" cat /proc/self/cgroup
  [ "$output" = "0::/$ID-elsewhere" ]
  runtime kill "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"
  wait_for rmdir "$elsewhere"
}

@test "systemd: a slice may be in another slice" {
  use_systemd
  update_config --arg path "taretest$$-a-b.slice:p:$ID" '.linux.cgroupsPath = $path'
  start sleep 1000
  [ "$(cat "/proc/$(init_pid)/cgroup")" = "0::/taretest$$.slice/taretest$$-a.slice/taretest$$-a-b.slice/p-$ID.scope" ]
}

@test "systemd: a cgroupsPath that is not slice:prefix:name is an error" {
  use_systemd
  update_config --arg path "/$ID" '.linux.cgroupsPath = $path'
  refuses "expected cgroupspath to be of format"
  update_config --arg path "no-slice:p:$ID" '.linux.cgroupsPath = $path'
  refuses "slice"
}

@test "systemd: limits are set as properties and in files" {
  use_systemd
  resources '{memory: {limit: 33554432, reservation: 16777216, swap: 50331648}, cpu: {shares: 512, quota: 50000, period: 200000, cpus: "0"},
    pids: {limit: 77}, unified: {"memory.high": "30000000\n"}}'
  start sleep 1000
  [ "$(property MemoryMax)" = 33554432 ]
  [ "$(property MemoryLow)" = 16777216 ]
  [ "$(property MemorySwapMax)" = 16777216 ]
  [ "$(property MemoryHigh)" = 30000000 ]
  [ "$(property TasksMax)" = 77 ]
  [ "$(property CPUQuotaPerSecUSec)" = 250ms ]
  [ "$(property AllowedCPUs)" = 0 ]
  [ "$(property CPUWeight)" = "$(cat "$(directory)/cpu.weight")" ]
  [ "$(cat "$(directory)/memory.max")" = 33554432 ]
  [ "$(cat "$(directory)/cpu.max")" = "50000 200000" ]
  [ "$(cat "$(directory)/cpuset.cpus")" = 0 ]
  [ "$(cat "$(directory)/pids.max")" = 77 ]
}

@test "systemd: limits without a systemd property are written to files" {
  use_systemd
  resources '{hugepageLimits: [{pageSize: "2MB", limit: 4194304}]}'
  [ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "no pages of 2 MB here"
  start sleep 1000
  [ "$(cat "$(directory)/hugetlb.2MB.max")" = 4194304 ]
}

@test "systemd: cpu.idle is set" {
  use_systemd
  resources '{cpu: {idle: 1}}'
  start sleep 1000
  [ "$(cat "$(directory)/cpu.idle")" = 1 ]
  reload
  [ "$(cat "$(directory)/cpu.idle")" = 1 ]
}

# The files must already have the values that systemd writes later.
@test "systemd: limits and updates survive a reload and a change of another property" {
  local files=(memory.max memory.swap.max memory.low memory.oom.group cpu.max cpu.weight pids.max io.weight io.bfq.weight) before
  use_systemd
  modprobe -q bfq || true # then systemd writes io.bfq.weight, by its own scale
  resources '{memory: {limit: 33554432, reservation: 16777216}, cpu: {shares: 512, quota: 55000, period: 100000},
    blockIO: {weight: 500}, unified: {"memory.oom.group": "1"}}'
  start sleep 1000
  runtime update --memory 50331648 --memory-swap 67108864 --cpu-quota 67000 --pids-limit 55 "$ID"
  [ "$(cat "$(directory)/memory.max")" = 50331648 ]
  [ "$(cat "$(directory)/pids.max")" = 55 ]
  cd "$(directory)"
  before=$(grep -s . "${files[@]}") || true
  [ ! -e io.bfq.weight ] || grep -qx "default 500" io.bfq.weight
  reload
  diff <(echo "$before") <(grep -s . "${files[@]}" || true)
  systemctl set-property --runtime "$(unit)" CPUWeight=59 MemoryLow=16777216 IOAccounting=yes
  is_active
  diff <(echo "$before") <(grep -s . "${files[@]}" || true)
}

update() { runtime update --resources - "$ID" <<<"$1"; } # JSON
holds() { [ "$(cat "$(directory)/$1")" = "$2" ] || { echo "$1: $(cat "$(directory)/$1")" && return 1; }; } # FILE VALUE

# An update takes effect at once, and still after systemd has written the files (which is faster than a reload).
stays() { # JSON FILE VALUE
  update "$1"
  holds "$2" "$3"
  systemd_writes
  holds "$2" "$3"
}
# It answers before it writes, but writes before it answers again.
systemd_writes() {
  systemctl set-property --runtime "$(unit)" CPUAccounting=yes MemoryAccounting=yes
  is_active
}
is_active() { [ "$(property ActiveState)" = active ]; }

@test "systemd: an update of quota or period alone sets both in the unit" {
  use_systemd
  resources '{cpu: {quota: 500000, period: 1000000}, memory: {limit: 33554432, swap: 50331648}}'
  start sleep 1000
  stays '{"cpu": {"quota": 600000}}' cpu.max "600000 1000000"
  stays '{"cpu": {"period": 500000}}' cpu.max "600000 500000"
  stays '{"unified": {"cpu.max": "450000"}}' cpu.max "450000 500000"
  stays '{"cpu": {"period": 750000, "burst": 440000}}' cpu.max "450000 750000"
  holds cpu.max.burst 440000
  update '{"cpu": {"idle": 1}}'
  holds cpu.max "450000 750000"
  stays '{"cpu": {"idle": 0}}' cpu.idle 0
  holds cpu.weight 100
  stays '{"memory": {"limit": 41943040}}' memory.swap.max 16777216
  reload
  holds cpu.max "450000 750000"
  stays '{"unified": {"cpu.weight.nice": "5"}}' cpu.weight 33
  update '{"unified": {"memory.oom.group": "1"}}'
  holds memory.oom.group 1
  update '{"cpu": {"quota": -1}}'
  systemd_writes
  holds cpu.max "max 100000" # systemd's period: the container's is in the unit alone now
  stays '{"unified": {"cpu.max": "600000"}}' cpu.max "600000 750000"
  [ ! -e "$(directory)/memory.zswap.writeback" ] || stays '{"unified": {"memory.zswap.writeback": "0"}}' memory.zswap.writeback 0
}

@test "systemd: the quota of the unit is in whole percents of a CPU" {
  use_systemd
  resources '{cpu: {quota: 500000, period: 1000000}}'
  start sleep 1000
  [ "$(property CPUQuotaPerSecUSec)" = 500ms ]
  runtime update --cpu-period 900000 "$ID"
  holds cpu.max "500000 900000"
  [ "$(property CPUQuotaPerSecUSec)" = 560ms ]
  [ "$(property CPUQuotaPeriodUSec)" = 900ms ]
  runtime update --cpu-quota 600000 "$ID"
  holds cpu.max "600000 900000"
  [ "$(property CPUQuotaPerSecUSec)" = 670ms ]
  runtime update --cpu-quota -1 "$ID"
  [ "$(property CPUQuotaPerSecUSec)" = infinity ]
}

@test "systemd: cpu.idle and a weight exclude each other" {
  only_tare "runc 1.1 has no --cpu-idle"
  use_systemd
  start sleep 1000
  run -0 runtime update --cpu-share 200 --cpu-idle 1 "$ID"
  expect "unable to apply both"
  holds cpu.idle 1
  runtime update --cpu-share 200 "$ID"
  holds cpu.idle 0
  run -0 update '{"unified": {"cpu.idle": "1", "cpu.weight": "8"}}'
  expect "unable to apply both"
  holds cpu.idle 1
  update '{"unified": {"cpu.weight": "8"}}'
  holds cpu.idle 0
  holds cpu.weight 8
  runtime update --cpu-idle 1 "$ID"
  local value
  for value in -1 2 3; do
    run ! runtime update --cpu-idle "$value" "$ID"
    holds cpu.idle 1
  done
  reload
  holds cpu.idle 1
}

@test "systemd: files have the exact values even if systemd rounds" {
  use_systemd
  resources '{cpu: {quota: 33333, period: 100000}}'
  start sleep 1000
  holds cpu.max "33333 100000"
  update '{"cpu": {"shares": 512}}' # systemd writes all files of the cpu controller
  holds cpu.max "33333 100000"
  update '{"cpu": {"period": 50000}}'
  holds cpu.max "33333 50000"
}

@test "systemd: an update that is refused does not change the unit" {
  only_tare "runc tells systemd first"
  use_systemd
  resources '{cpu: {quota: 50000, period: 100000, burst: 40000}}'
  start sh -c 'probe allocate 16; sleep 1000'
  run ! update '{"cpu": {"quota": 10000}}' # less than the burst
  expect cpu.max
  [ "$(property CPUQuotaPerSecUSec)" = 500ms ]
  run ! update '{"memory": {"limit": 4096, "checkBeforeUpdate": true}}'
  expect "rejecting memory limit"
  run ! update '{"memory": {"limit": 4096, "swap": 8192, "checkBeforeUpdate": true}}'
  expect "rejecting memory+swap limit"
  [ "$(property MemoryMax)" = infinity ]
  run ! update '{"unified": {"cpu.weight": "0"}}' # which systemd would take for idle
  expect cpu.weight
  holds cpu.idle 0
}

@test "systemd: limits can be lifted" {
  use_systemd
  resources '{memory: {limit: 33554432, swap: 33554432}, pids: {limit: 9}, cpu: {quota: 50000}}'
  start sleep 1000
  runtime update --memory -1 --memory-swap -1 --pids-limit -1 --cpu-quota -1 "$ID"
  reload
  [ "$(cat "$(directory)/memory.max")" = max ]
  [ "$(cat "$(directory)/memory.swap.max")" = max ]
  [ "$(cat "$(directory)/pids.max")" = max ]
  [[ $(cat "$(directory)/cpu.max") == "max "* ]]
}

# Opens nodes that are created in the container's /dev: the filter decides, not the file system.
try_devices() { # WORD...
  runtime exec "$ID" sh -c 'for node; do (: <"$node") 2>/dev/null && echo "$node yes" || echo "$node no"; done' sh "$@"
}

@test "systemd: device rules survive a reload and an update" {
  use_systemd
  [ -e /dev/net/tun ] || modprobe tun || skip "no device 10:200 here"
  [ -e /dev/loop-control ] || modprobe loop || skip "no device 10:237 here"
  resources '{devices: [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 10, minor: 237, access: "rw"}]}'
  update_config '.linux.devices = [{path: "/dev/loop-control", type: "c", major: 10, minor: 237},
    {path: "/dev/tun", type: "c", major: 10, minor: 200}, {path: "/dev/port", type: "c", major: 1, minor: 4}]'
  start sleep 1000
  [ "$(property DevicePolicy)" = strict ]
  [[ $(property DeviceAllow) == *"/dev/char/10:237 rw"* ]]
  run -0 try_devices /dev/loop-control /dev/port /dev/null /dev/tun
  expect_line "/dev/loop-control yes" "/dev/port no" "/dev/null yes" "/dev/tun yes"
  reload
  run -0 try_devices /dev/loop-control /dev/port /dev/null /dev/tun
  expect_line "/dev/loop-control yes" "/dev/port no" "/dev/null yes" "/dev/tun yes"
  echo '{"devices": [{"allow": false, "access": "rwm"}]}' | runtime update --resources - "$ID"
  run -0 try_devices /dev/loop-control /dev/port /dev/null /dev/tun
  expect_line "/dev/loop-control no" "/dev/port no" "/dev/null yes" "/dev/tun yes"
  reload
  run -0 try_devices /dev/loop-control /dev/port /dev/null /dev/tun
  expect_line "/dev/loop-control no" "/dev/port no" "/dev/null yes" "/dev/tun yes"
}

@test "systemd: device rules that its properties cannot express are only set by tare" {
  use_systemd
  [ -e /dev/net/tun ] || modprobe tun || skip "no device 10:200 here"
  resources '{devices: [{allow: true, access: "rwm"}, {allow: false, type: "c", major: 10, minor: 200, access: "w"}]}'
  update_config '.linux.devices = [{path: "/dev/tun", type: "c", major: 10, minor: 200}]'
  start sleep 1000
  [ "$(property DevicePolicy)" = auto ]
  run -0 runtime exec "$ID" sh -c ": </dev/tun && ! (: >/dev/tun)"
  reload
  run -0 runtime exec "$ID" sh -c ": </dev/tun && ! (: >/dev/tun)"
}

@test "systemd: annotations set properties of the unit" {
  use_systemd
  annotate org.systemd.property.TimeoutStopSec 5
  annotate org.systemd.property.Description "'a container of the tests'"
  annotate org.systemd.property.After "['basic.target']"
  start sleep 1000
  [ "$(property TimeoutStopUSec)" = 5s ]
  [ "$(property Description)" = "a container of the tests" ]
  [[ $(property After) == *basic.target* ]]
}

@test "systemd: annotations outside of the list are not passed on" {
  only_tare "runc passes everything on"
  use_systemd
  annotate org.systemd.property.SuccessAction "'poweroff-force'"
  refuses "org.systemd.property.SuccessAction" "is not allowed"
}

@test "systemd: values that systemd refuses are errors" {
  use_systemd
  annotate org.systemd.property.CollectMode "'whenever'"
  refuses "CollectMode"
}

@test "systemd: exec, pause, kill and ps work" {
  use_systemd
  start sleep 1000
  run -0 runtime exec "$ID" cat /proc/self/cgroup
  runtime exec --detach "$ID" sleep 1000 </dev/null >/dev/null 2>&1 3>&-
  [ "$(wc -l <"$(directory)/cgroup.procs")" = 2 ]
  [ "$(runtime ps --format json "$ID" | jq length)" = 2 ]
  runtime pause "$ID"
  status_is paused
  runtime resume "$ID"
  runtime kill "$ID" KILL
  wait_for status_is stopped
}

@test "systemd: a scope name in use is an error" {
  use_systemd
  systemd-run --quiet --scope --unit "$(unit)" --slice "$(slice)" sleep 1000 3>&- &
  wait_for systemctl --quiet is-active "$(unit)"
  refuses "$(unit)"
  [ "$(property ActiveState)" = active ]
  systemctl stop "$(unit)"
}

@test "systemd: the scope of a container is an error for another one" {
  use_systemd
  start sleep 1000
  run ! runtime run --bundle "$BUNDLE" "$ID-other"
  expect "container's cgroup is not empty: 1 process(es) found"
  [ "$RUNTIME" != "$TREE/build/release/tare" ] || expect "$(directory): unit $(unit) already exists"
  status_is running
  [ "$(property ActiveState)" = active ]
}

@test "systemd: an occupied or frozen cgroup without a unit is refused and kept" {
  use_systemd
  mkdir -p "$(directory)"
  sleep 1000 3>&- &
  local pid=$!
  echo $pid >"$(directory)/cgroup.procs"
  refuses "container's cgroup is not empty: 1 process(es) found"
  refute "already exists"
  holds cgroup.procs $pid
  kill -KILL $pid
  wait $pid || true
  echo 1 >"$(directory)/cgroup.freeze"
  refuses "container's cgroup unexpectedly frozen"
  run ! runtime create --bundle "$BUNDLE" "$ID"
  expect "container's cgroup unexpectedly frozen"
  holds cgroup.freeze 1
  holds cgroup.procs ""
  [ "$(property LoadState)" = not-found ]
  rmdir "$(directory)"
}

@test "systemd: a frozen slice is refused" {
  only_tare "runc differs: docs/compatibility.md"
  use_systemd
  systemctl start "$(slice)"
  systemctl freeze "$(slice)"
  refuses "container's cgroup unexpectedly frozen"
  [ "$(property LoadState)" = not-found ]
  systemctl thaw "$(slice)"
}

@test "systemd: a failed scope of the same name is replaced" {
  use_systemd
  systemd-run --quiet --scope --unit "$(unit)" --slice "$(slice)" --property RuntimeMaxSec=1 sleep 1000 3>&- &
  wait_for systemctl --quiet is-failed "$(unit)"
  start sleep 1000
  [ "$(property ActiveState)" = active ]
}

@test "systemd: a failed scope is shown as failed until its container is deleted" {
  use_systemd
  annotate org.systemd.property.RuntimeMaxSec 1
  annotate org.systemd.property.TimeoutStopSec 1 # as process 1, sleep ignores SIGTERM
  start sleep 1000
  wait_for status_is stopped
  wait_for systemctl --quiet is-failed "$(unit)"
  runtime delete "$ID"
  [ "$(property LoadState)" = not-found ]
  [ ! -e "$(directory)" ]
}

@test "systemd: after delete the name of the scope can be used at once" {
  local round
  use_systemd
  for ((round = 0; round < 5; ++round)); do
    start sleep 1000
    runtime delete --force "$ID"
    [ "$(property LoadState)" = not-found ]
    [ ! -e "$(directory)" ]
  done
}

@test "systemd: a failed create leaves no scope" {
  use_systemd
  add_mount /nowhere bind /does/not/exist bind
  run ! runtime create --bundle "$BUNDLE" "$ID"
  [ "$(property LoadState)" = not-found ]
  resources '{unified: {"no.such.file": "1"}}'
  update_config 'del(.mounts[-1])'
  refuses no.such.file
  [ "$(property LoadState)" = not-found ]
}

@test "systemd: stopping the scope stops the container" {
  use_systemd
  annotate org.systemd.property.TimeoutStopSec 1 # as process 1, sleep ignores SIGTERM
  start sleep 1000
  systemctl stop "$(unit)"
  wait_for status_is stopped
  runtime delete "$ID"
}

@test "systemd: works without a message bus, through systemd's own socket" {
  use_systemd
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere start sleep 1000
  [ "$(property ActiveState)" = active ]
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere runtime delete --force "$ID"
  [ "$(property LoadState)" = not-found ]
}

@test "systemd: a bus that never answers is an error" {
  only_tare "runc differs: docs/compatibility.md"
  use_systemd
  in_background /dev/null socat "UNIX-LISTEN:$BATS_TEST_TMPDIR/bus,fork" EXEC:"sleep 1000"
  wait_for test -S "$BATS_TEST_TMPDIR/bus"
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=$BATS_TEST_TMPDIR/bus run ! runtime run --bundle "$BUNDLE" "$ID"
  expect "systemd did not answer in time"
}

# --- a user's own systemd --------------------------------------------------------------------------------------------

# Runs WORDS as the user "tester", outside (session) or inside (service) of the subtree that is delegated to them.
as_tester() { # session|service WORD...
  local where=$1
  shift
  [ -S /run/user/1000/bus ] || skip "no user of id 1000 with a systemd of their own"
  local words=(env XDG_RUNTIME_DIR=/run/user/1000 HOME=/home/tester)
  [ "$where" = session ] || words+=(systemd-run --user --quiet --pipe --wait --collect --property Delegate=yes)
  runuser -u tester -- "${words[@]}" "$@"
}

make_testers() {
  local copy=/home/tester/$ID
  chmod a+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
  runuser -u tester -- mkdir "$copy"
  cp -a "$ROOTFS" "$copy/rootfs"
  chown -R tester: "$copy/rootfs"
  as_tester session "$RUNTIME" spec --rootless --bundle "$copy"
  jq --arg path "user.slice:tare:$ID" '.process.terminal = false | .process.args = ["sleep", "1000"] |
    .linux.cgroupsPath = $path | .linux.resources.memory.limit = 33554432' "$copy/config.json" >"$copy/new"
  mv "$copy/new" "$copy/config.json"
  echo "$copy"
}

@test "systemd: a user's container is a scope of the user's systemd" {
  local bundle where scope=/sys/fs/cgroup/user.slice/user-1000.slice/user@1000.service/user.slice/tare-$ID.scope
  bundle=$(make_testers)
  for where in session service; do
    as_tester "$where" "$RUNTIME" --systemd-cgroup run --detach --bundle "$bundle" "$ID" </dev/null >"$OUT" 2>&1 3>&-
    [ "$(cat "$scope/memory.max")" = 33554432 ]
    as_tester session "$RUNTIME" exec --detach "$ID" sleep 1000 </dev/null >>"$OUT" 2>&1 3>&-
    as_tester service "$RUNTIME" exec --detach "$ID" sleep 1000 </dev/null >>"$OUT" 2>&1 3>&-
    [ "$(wc -l <"$scope/cgroup.procs")" = 3 ]
    as_tester session "$RUNTIME" update --memory 50331648 "$ID"
    as_tester session systemctl --user daemon-reload
    [ "$(cat "$scope/memory.max")" = 50331648 ]
    as_tester session "$RUNTIME" delete --force "$ID"
    [ "$(as_tester session systemctl --user show --value -p LoadState "tare-$ID.scope")" = not-found ]
  done
  rm -r "$bundle"
}

@test "systemd: a missing user's systemd is an error" {
  local bundle
  only_tare "its words"
  bundle=$(make_testers)
  run ! runuser -u tester -- env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS "$RUNTIME" --root "$bundle/state" \
    --systemd-cgroup run --bundle "$bundle" "$ID"
  expect "neither DBUS_SESSION_BUS_ADDRESS nor XDG_RUNTIME_DIR is set"
  rm -r "$bundle"
}

@test "systemd: a supervised container is a scope again after each restart" {
  only_tare "--supervise is its own"
  use_systemd
  set_args sh -c 'cat /proc/self/cgroup; [ -e /tmp/ran ] || { touch /tmp/ran; exit 1; }; sleep 100'
  ln -s busybox "$ROOTFS/bin/["
  runtime run --supervise --restart on-failure --bundle "$BUNDLE" "$ID" </dev/null 3>&-
  restarted() { [ "$(runtime state "$ID" | jq .supervision.restarts)" = 1 ] && status_is running; }
  wait_for restarted
  [ "$(property ActiveState)" = active ]
  [ "$(cat "$(directory)/cgroup.procs")" = "$(init_pid)" ]
  runtime stop --timeout 0 "$ID"
  run -137 runtime wait "$ID"
  runtime delete "$ID"
  [ "$(property ActiveState)" = inactive ]
}
