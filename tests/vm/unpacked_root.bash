# The root file system of an image whose programs do not run on this machine: Debian's packages are unpacked, and what their
# scripts would do is done here, as far as the tests need it. That takes seconds; running the scripts under emulation takes
# minutes. There is no PAM configuration and no user but root. Sourced by build-image.
# shellcheck shell=bash
# shellcheck disable=SC2153 # build-image has set them

make_root() {
  local apt=$NEW/apt-root
  doing "packages of $SUITE for $ARCHITECTURE"
  echo "deb [arch=$ARCHITECTURE check-valid-until=no] $MIRROR $SUITE main" | other_apt "$apt" "$ARCHITECTURE" >>"$LOG" 2>&1
  APT_CONFIG=$apt/apt.conf apt-get -q -y --no-install-recommends --download-only install '?essential' \
    "${BASE_PACKAGES[@]}" "${PACKAGES[@]}" >>"$LOG" 2>&1
  doing "unpacking"
  unpack "$apt"/cache/archives/base-files_*.deb # first: it has the links from /bin to /usr/bin and the like
  unpack "$apt"/cache/archives/*.deb
  rm -rf "$apt"
  configure_packages
}

unpack() { # DEB...
  local deb
  for deb; do
    dpkg-deb -x "$deb" "$ROOT"
    # shellcheck disable=SC2016 # dpkg-deb expands it
    dpkg-deb --showformat='${Package} ${Version}\n' -W "$deb" >>"$NEW/packages"
  done
}

# What scripts of base-passwd, base-files and mawk do. Other users are made by systemd-sysusers at the first boot.
configure_packages() {
  local file
  for file in passwd group; do cp "$ROOT/usr/share/base-passwd/$file.master" "$ROOT/etc/$file"; done
  ln -s mawk "$ROOT/usr/bin/awk"
  chmod 1777 "$ROOT/tmp" "$ROOT/var/tmp"
  mkdir -p "$ROOT/boot" "$ROOT/usr/local/sbin"
}

# systemd brings the directories up to date at the first boot.
finish_root() { :; }
