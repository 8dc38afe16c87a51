# Podman as root: conmon calls the runtime to create, and Podman for everything else. netavark makes the networks.
# shellcheck shell=bash

containers_start() { # what Podman and Buildah share: configuration, storage, the image
  [ ! -e /etc/containers/containers.conf ] || return 0
  echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
  printf '[storage]\n%s = "%s"\n%s = "%s"\n%s = "%s"\n' driver overlay graphroot /var/lib/containers/storage \
    runroot /run/containers/storage >/etc/containers/storage.conf
  # The default ulimits may be above a machine's; Podman asks for JSON logs only from runtimes that it knows by name.
  cat >/etc/containers/containers.conf <<END
[containers]
default_ulimits = []
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
infra_image = "localhost/pause"
runtime_supports_json = ["subject", "reference"]
[network]
network_backend = "netavark"
END
  podman import --quiet --change 'CMD ["/bin/sleep", "1000"]' "$STATE/image/layer.tar" localhost/pause >/dev/null
  podman import --quiet --change ENV=PATH=/bin --change CMD=sh "$STATE/image/layer.tar" localhost/busybox >/dev/null
}

podman_start() { containers_start; }
podman_stop() { :; }

podman_clean() {
  [ -z "$(podman pod ps -q)" ] || podman pod rm -af -t 0
  [ -z "$(podman ps -aq)" ] || podman rm -af -t 0 -v
}

pod() { podman --runtime "$RUNTIME" "$@"; }
run() { pod run --name "$C" "$@"; }
sleeper() { run -d "$@" busybox sleep 1000 >/dev/null; }
state() { podman inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}}' "$C"; }
has_state() { [ "$(podman inspect -f '{{.State.Status}}' "$C")" = "$1" ]; }

# --- run ------------------------------------------------------------------------------------------------------------
podman.run() { run --rm busybox echo hello; }
podman.exit_code() { attempt run busybox sh -c 'echo out; exit 7' && state; }
podman.stdin() { echo input | run --rm -i busybox cat; }
podman.terminal() { on_terminal podman --runtime "$RUNTIME" run --rm -it busybox sh -c "$SEE_TERMINAL"; }
podman.mounts_seen() { run --rm busybox sh -c "$MOUNTS_SEEN"; }
podman.status_seen() {
  run --rm busybox sh -c 'grep -E "^(Cap...|NoNewPrivs|Seccomp|Groups|Umask|SigIgn):" /proc/self/status; ulimit -a; ls -1 /proc/self/fd'
}
podman.cgroup_namespaces() { run --rm --cgroupns private busybox cat /proc/self/cgroup; }
podman.read_only() {
  run --rm --read-only --tmpfs /scratch:size=1m,mode=700 busybox sh -c 'touch /x; touch /scratch/x && grep " /scratch " /proc/mounts'
}
podman.user() { run --rm -u user --group-add 3000 --cap-add NET_RAW busybox sh -c 'id -u; id -g; id -G; grep Cap /proc/self/status'; }
podman.privileged() { run --rm --privileged busybox sh -c 'grep -E "^(Cap...|Seccomp):" /proc/self/status; grep -E " (ro,|/sys)" /proc/mounts | sort'; }
podman.security() { run --rm --security-opt no-new-privileges --security-opt seccomp=unconfined busybox grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; }
podman.mask_and_unmask() { run --rm --security-opt mask=/data --security-opt unmask=ALL busybox sh -c 'ls /data; cut -d" " -f5,6 /proc/self/mountinfo | grep /proc'; }
podman.ulimit() { run --rm --ulimit nofile=512:1024 --ulimit nproc=1000:1000 busybox sh -c 'ulimit -Sn; ulimit -Hn'; }
podman.user_namespace() {
  run --rm --uidmap 0:100000:5000 --gidmap 0:100000:5000 busybox \
    sh -c 'cat /proc/self/uid_map /proc/self/gid_map; stat -c %u /data; touch /tmp/x && stat -c %u /tmp/x; grep Cap /proc/self/status'
}
podman.rootfs_directory() { run --rm --rootfs "$STATE/image/root:O" /bin/sh -c 'touch /made && ls /made'; }
podman.volume() {
  mkdir -p "$STATE/shared" && echo shared >"$STATE/shared/file"
  run --rm -v "$STATE/shared:/a:ro,noexec" -v b:/b busybox sh -c 'cat /a/file; touch /a/x; touch /b/x && cut -d" " -f5,6 /proc/self/mountinfo | grep -E "^/[ab] "'
}
podman.image_mount() { run --rm --mount type=image,src=busybox,dst=/image busybox ls /image/data; }
podman.devices() { run --rm --device /dev/loop-control busybox sh -c 'ls -1 /dev'; }
podman.sysctl() { run --rm --sysctl net.ipv4.ip_forward=0 busybox cat /proc/sys/net/ipv4/ip_forward; }
podman.preserve_fds() { run --rm --preserve-fds 2 busybox sh -c 'cat <&3; cat <&4' 3<<<three 4<<<four; }
podman.environment() { run --rm busybox env | cut -d= -f1 | sort; }

# --- failures ---------------------------------------------------------------------------------------------------------
podman.missing_command() { attempt run busybox no-such-command && state; }
podman.not_executable() { attempt run busybox /data/not-executable && state; }
podman.bad_working_directory() { attempt run -w /data/not-executable busybox true; }
podman.out_of_memory() { attempt run --memory 8m --memory-swap 8m busybox sh -c 'x=a; while :; do x=$x$x; done' && state; }
podman.plain_text_log() { # for a runtime whose name it does not know, Podman reads conmon's copy of stderr
  ln -sfn "$RUNTIME" "$STATE/plain-$SIDE"
  attempt podman --runtime "$STATE/plain-$SIDE" run --rm busybox no-such-command
}

# --- a running container ----------------------------------------------------------------------------------------------
podman.exec() {
  sleeper -e FROM=container
  attempt pod exec -u user -w /data -e ADDED=1 "$C" sh -c 'id -u; pwd; echo $FROM $ADDED; exit 3'
  echo input | pod exec -i "$C" cat
  attempt pod exec "$C" no-such-command
  attempt pod exec "$C" /data/not-executable
  pod exec "$C" sh -c 'grep -E "^(Cap...|NoNewPrivs|Seccomp|Umask):" /proc/self/status; ls -1 /proc/self/fd'
}
podman.exec_terminal() { sleeper && on_terminal podman --runtime "$RUNTIME" exec -it "$C" sh -c "$SEE_TERMINAL"; }
podman.logs() { run -d busybox sh -c 'echo out; echo err >&2' >/dev/null && pod wait "$C" && pod logs "$C" 2>&1 | sort; }
podman.top() { sleeper && pod top "$C" user args; }
podman.stats() { sleeper --memory 64m && pod stats --no-stream --format '{{.Name}} {{.PIDs}}' "$C"; }
podman.stop() { run -d busybox sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done' >/dev/null && sleep 0.3 && pod stop "$C" && state; }
podman.kill() { sleeper && pod kill "$C" && await has_state exited && state && attempt pod kill "$C"; }
podman.pause() { sleeper && pod pause "$C" >/dev/null && state && attempt pod exec "$C" true && pod unpause "$C" >/dev/null && pod exec "$C" echo on; }
podman.restart() { sleeper && pod restart -t 0 "$C" >/dev/null && state && pod exec "$C" echo again; }
podman.start_again() { run busybox echo started && pod start -a "$C"; }
podman.update() {
  sleeper --memory 64m --memory-swap 64m
  pod update --memory 32m --memory-swap 32m --cpus 0.25 "$C" >/dev/null
  local dir
  dir=libpod_parent/libpod-$(podman inspect -f '{{.Id}}' "$C")
  cat "/sys/fs/cgroup/memory/$dir/memory.limit_in_bytes" "/sys/fs/cgroup/cpu/$dir/cpu.cfs_quota_us" 2>/dev/null ||
    cat "/sys/fs/cgroup/$dir/memory.max" "/sys/fs/cgroup/$dir/cpu.max"
}
podman.healthcheck() {
  sleeper --health-cmd 'test -d /data' --health-interval disable
  pod healthcheck run "$C" && podman inspect -f '{{.State.Health.Status}}' "$C"
}
podman.copy() { sleeper && echo copied >"$STATE/copied-$C" && pod cp "$STATE/copied-$C" "$C:/data/copied" && pod exec "$C" cat /data/copied; }

# --- networks, pods, builds -------------------------------------------------------------------------------------------
podman.published_port() {
  run -d -p 127.0.0.1:8081:80 busybox sh -c 'mkdir /www && echo served >/www/index.html && httpd -f -p 80 -h /www' >/dev/null
  await wget -qO- http://127.0.0.1:8081/ && wget -qO- http://127.0.0.1:8081/
}
podman.pod() {
  pod pod create --name "pod-$C" >/dev/null
  run -d --pod "pod-$C" busybox sh -c 'hostname; exec sleep 1000' >/dev/null
  pod run --rm --pod "pod-$C" busybox stat -L -c %i /proc/self/ns/net /proc/self/ns/ipc /proc/self/ns/uts >"$STATE/pod-$C"
  pod exec "$C" stat -L -c %i /proc/self/ns/net /proc/self/ns/ipc /proc/self/ns/uts | diff - "$STATE/pod-$C" && echo shared
  pod pod stop -t 0 "pod-$C" >/dev/null
}
podman.play_kube() {
  cat >"$STATE/$C.yaml" <<END
apiVersion: v1
kind: Pod
metadata: {name: "kube-$C"}
spec:
  containers:
  - name: main
    image: localhost/busybox
    imagePullPolicy: Never
    command: [/bin/sh, -c, "echo \$A; id -u; exec sleep 1000"]
    env: [{name: A, value: kube}]
    securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
    resources: {limits: {memory: 64Mi}}
END
  pod play kube "$STATE/$C.yaml" >/dev/null && sleep 0.3 && pod logs "kube-$C-main"
  pod exec "kube-$C-main" grep Cap /proc/self/status
  pod play kube --down "$STATE/$C.yaml" >/dev/null
}
podman.build() {
  printf 'FROM localhost/busybox\nRUN echo built >/made\nUSER user\nRUN test -s /made && id -u\nCMD cat /made\n' |
    pod build --quiet --no-cache --isolation oci -t "built-$SIDE" - >/dev/null && run --rm "built-$SIDE"
}

# --- checkpoints ----------------------------------------------------------------------------------------------------
count() { pod exec "$C" cat /count; }
counter() { need_criu && run -d busybox sh -c "$COUNT" >/dev/null && sleep 2; }
container() { attempt pod container "$@" | sed 's/^[0-9a-f]\{64\}$/ID/'; }

podman.checkpoint() {
  counter
  container checkpoint "$C" && state
  container restore "$C" && state && goes_on 15 count
}
podman.checkpoint_leave_running() { counter && container checkpoint --leave-running "$C" && state && goes_on 5 count; }
podman.checkpoint_export() {
  counter
  container checkpoint --export "$STATE/$C.tar.gz" "$C"
  pod rm "$C" >/dev/null
  container restore --import "$STATE/$C.tar.gz" && state && goes_on 15 count
}
podman.checkpoint_migrate() {
  counter
  container checkpoint --export "$STATE/$C.tar.gz" --leave-running "$C"
  pod rm -f -t 0 "$C" >/dev/null
  container restore --import "$STATE/$C.tar.gz" --name "$C-2"
  C=$C-2 && state && goes_on 15 count
}
podman.checkpoint_pre() { counter && container checkpoint --pre-checkpoint "$C" && state; }
podman.checkpoint_print_stats() { counter && container checkpoint --print-stats "$C" | grep -c frozen_time; }
podman.checkpoint_of_stopped() { need_criu && run busybox true && container checkpoint "$C"; }
