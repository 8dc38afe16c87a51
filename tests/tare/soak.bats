#!/usr/bin/env bats
# Random containers, ended in random ways: afterwards the host's mounts, cgroups and processes are as they
# were, also when tare, a container's first process or a supervisor is killed at any moment. SOAK is their number: 500 or
# more by hand, few in the daily run. SEED repeats a run.
# bats file_tags=v2
# shellcheck disable=SC2034 # make_config reads the lists by their names
load ../integration/helper

SOAK=${SOAK:-$(on_v2 && echo 15 || echo 40)} # a virtual machine takes its time
SEED=${SEED:-$RANDOM}

# Sets $pick rather than printing it, because a subshell has its own $RANDOM.
one_of() { pick=${!#} && local n=$((1 + RANDOM % $#)) && pick=${!n}; } # WORD...

# What a container may have, as jq filters; $shared is a directory in a mount that is shared with the machine.
NAMESPACES=(
  '.'
  '.linux.namespaces += [{type: "cgroup"}] |
    .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro"]}]'
  'del(.linux.namespaces[] | select(.type == "pid")) | .mounts |= map(select(.type != "proc"))'
  'del(.hostname) | del(.linux.namespaces[] | select(.type == "uts"))'
  '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 7}}'
)
USERS=(
  '.'
  '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
)
MOUNTS=(
  '.'
  '.mounts += [{destination: "/in", type: "bind", source: $shared, options: ["rbind"]},
    {destination: "/in/sub", type: "bind", source: "/etc", options: ["rbind", "ro"]}]'
  '.mounts += [{destination: "/in", type: "bind", source: $shared, options: ["rbind", "rslave"]},
    {destination: "/in/sub", type: "tmpfs", source: "tmpfs"}]'
  '.mounts += [{destination: "/in", type: "bind", source: $shared, options: ["bind", "rprivate"]}]'
)
ROOTS=('.' '.root.readonly = true' '.linux.rootfsPropagation = "slave"' '.linux.rootfsPropagation = "rprivate"'
  '.linux.rootfsPropagation = "private"')
EXTRAS=(
  '.'
  '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["acct"], action: "SCMP_ACT_ERRNO"}]}'
  '.hooks.poststop = [{path: "/bin/true"}] | .hooks.createContainer = [{path: "/bin/true"}]'
  '.linux.devices = [{path: "/dev/extra", type: "c", major: 1, minor: 5}]'
  '.hooks.createRuntime = [{path: "/bin/false"}]'
  '.mounts += [{destination: "/x", type: "bind", source: "/nonesuch", options: ["bind"]}]'
)
PROGRAMS=(
  '["true"]' '["false"]' '["/nonesuch"]' '["sleep", "1000"]' '["sh", "-c", "sleep 1000 & sleep 1000"]'
  '["sh", "-c", "mount -t tmpfs none /in; mount -t tmpfs none /tmp; mount --make-rshared /; sleep 1000"]'
)
ENDS=(run detached created started paused supervised killed killed-exec killed-start killed-delete killed-init killed-supervisor)

make_config() {
  local filter=. list
  for list in NAMESPACES USERS MOUNTS ROOTS EXTRAS; do
    local -n choices=$list
    one_of "${choices[@]}"
    filter+=" | $pick"
  done
  one_of "${PROGRAMS[@]}"
  jq --arg shared "$SHARED/directory" "$filter | .process.args = $pick" "$PLAIN" >"$BUNDLE/config.json"
}

quietly() { timeout --signal KILL 30 "$RUNTIME" --root "$ROOT" "$@" >/dev/null 2>&1 3>&- </dev/null || [ $? != 137 ]; }

# A random moment in the first 50 ms, which is most of a command's time.
killed_at_random() { # WORD...
  timeout --signal KILL "$(printf 0.%04d $((1 + RANDOM % 499)))" "$RUNTIME" --root "$ROOT" "$@" >/dev/null 2>&1 3>&- </dev/null || true
}

# Sends SIGKILL to a process that the container's state names, if there is one.
kill_one() { # JQ-FILTER
  local pid
  pid=$(runtime state "$ID" 2>/dev/null | jq "$1 // 0")
  [ "${pid:-0}" = 0 ] || kill -KILL "$pid" 2>/dev/null || true
}

# Commands may fail here: many of these containers cannot be created, or end earlier.
live() { # WAY
  case $1 in
    run) timeout --signal TERM --kill-after 0.2 0.3 "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 3>&- </dev/null || true ;;
    detached) quietly run --detach --bundle "$BUNDLE" "$ID" && quietly exec "$ID" true && quietly kill "$ID" KILL ;;
    created) quietly create --bundle "$BUNDLE" "$ID" ;;
    started) quietly create --bundle "$BUNDLE" "$ID" && quietly start "$ID" && quietly exec --detach "$ID" sleep 1000 ;;
    paused) quietly run --detach --bundle "$BUNDLE" "$ID" && quietly pause "$ID" ;;
    killed) killed_at_random run --detach --bundle "$BUNDLE" "$ID" ;;
    killed-exec) quietly run --detach --bundle "$BUNDLE" "$ID" && killed_at_random exec "$ID" sleep 1000 ;;
    killed-start) quietly create --bundle "$BUNDLE" "$ID" && killed_at_random start "$ID" ;;
    killed-delete) quietly run --detach --bundle "$BUNDLE" "$ID" && killed_at_random delete --force "$ID" ;;
    killed-init) quietly run --detach --bundle "$BUNDLE" "$ID" && kill_one .pid ;;
    killed-supervisor) quietly run --supervise --restart always --detach --bundle "$BUNDLE" "$ID" && kill_one .supervision.supervisor ;;
    supervised) quietly run --supervise --detach --bundle "$BUNDLE" "$ID" && quietly stop --timeout 0 "$ID" ;;
  esac
  quietly delete --force "$ID"
}

# Processes whose creator was killed exit by themselves after a moment.
as_before() { [ "$(cat /proc/self/mountinfo)" = "$BEFORE" ] && [ -z "$(leftovers | grep -vF "$SHARED")" ]; }

@test "soak: random containers that end in random ways leave nothing behind" {
  only_tare "the ways to end include a supervisor"
  local number
  RANDOM=$SEED PLAIN=$BATS_TEST_TMPDIR/plain.json SHARED=$BATS_TEST_TMPDIR/shared
  cp "$BUNDLE/config.json" "$PLAIN"
  mkdir "$SHARED"
  mount -t tmpfs shared "$SHARED"
  mount --make-shared "$SHARED"
  mkdir -p "$SHARED/directory/sub"
  BEFORE=$(cat /proc/self/mountinfo)
  for ((number = 1; number <= SOAK; ++number)); do
    make_config
    one_of "${ENDS[@]}"
    live "$pick" || { echo "seed $SEED, container $number hung ($pick): $(cat "$BUNDLE/config.json")" && return 1; }
    wait_for as_before >/dev/null ||
      { echo "seed $SEED, container $number ($pick) left something: $(diff <(echo "$BEFORE") /proc/self/mountinfo)" "$(leftovers)" \
        "$(cat "$BUNDLE/config.json")" && return 1; }
  done
  umount "$SHARED"
}
