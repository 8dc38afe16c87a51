#!/usr/bin/env bats
# Programs that people run in containers, and what they would look at. tests/payloads/fetch gets those that are not here.
# shellcheck disable=SC2016 # jq and the programs in containers expand what is in single quotes
load ../integration/helper

# The root file system of tests/payloads/fetch, read-only, with writable places in memory.
debian() {
  local root
  root=$("$TREE/tests/payloads/fetch" --cached) || skip "tests/payloads/fetch gets the programs"
  update_config --arg root "$root" '
    .root = {path: $root, readonly: true} | .process.env = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C"] |
    .mounts += [{destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["mode=1777"]},
      {destination: "/run", type: "tmpfs", source: "tmpfs", options: ["mode=755"]},
      {destination: "/var/log", type: "tmpfs", source: "tmpfs", options: ["mode=1777"]},
      {destination: "/var/lib/nginx", type: "tmpfs", source: "tmpfs", options: ["mode=755"]}]'
}

start_detached() { runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-; }

# --- nothing to fetch ------------------------------------------------------------------------------------------------

@test "payload: a static program alone in its root" {
  rm -rf "$ROOTFS"
  mkdir "$ROOTFS"
  cp "$PROBE" "$ROOTFS/program"
  set_args /program args one
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  [ "$output" = "arg one" ]
}

@test "payload: 1,000 threads are one process, and end together" {
  update_config '.linux.resources.pids = {limit: 1100}'
  set_args probe threads 1000 stay
  start_detached
  wait_for says "$OUT" "threads 1000"
  run -0 runtime ps --format json "$ID"
  [ "$(jq length <<<"$output")" = 1 ]
  [ "$(runtime events --stats "$ID" | jq .data.pids.current)" = 1001 ]
  run -0 runtime exec "$ID" probe args ok
  runtime pause "$ID"
  status_is paused
  runtime resume "$ID"
  runtime kill "$ID" KILL
  wait_for status_is stopped
}

@test "payload: threads count against the limit of processes" {
  update_config '.linux.resources.pids = {limit: 200}'
  in_container probe threads 1000
  expect_line "threads 199" "then EAGAIN"
}

@test "payload: a 32-bit program runs, and only if the filter allows its architecture" {
  command -v gcc >/dev/null || skip "no compiler"
  gcc -m32 -nostdlib -static -o "$ROOTFS/bin/hello32" "$BATS_TEST_DIRNAME/hello32.S"
  "$ROOTFS/bin/hello32" >/dev/null || skip "this machine runs no 32-bit programs"
  in_container hello32
  [ "$output" = "hello from i386" ]
  update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
    syscalls: [{names: ["mknod"], action: "SCMP_ACT_ERRNO"}]}'
  in_container hello32
  [ "$output" = "hello from i386" ]
  update_config '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64"]'
  run -159 runtime run --bundle "$BUNDLE" "$ID" # 128 + SIGSYS
  [ "$output" = "" ]
}

# --- fetched ---------------------------------------------------------------------------------------------------------

@test "payload: node sees the memory and the processors that its container has" {
  debian
  local facts='const v8 = require("v8"), os = require("os")
    console.log("memory", process.constrainedMemory(), "processors", os.availableParallelism())
    console.log("heap fits", v8.getHeapStatistics().heap_size_limit < 512 * 2**20)'
  update_config '.linux.resources.memory = {limit: 536870912} | .linux.resources.cpu = {cpus: "0"} |
    .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]}]'
  in_container node -e "$facts"
  expect_line "memory 536870912 processors 1" "heap fits true"
}

write_site() { # TEXT
  printf 'user www-data; worker_processes 2; pid /run/nginx.pid; error_log stderr; events {}
    http { access_log off; server { listen 127.0.0.1:8080; location / { return 200 "%s\n"; } } }' "$1" >"$BATS_TEST_TMPDIR/nginx.conf"
}
# By the shell in the container, because the network is its own.
fetch_page() {
  runtime exec "$ID" bash -c 'exec 3<>/dev/tcp/127.0.0.1/8080 && printf "GET / HTTP/1.0\r\n\r\n" >&3 && cat <&3' 2>/dev/null | tail -n 1
}
shows() { [ "$(fetch_page)" = "$1" ]; } # TEXT
workers() { pgrep -P "$(init_pid)" | sort | paste -sd ' '; }

@test "payload: nginx serves, reloads at SIGHUP with new workers, and ends gracefully at SIGQUIT" {
  debian
  write_site first
  update_config --arg conf "$BATS_TEST_TMPDIR/nginx.conf" '
    .process.capabilities |= map_values(["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_SETUID", "CAP_SETGID", "CAP_KILL"]) |
    .mounts += [{destination: "/etc/nginx/nginx.conf", type: "bind", source: $conf, options: ["bind", "ro"]}]'
  set_args nginx -g 'daemon off;'
  start_detached
  wait_for shows first
  local before
  before=$(workers)
  [ "$(wc -w <<<"$before")" = 2 ]
  # In place: the container has this file mounted.
  write_site second
  runtime kill "$ID" HUP
  wait_for shows second
  wait_for other_workers "$before"
  runtime kill "$ID" QUIT
  wait_for status_is stopped
}
other_workers() { [[ $(workers) =~ ^[0-9]+\ [0-9]+$ ]] && [ "$(workers)" != "$1" ]; } # PIDS

postgres() { # SIZE-OF-SHM
  debian
  local uid
  uid=$(sed -n 's/^postgres:[^:]*:\([0-9]*\):.*/\1/p' "$(jq -r .root.path "$BUNDLE/config.json")/etc/passwd")
  # Each parallel worker maps the hash table in a segment of /dev/shm.
  local script='set -e; PATH=$PATH:/usr/lib/postgresql/17/bin; cd /tmp
    initdb --no-sync -D data -A trust >/dev/null; postgres -D data -k /tmp -c listen_addresses= -c fsync=off 2>log & postgres=$!
    until psql -qh /tmp -c "select 1" postgres >/dev/null 2>&1; do sleep 0.1; done
    psql -qAth /tmp -v ON_ERROR_STOP=1 postgres <<END || { grep -h "could not resize" log; status=1; }
      create table t as select generate_series(1, 300000) i; alter table t set (parallel_workers = 2); analyze t;
      set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
      set enable_mergejoin = off; set work_mem = "64MB"; select count(*) from t a join t b using (i);
END
    kill -INT $postgres; wait $postgres; exit ${status:-0}'
  update_config --arg uid "$uid" --arg size "$1" '.process.user = {uid: ($uid | tonumber), gid: ($uid | tonumber)} |
    .process.env += ["HOME=/tmp"] |
    (.mounts[] | select(.destination == "/dev/shm").options) |= (map(select(startswith("size=") | not)) + ["size=\($size)"])'
  set_args bash -c "$script"
}

@test "payload: PostgreSQL joins in parallel with shared memory in /dev/shm" {
  postgres 64m
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  expect_line 300000
}

@test "payload: PostgreSQL says that /dev/shm is too small" {
  postgres 1m
  run -1 runtime run --bundle "$BUNDLE" "$ID"
  expect "could not resize shared memory segment" "No space left on device"
}
