# The files that packaging/ has for engines: each is loaded by its engine, which then runs a container with tare. Here with
# Debian 12's engines; containerd 2 and the shim under Docker, which 20.10 does not take by name, are in machine/.
bats_require_minimum_version 1.5.0
# shellcheck source-path=SCRIPTDIR source=../engines/lib.bash
. "$BATS_TEST_DIRNAME/../engines/lib.bash"

PACKAGING=$BATS_TEST_DIRNAME/../../packaging

setup_file() {
  make_images
}

# containerd with Debian's configuration, which has no table for runc, and tare's file at the end.
with_containerd() { # SNIPPET
  local config=$BATS_TEST_TMPDIR/config.toml
  {
    echo 'version = 2'
    echo 'disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.devmapper"]'
    echo '[plugins."io.containerd.grpc.v1.cri".cni]'
    echo '  bin_dir = "/usr/lib/cni"'
    sed 's/^#\( *\[.*runtimes.runc\]\| *runtime_type\)/\1/' "$PACKAGING/containerd/$1"
  } >"$config"
  containerd --config "$config" config dump >"$BATS_TEST_TMPDIR/dump"
  start_daemon containerd containerd --config "$config" 3>&-
  await ctr version
  ctr images import --base-name local/busybox "$STATE/image/oci.tar" >/dev/null
}

teardown() {
  stop_daemon docker
  stop_daemon containerd
}

runtime_of_dump() { sed -n '/runtimes\.tare\]/,/^$/p' "$BATS_TEST_TMPDIR/dump"; }

@test "snippets: containerd 1 with tare's shim" {
  with_containerd tare-v2.toml
  [[ $(runtime_of_dump) == *'runtime_type = "io.containerd.tare.v2"'* ]]
  grep -q 'bin_dir = "/usr/lib/cni"' "$BATS_TEST_TMPDIR/dump"
  ctr plugins ls | grep -E 'io.containerd.grpc.v1 +cri +.* ok'
  run -0 ctr run --rm --runtime io.containerd.tare.v2 local/busybox:latest snippet echo hello
  [ "$output" = hello ]
}

@test "snippets: containerd 1 with its shim for runc" {
  with_containerd tare-runc-shim-v2.toml
  [[ $(sed -n '/runtimes\.tare\.options\]/,/^$/p' "$BATS_TEST_TMPDIR/dump") == *'BinaryName = "tare"'* ]]
  ctr plugins ls | grep -E 'io.containerd.grpc.v1 +cri +.* ok'
  run -0 ctr run --rm --runc-binary tare local/busybox:latest snippet echo hello
  [ "$output" = hello ]
}

# Why tare-v2.toml is to be added to config.toml: this is what containerd 1 does with an import.
@test "snippets: containerd 1 forgets its own settings over an imported file" {
  [[ $(containerd --version) == *" 1."* ]] || skip "not containerd 1"
  { echo 'version = 2' && cat "$PACKAGING/containerd/tare-v2.toml"; } >"$BATS_TEST_TMPDIR/tare.toml"
  printf 'version = 2\nimports = ["%s"]\n[plugins."io.containerd.grpc.v1.cri".cni]\n  bin_dir = "/usr/lib/cni"\n' \
    "$BATS_TEST_TMPDIR/tare.toml" >"$BATS_TEST_TMPDIR/config.toml"
  run -0 containerd --config "$BATS_TEST_TMPDIR/config.toml" config dump
  [[ $output == *runtimes.tare* && $output != *'bin_dir = "/usr/lib/cni"'* ]]
}

@test "snippets: containerd 1 whose configuration has a table for runc" {
  { containerd --config /none config default && sed 1d "$PACKAGING/containerd/tare-v2.toml"; } >"$BATS_TEST_TMPDIR/config.toml"
  run -0 containerd --config "$BATS_TEST_TMPDIR/config.toml" config dump
  [[ $output == *runtimes.runc]* && $output == *runtimes.tare]* ]]
}

@test "snippets: Docker with tare by path" {
  with_containerd tare-v2.toml
  start_daemon docker dockerd --config-file "$PACKAGING/docker/daemon.json" --bridge none --iptables=false --ip-forward=false \
    --containerd /run/containerd/containerd.sock 3>&-
  await docker version
  docker info --format '{{json .Runtimes}}' | jq -e '.tare.path == "tare"'
  docker import "$STATE/image/layer.tar" busybox >/dev/null
  run -0 docker run --rm --network none --runtime tare busybox echo hello
  [ "$output" = hello ]
}

# Docker 20.10 has no runtimeType.
@test "snippets: Docker's file for the shim is valid JSON that names it" {
  jq -e '.runtimes.tare == {runtimeType: "io.containerd.tare.v2"}' "$PACKAGING/docker/daemon-shim.json"
}

@test "snippets: Podman and Buildah" {
  mkdir -p /etc/containers/containers.conf.d
  cp "$PACKAGING/podman/50-tare.conf" /etc/containers/containers.conf.d/
  podman import --quiet "$STATE/image/layer.tar" localhost/busybox >/dev/null
  run -0 podman --runtime tare run --rm --network none localhost/busybox echo hello
  [ "$output" = hello ]
  [ "$(podman --runtime tare info --format '{{.Host.OCIRuntime.Path}}')" = /usr/local/bin/tare ]
  # Podman asks for JSON logs only from runtimes of its list, and shows the message in it.
  run ! podman --runtime tare run --rm --network none localhost/busybox /none
  [[ $output == *"/none: no such file"* && $output != *level=error* ]]
  sed -i 's/^# runtime = /runtime = /' /etc/containers/containers.conf.d/50-tare.conf
  [ "$(podman info --format '{{.Host.OCIRuntime.Name}}')" = tare ]
  buildah from --pull-never --name snippet localhost/busybox
  run -0 buildah run --isolation oci --runtime tare --network none snippet -- echo hello
  [ "$output" = hello ]
}

@test "snippets: CRI-O's file is valid TOML that names a runtime" { # Debian has no CRI-O
  run -0 /usr/bin/python3 -c 'import sys, tomllib; print(tomllib.load(sys.stdin.buffer))' <"$PACKAGING/crio/50-tare.conf"
  [ "$output" = "{'crio': {'runtime': {'runtimes': {'tare': {'runtime_type': 'oci', 'runtime_root': '/run/tare'}}}}}" ]
}
