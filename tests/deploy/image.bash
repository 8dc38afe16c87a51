# The image of packaging/kubernetes/Dockerfile, made and run by Podman, as the pods of the DaemonSets run it.
# shellcheck shell=bash

# With Debian's busybox, which has no flock, and a curl that is never called.
make_installer_image() {
  local tree context=$BATS_TEST_TMPDIR/context base=$BATS_TEST_TMPDIR/base applet library
  tree=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
  mkdir -p "$base"/{bin,dev,etc,host,proc,sys,tmp} "$context"/{build/release,packaging/kubernetes}
  cp "$(command -v busybox)" "$base/bin/busybox"
  for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$base/bin/$applet"; done
  ln -s busybox "$base/bin/curl"
  cp --remove-destination "$(command -v flock)" "$base/bin/flock"
  ldd "$(command -v flock)" | grep -oE '/[^ ]+' | while read -r library; do
    mkdir -p "$base$(dirname "$library")"
    cp -L "$library" "$base$library"
  done
  tar -C "$base" --numeric-owner -cf "$BATS_TEST_TMPDIR/base.tar" .
  cp "$TARE" "$context/build/release/tare"
  cp "$tree/packaging/kubernetes/node.sh" "$context/packaging/kubernetes/"
  podman import --quiet --change ENV=PATH=/bin "$BATS_TEST_TMPDIR/base.tar" localhost/base >/dev/null
  podman build --quiet --isolation chroot --build-arg BASE=localhost/base -f "$tree/packaging/kubernetes/Dockerfile" \
    -t localhost/tare-installer "$context" >/dev/null
}

run_installer() { # ROOT WORD...
  podman run --rm --pid host --network none --user 0 --cap-drop all --cap-add SYS_CHROOT --read-only --read-only-tmpfs=false \
    --security-opt no-new-privileges --tmpfs /tmp --volume "$1:/host:rslave" localhost/tare-installer "${@:2}"
}
