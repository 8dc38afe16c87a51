#!/usr/bin/env bats
# Pause, Resume, Update, Stats, and running out of memory.
load helper

# bats test_tags=v2
@test "shim: pause and resume" {
  hear_events
  run_task sh -c 'while :; do touch /tmp/alive; sleep 0.02; done'
  call Pause
  [ "$(status_of)" = "$PAUSED" ]
  rm -f "$ROOTFS/tmp/alive"
  sleep 0.2
  [ ! -e "$ROOTFS/tmp/alive" ]
  call Resume
  [ "$(status_of)" = "$RUNNING" ]
  wait_for [ -e "$ROOTFS/tmp/alive" ]
  wait_to_hear /tasks/resumed
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/paused /tasks/resumed" ]
}

# bats test_tags=v2
@test "shim: limits are updated, and statistics show them" {
  run_task sleep 1000
  call Update resources.value='{"pids": {"limit": 1234}, "memory": {"limit": 67108864}}'
  run -0 call Stats
  expect_line stats.pids.current=1 stats.pids.limit=1234
  if on_v2; then
    expect_line stats.type_url=io.containerd.cgroups.v2.Metrics stats.memory.usage_limit=67108864
  else
    expect_line stats.type_url=io.containerd.cgroups.v1.Metrics stats.memory.usage.limit=67108864
  fi
  [[ $(grep -E '^stats.cpu.usage(.total|_usec)=' <<<"$output") =~ =[1-9] ]]
  fails UNKNOWN call Update resources.value='{"pids": {"limit": "many"}}'
  expect limit
}

@test "shim: statistics of cgroup v1 name block devices and count what network interfaces have sent" {
  on_v2 && skip "containerd's message for v2 has neither"
  run_task sh -c 'wget -q http://127.0.0.1:9/; cat /bin/busybox >/dev/null; exec sleep 1000'
  wait_for eval 'call Stats | grep -qx "stats.network.0.tx_packets=2"' # a request and its refusal
  run -0 call Stats
  expect_line stats.network.0.name=lo stats.network.0.rx_packets=2 stats.network.0.rx_errors=0
  local line index name
  for line in $(grep -oE '^stats.blkio.serviced.[0-9]+.major=[0-9]+' <<<"$output"); do
    index=${line#stats.blkio.serviced.} index=${index%.major=*}
    name=$(awk -v number="${line#*=}:$(sed -n "s/^stats.blkio.serviced.$index.minor=//p" <<<"$output")" \
      '$1 ":" $2 == number { print "/dev/" $4; exit }' /proc/partitions)
    expect_line "stats.blkio.serviced.$index.device=$name"
  done
}

@test "shim: a container in the host's network has no counters of network interfaces" {
  on_v2 && skip "containerd's message for v2 has none"
  update_config '.linux.namespaces |= map(select(.type != "network"))'
  run_task sleep 1000
  run -0 call Stats
  refute stats.network
}

# bats test_tags=v2
@test "shim: the oom event comes before the exit event" {
  hear_events
  update_config '.linux.resources.memory = {limit: 20971520, swap: 20971520}'
  run_task sh -c '/bin/busybox dd if=/dev/zero of=/dev/null bs=100M count=1'
  run -0 call Wait
  expect_line exit_status=137
  wait_to_hear /tasks/exit
  [ "$(heard)" = "/tasks/create /tasks/start /tasks/oom /tasks/exit" ]
}
