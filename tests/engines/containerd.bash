# containerd with its own client, ctr: the shim calls the runtime.
# shellcheck shell=bash

IMAGE=local/busybox:latest

containerd_start() {
  [ ! -e "$STATE/containerd.pid" ] || return 0
  cat >"$STATE/containerd.toml" <<END
version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
END
  start_daemon containerd containerd --config "$STATE/containerd.toml"
  await ctr version && ctr images import --base-name local/busybox "$STATE/image/oci.tar" >/dev/null
}

containerd_stop() { stop_daemon containerd; }

containerd_clean() {
  local id
  for id in $(ctr tasks ls -q); do ctr tasks rm -f "$id"; done
  for id in $(ctr containers ls -q); do ctr containers rm "$id"; done
}

run() { ctr run --runc-binary "$RUNTIME" "$@"; }
sleeper() { run -d "$@" "$IMAGE" "$C" sleep 1000; }
status() { ctr tasks ls | awk -v id="$C" '$1 == id { print $3 }'; }
running() { [ "$(status)" = RUNNING ]; }
stopped() { [ "$(status)" = STOPPED ]; }

containerd.run() { run --rm "$IMAGE" "$C" echo hello; }
containerd.exit_code() { attempt run --rm "$IMAGE" "$C" sh -c 'exit 7'; }
containerd.terminal() { on_terminal ctr run --rm -t --runc-binary "$RUNTIME" "$IMAGE" "$C" sh -c "$SEE_TERMINAL"; }
containerd.detached() { sleeper && status; }
containerd.missing_command() { attempt run --rm "$IMAGE" "$C" /no/such/command; }
containerd.not_executable() { attempt run --rm "$IMAGE" "$C" /data/not-executable; }
containerd.bad_working_directory() { attempt run --rm --cwd /data/not-executable "$IMAGE" "$C" true; }

containerd.exec() {
  sleeper
  attempt ctr tasks exec --exec-id e1 "$C" sh -c 'echo inside; exit 3'
  attempt ctr tasks exec --exec-id e2 --cwd /data --user 1000:1000 "$C" sh -c 'pwd; id -u; id -g'
  attempt ctr tasks exec --exec-id e3 "$C" /no/such/command
  echo input | ctr tasks exec --exec-id e4 "$C" cat
}
containerd.exec_terminal() { sleeper && on_terminal ctr tasks exec --exec-id e -t "$C" sh -c "$SEE_TERMINAL"; }
containerd.kill() { sleeper && ctr tasks kill -s SIGKILL "$C" && await stopped && attempt ctr tasks rm "$C"; }
containerd.killed_in_foreground() {
  attempt run --rm "$IMAGE" "$C" sleep 1000 &
  await running && ctr tasks kill -s SIGKILL "$C" && wait
}
containerd.kill_by_handler() {
  run -d "$IMAGE" "$C" sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done'
  sleep 0.3 && ctr tasks kill -s SIGTERM "$C" && await stopped && attempt ctr tasks rm "$C"
}
containerd.kill_stopped() { sleeper && ctr tasks kill -s SIGKILL "$C" && await stopped && attempt ctr tasks kill "$C"; }
containerd.pause() { sleeper && ctr tasks pause "$C" && status && ctr tasks resume "$C" && status; }
containerd.ps() { sleeper && ctr tasks ps "$C" | awk 'NR > 1' | wc -l; }
containerd.metrics() { sleeper --memory-limit 33554432 && ctr tasks metrics "$C" | awk '/pids.current|memory.limit/ { print $1, $2 }'; }
containerd.limits() {
  run --rm --memory-limit 33554432 --cpus 0.5 --mount type=bind,src=/sys/fs/cgroup,dst=/cg,options=rbind:ro \
    --cgroup "/limits-$C" "$IMAGE" "$C" sh -c "
      cat /cg/memory/limits-$C/memory.limit_in_bytes /cg/cpu/limits-$C/cpu.cfs_quota_us 2>/dev/null ||
      cat /cg/limits-$C/memory.max /cg/limits-$C/cpu.max"
}
containerd.seccomp() { run --rm --seccomp "$IMAGE" "$C" grep -E '^(Seccomp|NoNewPrivs|Cap...):' /proc/self/status; }
containerd.read_only() { run --rm --read-only "$IMAGE" "$C" sh -c 'touch /x; touch /dev/shm/x && echo writable shm'; }
containerd.mount() {
  mkdir -p "$STATE/shared" && echo shared >"$STATE/shared/file"
  run --rm --mount "type=bind,src=$STATE/shared,dst=/mnt/new,options=rbind:ro" \
    --mount type=tmpfs,src=tmpfs,dst=/scratch,options=size=64k:mode=700 "$IMAGE" "$C" \
    sh -c 'cat /mnt/new/file; touch /mnt/new/x; stat -c %a /scratch; grep -E " /(mnt/new|scratch) " /proc/mounts | cut -d" " -f2-'
}
containerd.net_host() { run --rm --net-host "$IMAGE" "$C" readlink /proc/self/ns/net && readlink /proc/self/ns/net; }
containerd.own_network() { run --rm "$IMAGE" "$C" ls /sys/class/net; }
containerd.user_namespace() {
  run --rm --uidmap 0:100000:65536 --gidmap 0:100000:65536 "$IMAGE" "$C" \
    sh -c 'id -u; cat /proc/self/uid_map /proc/self/gid_map; stat -c %u /data /proc/1; touch /tmp/x && stat -c %u /tmp/x'
}
containerd.cgroup() { # in a hybrid setup the v2 hierarchy is systemd's: a runtime may enter it, or leave it alone
  run --rm --cgroup "/own-$C" "$IMAGE" "$C" sh -c 'grep -v ^0: /proc/self/cgroup || cat /proc/self/cgroup'
}
containerd.no_cgroup() { run --rm --cgroup '' "$IMAGE" "$C" true; }
containerd.privileged() { run --rm --privileged "$IMAGE" "$C" sh -c 'grep Cap /proc/self/status; ls /dev | wc -l; grep ro, /proc/mounts || true'; }
containerd.environment() { run --rm --env A=1 --env 'B=two words' --cwd /data "$IMAGE" "$C" sh -c 'env | sort; pwd; hostname'; }
containerd.device() { run --rm --device /dev/loop-control "$IMAGE" "$C" sh -c 'ls -l /dev/loop-control | cut -c1-10; ls -1 /dev'; }
containerd.rootfs_directory() { run --rm --rootfs "$STATE/image/root" "$C" /bin/echo from a directory; }
containerd.no_pivot() { run --rm --no-pivot "$IMAGE" "$C" ls /data; }
containerd.masked_paths() {
  run --rm "$IMAGE" "$C" sh -c 'cat /proc/kcore | wc -c; ls /proc/scsi /sys/firmware; echo x >/proc/sysrq-trigger || true'
}
containerd.mounts_seen() { run --rm "$IMAGE" "$C" sh -c "$MOUNTS_SEEN"; }

# --- checkpoints ----------------------------------------------------------------------------------------------------
count() { ctr tasks exec --exec-id "count$RANDOM" "$C" cat /count; }
counter() { need_criu && run -d "$IMAGE" "$C" sh -c "$COUNT" && sleep 2; }
images_of() { (cd "$1" && for file in inventory.img pstree.img core-1.img descriptors.json; do [ ! -e $file ] || echo $file; done); }

containerd.checkpoint() {
  counter
  attempt ctr tasks checkpoint --image-path "$STATE/images-$C" --work-path "$STATE/work-$C" "$C"
  images_of "$STATE/images-$C" && status && goes_on 5 count
  ls "$STATE/work-$C"
}
containerd.checkpoint_and_exit() {
  counter
  attempt ctr tasks checkpoint --exit --image-path "$STATE/images-$C" "$C"
  await stopped && status && images_of "$STATE/images-$C"
  attempt ctr tasks rm "$C"
}
containerd.checkpoint_of_stopped() {
  need_criu && sleeper && ctr tasks kill -s SIGKILL "$C" && await stopped
  attempt ctr tasks checkpoint --image-path "$STATE/images-$C" "$C"
}
containerd.checkpoint_fails() {
  need_criu && mkdir -p "$STATE/shared" && run -d --log-uri "file://$STATE/shared/log-$C" "$IMAGE" "$C" sh -c "$COUNT" && sleep 1
  touch "$STATE/images-$C"
  attempt ctr tasks checkpoint --image-path "$STATE/images-$C" "$C"
  status
}
containerd.restore() {
  counter
  ctr containers checkpoint --rw --image --task "$C" "checkpoint-$C"
  ctr tasks kill -s SIGKILL "$C" && await stopped && ctr tasks rm "$C" && ctr containers rm "$C"
  attempt ctr containers restore --rw --live "$C" "checkpoint-$C" </dev/null
  running && goes_on 15 count && ctr tasks ps "$C" | awk 'NR > 1' | head -n 1 | wc -l
}
