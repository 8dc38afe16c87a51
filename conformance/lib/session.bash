# What tests find when they run: the probe, a root file system to copy, and the variables that harness.bash is told them by.

# Makes both in DIRECTORY, whose name becomes part of every container's.
make_session() { # DIRECTORY [READY-PROBE]
  export PROBE=$1/probe TEMPLATE=$1/rootfs TMPDIR=$1 CONFORMANCE_RUN=${1##*/} NULL=/dev/${1##*/}-null
  # Some runtimes give their standard streams, if they are nodes, to the container's user. In /dev, as /tmp may be nodev.
  mknod -m 666 "$NULL" c 1 3 || return
  CONFORMANCE=$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")
  export CONFORMANCE
  unset NOTIFY_SOCKET LISTEN_FDS LISTEN_PID XDG_RUNTIME_DIR
  chmod 755 "$1" # user namespaces come by
  if [ -n "${2-}" ]; then cp "$2" "$PROBE"; else "$CONFORMANCE/build-probe" "$PROBE"; fi || return
  [ "$("$PROBE" call 39 2>&1)" = 0 ] || return # getpid(2)
  make_template
}

make_template() {
  local applet
  mkdir -p "$TEMPLATE"/{bin,dev,etc,mnt,proc,root,sys,tmp,data}
  chmod 1777 "$TEMPLATE/tmp"
  cp "$(command -v busybox)" "$TEMPLATE/bin/busybox"
  cp "$PROBE" "$TEMPLATE/bin/probe"
  for applet in sh cat chmod cp cut dd echo env expr false grep head hostname id kill ls mkdir mknod mount readlink rm sed sleep stat \
    sort tail test touch true umount uname wc; do
    ln -s busybox "$TEMPLATE/bin/$applet"
  done
  echo 'root:x:0:0:root:/root:/bin/sh' >"$TEMPLATE/etc/passwd"
  echo 'root:x:0:' >"$TEMPLATE/etc/group"
}
