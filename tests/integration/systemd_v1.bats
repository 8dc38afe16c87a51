#!/usr/bin/env bats
# The systemd driver if systemd keeps its units in v1 hierarchies, which it could before version 258. This is decided when a
# machine boots, so these tests have their own virtual machine (tests/vm/run legacy).
# shellcheck disable=SC2016 # the variable is jq's
load helper

setup() {
  if [ ! -d /run/systemd/system ] || on_v2; then skip "needs systemd with v1 hierarchies (tests/vm)"; fi
  prepare
  SLICE=taretest$$.slice UNIT=p-$ID.scope
  update_config --arg path "$SLICE:p:$ID" '.linux.cgroupsPath = $path'
}

runtime() { timeout --foreground --signal KILL 60 "$RUNTIME" --root "$ROOT" --systemd-cgroup "$@"; }
directory() { echo "/sys/fs/cgroup/$1/$SLICE/$UNIT"; } # HIERARCHY

teardown_file() {
  systemctl stop "taretest*.slice" 2>/dev/null || true
}

limits() {
  cd "$(directory cpu)" || return
  grep . cpu.shares cpu.cfs_quota_us cpu.cfs_period_us "$(directory pids)/pids.max"
  cat "$(directory blkio)/blkio.bfq.weight" || true # where the kernel has BFQ
}

@test "systemd, v1: limits and updates survive a reload" {
  local before
  modprobe -q bfq || true
  update_config '.linux.resources = {cpu: {shares: 512, quota: 500000, period: 1000000}, pids: {limit: 77}, blockIO: {weight: 80}}'
  start sleep 1000
  runtime update --cpu-quota 600000 "$ID"
  runtime update --pids-limit 66 "$ID"
  before=$(limits)
  grep -qx cpu.cfs_quota_us:600000 <<<"$before"
  grep -q 'pids.max:66$' <<<"$before"
  [ ! -e "$(directory blkio)/blkio.bfq.weight" ] || grep -qx 80 <<<"$before"
  systemctl daemon-reload
  systemd-run --quiet --scope --slice "$SLICE" true # now systemd writes the files of the slice
  diff <(echo "$before") <(limits)
  systemctl set-property --runtime "$UNIT" CPUAccounting=yes TasksAccounting=yes
  diff <(echo "$before") <(limits)
}

@test "systemd, v1: an occupied or frozen cgroup is refused and kept" {
  local pid
  mkdir -p "$(directory freezer)"
  sleep 1000 3>&- &
  pid=$!
  echo $pid >"$(directory freezer)/cgroup.procs"
  refuses "container's cgroup is not empty: 1 process(es) found"
  [ "$(cat "$(directory freezer)/cgroup.procs")" = "$pid" ]
  kill -KILL $pid
  wait $pid || true
  echo FROZEN >"$(directory freezer)/freezer.state"
  refuses "container's cgroup unexpectedly frozen"
  run ! runtime create --bundle "$BUNDLE" "$ID"
  expect "container's cgroup unexpectedly frozen"
  [ "$(cat "$(directory freezer)/freezer.state")" = FROZEN ]
  [ ! -e "$(directory pids)" ]
  rmdir "$(directory freezer)" "/sys/fs/cgroup/freezer/$SLICE"
}

@test "systemd, v1: a cgroup that is frozen in the cgroup2 beside v1 is refused and kept" {
  only_tare "runc looks at the freezer of v1 alone"
  [ -d /sys/fs/cgroup/unified ] || skip "no cgroup2 beside"
  mkdir -p "$(directory unified)"
  echo 1 >"$(directory unified)/cgroup.freeze"
  refuses "container's cgroup unexpectedly frozen"
  [ "$(cat "$(directory unified)/cgroup.freeze")" = 1 ]
  rmdir "$(directory unified)" "/sys/fs/cgroup/unified/$SLICE"
}
