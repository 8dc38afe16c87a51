# A dockerd on the suite's containerd.
# shellcheck shell=bash

# Docker before 23 only knows one shim, so there tare's shim gets that name.
choose_runtime() {
  export DOCKER_RUNTIME=$SHIM_RUNTIME
  [ "$(docker version -f '{{.Server.Version}}' | cut -d. -f1)" -lt 23 ] || return 0
  DOCKER_RUNTIME=io.containerd.runc.v2
  ln -sf "$(readlink "$STATE/path/$SHIM_PROGRAM")" "$STATE/path/containerd-shim-runc-v2"
}

dockerd_start() {
  PATH=$STATE/path daemon dockerd /usr/sbin/dockerd --host unix:///var/run/docker.sock --containerd /run/containerd/containerd.sock \
    --bridge none --iptables=false --live-restore --data-root /var/lib/docker --exec-root /run/docker
  wait_for docker version
}

docker_run() { docker run --name "$C" --runtime "$DOCKER_RUNTIME" --network none "$@"; }

setup_file() {
  containerd_start
  [ -e "$STATE/image.tar" ] || make_image "$STATE/image.tar"
  dockerd_start
  choose_runtime
  docker import "$STATE/image/layer.tar" busybox >/dev/null
}

teardown_file() {
  [ "$SHIM" = runc ] || rm -f "$STATE/path/containerd-shim-runc-v2"
  stop dockerd
  containerd_stop
}

remove_all() {
  local ids
  ids=$(docker ps -aq)
  # shellcheck disable=SC2086
  [ -z "$ids" ] || docker rm -f -v $ids >/dev/null
}

leftovers_of_engine() {
  find /run/containerd/io.containerd.runtime.v2.task/moby /run/docker/containerd -mindepth 1 -maxdepth 1 2>/dev/null || true
  find /sys/fs/cgroup -maxdepth 3 -path '*/docker/*' -type d 2>/dev/null || true
}
