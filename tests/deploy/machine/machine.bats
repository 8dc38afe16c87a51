# The files of packaging/ under today's engines, and the Kubernetes installer on a machine with systemd, as its pods run
# there. For the virtual machine: tests/vm/run deploy.
bats_require_minimum_version 1.5.0
# shellcheck source-path=SCRIPTDIR source=../image.bash
load ../image.bash

PACKAGING=$BATS_TEST_DIRNAME/../../../packaging
IMAGE=docker.io/library/busybox:latest
CONFIG=/etc/containerd/config.toml

setup_file() {
  [ -d /var/lib/busybox ] || skip "runs in the virtual machine: tests/vm/run deploy"
  export TARE=$BATS_TEST_DIRNAME/../../../build/release/tare
  cp "$TARE" /usr/bin/tare # where a package puts it
  ln -sf tare /usr/bin/containerd-shim-tare-v2
  cp "$CONFIG" /run/config.toml
}

teardown() {
  rm -rf /etc/containerd/conf.d
  cp /run/config.toml "$CONFIG"
}

with_containerd() { # SNIPPET
  mkdir -p /etc/containerd/conf.d
  printf 'version = 3\nimports = ["/etc/containerd/conf.d/*.toml"]\n' >"$CONFIG"
  cp "$PACKAGING/containerd/$1" /etc/containerd/conf.d/tare.toml
  containerd config dump >"$BATS_TEST_TMPDIR/dump"
  systemctl restart containerd
  ctr plugins ls | grep -E 'io.containerd.cri.v1 +runtime +.* ok'
}

@test "machine: containerd 2 with tare's shim" {
  with_containerd tare-v3.toml
  [[ $(sed -n '/runtimes\.tare\]/,/^$/p' "$BATS_TEST_TMPDIR/dump") == *"runtime_type = 'io.containerd.tare.v2'"* ]]
  grep -q 'runtimes\.runc\]' "$BATS_TEST_TMPDIR/dump"
  run -0 ctr run --rm --runtime io.containerd.tare.v2 "$IMAGE" snippet echo hello
  [ "$output" = hello ]
}

@test "machine: containerd 2 with its shim for runc" {
  with_containerd tare-runc-shim-v3.toml
  [[ $(sed -n '/runtimes\.tare\.options\]/,/^$/p' "$BATS_TEST_TMPDIR/dump") == *"BinaryName = 'tare'"* ]]
  run -0 ctr run --rm --runc-binary tare "$IMAGE" snippet echo hello
  [ "$output" = hello ]
}

# Shows why the files for version 2 and 3 must not be mixed.
@test "machine: containerd 2 forgets its own settings over an imported file of a newer version" {
  printf 'version = 2\nimports = ["%s"]\n[plugins."io.containerd.grpc.v1.cri".cni]\n  conf_dir = "/own"\n' \
    "$PACKAGING/containerd/tare-v3.toml" >"$CONFIG"
  run -0 --separate-stderr containerd config dump
  [[ $output == *runtimes.tare]* && $output != *"conf_dir = '/own'"* ]]
}

@test "machine: Docker with tare's shim, and with tare by path" {
  local file
  for file in daemon-shim daemon; do
    cp "$PACKAGING/docker/$file.json" /etc/docker/daemon.json
    systemctl restart docker
    docker info --format '{{json .Runtimes}}' | jq -e .tare
    run -0 docker run --rm --network none --runtime tare busybox echo hello
    [ "$output" = hello ]
  done
  rm /etc/docker/daemon.json
}

@test "machine: Podman" {
  mkdir -p /etc/containers/containers.conf.d
  cp "$PACKAGING/podman/50-tare.conf" /etc/containers/containers.conf.d/
  run -0 podman --runtime tare run --rm --network none "$IMAGE" echo hello
  [ "$output" = hello ]
  [ "$(podman --runtime tare info --format '{{.Host.OCIRuntime.Path}}')" = /usr/bin/tare ]
}

started() { systemctl show --property ActiveEnterTimestampMonotonic --value containerd; }

# Installs and removes with containerd's own configuration, and runs a container in between.
installer_there_and_back() {
  local before first
  systemctl restart containerd
  before=$(cat "$CONFIG") first=$(started)
  make_installer_image
  run_installer / install
  [ "$(started)" != "$first" ]
  run_installer / check install
  containerd config dump 2>/dev/null | grep -q "runtime_path = '/usr/local/bin/containerd-shim-tare-v2'"
  ctr plugins ls | grep -E 'io.containerd.cri.v1 +runtime +.* ok'
  ctr run -d --runtime /usr/local/bin/containerd-shim-tare-v2 "$IMAGE" sleeper sleep 1000
  run -1 run_installer / uninstall
  [[ $output == *"waiting for containers"*"/run/containerd/tare/default/sleeper"* ]]
  ctr task kill -s KILL sleeper
  until ctr task ls | grep -q STOPPED; do :; done
  ctr task rm sleeper || true # says the exit code, 137
  ctr container rm sleeper
  run_installer / uninstall
  [ "$(cat "$CONFIG")" = "$before" ]
  [ ! -e /usr/local/bin/tare ] && [ ! -e /var/lib/tare-installer ]
  systemctl is-active containerd
}

@test "machine: the installer, with Debian's configuration of containerd" { installer_there_and_back; }

@test "machine: the installer, with a configuration that imports a directory" {
  mkdir -p /etc/containerd/conf.d
  printf 'version = 3\nimports = ["/etc/containerd/conf.d/*.toml"]\n' >"$CONFIG"
  installer_there_and_back
}

cri() { "$BATS_TEST_DIRNAME/cri" "$@"; }

# A pod as the kubelet makes one, in a network that a CNI plugin has set up.
@test "machine: containerd 2 with pods' sandboxes made by tare's shim" {
  local pod container pause
  mkdir -p /etc/cni/net.d
  echo '{"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "pods", "isGateway": true,
    "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.9.0.0/24"}]]}}]}' >/etc/cni/net.d/10-pods.conflist
  with_containerd tare-sandbox-v3.toml
  ctr -n k8s.io images import /var/lib/busybox/oci.tar
  pod=$(cri RunPodSandbox 1.1.1=web 1.1.2=uid 1.1.3=shop 1.2=webhost 1.8.1=system.slice 2=tare | tail -c 64)
  pause=$(pgrep -x pause)
  [ "$(nsenter -t "$pause" -u hostname)" = webhost ]
  nsenter -t "$pause" -n ip -br address show eth0 | grep -F 10.9.0.
  grep -F "system.slice/cri-containerd-$pod.scope" "/proc/$pause/cgroup"
  cri PodSandboxStatus 1="$pod" 2=1 | tr -cd '[:print:]' | grep -F '"processStatus":"running"'
  container=$(cri CreateContainer 1="$pod" 2.1.1=app 2.2.1="$IMAGE" 2.3=@sleep 2.4=@1012 3.1.1=web 3.1.2=uid 3.1.3=shop \
    3.8.1=system.slice | tail -c 64)
  cri StartContainer 1="$container"
  for type in ipc uts net; do
    [ "$(readlink "/proc/$(pgrep -fx 'sleep 1012')/ns/$type")" = "$(readlink "/proc/$pause/ns/$type")" ]
  done
  [ "$(pgrep -c -f 'containerd-shim-tare-v2 -namespace k8s.io')" = 1 ]
  systemctl restart containerd
  cri StopPodSandbox 1="$pod"
  run ! pgrep -fx 'sleep 1012'
  cri RemovePodSandbox 1="$pod"
  run ! pgrep -f 'containerd-shim-tare-v2 -namespace k8s.io'
  [ -z "$(ls /run/containerd/tare/k8s.io)" ]
  run ! grep -F /run/containerd/io.containerd.sandbox /proc/self/mountinfo
  rm /etc/cni/net.d/10-pods.conflist
}
