# update: as containerd and podman call it, and each flag. What is written is seen in the container's cgroup.
load engine

on_v2() { [ -e /sys/fs/cgroup/cgroup.controllers ]; }

# What the container's cgroup says: in one file of v1, in another of v2.
limit() { # CONTROLLER V1-FILE V2-FILE
  if on_v2; then cat "$(cgroup "$1")/$3"; else cat "$(cgroup "$1")/$2"; fi
}

# A running container with LIMITS, a JSON object for linux.resources.
limited() { # [LIMITS]
  config --argjson limits "${1:-{\}}" '.linux.resources += $limits'
  running
}

# `update FLAG...` is heard: CONTROLLER's file is VALUE afterwards.
updates() { # CONTROLLER V1-FILE V1-VALUE V2-FILE V2-VALUE FLAG...
  local value=$3
  ! on_v2 || value=$5
  runtime update "${@:6}" "$ID"
  [ "$(limit "$1" "$2" "$4")" = "$value" ] || { echo "$2 / $4: $(limit "$1" "$2" "$4"), not $value" && return 1; }
}

needs_file() { # CONTROLLER V1-FILE V2-FILE: of the container's cgroup
  limit "$@" >/dev/null 2>&1 || { remove --force && skip "this kernel has neither $2 nor $3"; }
}

memory() { updates memory memory.limit_in_bytes 67108864 memory.max 67108864 "$@"; }

@test "EN-701: update --resources - ID: limits on standard input" {
  needs controller memory
  limited
  echo '{"memory": {"limit": 67108864}}' | runtime update --resources - "$ID"
  [ "$(limit memory memory.limit_in_bytes memory.max)" = 67108864 ]
}

@test "EN-702: update --resources=FILE ID" {
  needs controller memory
  limited
  echo '{"memory": {"limit": 67108864}}' >"$HERE/limits"
  memory --resources="$HERE/limits"
}

@test "EN-703: update -r FILE ID" {
  needs controller memory
  limited
  echo '{"memory": {"limit": 67108864}}' >"$HERE/limits"
  memory -r "$HERE/limits"
}

@test "EN-704: --resources: cpu, pids and memory together, with the names of config.json" {
  needs controller pids
  limited
  echo '{"cpu": {"shares": 512, "quota": 20000, "period": 50000}, "memory": {"limit": 67108864}, "pids": {"limit": 44}}' |
    runtime update -r - "$ID"
  [ "$(limit pids pids.max pids.max)" = 44 ]
  [ "$(limit memory memory.limit_in_bytes memory.max)" = 67108864 ]
  if on_v2; then [ "$(limit cpu - cpu.max)" = "20000 50000" ]; else [ "$(limit cpu cpu.shares -)" = 512 ]; fi
}

@test "EN-705: invalid JSON and a missing file are errors, and nothing changes" {
  needs controller pids
  limited '{"pids": {"limit": 33}}'
  echo '{' >"$HERE/limits"
  fails runtime update -r "$HERE/limits" "$ID"
  fails runtime update -r "$HERE/none" "$ID"
  [ "$(limit pids pids.max pids.max)" = 33 ]
}

@test "EN-706: update prints nothing, and limits that are not named are kept" {
  needs controller pids
  limited '{"pids": {"limit": 33}}'
  runtime update --memory 64m "$ID" >"$OUT" 2>&1
  [ ! -s "$OUT" ]
  [ "$(limit pids pids.max pids.max)" = 33 ]
}

@test "EN-707: --memory in bytes, and with a unit" {
  needs controller memory
  limited
  memory --memory 67108864
  runtime update --memory 128M "$ID"
  memory --memory 64m
}

@test "EN-708: --memory-reservation" {
  needs controller memory
  limited
  updates memory memory.soft_limit_in_bytes 33554432 memory.low 33554432 --memory-reservation 33554432
}

@test "EN-709: --memory-swap: memory and swap together" {
  needs controller memory
  limited '{"memory": {"limit": 67108864}}'
  needs_file memory memory.memsw.limit_in_bytes memory.swap.max
  updates memory memory.memsw.limit_in_bytes 100663296 memory.swap.max 33554432 --memory 67108864 --memory-swap 100663296
}

@test "EN-710: --cpu-quota and --cpu-period" {
  needs controller cpu
  limited
  updates cpu cpu.cfs_quota_us 20000 cpu.max "20000 50000" --cpu-quota 20000 --cpu-period 50000
  on_v2 || [ "$(limit cpu cpu.cfs_period_us -)" = 50000 ]
}

@test "EN-711: --cpu-share" {
  needs controller cpu
  limited
  runtime update --cpu-share 512 "$ID"
  if on_v2; then [ "$(limit cpu - cpu.weight)" -lt 100 ]; else [ "$(limit cpu cpu.shares -)" = 512 ]; fi
}

@test "EN-712: --cpu-rt-period and --cpu-rt-runtime" {
  needs v1
  needs controller cpu
  limited
  needs_file cpu cpu.rt_period_us -
  updates cpu cpu.rt_period_us 500000 - - --cpu-rt-period 500000 --cpu-rt-runtime 0
}

@test "EN-713: --cpuset-cpus" {
  needs controller cpuset
  limited
  updates cpuset cpuset.cpus 0 cpuset.cpus 0 --cpuset-cpus 0
}

@test "EN-714: --cpuset-mems" {
  needs controller cpuset
  limited
  updates cpuset cpuset.mems 0 cpuset.mems 0 --cpuset-mems 0
}

@test "EN-715: --pids-limit, and -1 for none" {
  needs controller pids
  limited
  updates pids pids.max 44 pids.max 44 --pids-limit 44
  updates pids pids.max max pids.max max --pids-limit -1
}

@test "EN-716: --blkio-weight" {
  limited
  needs_file blkio blkio.bfq.weight io.bfq.weight
  runtime update --blkio-weight 500 "$ID"
  limit blkio blkio.bfq.weight io.bfq.weight | grep -q 500
}

@test "EN-717: --cpu-burst" {
  needs controller cpu
  limited '{"cpu": {"quota": 20000, "period": 50000}}'
  needs_file cpu cpu.cfs_burst_us cpu.max.burst
  updates cpu cpu.cfs_burst_us 10000 cpu.max.burst 10000 --cpu-burst 10000
}

@test "EN-718: --cpu-idle" {
  needs controller cpu
  limited
  needs_file cpu cpu.idle cpu.idle
  updates cpu cpu.idle 1 cpu.idle 1 --cpu-idle 1
}

@test "EN-719: --kernel-memory and --kernel-memory-tcp are accepted and ignored" {
  needs controller memory
  limited
  runtime update --kernel-memory 50331648 --kernel-memory-tcp 50331648 "$ID"
}

@test "EN-720: --l3-cache-schema and --mem-bw-schema without Intel RDT are an error that names it" {
  needs no_resctrl
  limited
  refuses update --l3-cache-schema "L3:0=ff" "$ID" -- "Intel RDT"
  refuses update --mem-bw-schema "MB:0=50" "$ID" -- "Intel RDT"
}

@test "EN-721: update of a container that is created, or paused" {
  needs controller pids
  needs_freezer
  args /bin/sleep 600
  create
  updates pids pids.max 44 pids.max 44 --pids-limit 44
  start
  runtime pause "$ID"
  updates pids pids.max 45 pids.max 45 --pids-limit 45
  is paused
}

@test "EN-722: an invalid number is an error" {
  limited
  fails runtime update --memory much "$ID"
  fails runtime update --cpu-quota much "$ID"
  fails runtime update --pids-limit much "$ID"
}

@test "EN-723: update without a change is not an error" {
  limited
  runtime update "$ID"
  echo '{}' | runtime update -r - "$ID"
}
