#!/usr/bin/env bats
# `plan` and --dry-run: what create would do, compared with what it does.
load ../integration/helper

setup() {
  prepare
  only_tare "runc has no such command"
}

plan() { runtime plan --format json --bundle "$BUNDLE" --id "$ID" | jq -r "$@"; }

# Everything that a command could change.
system_state() {
  cat /proc/self/mountinfo
  find "$ROOT" "$BUNDLE"
  find /sys/fs/cgroup -maxdepth 3 -type d -name "*$ID*"
  ls /run
}

init_pid() { runtime state "$ID" | jq .pid; }

# bats test_tags=v2
@test "plan: nothing is changed" {
  update_config '.linux.resources.memory.limit = 67108864 | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW"}
    | .process.cwd = "/made" | .mounts += [{"destination": "/new/dir", "type": "tmpfs"}]'
  local before
  before=$(system_state)
  run -0 runtime plan "$BUNDLE"
  run -0 runtime plan --format json "$BUNDLE"
  run -0 runtime create --dry-run --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$ID"
  run -0 runtime run --dry-run --bundle "$BUNDLE" "$ID"
  [ "$before" = "$(system_state)" ]
  run ! runtime state "$ID"
}

# bats test_tags=v2
@test "plan: the mounts are those in mountinfo" {
  mkdir "$BUNDLE/data" "$ROOTFS/data"
  update_config '.mounts += [{"destination": "/data", "source": "data", "options": ["bind", "ro", "nosuid", "noexec"]},
                             {"destination": "/tmp", "type": "tmpfs", "source": "scratch", "options": ["nodev", "size=64k"]}]'
  start sleep 100
  local info destination flags
  info=$(cat "/proc/$(init_pid)/mountinfo")
  [ "$(plan '.mounts | length')" -gt 4 ]
  while read -r destination flags; do
    line=$(awk -v at="$destination" '$5 == at' <<<"$info" | tail -1)
    [ -n "$line" ] || { echo "$destination is not mounted" && return 1; }
    for flag in ${flags//,/ }; do
      [[ ,$(cut -d' ' -f6 <<<"$line"), == *,$flag,* ]] || { echo "$destination is not $flag: $line" && return 1; }
    done
  done < <(plan '.mounts[] | .destination + " " + (.flags - ["relatime", "strictatime"] | join(","))')
  [ "$(plan '.mounts[] | select(.destination == "/data") | .source')" = "$BUNDLE/data" ]
  [ "$(plan '.mounts[] | select(.destination == "/tmp") | .kind + " " + (.data | join(","))')" = "tmpfs size=64k" ]
  # And no others but those of masked and read-only paths.
  plan '.mounts[].destination, .maskedPaths[], .readonlyPaths[], "/"' | sort >"$OUT.planned"
  cut -d' ' -f5 <<<"$info" | sort -u >"$OUT.real"
  run comm -13 "$OUT.planned" "$OUT.real"
  [ "$(grep -vc '^/sys/fs/cgroup' <<<"$output")" -le 1 ] || { echo "not planned: $output" && return 1; }
}

# bats test_tags=v2
@test "plan: the cgroups are made at its paths, with its values" {
  update_config '.linux.resources += {"memory": {"limit": 67108864}, "pids": {"limit": 77}, "cpu": {"quota": 20000, "period": 50000}}'
  start sleep 100
  local path file value
  [ "$(plan '.cgroup.driver')" = cgroupfs ]
  [ "$(plan '.cgroup.paths | length')" -ge 1 ]
  while read -r path; do
    [ -d "$path" ] || { echo "no $path" && return 1; }
    [[ $path == *"/$ID" ]]
    grep -qx "$(init_pid)" "$path/cgroup.procs"
  done < <(plan '.cgroup.paths[]')
  while read -r file value; do
    [ "$(cat "$file")" = "$value" ] || { echo "$file: $(cat "$file") and not $value" && return 1; }
  done < <(plan '.cgroup.values[] | select(.file | test("devices\\.|memsw|swap") | not) | .file + " " + .value')
  plan '.cgroup.values[].value' | grep -x 77
  plan '.cgroup.values[].value' | grep -x 67108864
}

# bats test_tags=v2
@test "plan: capabilities, user and namespaces are those of the process" {
  update_config '.process.user = {"uid": 7, "gid": 8, "additionalGids": [9, 10], "umask": 63}
    | .process.capabilities = {"bounding": ["CAP_CHOWN", "CAP_KILL"], "permitted": ["CAP_KILL"], "inheritable": ["CAP_KILL"],
                               "effective": ["CAP_KILL"], "ambient": ["CAP_KILL"]}'
  start sleep 100
  local pid set name bit mask
  pid=$(init_pid)
  while read -r set name; do
    mask=0
    for bit in $(plan ".process.capabilities.${set}[]"); do
      case $bit in CAP_CHOWN) mask=$((mask | 1)) ;; CAP_KILL) mask=$((mask | 32)) ;; *) return 1 ;; esac
    done
    [ $((0x$(awk -v name="$name:" '$1 == name { print $2 }' "/proc/$pid/status"))) = $mask ]
  done <<<'bounding CapBnd
permitted CapPrm
inheritable CapInh
effective CapEff
ambient CapAmb'
  [ "$(plan '.process.rlimits[] | select(.type == "RLIMIT_NOFILE") | .soft')" = "$(awk '/^Max open files/ { print $4 }' "/proc/$pid/limits")" ]
  [ "$(plan '.process.user | [.uid, .gid, .umask, .additionalGids[]] | map(tostring) | join(" ")')" = "7 8 63 9 10" ]
  grep -E "^Groups:\s*9 10 *$" "/proc/$pid/status"
  grep -E "^Uid:\s*7\s" "/proc/$pid/status"
  local type file
  while read -r type from; do
    file=$type
    case $type in network) file=net ;; mount) file=mnt ;; esac
    if [ "$from" = new ]; then
      [ "$(readlink "/proc/$pid/ns/$file")" != "$(readlink "/proc/self/ns/$file")" ]
    else
      [ "$(readlink "/proc/$pid/ns/$file")" = "$(readlink "/proc/self/ns/$file")" ]
    fi || { echo "$type: not $from" && return 1; }
  done < <(plan '.namespaces | to_entries[] | .key + " " + .value.from')
}

@test "plan: namespaces by path, ID maps and devices in a user namespace" {
  update_config '.linux.namespaces = [{"type": "mount"}, {"type": "user"}, {"type": "pid"}, {"type": "network", "path": "/proc/self/ns/net"}]
    | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings
    | del(.hostname) | del(.linux.sysctl)'
  [ "$(plan '.namespaces.network.from + .namespaces.network.path')" = path/proc/self/ns/net ]
  [ "$(plan '.namespaces.uts.from + " " + .namespaces.user.from')" = "host new" ]
  [ "$(plan '.uidMappings[0].hostID')" = 100000 ]
  [ "$(plan '.devices[] | select(.path == "/dev/null") | .by')" = bind ]
  run -0 runtime plan "$BUNDLE"
  expect "path: network (/proc/self/ns/net)"
}

@test "plan: the program, and a filter" {
  update_config '.process.args = ["sh", "-c", "true"] | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO"}]}'
  [ "$(plan '.process.program')" = /bin/sh ]
  [ "$(plan '.seccomp | .defaultAction + " " + (.rules | tostring)')" = "SCMP_ACT_ALLOW 1" ]
  [ "$(plan '.seccomp.instructions')" -gt 3 ]
  [ ! -e "$ROOT/.seccomp" ]
  update_config '.process.args = ["nonesuch"]'
  [ "$(plan '.process.program')" = null ]
  ln -s /etc/passwd "$ROOTFS/bin/link"
  update_config '.process.args = ["link"]' # not executable, and not the host'"'"'s
  [ "$(plan '.process.program')" = null ]
  update_config '.process.args = ["sh"] | .mounts += [{"destination": "/bin", "type": "tmpfs"}]'
  [ "$(plan '.process.program')" = null ]
}

@test "plan: the table" {
  set_args sleep 1000
  run -0 runtime plan "$BUNDLE"
  for word in container bundle rootfs namespaces mounts devices masked read-only cgroup program user capabilities; do
    grep -E "^$word +[^ ]" <<<"$output" >/dev/null || { echo "no $word: $output" && return 1; }
  done
  expect "sleep 1000  (/bin/sleep)" "new: "
}

@test "plan: what create refuses is refused with the same error" {
  local filter
  for filter in '.process.cwd = "tmp"' '.root.path = "nonesuch"' '.linux.cgroupsPath = "/"' '.hostname = 7' \
    '.mounts += [{"destination": "/x", "type": "tmpfs", "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}],
      "gidMappings": [{"containerID": 0, "hostID": 1, "size": 1}]}]' \
    '.linux.namespaces += [{"type": "time", "path": "/nonesuch"}]' '.linux.resources.cpu.shares = 1'; do
    cp "$BUNDLE/config.json" "$OUT.config"
    update_config "$filter"
    run -1 runtime plan "$BUNDLE"
    local planned=${output#*msg=}
    run -1 runtime create --bundle "$BUNDLE" "$ID"
    [[ ${output#*msg=} == '"tare create failed: '*"${planned#\"}" ]] || { echo "$filter: $planned: $output" && return 1; }
    cp "$OUT.config" "$BUNDLE/config.json"
  done
  update_config 'del(.process)'
  run -0 runtime create --dry-run --bundle "$BUNDLE" "$ID"
  run -1 runtime run --dry-run --bundle "$BUNDLE" "$ID"
  expect "there is no program to start"
  run -1 runtime create --dry-run --bundle "$BUNDLE" ../x
  run -1 runtime create --format json --bundle "$BUNDLE" "$ID"
  expect "--dry-run"
}

# bats test_tags=v2
@test "plan: with systemd, the unit and its properties" {
  [ -d /run/systemd/system ] || skip "no systemd"
  update_config '.linux.cgroupsPath = "system.slice:tare:planned" | .linux.resources.pids.limit = 77'
  run -0 runtime --systemd-cgroup plan --format json "$BUNDLE"
  jq -e '.cgroup.driver == "systemd" and .cgroup.unit.name == "tare-planned.scope" and .cgroup.unit.slice == "system.slice"
    and .cgroup.unit.properties.TasksMax == 77' <<<"$output"
}
