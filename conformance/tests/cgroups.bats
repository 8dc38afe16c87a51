# config-linux.md: control groups.
load ../lib/harness

# The file of a limit: v1's name, v2's name.
limit() { # CONTROLLER V1-FILE V2-FILE
  local directory
  directory=$(cgroup "$1")
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then cat "$directory/$3"; else cat "$directory/$2"; fi
}

resources() { config ".linux.resources += $1"; }

sleeping() {
  args /bin/sleep 600
  begin
}

@test "CL-315 CL-317: an absolute cgroupsPath is taken from the mount point" {
  [ -z "$RUNTIME_FLAGS" ] || skip "the systemd driver has another form of path"
  config --arg path "/$ID/below" '.linux.cgroupsPath = $path'
  sleeping
  [[ $(cgroup devices) == */"$ID/below" ]]
  [[ $(cgroup devices) == "/sys/fs/cgroup/$ID/below" || $(cgroup devices) == "/sys/fs/cgroup/devices/$ID/below" ]]
  remove --force
  find /sys/fs/cgroup -depth -maxdepth 3 -type d -name "$ID" -exec rmdir {} +
}

@test "CL-315: a relative cgroupsPath is accepted" {
  [ -z "$RUNTIME_FLAGS" ] || skip "the systemd driver has another form of path"
  config --arg path "$ID" '.linux.cgroupsPath = $path'
  sleeping
  [[ $(cgroup devices) == *"$ID"* ]]
}

@test "CL-320: the same cgroupsPath leads to the same cgroup" {
  sleeping
  local first
  first=$(cgroup devices)
  remove --force
  sleeping
  [ "$(cgroup devices)" = "$first" ]
}

@test "CL-322: under systemd, a cgroupsPath of another form is an error" {
  [ -d /run/systemd/system ] || skip "needs systemd"
  config '.linux.cgroupsPath = "a:b:c:d"'
  works
  RUNTIME_FLAGS=--systemd-cgroup
  refused
}

@test "CL-303: a cgroup that is frozen is an error" {
  [ -z "$RUNTIME_FLAGS" ] || skip "the systemd driver has units of its own"
  local directory file=freezer.state word=FROZEN status=0
  directory=/sys/fs/cgroup/freezer/$ID
  ! [ -e /sys/fs/cgroup/cgroup.controllers ] || { directory=/sys/fs/cgroup/$ID file=cgroup.freeze word=1; }
  mkdir "$directory" 2>/dev/null || skip "needs a freezer"
  echo "$word" >"$directory/$file"
  fails runtime create --bundle "$BUNDLE" "$ID" || status=$?
  [ "$word" = 1 ] || echo THAWED >"$directory/$file"
  [ ! -d "$directory" ] || rmdir "$directory"
  return "$status"
}

@test "CL-303: a cgroup that is in use is an error" {
  [ -z "$RUNTIME_FLAGS" ] || skip "the systemd driver has units of its own"
  sleeping
  local other=$ID-second
  fails runtime create --bundle "$BUNDLE" "$other"
  fails runtime state "$other"
}

# A device that no runtime has a rule of its own for, and no kernel a driver: what is allowed is ENXIO.
@test "CL-405: device rules apply in order" {
  config '.linux.resources.devices = [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 250, "minor": 77, "access": "rwm"},
    {"allow": false, "type": "c", "major": 250, "minor": 77, "access": "w"}] |
    .linux.devices = [{"path": "/dev/mine", "type": "c", "major": 250, "minor": 77}]'
  args /bin/sh -c 'cat /dev/mine 2>&1; (echo x >/dev/mine) 2>&1'
  run_container || true
  [[ $(sed -n '$p' "$OUT") == *"not permitted"* ]] || { cat "$OUT" && return 1; }
  [[ $(sed -n 1p "$OUT") != *"not permitted"* ]] || { cat "$OUT" && return 1; }
}

@test "CL-409: a device rule without allow denies, or is an error" {
  works
  config '.linux.resources.devices = [{"allow": true, "access": "rwm"}, {"type": "c", "major": 250, "minor": 77, "access": "rw"}] |
    .linux.devices = [{"path": "/dev/mine", "type": "c", "major": 250, "minor": 77}]'
  args /bin/sh -c 'cat /dev/mine 2>&1'
  run_container || true
  ! grep "No such device" "$OUT" # allowed
}

@test "CL-420: memory.limit" {
  needs controller memory
  resources '{"memory": {"limit": 104857600}}'
  sleeping
  [ "$(limit memory memory.limit_in_bytes memory.max)" = 104857600 ]
}

@test "CL-421: pids.limit" {
  needs controller pids
  resources '{"pids": {"limit": 77}}'
  sleeping
  [ "$(limit pids pids.max pids.max)" = 77 ]
}

@test "CL-422: cpu.shares, quota, period" {
  needs controller cpu
  resources '{"cpu": {"shares": 512, "quota": 50000, "period": 200000}}'
  sleeping
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    [ "$(cat "$(cgroup cpu)/cpu.max")" = "50000 200000" ]
    [ "$(cat "$(cgroup cpu)/cpu.weight")" -lt 100 ]
  else
    [ "$(cat "$(cgroup cpu)/cpu.shares" "$(cgroup cpu)/cpu.cfs_quota_us" "$(cgroup cpu)/cpu.cfs_period_us" | tr '\n' ' ')" = "512 50000 200000 " ]
  fi
}

@test "CL-423: cpuset" {
  needs controller cpuset
  resources '{"cpu": {"cpus": "0", "mems": "0"}}'
  look
  seen '.cpus == [0]'
}

@test "CL-466: checkBeforeUpdate refuses a limit below the usage" {
  needs controller memory
  resources '{"memory": {"limit": 209715200, "checkBeforeUpdate": true}}'
  mount_entry /data tmpfs tmpfs
  args /bin/sh -c 'dd if=/dev/zero of=/data/x bs=1M count=50 2>/dev/null; echo ready; exec sleep 600'
  begin
  wait_for holds "$OUT" ready
  echo '{"memory": {"limit": 1048576, "checkBeforeUpdate": true}}' >"$HERE/update"
  fails runtime update --resources "$HERE/update" "$ID"
  [ "$(limit memory memory.limit_in_bytes memory.max)" = 209715200 ]
}

@test "CL-494 CL-496: a burst above the quota is an error" {
  needs controller cpu
  resources '{"cpu": {"quota": 10000, "period": 100000, "burst": 20000}}'
  refused
}

@test "CL-538: a weightDevice without weight and leafWeight is an error" {
  resources '{"blockIO": {"weightDevice": [{"major": 7, "minor": 0}]}}'
  refused
}

@test "CL-533: a weightDevice needs major and minor" {
  resources '{"blockIO": {"weightDevice": [{"weight": 100}]}}'
  refused
}

@test "CL-542 CL-544: a throttled device needs major, minor and rate" {
  resources '{"blockIO": {"throttleReadBpsDevice": [{"rate": 100}]}}'
  refused
  base_config >"$BUNDLE/config.json"
  resources '{"blockIO": {"throttleWriteBpsDevice": [{"major": 7, "minor": 0}]}}'
  refused
}

@test "CL-548 CL-550: a device whose operations are throttled needs major, minor and rate" {
  resources '{"blockIO": {"throttleReadIOPSDevice": [{"rate": 100}]}}'
  refused
  base_config >"$BUNDLE/config.json"
  resources '{"blockIO": {"throttleWriteIOPSDevice": [{"major": 7, "minor": 0}]}}'
  refused
}

@test "CL-608 CL-614: hugepageLimits need pageSize and limit" {
  resources '{"hugepageLimits": [{"limit": 100}]}'
  refused
  base_config >"$BUNDLE/config.json"
  resources '{"hugepageLimits": [{"pageSize": "2MB"}]}'
  refused
}

@test "CL-614: a huge page limit is set, also for reservations if supported" {
  needs controller hugetlb
  [ -d /sys/kernel/mm/hugepages/hugepages-2048kB ] || skip "needs huge pages of 2 MB"
  resources '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
  sleeping
  [ "$(limit hugetlb hugetlb.2MB.limit_in_bytes hugetlb.2MB.max)" = 4194304 ] ||
    [ "$(limit hugetlb hugetlb.2MB.rsvd.limit_in_bytes hugetlb.2MB.rsvd.max)" = 4194304 ]
}

@test "CL-641 CL-642: network priorities need name and priority" {
  resources '{"network": {"priorities": [{"priority": 1}]}}'
  refused
  base_config >"$BUNDLE/config.json"
  resources '{"network": {"priorities": [{"name": "lo"}]}}'
  refused
}

@test "CL-692: an rdma entry needs hcaHandles or hcaObjects" {
  resources '{"rdma": {"mlx5_1": {}}}'
  refused
}

@test "CL-717: unified: the controller is enabled and the value written" {
  needs v2
  needs controller memory
  resources '{"unified": {"memory.high": "100000000"}}'
  sleeping
  [ "$(cat "$(cgroup memory)/memory.high")" -le 100000000 ]
}

@test "CL-719: unified: a file that the runtime does not know is written, too" {
  needs v2
  resources '{"unified": {"cgroup.max.descendants": "7"}}'
  sleeping
  [ "$(cat "$(cgroup memory)/cgroup.max.descendants")" = 7 ]
}

@test "CL-721: unified: a missing controller is an error" {
  needs v2
  resources '{"unified": {"nonsense.max": "1"}}'
  refused
}

@test "CL-734: v1 settings that v2 does not have are an error" {
  needs v2
  resources '{"memory": {"limit": 104857600, "swappiness": 50}}'
  refused
}

@test "CL-368 CL-372: the cgroup is delegated to the root of a user namespace" {
  needs v2
  user_namespace
  config '.linux.namespaces += [{"type": "cgroup"}] | .mounts += [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
    "options": ["rw"]}]'
  args /bin/sleep 600
  create
  local file
  for file in cgroup.procs cgroup.subtree_control cgroup.threads; do
    [ "$(stat -c %u "$(cgroup memory)/$file")" = 100000 ]
  done
}

# --- intelRdt ---------------------------------------------------------------------------------------------------------

@test "CL-740: intelRdt without a resctrl mount is an error" {
  needs no_resctrl
  config '.linux.intelRdt = {"closID": "conformance"}'
  refused
}

@test "CL-742: without intelRdt, resctrl is not touched" {
  needs no_resctrl
  accepted
}

@test "CL-753a CL-753b CL-754: schemata of another form are an error" {
  local filter
  for filter in '{"memBwSchema": "L3:0=f"}' '{"memBwSchema": "MB:0=10\nL3:0=f"}' '{"schemata": ["MB:0=10\nL3:0=f"]}'; do
    base_config >"$BUNDLE/config.json"
    config ".linux.intelRdt = $filter"
    refused
  done
}
