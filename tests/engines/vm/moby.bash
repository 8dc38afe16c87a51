# Docker and Podman, which take the same words. A setting is podman-DRIVER, rootless-podman-DRIVER or docker-DRIVER.
# shellcheck shell=bash

DRIVER=${SETTING##*-}

set_up() {
  [[ $SETTING == docker-* ]] || return 0
  jq -n --arg driver "$DRIVER" '{"exec-opts": ["native.cgroupdriver=\($driver)"], runtimes:
    ((["subject", "reference"] | map({key: ., value: {path: "/usr/local/bin/\(.)"}}) | from_entries)
      + {shim: {runtimeType: "io.containerd.subject.v2"}})}' >/etc/docker/daemon.json
  systemctl restart docker && await docker version
}

engine() {
  if [[ $SETTING == docker-* ]]; then docker "$@"; else podman --cgroup-manager "$DRIVER" --runtime "/usr/local/bin/$SIDE" "$@"; fi
}

# Networks are tested by tests/engines/run; they would take half of the time here.
run() { # OPTION... IMAGE WORD...
  local runtime=()
  [[ $SETTING != docker-* ]] || runtime=(--runtime "$SIDE")
  ! own_shim || runtime=(--runtime shim)
  engine run --name "$C" --network none "${runtime[@]}" "$@"
}

clean() {
  local engine=podman ids
  [[ $SETTING != docker-* ]] || engine=docker
  mapfile -t ids < <($engine ps -aq)
  [ ${#ids[@]} = 0 ] || $engine rm -f "${ids[@]}"
}

sleeper() { run -d "$@" "$IMAGE" sleep 1000 >/dev/null; }
# Podman shows "stopped" until it has cleaned up in the background.
state() { engine inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}' "$C" | sed 's/^stopped/exited/'; }
exited() { [[ $(state) == exited* ]]; }
pid() { engine inspect -f '{{.State.Pid}}' "$C"; }
limits_of_unit() { if systemd_driver; then unit_limits "$(pid)"; fi; }

LIMITS=(--memory 64m --memory-swap 96m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 --pids-limit 50 --cpuset-cpus 0)

moby.run() {
  run --rm "$IMAGE" echo hello
  attempt run "$IMAGE" sh -c 'echo out; exit 7' && state
}
moby.stdin() { echo input | run --rm -i "$IMAGE" cat; }
moby.missing_command() { attempt run "$IMAGE" no-such-command && state; }
moby.seen() {
  run --rm "$IMAGE" sh -c "cat /proc/self/cgroup /proc/self/uid_map; grep -E '^(Cap...|NoNewPrivs|Seccomp):' /proc/self/status; $MOUNTS_SEEN"
}
moby.cgroup() { sleeper && cgroup_of "$(pid)"; }
moby.host_cgroup_namespace() { run --rm --cgroupns host "$IMAGE" sh -c 'sed -E "s/([^0-9a-f])[0-9]+\$/\\1/" /proc/self/cgroup; grep " /sys/fs/cgroup " /proc/mounts'; }
moby.privileged() { run --rm --privileged "$IMAGE" sh -c 'grep -E "^(Cap...|Seccomp):" /proc/self/status; mkdir /sys/fs/cgroup/made && echo writable'; }
moby.limits() {
  sleeper "${LIMITS[@]}"
  engine exec "$C" sh -c "$SEE_LIMITS"
  limits_of_unit
}
moby.no_limits() {
  sleeper
  engine exec "$C" sh -c "$SEE_LIMITS"
  limits_of_unit
}
moby.update() {
  sleeper "${LIMITS[@]}"
  engine update --memory 48m --memory-swap 64m --cpus 0.25 --pids-limit 30 "$C" >/dev/null
  engine exec "$C" sh -c "$SEE_LIMITS"
  limits_of_unit
}
moby.limits_outlive_daemon_reload() {
  sleeper "${LIMITS[@]}" --device /dev/full:/dev/full:r
  ctl daemon-reload
  engine exec "$C" sh -c "$SEE_LIMITS; true </dev/full && echo reads; echo 2>&1 >/dev/full || true"
}
moby.exec() {
  sleeper -e FROM=container
  attempt engine exec -u 1:1 -w /tmp -e ADDED=1 "$C" sh -c 'id -u; pwd; echo $FROM $ADDED; cat /proc/self/cgroup; exit 3'
  attempt engine exec "$C" no-such-command
  echo input | engine exec -i "$C" cat
}
moby.out_of_memory() { attempt run --memory 16m --memory-swap 16m "$IMAGE" sh -c 'x=a; while :; do x=$x$x; done' && state; }
moby.too_many_processes() {
  attempt run --rm --pids-limit 10 "$IMAGE" sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1 & done 2>&1 | grep -c "fork"; true'
}
moby.pause() {
  sleeper && engine pause "$C" >/dev/null && state
  attempt engine exec "$C" true
  engine unpause "$C" >/dev/null && state && engine exec "$C" echo on
}
moby.remove_paused() { sleeper && engine pause "$C" >/dev/null && attempt engine rm -f "$C"; }
moby.stats() { sleeper --memory 64m && engine stats --no-stream --format '{{.Name}} {{.PIDs}}' "$C" && engine stats --no-stream --format '{{.MemUsage}}' "$C" | sed 's|.*/ *||'; }
moby.top() { sleeper && engine top "$C" | awk '{ print $NF }'; }
moby.stop() {
  run -d "$IMAGE" sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done' >/dev/null
  sleep 1 && engine stop "$C" >/dev/null && state
}
moby.kill() { sleeper && engine kill "$C" >/dev/null && await exited && state && attempt engine kill "$C"; }
moby.restart() { sleeper && engine restart -t 0 "$C" >/dev/null && state && engine exec "$C" echo again; }
moby.devices() {
  rootless && unsupported "needs mknod"
  run --rm --cap-add MKNOD --device /dev/full:/dev/full:r "$IMAGE" sh -c '
    true </dev/full && echo reads; (echo >/dev/full) 2>/dev/null || echo "does not write"
    mknod /kmsg c 1 11; (true </kmsg) 2>/dev/null || echo "does not read another"'
}
moby.cgroup_parent() {
  local parent=/parent-of-test
  ! systemd_driver || parent=parent-of-test.slice
  rootless && ! systemd_driver && unsupported "the parent is not ours"
  sleeper --cgroup-parent "$parent" --memory 64m && cgroup_of "$(pid)"
}
