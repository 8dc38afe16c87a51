#!/usr/bin/env bats
# The installed package: under a shell, containerd and Podman, and what an upgrade or a removal does to running containers.
bats_require_minimum_version 1.5.0
load ../shim/helper
# shellcheck disable=SC2034,SC2317 # used by ../shim/helper.bash

setup_file() {
  DEB=$(echo "$PACKAGES"/tare_*.deb)
  export DEB
  containerd_start
  import_image
  package -i "$DEB" # Podman imports no image without a runtime
  podman_configure
  make_newer
}

setup() {
  C=shim-$BATS_TEST_NUMBER
  package -i "$DEB"
}

teardown() {
  [ -x /usr/bin/tare ] || package -i "$DEB"
  podman rm --all --force --time 0 >/dev/null
  tare list --quiet | xargs -r -n 1 tare delete --force
  remove_all
  nothing_left
  package --purge tare
  nothing_installed
}

# --- words for these tests ------------------------------------------------------------------------------------------------

package() { # DPKG-OPTION...
  dpkg --log="$STATE/dpkg.log" "$@" >"$STATE/dpkg.out" 2>&1 3>&- || { cat "$STATE/dpkg.out" && return 1; }
}

# The next version has the same content, but in new files.
make_newer() {
  dpkg-deb -R "$DEB" "$STATE/newer"
  sed -i 's/^Version: .*/Version: 99.0-1/' "$STATE/newer/DEBIAN/control"
  dpkg-deb --root-owner-group -Znone -b "$STATE/newer" "$STATE/newer.deb"
}

upgrade() { package -i "$STATE/newer.deb"; }
remove() { package -r tare; }

# The overlay only has the hidden other runtimes, and perhaps directories of other packages that had nothing in them: the empty
# database of dpkg does not know that they are not tare's.
nothing_installed() {
  local left
  left=$(find "$STATE/layer/usr" ! -type d ! -name runc ! -name crun -printf '%P\n' | grep -vxFf "$STATE/empty" || true)
  [ -z "$left" ] || { echo "still installed: $left" && return 1; }
}

podman_configure() {
  echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
  printf '[storage]\ndriver = "vfs"\ngraphroot = "/var/lib/containers/storage"\nrunroot = "/run/containers/storage"\n' \
    >/etc/containers/storage.conf
  printf '[containers]\ndefault_ulimits = []\n[engine]\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n' >/etc/containers/containers.conf
  mkdir /etc/containers/containers.conf.d
  cp /usr/share/doc/tare/examples/podman/50-tare.conf /etc/containers/containers.conf.d
  podman import --quiet --change ENV=PATH=/bin "$STATE/image/layer.tar" localhost/busybox >/dev/null
}

podman() { timeout --foreground -s KILL 60 /usr/bin/podman --runtime tare "$@" 3>&-; }
in_podman() { podman run --network none --name "$C" "$@"; }
tare() { timeout --foreground -s KILL 60 "${TARE_IN_USE:-/usr/bin/tare}" "$@"; }

make_bundle() { # WORD...: in $BUNDLE
  BUNDLE=$BATS_TEST_TMPDIR/bundle
  mkdir -p "$BUNDLE"
  ln -sfn "$STATE/image/root" "$BUNDLE/rootfs"
  tare spec --bundle "$BUNDLE"
  printf '%s\n' "$@" | jq -nR '[inputs]' >"$BUNDLE/words"
  jq --slurpfile words "$BUNDLE/words" '.process.terminal = false | .root.readonly = true | .process.args = $words[0]' \
    "$BUNDLE/config.json" >"$BUNDLE/config.json.new"
  mv "$BUNDLE/config.json.new" "$BUNDLE/config.json"
}

# A container of each kind: with a supervisor, with containerd's shim, with Podman's conmon.
start_three() {
  make_bundle sh -c 'trap "exit 5" TERM; echo begun; while :; do sleep 0.1; done'
  tare run --supervise --bundle "$BUNDLE" "$C" 3>&-
  start sleep 1000
  in_podman --detach localhost/busybox sleep 1000
  THREE="$(tare state "$C" | jq .pid) $(init_pid) $(podman inspect -f '{{.State.Pid}}' "$C")"
}

three_live() {
  local pid
  for pid in $THREE; do kill -0 "$pid" || { echo "no process $pid among $THREE" && return 1; }; done
}

# --- tests ----------------------------------------------------------------------------------------------------------------

@test "the package works when installed into an empty root" {
  local root=$BATS_TEST_TMPDIR/root
  mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
  touch "$root/var/lib/dpkg/status"
  package --root="$root" -i "$DEB"
  [[ $(chroot "$root" /usr/bin/tare --version) == "tare version "* ]]
  make_bundle /bin/echo from an empty root
  mkdir -p "$root/proc" "$root/run" "$root/sys" "$root/dev" "$root/tmp" "$root/bundle"
  run -0 unshare --mount sh -c '
    mount --bind "$1" "$1" && mount --rbind /proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --bind /dev "$1/dev" &&
      mount --bind "$2" "$1/bundle" && mkdir "$1/image" && mount --bind "$3" "$1/image" &&
      sed -i "s,\"path\": \"rootfs\",\"path\": \"/image\"," "$1/bundle/config.json" &&
      exec chroot "$1" /usr/bin/tare run --bundle /bundle empty' sh "$root" "$BUNDLE" "$STATE/image/root"
  [ "$output" = "from an empty root" ]
}

@test "the tarball: unpacked in /usr/local, as docs/packaging.md says" {
  package -r tare
  (cd "$PACKAGES" && sha256sum --check --quiet --ignore-missing SHA256SUMS)
  tar -C /usr/local --strip-components=1 --no-same-owner -xzf "$PACKAGES"/tare-*-linux-*.tar.gz
  TARE_IN_USE=/usr/local/bin/tare
  make_bundle echo from a tarball
  run -0 tare run --bundle "$BUNDLE" "$C"
  [ "$output" = "from a tarball" ]
  [[ $(/usr/local/bin/containerd-shim-tare-v2 -v) == *"Version: "* ]]
  tar -tf "$PACKAGES"/tare-*-linux-*.tar.gz | sed 's,^[^/]*/,/usr/local/,' | grep -v '/$' | xargs rm
}

@test "a shell: tare run" {
  make_bundle sh -c 'echo from a container; exit 7'
  run -7 tare run --bundle "$BUNDLE" "$C"
  [ "$output" = "from a container" ]
}

@test "containerd: ctr run --runtime io.containerd.tare.v2, with no other runtime installed" {
  run -7 in_container sh -c 'echo from a container; exit 7'
  [ "$output" = "from a container" ]
}

@test "Podman: podman --runtime tare run, with no other runtime installed" {
  run -7 in_podman --rm localhost/busybox sh -c 'echo from a container; exit 7'
  [ "$output" = "from a container" ]
}

@test "an upgrade does not affect running containers, and the new version manages them" {
  start_three
  upgrade
  [ "$(dpkg-query -W -f "\${Version}" tare)" = 99.0-1 ]
  three_live
  run -0 tare exec "$C" echo supervised
  expect supervised
  run -0 execute echo shim
  expect shim
  run -0 podman exec "$C" echo podman
  expect podman

  tare stop "$C"
  run -5 tare wait "$C"
  tare delete "$C"
  ctr tasks kill -s KILL "$C"
  wait_for status_is STOPPED
  removed_with 137
  podman stop --time 0 "$C"
  [ "$(podman inspect -f '{{.State.ExitCode}}' "$C")" = 137 ]
}

@test "a removal does not affect running containers, and the package manages them when installed again" {
  start_three
  remove
  [ ! -e /usr/bin/tare ] && [ ! -e /usr/bin/containerd-shim-tare-v2 ]
  three_live
  run -0 execute echo the shim goes on
  expect "the shim goes on"
  ctr tasks kill -s KILL "$C"
  wait_for status_is STOPPED
  removed_with 137
  package -i "$DEB"
  run -0 tare exec "$C" echo again
  expect again
  [ "$(tare logs "$C")" = begun ]
  tare stop "$C"
  run -5 tare wait "$C"
  run -0 podman exec "$C" echo again
  expect again
}

@test "after a removal only /run/tare is left" {
  make_bundle true
  tare run --bundle "$BUNDLE" "$C"
  find /etc /var /run -xdev -newer "$BUNDLE/config.json" ! -type d >"$BATS_TEST_TMPDIR/written"
  remove
  nothing_installed
  run ! grep -vE "^/run/tare/|^/var/lib/dpkg/|^/etc/containers/" "$BATS_TEST_TMPDIR/written"
}
