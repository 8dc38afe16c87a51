# config-linux.md: default file systems, namespaces, id mappings, devices, paths, sysctl, personality, memory policy.
load ../lib/harness

# --- namespaces -------------------------------------------------------------------------------------------------------

@test "CL-29: a namespace without type, or of an unknown one, is an error" {
  config '.linux.namespaces += [{}]'
  refused
  base_config >"$BUNDLE/config.json"
  config '.linux.namespaces += [{"type": "nonsense"}]'
  refused
}

@test "CL-29 CL-43: every namespace without a path is new" {
  config '.linux.namespaces += [{"type": "cgroup"}]'
  user_namespace
  [ ! -e /proc/self/ns/time ] || config '.linux.namespaces += [{"type": "time"}]'
  look
  local name
  for name in cgroup ipc mnt net pid user uts; do
    [ "$(jq -r ".namespaces.$name" "$SEEN")" != "$(readlink "/proc/self/ns/$name")" ] || { echo "$name" && return 1; }
  done
}

@test "CL-39: a namespace path that is not absolute is an error" {
  config '(.linux.namespaces[] | select(.type == "network")).path = "proc/self/ns/net"'
  refused
}

@test "CL-40: the container is in the namespace at path" {
  background unshare --net --uts --ipc sleep 600
  in_its_own() { [ "$(readlink /proc/self/ns/ipc)" != "$(readlink "/proc/$BACKGROUND/ns/ipc")" ]; }
  wait_for in_its_own
  config --arg pid "$BACKGROUND" '.linux.namespaces |= map(if .type == "network" then .path = "/proc/\($pid)/ns/net"
    elif .type == "ipc" then .path = "/proc/\($pid)/ns/ipc" else . end)'
  look
  seen --arg net "$(readlink "/proc/$BACKGROUND/ns/net")" --arg ipc "$(readlink "/proc/$BACKGROUND/ns/ipc")" \
    '.namespaces.net == $net and .namespaces.ipc == $ipc'
}

@test "CL-41: a path of another type, or that is not a namespace, is an error" {
  config '(.linux.namespaces[] | select(.type == "network")).path = "/proc/self/ns/ipc"'
  refused
  touch "$HERE/file"
  config --arg path "$HERE/file" '(.linux.namespaces[] | select(.type == "network")).path = $path'
  refused
}

@test "CL-45: a namespace that is not listed is the runtime's" {
  config '.linux.namespaces |= map(select(.type != "network" and .type != "ipc"))'
  look
  seen --arg net "$(readlink /proc/self/ns/net)" --arg ipc "$(readlink /proc/self/ns/ipc)" \
    '.namespaces.net == $net and .namespaces.ipc == $ipc'
}

@test "CL-46: the same type twice is an error" {
  config '.linux.namespaces += [{"type": "ipc"}]'
  refused
}

@test "CL-88 CL-89 CL-90: a mapping needs containerID, hostID and size" {
  local member
  for member in containerID hostID size; do
    base_config >"$BUNDLE/config.json"
    user_namespace
    config "del(.linux.uidMappings[0].$member)"
    refused || { echo "$member" && return 1; }
  done
}

@test "CL-88: the mappings are as in the config" {
  user_namespace
  look
  seen '(.uid_map | gsub(" +"; " ") | ltrimstr(" ")) == "0 100000 65536" and .uid == 0'
}

@test "CL-100: time offsets" {
  needs kernel 5.6
  config '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 100000}, "monotonic": {"secs": 5, "nanosecs": 6}}'
  look
  seen '.timens_offsets | test("monotonic +5 +6") and test("boottime +100000 +0")'
}

# --- devices ----------------------------------------------------------------------------------------------------------

@test "CL-127: every listed device exists" {
  config '.linux.devices = [{"path": "/dev/mine", "type": "c", "major": 1, "minor": 3, "fileMode": 416, "uid": 5, "gid": 6},
    {"path": "/dev/pipe", "type": "p", "fileMode": 384}, {"path": "/dev/disk", "type": "b", "major": 7, "minor": 3}]'
  look
  seen '.devices["/dev/mine"] == {"kind": "c", "major": 1, "minor": 3, "mode": 416, "uid": 5, "gid": 6}'
  seen '.devices["/dev/pipe"] | .kind == "p" and .mode == 384'
  seen '.devices["/dev/disk"] | .kind == "b" and .major == 7 and .minor == 3'
}

@test "CL-127: the type u is the same as c" {
  config '.linux.devices = [{"path": "/dev/mine", "type": "u", "major": 1, "minor": 5}]'
  look
  seen '.devices["/dev/mine"] | .kind == "c" and .major == 1 and .minor == 5'
}

@test "CL-132: a device without type is an error" {
  config '.linux.devices = [{"path": "/dev/mine", "major": 1, "minor": 3}]'
  refused
}

@test "CL-134: a device without path is an error" {
  config '.linux.devices = [{"type": "c", "major": 1, "minor": 3}]'
  refused
}

@test "CL-137: a device needs major and minor, except a FIFO" {
  config '.linux.devices = [{"path": "/dev/mine", "type": "c"}]'
  refused
  config '.linux.devices = [{"path": "/dev/mine", "type": "p"}]'
  accepted
}

@test "CL-135: a file at the path that is not the device is an error" {
  touch "$ROOTFS/data/file"
  config '.linux.devices = [{"path": "/data/file", "type": "c", "major": 1, "minor": 3}]'
  refused
}

device() { # PATH MAJOR MINOR
  look
  seen --arg path "$1" --argjson major "$2" --argjson minor "$3" \
    '.devices[$path] | .kind == "c" and .major == $major and .minor == $minor'
}

@test "CL-180: /dev/null" { device /dev/null 1 3; }
@test "CL-180: /dev/zero" { device /dev/zero 1 5; }
@test "CL-180: /dev/full" { device /dev/full 1 7; }
@test "CL-180: /dev/random" { device /dev/random 1 8; }
@test "CL-180: /dev/urandom" { device /dev/urandom 1 9; }
@test "CL-180: /dev/tty" { device /dev/tty 5 0; }

@test "CL-180: /dev/ptmx is a bind mount of, or a link to, /dev/pts/ptmx" {
  look
  seen '.devices["/dev/ptmx"] | (.link | IN("pts/ptmx", "/dev/pts/ptmx")) or (.kind == "c" and .major == 5 and .minor == 2)'
}

@test "CL-180: /dev/console only exists with a terminal" {
  look
  seen '.devices["/dev/console"] == null'
}

# The terminal is one that script(1) makes.
@test "CL-180: /dev/console is the terminal, if there is one" {
  needs program script
  config '.process.terminal = true'
  args /bin/probe see /data/seen
  script --quiet --return --command "$(printf '%q ' "$RUNTIME" --root "$ROOT" $RUNTIME_FLAGS run --bundle "$BUNDLE" "$ID")" "$OUT" \
    >/dev/null </dev/null
  cp "$ROOTFS/data/seen" "$SEEN"
  seen '.terminal and .devices["/dev/console"].kind == "c"'
}

@test "CL-180: default devices are usable" {
  inside /bin/sh -c 'echo x >/dev/null && head -c 3 /dev/zero | wc -c && head -c 3 /dev/urandom | wc -c'
  [ "$output" = $'3\n3' ]
}

# --- paths, sysctl, propagation ---------------------------------------------------------------------------------------

@test "CL-1068: maskedPaths must be absolute" {
  config '.linux.maskedPaths = ["data"]'
  refused
}

@test "CL-1068: a masked path cannot be read, file or directory" {
  echo secret >"$ROOTFS/data/file"
  mkdir "$ROOTFS/data/directory"
  echo secret >"$ROOTFS/data/directory/file"
  config '.linux.maskedPaths = ["/data/file", "/data/directory", "/no/such/path"]'
  inside /bin/sh -c 'cat /data/file; ls -A /data/directory'
  [ "$output" = "" ]
}

@test "CL-1081: readonlyPaths must be absolute" {
  config '.linux.readonlyPaths = ["data"]'
  refused
}

@test "CL-1081: a read-only path cannot be written" {
  config '.linux.readonlyPaths = ["/data", "/no/such/path"]'
  inside /bin/sh -c 'touch /data/x 2>&1 || true; touch /tmp/x && echo ok'
  [[ $output == *"Read-only file system"*ok ]]
}

@test "CL-1050: a sysctl is only set in the container" {
  config '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4444"}'
  mount_entry /sys sysfs sysfs ro
  inside /bin/cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax
  [ "$output" = $'1\n4444' ]
}

@test "CL-1051: a sysctl outside of the container's namespaces is an error" {
  config '.linux.sysctl = {"vm.swappiness": "60"}'
  refused
  base_config >"$BUNDLE/config.json"
  config '.linux.sysctl = {"kernel.msgmax": "4444"} | .linux.namespaces |= map(select(.type != "ipc"))'
  refused
}

@test "CL-1052: rootfsPropagation" {
  config '.linux.rootfsPropagation = "private"'
  look
  seen '[.mounts[] | select(.target == "/")] | last | .propagation | test("shared|master") | not'
}

@test "CL-1108: a personality needs domain" {
  config '.linux.personality = {"flags": []}'
  refused
  config '.linux.personality = {"domain": "NONSENSE"}'
  refused
}

@test "CL-1108: LINUX32" {
  config '.linux.personality = {"domain": "LINUX32"}'
  look
  seen '.personality == 8'
}

@test "CL-826: a memory policy needs mode" {
  config '.linux.memoryPolicy = {"nodes": "0"}'
  refused
  config '.linux.memoryPolicy = {"mode": "MPOL_NONSENSE"}'
  refused
}

@test "CL-826: a memory policy is applied" {
  needs feature '.linux.memoryPolicy.modes | index("MPOL_BIND")'
  config '.linux.memoryPolicy = {"mode": "MPOL_BIND", "nodes": "0"}'
  look
  seen '.mempolicy == 2 and .mempolicy_nodes == 1'
}

# --- network devices --------------------------------------------------------------------------------------------------

# A dummy interface with an address of each family, in a network namespace where the runtime runs.
with_interface() { # COMMAND...
  needs kernel 3.8
  needs program ip
  needs feature '.linux.netDevices.enabled'
  ip link add conf0 type dummy 2>/dev/null || skip "needs an interface of type dummy"
  ip link del conf0
  unshare --net bash -c '
    ip link add conf0 type dummy && ip addr add 10.98.7.6/24 dev conf0 && ip addr add fd00:98::6/64 dev conf0 nodad &&
    ip link set conf0 mtu 1400 up && "$@"' bash "$@"
}

run_in_shell() { # the harness in the shell that `unshare` starts
  { declare -p ID HERE ROOT BUNDLE ROOTFS OUT SEEN RUNTIME RUNTIME_FLAGS && declare -f && printf '%s\n' "set -e" "$1"; } >"$HERE/script"
  with_interface bash "$HERE/script"
}

@test "CL-214 CL-232 CL-238: a network device moves, with its addresses, and is up" {
  config '.linux.netDevices = {"conf0": {}}'
  mount_entry /sys sysfs sysfs ro
  run_in_shell 'inside /bin/cat /proc/net/if_inet6 /proc/net/fib_trie /sys/class/net/conf0/mtu /sys/class/net/conf0/flags'
  holds "$OUT" fd000098 10.98.7.6 1400
  (($(tail -n 1 "$OUT") & 1)) # IFF_UP
}

@test "CL-244: no other device, address or route is moved" {
  config '.linux.netDevices = {"conf0": {}}'
  # shellcheck disable=SC2016 # for the other shell
  run_in_shell 'inside /bin/sh -c "cut -d: -f1 -s /proc/net/dev; cut -f 1-3 /proc/net/route; cat /proc/net/if_inet6"'
  [ "$(grep -cE '^ *[a-z0-9]+$' "$OUT")" = 2 ] # lo and conf0
  [ "$(grep -cP '^conf0\t' "$OUT")" = 1 ] # the route to the neighbours, which comes with the address
  ! grep -qP '\t00000000\t' "$OUT" # no way out
}

@test "CL-251: a network device stays in the container's namespace, also after the container has stopped" {
  background unshare --net sleep 600
  in_its_own() { [ "$(readlink /proc/self/ns/net)" != "$(readlink "/proc/$BACKGROUND/ns/net")" ]; }
  wait_for in_its_own
  config --arg net "/proc/$BACKGROUND/ns/net" '.linux.netDevices = {"conf0": {}} |
    (.linux.namespaces[] | select(.type == "network")).path = $net'
  args /bin/sleep 600
  # shellcheck disable=SC2016 # for the other shell
  run_in_shell 'begin; ! ip link show conf0 2>/dev/null || exit 1
    runtime kill "$ID" KILL; wait_for is stopped; ! ip link show conf0 2>/dev/null || exit 1
    nsenter --net="/proc/'"$BACKGROUND"'/ns/net" ip link show conf0; remove'
}

@test "CL-226: a device name in use is an error" {
  config '.linux.netDevices = {"conf0": {"name": "lo"}}'
  run_in_shell refused
}

@test "CL-228: the kernel completes a device name with %d" {
  config '.linux.netDevices = {"conf0": {"name": "eth%d"}}'
  run_in_shell 'inside /bin/cat /proc/net/dev'
  grep -q eth0 "$OUT"
}

@test "CL-224: a missing network device is an error" {
  needs feature '.linux.netDevices.enabled'
  config '.linux.netDevices = {"no-such0": {}}'
  refused
}
