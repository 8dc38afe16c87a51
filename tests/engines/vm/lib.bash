# What the scenarios of all engines share: outcomes made comparable, where a container's cgroup is, what may be left.
# shellcheck shell=bash

# shellcheck source-path=SCRIPTDIR source=../lib.bash
. "$(dirname "${BASH_SOURCE[0]}")/../lib.bash"

IMAGE=docker.io/library/busybox:latest

rootless() { [[ $SETTING == rootless-* ]]; }
systemd_driver() { [[ $SETTING == *-systemd ]]; }
own_shim() { [[ $SETTING == *-shim-* && $SIDE == subject ]]; } # rather than containerd's with tare
ctl() { if rootless; then systemctl --user "$@"; else systemctl "$@"; fi; }

cgroup_of() { sed -n 's/^0:://p' "/proc/$1/cgroup"; } # PID
unit_of() { cgroup_of "$1" | grep -oE '[^/]+\.scope' | tail -n 1; }

# What systemd thinks of a container's unit: what it would write again at the next occasion. Not DevicePolicy, which tare
# leaves at "auto" where systemd cannot express the rules (src/systemd/properties.h).
unit_limits() { # PID
  ctl show "$(unit_of "$1")" -p MemoryMax,MemoryLow,MemorySwapMax,CPUQuotaPerSecUSec,CPUQuotaPeriodUSec,CPUWeight,TasksMax,AllowedCPUs
}

# The limits as the container's kernel files have them, one a line; for a shell in the container.
SEE_LIMITS='cd /sys/fs/cgroup; for f in memory.max memory.low memory.swap.max cpu.max cpu.weight pids.max cpuset.cpus; do
  [ ! -e $f ] || echo "$f $(cat $f)"; done'

# What a runtime and its engine should have taken away: cgroups, units, state, processes.
leftovers() {
  local left tries
  for ((tries = 0; tries < 30; tries++)); do
    left=$(find_leftovers) || true
    [ -n "$left" ] || return 0
    sleep 0.1
  done
  echo "$left" | normalise | sed 's/^/left behind: /' | head -n 5
}

find_leftovers() {
  local state=${XDG_RUNTIME_DIR:-/run}
  find /sys/fs/cgroup -type d -regextype egrep -regex '.*([0-9a-f]{64}|(subject|reference)-|buildah-buildah).*'
  ctl list-units --all --plain --no-legend --type scope,service | grep -E '[0-9a-f]{64}|(subject|reference)-'
  find "$state"/{runc,crun,tare} /run/containerd/{runc,tare} /run/docker/runtime-* -type d -regextype egrep \
    -regex '.*/([0-9a-f]{64}|(subject|reference)-[^/]*)' 2>/dev/null
  find /proc -mindepth 2 -maxdepth 2 -name exe \( -lname /usr/local/bin/subject -o -lname "$(realpath /usr/local/bin/reference)" \) 2>/dev/null
}
