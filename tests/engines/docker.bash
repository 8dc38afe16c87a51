# dockerd with bridge networking, on the containerd of containerd.bash; both runtimes are registered in daemon.json.
# shellcheck shell=bash

# shellcheck source-path=SCRIPTDIR source=containerd.bash
. "$(dirname "${BASH_SOURCE[0]}")/containerd.bash"

docker_config() { # docker_config DEFAULT-RUNTIME
  jq -n --arg dir "$STATE/runtime" --arg default "$1" '{"default-runtime": $default, experimental: true,
    runtimes: (["subject", "reference"] | map({key: ., value: {path: "\($dir)/\(.)"}}) | from_entries)}'
}

docker_start() {
  containerd_start
  mkdir "$STATE/runc-in-path" # BuildKit runs the `runc` of dockerd's PATH, whatever runtime is configured
  ln -s "$STATE/runtime/reference" "$STATE/runc-in-path/runc"
  docker_config reference >"$STATE/daemon.json"
  start_dockerd docker
  start_dockerd docker-remapped --userns-remap daemon --bridge none --iptables=false --containerd-namespace remapped
  await docker version && docker import "$STATE/image/layer.tar" busybox >/dev/null
  await remapped version && remapped import "$STATE/image/layer.tar" busybox >/dev/null
}

start_dockerd() { # start_dockerd NAME [FLAGS...]
  local name=$1
  shift
  PATH=$STATE/runc-in-path:$PATH start_daemon "$name" dockerd --config-file "$STATE/daemon.json" \
    --host "unix:///run/$name.sock" --pidfile "/run/$name.pid" --data-root "/var/lib/$name" --exec-root "/run/$name" \
    --containerd /run/containerd/containerd.sock "$@"
}

docker_stop() {
  stop_daemon docker-remapped
  stop_daemon docker
  containerd_stop
}

docker_clean() {
  local ids
  ids=$(docker ps -aq)
  # shellcheck disable=SC2086
  [ -z "$ids" ] || docker rm -f -v $ids
}

remapped() { docker -H unix:///run/docker-remapped.sock "$@"; }
run() { docker run --name "$C" --runtime "$SIDE" "$@"; }
sleeper() { run -d "$@" busybox sleep 1000 >/dev/null; }
state() { docker inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}' "$C"; }
cgroup_value() { # cgroup_value V1-FILE V2-FILE: what the host sees of the container's limit
  local id
  id=$(docker inspect -f '{{.Id}}' "$C")
  cat "/sys/fs/cgroup/${1%%.*}/docker/$id/$1" 2>/dev/null || cat "/sys/fs/cgroup/docker/$id/$2"
}

# --- run ------------------------------------------------------------------------------------------------------------
docker.run() { run --rm busybox echo hello; }
docker.exit_code() { attempt run busybox sh -c 'echo out; exit 7' && state; }
docker.stdin() { echo input | run --rm -i busybox cat; }
docker.terminal() { on_terminal docker run --rm -it --runtime "$SIDE" busybox sh -c "$SEE_TERMINAL"; }
docker.environment() { run --rm -e A=1 -w /data -h name busybox sh -c 'env | sort; pwd; hostname; cat /etc/hostname'; }
docker.mounts_seen() { run --rm busybox sh -c "$MOUNTS_SEEN"; }
docker.status_seen() {
  run --rm busybox sh -c 'grep -E "^(Cap...|NoNewPrivs|Seccomp|Groups|Umask|SigIgn):" /proc/self/status; ulimit -a; ls -1 /proc/self/fd'
}
docker.read_only() {
  run --rm --read-only --tmpfs /scratch:size=1m,mode=700 busybox sh -c 'touch /x; touch /scratch/x && grep " /scratch " /proc/mounts'
}
docker.capabilities() { run --rm --cap-drop ALL --cap-add NET_BIND_SERVICE busybox grep Cap /proc/self/status; }
docker.user() { run --rm -u user --group-add 3000 busybox sh -c 'id -u; id -g; id -G; grep Cap /proc/self/status; touch /x || true'; }
docker.no_new_privileges() { run --rm --security-opt no-new-privileges busybox grep NoNewPrivs /proc/self/status; }
docker.seccomp_unconfined() { run --rm --security-opt seccomp=unconfined busybox grep Seccomp: /proc/self/status; }
docker.seccomp_denies() { attempt run --rm busybox unshare -m true; }
docker.ulimit() { run --rm --ulimit nofile=512:1024 --ulimit core=0 busybox sh -c 'ulimit -Sn; ulimit -Hn; ulimit -c'; }
docker.sysctl() { run --rm --sysctl net.ipv4.ip_forward=0 busybox cat /proc/sys/net/ipv4/ip_forward; }
docker.devices() { run --rm --device /dev/loop-control:/dev/loopy:r busybox sh -c 'ls -1 /dev; true </dev/loopy; true >/dev/loopy || echo refused'; }
docker.shm_size() { run --rm --shm-size 1m busybox sh -c 'grep " /dev/shm " /proc/mounts'; }
docker.volume() {
  mkdir -p "$STATE/shared" && echo shared >"$STATE/shared/file"
  run --rm -v "$STATE/shared:/a:ro" -v /b busybox sh -c 'cat /a/file; touch /a/x; touch /b/x && cut -d" " -f5,6 /proc/self/mountinfo | grep -E "^/[ab] " | sort' # Docker's order changes
}
docker.init() {
  command -v docker-init >/dev/null || unsupported "docker-init is not installed"
  run --rm --init busybox cat /proc/1/comm
}
docker.oom_score_adj() { run --rm --oom-score-adj 500 busybox cat /proc/self/oom_score_adj; }

# --- failures ---------------------------------------------------------------------------------------------------------
docker.missing_command() { attempt run busybox no-such-command && state; }
docker.missing_path() { attempt run busybox /no/such/command && state; }
docker.not_executable() { attempt run busybox /data/not-executable && state; }
docker.directory_as_command() { attempt run busybox /data && state; }
docker.bad_bind() { attempt run --mount type=bind,src=/etc/passwd,dst=/data busybox true; }
docker.out_of_memory() {
  attempt run --memory 8m --memory-swap 8m busybox sh -c 'x=a; while :; do x=$x$x; done'
  state
}

# --- limits -----------------------------------------------------------------------------------------------------------
docker.limits() {
  sleeper --memory 64m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 --pids-limit 50
  cgroup_value memory.limit_in_bytes memory.max
  cgroup_value memory.soft_limit_in_bytes memory.low
  cgroup_value cpu.cfs_quota_us cpu.max
  cgroup_value cpu.shares cpu.weight
  cgroup_value cpuset.cpus cpuset.cpus
  cgroup_value pids.max pids.max
}
docker.pids_limit_holds() { attempt run --pids-limit 5 busybox sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done'; }
docker.update() {
  sleeper --memory 64m --memory-swap 64m
  docker update --memory 32m --memory-swap 32m --cpus 0.25 --pids-limit 20 "$C" >/dev/null
  cgroup_value memory.limit_in_bytes memory.max
  cgroup_value cpu.cfs_quota_us cpu.max
  cgroup_value pids.max pids.max
}
docker.device_rules() { run --rm busybox sh -c 'mknod /dev/sda b 8 0 && cat /dev/sda; mknod /tmp/zero c 1 5 && head -c 4 /tmp/zero | wc -c'; }

# --- a running container ----------------------------------------------------------------------------------------------
docker.exec() {
  sleeper -e FROM=container
  attempt docker exec -u user -w /data -e ADDED=1 "$C" sh -c 'id -u; pwd; echo $FROM $ADDED; exit 3'
  echo input | docker exec -i "$C" cat
  attempt docker exec "$C" no-such-command
  attempt docker exec "$C" /data/not-executable
  docker exec "$C" grep -E '^(Cap...|NoNewPrivs|Seccomp):' /proc/self/status
  docker exec "$C" diff /proc/self/cgroup /proc/1/cgroup
}
docker.exec_terminal() { sleeper && on_terminal docker exec -it "$C" sh -c "$SEE_TERMINAL"; }
docker.exec_detached() { sleeper && docker exec -d "$C" sleep 500 && docker top "$C" | grep -c 'sleep 500'; }
docker.logs() { run -d busybox sh -c 'echo out; echo err >&2' >/dev/null && docker wait "$C" && docker logs "$C" 2>&1 | sort; }
docker.top() { sleeper && docker top "$C" | awk '{ print $1, $NF }'; }
docker.stats() { sleeper --memory 64m && docker stats --no-stream --format '{{.Name}} {{.PIDs}}' "$C"; }
docker.stop() { run -d busybox sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done' >/dev/null && sleep 0.3 && docker stop "$C" && state; }
docker.kill() { sleeper && docker kill "$C" && await stopped && state && attempt docker kill "$C"; }
docker.signal() {
  run -d busybox sh -c 'trap "echo got usr1; exit 0" USR1; while :; do sleep 0.1; done' >/dev/null
  sleep 0.3 && docker kill -s USR1 "$C" && docker wait "$C" && docker logs "$C"
}
docker.pause() { sleeper && docker pause "$C" && state && attempt docker exec "$C" true && docker unpause "$C" && docker exec "$C" echo on; }
docker.restart() { sleeper && docker restart -t 0 "$C" && state && docker exec "$C" echo again; }
docker.stop_and_start() { run busybox sh -c 'echo start $((1 + 1))' && docker start -a "$C"; }
docker.copy() {
  sleeper
  echo copied >"$STATE/copied-$C"
  docker cp "$STATE/copied-$C" "$C:/data/copied" && docker exec "$C" cat /data/copied
  docker cp "$C:/data/copied" - | tar -xO
}
docker.diff() { run busybox sh -c 'touch /data/new; rm /data/not-executable' && docker diff "$C" | sort; }
stopped() { [ "$(docker inspect -f '{{.State.Running}}' "$C")" = false ]; }

# --- namespaces -------------------------------------------------------------------------------------------------------
docker.published_port() {
  run -d -p 127.0.0.1:8080:80 busybox sh -c 'mkdir /www && echo served >/www/index.html && httpd -f -p 80 -h /www' >/dev/null
  await wget -qO- http://127.0.0.1:8080/ && wget -qO- http://127.0.0.1:8080/
}
docker.network_seen() { run --rm busybox sh -c 'ls /sys/class/net; ip -4 -o addr show eth0 | wc -l; ip route | wc -l; cat /etc/hosts | wc -l'; }
docker.network_host() { run --rm --network host busybox readlink /proc/self/ns/net && readlink /proc/self/ns/net; }
docker.network_none() { run --rm --network none busybox ls /sys/class/net; }
joins() { # joins NAMESPACE FLAG: a second container in a namespace of the first
  sleeper --ipc shareable && docker run --rm --runtime "$SIDE" "$2" busybox readlink "/proc/self/ns/$1" >"$STATE/joined-$C"
  docker exec "$C" readlink "/proc/self/ns/$1" | diff - "$STATE/joined-$C" && echo same
}
docker.join_pid() { joins pid "--pid=container:$C"; }
docker.join_network() { joins net "--network=container:$C"; }
docker.join_ipc() { joins ipc "--ipc=container:$C"; }
docker.host_pid() { run --rm --pid host busybox cat "/proc/$(cat "$STATE/docker.pid")/comm"; }
docker.user_namespace() {
  remapped run --rm --runtime "$SIDE" --network none busybox \
    sh -c 'cat /proc/self/uid_map /proc/self/gid_map; stat -c %u /data /etc/hostname; touch /tmp/x && stat -c %u /tmp/x; grep Cap /proc/self/status'
}
docker.user_namespace_exec() {
  remapped run -d --name "$C" --runtime "$SIDE" --network none busybox sleep 1000 >/dev/null
  attempt remapped exec "$C" sh -c 'id -u; cat /proc/self/uid_map; exit 4'
  remapped rm -f "$C"
}

# --- build ------------------------------------------------------------------------------------------------------------
context() {
  mkdir -p "$STATE/context-$C"
  printf 'FROM busybox\nRUN echo built >/made && id -u && cat /proc/self/uid_map\nRUN test -s /made\nUSER user\nRUN id -u >/tmp/uid\nCMD ["sh", "-c", "cat /made /tmp/uid"]\n' \
    >"$STATE/context-$C/Dockerfile"
  echo "$STATE/context-$C"
}
use_default_runtime() { # the classic builder takes the default runtime, which dockerd re-reads at SIGHUP
  docker_config "$1" >"$STATE/daemon.json"
  kill -HUP "$(cat "$STATE/docker.pid")"
  await default_runtime_is "$1"
}
default_runtime_is() { [ "$(docker info -f '{{.DefaultRuntime}}')" = "$1" ]; }
docker.build() {
  use_default_runtime "$SIDE"
  DOCKER_BUILDKIT=0 docker build -q --no-cache -t "built-$SIDE" "$(context)" >/dev/null && run --rm "built-$SIDE"
}
docker.build_failure() {
  use_default_runtime "$SIDE"
  printf 'FROM busybox\nRUN exit 9\n' | DOCKER_BUILDKIT=0 attempt docker build -q --no-cache - 2>/dev/null
}
docker.buildkit() {
  ln -sfn "$RUNTIME" "$STATE/runc-in-path/runc"
  DOCKER_BUILDKIT=1 docker build -q --no-cache -t "kit-$SIDE" "$(context)" >/dev/null && run --rm "kit-$SIDE"
}
docker.buildkit_failure() {
  ln -sfn "$RUNTIME" "$STATE/runc-in-path/runc"
  printf 'FROM busybox\nRUN exit 9\n' | DOCKER_BUILDKIT=1 attempt docker build --progress plain --no-cache - 2>&1 | grep -o 'exit code: 9' | head -n 1
}

# --- checkpoints, which are experimental ------------------------------------------------------------------------------
count() { docker exec "$C" cat /count; }
counter() { need_criu && run -d --security-opt seccomp=unconfined busybox sh -c "$COUNT" >/dev/null && sleep 2; }

docker.checkpoint() {
  counter
  attempt docker checkpoint create "$C" one
  docker checkpoint ls "$C" | sed 1d && state
  sleep 2 # Docker uploads the checkpoint in the background, and refuses a second upload meanwhile
  attempt docker start --checkpoint one "$C" && state && goes_on 15 count
}
docker.checkpoint_leave_running() { counter && attempt docker checkpoint create --leave-running "$C" one && state && goes_on 5 count; }
docker.checkpoint_of_stopped() { need_criu && run busybox true && attempt docker checkpoint create "$C" one; }
