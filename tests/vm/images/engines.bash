# Debian sid: engines of today, running, with a busybox image in each store; runc and crun to compare with.
# shellcheck shell=bash disable=SC2034 # read by build-image
SUITE=sid SIZE=16G
PACKAGES=(podman containerd docker.io docker-cli buildah umoci skopeo crun runc criu libcriu2 conmon
  containernetworking-plugins netavark aardvark-dns slirp4netns passt fuse-overlayfs iptables nftables
  libstdc++6 bats jq socat strace python3-minimal libcap2-bin systemd-container bpftool ca-certificates xz-utils)

# What runs here once is in the saved state: stores, daemons, and programs in the page cache.
warm() {
  set -e
  local store=/var/lib/busybox image=docker.io/library/busybox:latest
  local tester="runuser -u tester -- env XDG_RUNTIME_DIR=/run/user/1000 systemd-run --user --quiet --pipe --wait --collect -p Delegate=yes --"
  mkdir -p $store/rootfs/bin $store/rootfs/etc $store/rootfs/tmp $store/rootfs/proc $store/rootfs/sys $store/rootfs/dev
  cp /bin/busybox $store/rootfs/bin/
  chroot $store/rootfs /bin/busybox --install -s /bin
  echo root:x:0:0:root:/:/bin/sh >$store/rootfs/etc/passwd
  tar -C $store/rootfs -cf $store/layer.tar .
  podman import -q $store/layer.tar $image
  podman save -q --format oci-archive -o $store/oci.tar $image
  docker import $store/layer.tar busybox
  ctr image import $store/oci.tar
  $tester podman load -q -i $store/oci.tar
  podman run --rm busybox true
  podman run --rm --runtime runc busybox true
  docker run --rm busybox true
  ctr run --rm $image warm true
  $tester podman run --rm busybox true
}
