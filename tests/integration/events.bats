#!/usr/bin/env bats
# bats file_tags=v2
# events: statistics, once and repeatedly, and out-of-memory events. On cgroup v1 and v2.
load helper

teardown() {
  local status=0
  check_residue || status=$?
  rm -rf "/var/tmp/${ID:?}"
  return "$status"
}

# The container's statistics, or what FILTER makes of them.
stats() { # [FILTER]
  runtime events --stats "$ID" | jq -c "${1:-.}"
}

is_at_least() { [ "$(stats "$1")" -ge "$2" ]; } # FILTER NUMBER

lines_at_least() { [ "$(wc -l <"$1")" -ge "$2" ]; } # FILE NUMBER

@test "events --stats: prints one line of JSON with the names that other programs expect" {
  start sleep 1000
  run -0 runtime events --stats "$ID"
  [ "$(wc -l <<<"$output")" = 1 ]
  [ "$(jq -r '.type, .id' <<<"$output")" = "stats
$ID" ]
  run -0 jq -r '.data | keys | join(" ")' <<<"$output"
  [ "$output" = "blkio cpu cpuset hugetlb intel_rdt memory network_interfaces pids" ]
}

@test "events --stats: shows the numbers of the cgroup" {
  update_config '.linux.resources += {memory: {limit: 67108864, swap: 67108864}, pids: {limit: 33}}'
  start sh -c 'busybox head -c 8388608 /dev/zero >/dev/shm/x; i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done
    echo busy; sleep 1000 & wait'
  wait_for says "$OUT" busy
  [ "$(stats .data.pids.limit)" = 33 ]
  wait_for is_at_least .data.pids.current 2
  [ "$(stats .data.memory.usage.limit)" = 67108864 ]
  [ "$(stats .data.memory.swap.limit)" = 67108864 ] # with memory, as v1 counts
  is_at_least .data.memory.usage.usage 8388608
  is_at_least .data.memory.usage.max 8388608
  is_at_least .data.memory.cache 8388608
  is_at_least '.data.memory.raw | length' 20
  is_at_least .data.cpu.usage.total 1000000
  run -0 stats '.data.cpu.usage | .kernel + .user > 0'
  [ "$output" = true ]
}

@test "events --stats: shows throttled CPU time" {
  update_config '.linux.resources.cpu = {quota: 5000, period: 50000}'
  start sh -c 'while :; do :; done'
  wait_for is_at_least '.data.cpu.throttling.throttledPeriods // 0' 2
  is_at_least .data.cpu.throttling.periods 2
  is_at_least .data.cpu.throttling.throttledTime 1000000
}

@test "events --stats: v2: shows pressure, memory events and what else v1 does not have" {
  on_v2 || skip "needs cgroup v2 alone (tests/vm)"
  [ -e /proc/pressure ] || skip "this kernel does not account for pressure"
  only_tare "runc 1.1 has no pressure"
  update_config '.linux.resources.cpu = {quota: 5000, period: 50000}'
  start sh -c 'while :; do :; done'
  local resource
  for resource in cpu memory blkio; do
    [ "$(stats ".data.$resource.psi | [.some, .full][] | keys | join(\" \")" | uniq)" = '"avg10 avg300 avg60 total"' ]
  done
  wait_for is_at_least .data.cpu.psi.some.total 1000
  [ "$(stats .data.memory.event_count.out_of_memory_kill)" = 0 ]
}

# The data must reach a disk, but /tmp may be in memory.
@test "events --stats: v2: shows I/O by device, and huge pages" {
  on_v2 || skip "needs cgroup v2 alone (tests/vm)"
  mkdir "/var/tmp/$ID"
  add_mount /disk bind "/var/tmp/$ID" bind
  start sh -c 'busybox dd if=/dev/zero of=/disk/file bs=1M count=4 conv=fsync 2>/dev/null && echo written; sleep 1000'
  wait_for says "$OUT" written
  wait_for is_at_least '[.data.blkio.ioServiceBytesRecursive[]? | select(.op == "Write").value] | add // 0' 4194304
  is_at_least '[.data.blkio.ioServicedRecursive[]? | select(.op == "Write").value] | add' 1
  [ ! -e "/sys/fs/cgroup/$ID/hugetlb.2MB.events" ] || [ "$(stats '.data.hugetlb."2MB".failcnt')" = 0 ]
}

@test "events --stats: has every name that runc has" {
  only_tare "it is runc that is compared with"
  command -v runc >/dev/null || skip "no runc here"
  update_config '.linux.resources += {memory: {limit: 67108864}, pids: {limit: 33},
    cpu: {quota: 5000, period: 50000}}'
  start sh -c 'while :; do :; done'
  wait_for is_at_least '.data.cpu.throttling.throttledPeriods // 0' 2
  stats | names >"$BATS_TEST_TMPDIR/tare"
  runtime delete --force "$ID"
  local runc=(runc --root "$ROOT")
  "${runc[@]}" run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 </dev/null 3>&-
  sleep 0.5
  "${runc[@]}" events --stats "$ID" | names >"$BATS_TEST_TMPDIR/runc"
  "${runc[@]}" delete --force "$ID"
  [ -s "$BATS_TEST_TMPDIR/runc" ]
  run -0 comm -13 "$BATS_TEST_TMPDIR/tare" "$BATS_TEST_TMPDIR/runc"
  [ -z "$output" ]
}

# "data.cpu.usage.total" and so on, sorted; without list indexes and names that only appear sometimes.
names() {
  jq -r 'paths | map(select(type == "string")) | join(".")' | grep -v -e blkio.io -e 'usage.max$' | LC_ALL=C sort -u
}

@test "events: prints a line every interval, until the container stops" {
  start sleep 1000
  in_background "$BATS_TEST_TMPDIR/events" timeout 30 "$RUNTIME" --root "$ROOT" events --interval 100ms "$ID"
  local pid=$!
  wait_for lines_at_least "$BATS_TEST_TMPDIR/events" 3
  run -0 jq -r .type "$BATS_TEST_TMPDIR/events"
  [ "$(uniq <<<"$output")" = stats ]
  runtime kill "$ID" KILL
  wait $pid
}

# Scripts look for the word to notice the event.
@test "events --stats: does not mention oom" {
  start sleep 1000
  run -0 runtime events --stats "$ID"
  expect '"type":"stats"'
  refute oom
}

@test "events: prints an oom event when memory runs out" {
  update_config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
  start sh -c 'while [ ! -e /tmp/go ]; do sleep 0.1; done; probe allocate 64; sleep 1000'
  in_background "$BATS_TEST_TMPDIR/events" "$RUNTIME" --root "$ROOT" events --interval 1h "$ID"
  local pid=$!
  sleep 0.5
  [ ! -s "$BATS_TEST_TMPDIR/events" ]
  touch "$ROOTFS/tmp/go"
  wait_for grep -q oom "$BATS_TEST_TMPDIR/events"
  [ "$(head -n 1 "$BATS_TEST_TMPDIR/events")" = "{\"type\":\"oom\",\"id\":\"$ID\"}" ]
  runtime kill "$ID" KILL
  wait $pid
}

@test "events: prints an oom event when init itself runs out of memory" {
  update_config '.linux.resources.memory = {limit: 16777216, swap: 16777216}'
  start sh -c 'while [ ! -e /tmp/go ]; do sleep 0.1; done; exec probe allocate 64'
  in_background "$BATS_TEST_TMPDIR/events" "$RUNTIME" --root "$ROOT" events --interval 1h "$ID"
  local pid=$!
  sleep 0.5
  touch "$ROOTFS/tmp/go"
  wait $pid
  grep -q '"oom"' "$BATS_TEST_TMPDIR/events"
}

@test "events: a created and a paused container have statistics, a stopped one has none" {
  create
  stats .data.pids.current
  runtime start "$ID"
  wait_for status_is stopped
  run ! runtime events --stats "$ID"
  expect "not running"
  run ! runtime events "$ID"
  expect "not running"
  runtime delete "$ID"
  start sleep 1000
  runtime pause "$ID"
  is_at_least .data.pids.current 1
}

@test "events: an unknown container and an invalid interval are errors" {
  run ! runtime events "$ID"
  expect "does not exist"
  start sleep 1000
  run ! runtime events --interval 0s "$ID"
  expect "greater than 0"
  run ! runtime events --interval -1s "$ID"
  run ! runtime events --interval often "$ID"
  expect interval
}
