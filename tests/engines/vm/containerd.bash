# containerd by its own client, ctr, which passes --systemd-cgroup on. A setting is containerd-DRIVER.
# shellcheck shell=bash

set_up() { ctr version >/dev/null; }

# Options of ctr come before the image: words up to "--" are theirs.
run() { # OPTION... -- WORD...
  local options=(--runc-binary "/usr/local/bin/$SIDE")
  ! systemd_driver || options+=(--runc-systemd-cgroup)
  ! own_shim || options=(--runtime io.containerd.subject.v2)
  ! systemd_driver || options+=(--cgroup "system.slice:ctr:$C")
  while [ "$1" != -- ]; do options+=("$1") && shift; done
  shift
  ctr run "${options[@]}" "$IMAGE" "$C" "$@"
}

clean() {
  local id
  for id in $(ctr tasks ls -q); do ctr tasks rm -f "$id"; done
  for id in $(ctr containers ls -q); do ctr containers rm "$id"; done
}

sleeper() { run -d "$@" -- sleep 1000; }
status() { ctr tasks ls | awk -v id="$C" '$1 == id { print $3 }'; }
stopped() { [ "$(status)" = STOPPED ]; }
pid() { ctr tasks ls | awk -v id="$C" '$1 == id { print $2 }'; }
host_limits() { (cd "/sys/fs/cgroup$(cgroup_of "$(pid)")" && head memory.max memory.swap.max cpu.max cpu.weight pids.max); }

containerd.run() { run --rm -- echo hello; }
containerd.exit_code() { attempt run --rm -- sh -c 'exit 7'; }
containerd.missing_command() { attempt run --rm -- /no/such/command; }
containerd.seen() { run --rm -- sh -c "cat /proc/self/cgroup; grep -E '^(Cap...|NoNewPrivs|Seccomp):' /proc/self/status; $MOUNTS_SEEN"; }
containerd.cgroup() { sleeper && cgroup_of "$(pid)"; }
containerd.limits() {
  sleeper --memory-limit 67108864 --cpus 0.5 --cpu-shares 512
  host_limits
  ! systemd_driver || unit_limits "$(pid)"
}
containerd.limits_outlive_daemon_reload() { sleeper --memory-limit 67108864 --cpus 0.5 && systemctl daemon-reload && host_limits; }
containerd.exec() {
  sleeper
  attempt ctr tasks exec --exec-id e1 "$C" sh -c 'echo inside; cat /proc/self/cgroup; exit 3'
  attempt ctr tasks exec --exec-id e2 "$C" /no/such/command
}
containerd.out_of_memory() { attempt run --rm --memory-limit 16777216 -- sh -c 'x=a; while :; do x=$x$x; done'; }
containerd.pause() { sleeper && ctr tasks pause "$C" && status && ctr tasks resume "$C" && status; }
containerd.kill() { sleeper && ctr tasks kill -s SIGKILL "$C" && await stopped && attempt ctr tasks rm "$C"; }
containerd.ps() { sleeper && ctr tasks ps "$C" | awk 'NR > 1' | wc -l; }
containerd.metrics() { sleeper --memory-limit 33554432 && ctr tasks metrics "$C" | awk '/pids.current|memory.usage_limit/ { print $1, $2 }'; }
