# The root file system of an image for this machine's architecture: packages are installed into it. Sourced by build-image.
# shellcheck shell=bash
# shellcheck disable=SC2153 # build-image has set them

in_root() { chroot "$ROOT" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@" >>"$LOG" 2>&1; }

make_root() {
  debootstrap_root
  doing "packages"
  in_root apt-get update
  in_root apt-get -y --no-install-recommends install "${BASE_PACKAGES[@]}" "${PACKAGES[@]}"
  make_users
}

debootstrap_root() {
  doing "debootstrap $SUITE"
  mkdir -p "$DEBS/archives"
  debootstrap --variant=minbase --include=ca-certificates --cache-dir="$DEBS" "$SUITE" "$ROOT" "$MIRROR" >>"$LOG" 2>&1
  printf '#!/bin/sh\nexit 101\n' >"$ROOT/usr/sbin/policy-rc.d" # start no daemon here
  chmod +x "$ROOT/usr/sbin/policy-rc.d"
  echo force-unsafe-io >"$ROOT/etc/dpkg/dpkg.cfg.d/fast"
  echo "deb [check-valid-until=no] $MIRROR $SUITE main" >"$ROOT/etc/apt/sources.list"
  printf 'Acquire::Retries "3";\nAPT::Keep-Downloaded-Packages "true";\n' >"$ROOT/etc/apt/apt.conf.d/fetch"
  mount --bind "$DEBS/archives" "$ROOT/var/cache/apt/archives"
  mount -t proc proc "$ROOT/proc"
}

# "tester" is for rootless containers: subordinate ids, a lingering session, every controller delegated.
make_users() {
  in_root useradd -m -u 1000 -s /bin/bash tester
  in_root useradd -r -M containers # Podman's --userns auto looks for it
  printf 'tester:100000:65536\ncontainers:1000000:1000000000\n' | tee "$ROOT/etc/subuid" >"$ROOT/etc/subgid"
  mkdir -p "$ROOT/var/lib/systemd/linger" "$ROOT/etc/systemd/system/user@.service.d"
  touch "$ROOT/var/lib/systemd/linger/tester"
  printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >"$ROOT/etc/systemd/system/user@.service.d/delegate.conf"
  chmod 711 "$ROOT/root" # a tree that is shared from there is to be seen by tester
}

finish_root() {
  umount "$ROOT/proc" "$ROOT/var/cache/apt/archives"
  rm -f "$ROOT/usr/sbin/policy-rc.d"
  touch "$ROOT/etc/.updated" "$ROOT/var/.updated" # ConditionNeedsUpdate=
  # shellcheck disable=SC2016 # dpkg's words
  chroot "$ROOT" dpkg-query -W -f '${Package} ${Version}\n' >"$NEW/packages"
}
