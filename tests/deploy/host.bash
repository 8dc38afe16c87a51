# A node's root directory for node.sh: busybox, an engine, and a systemctl that writes down what it was asked. The engine is
# Debian's containerd, or a program that prints the configuration it would load, as `containerd config dump` does.
# shellcheck shell=bash

NODE_SH=$BATS_TEST_DIRNAME/../../packaging/kubernetes/node.sh

# Made once, copied by each test.
make_skeleton() { # DIRECTORY
  mkdir -p "$1"/{bin,dev,etc,proc,run/units,tmp,usr/bin,usr/local/bin,var/lib}
  cp "$(command -v busybox)" "$1/bin/busybox"
  local applet
  for applet in sh env cat test sed grep tr; do ln -s busybox "$1/bin/$applet"; done
  mknod -m 666 "$1/dev/null" c 1 3
  program "$1/usr/bin/systemctl" <<'END'
echo "$*" >>/run/calls
case "$*" in
  is-active*) test -e "/run/units/$3" ;;
  show*) cat "/run/units/$4" ;;
  restart*)
    cat /etc/containerd/config.toml /etc/containerd/conf.d/* /etc/crio/crio.conf.d/* >/run/loaded 2>/dev/null
    ! grep -q refused /run/loaded ;;
esac
END
}

program() { # FILE: a script from standard input
  { echo '#!/bin/sh' && cat; } >"$1"
  chmod 755 "$1"
}

# The engine that the node runs.
with_engine() { # UNIT [PROGRAM VERSION]
  echo "{ path=/usr/bin/$1 ; argv[]=/usr/bin/$1 ; }" >"$ROOT/run/units/$1"
  [ $# -gt 1 ] || return 0
  program "$ROOT/usr/bin/$2" <<END
[ "\$1" != --version ] || { echo "containerd github.com/containerd/containerd/v2 $3 0123" && exit; }
case "\$*" in
  config) cat /etc/crio/crio.conf.d/* ;;
  *) config=\$2
    echo 'disabled_plugins = []'
    cat "\$config" 2>/dev/null
    for file in \$(sed -n 's/.*"\(\/etc\/.*\.toml\)".*/\1/p' "\$config" 2>/dev/null); do cat \$file; done ;;
esac | tr "'" '"'
END
}

with_real_containerd() {
  local library
  with_engine containerd
  ldd /usr/bin/containerd | grep -oE '/[^ ]+' | while read -r library; do
    mkdir -p "$ROOT$(dirname "$library")"
    cp -L "$library" "$ROOT$library"
  done
  cp /usr/bin/containerd "$ROOT/usr/bin/"
}

with_file() { # FILE: its text from standard input
  mkdir -p "$ROOT$(dirname "$1")"
  cat >"$ROOT$1"
}

# All of the node but /run, byte by byte.
snapshot() {
  (cd "$ROOT" && find . -path ./run -prune -o -printf '%p %y %m %U:%G %l\n' | sort &&
    find . -path ./run -prune -o -type f -print0 | sort -z | xargs -0 sha256sum)
}

node() { # WORD...
  env HOST="$ROOT" SOURCE="$IMAGE" NODE_NAME=n1 CREDENTIALS="$BATS_TEST_TMPDIR" KUBERNETES_SERVICE_HOST=10.0.0.1 \
    PATH="$BATS_TEST_TMPDIR/path:$PATH" TMPDIR="$BATS_TEST_TMPDIR" "${SHELL_OF_POD:-sh}" "$NODE_SH" "$@"
}

# The engine was started, if ever, after its configuration was changed for the last time.
engine_is_current() {
  [ ! -e "$ROOT/run/loaded" ] ||
    diff "$ROOT/run/loaded" <(cd "$ROOT/etc" && cat containerd/config.toml containerd/conf.d/* crio/crio.conf.d/* 2>/dev/null)
}

restarts() { grep -c '^restart' "$ROOT/run/calls" || true; }
labelled() { tail -n 1 "$BATS_TEST_TMPDIR/requests"; } # the label of the last request

setup_node() {
  ROOT=$BATS_TEST_TMPDIR/root IMAGE=$BATS_TEST_TMPDIR/image
  cp -a "$SKELETON" "$ROOT"
  : >"$ROOT/run/calls"
  mkdir "$IMAGE" "$BATS_TEST_TMPDIR/path"
  program "$IMAGE/tare" <<<'echo tare 1'
  touch "$BATS_TEST_TMPDIR"/{ca.crt,token}
  program "$BATS_TEST_TMPDIR/path/curl" <<END
for word; do case \$word in *labels*) echo "\$word" ;; https*) echo "\$word" >"$BATS_TEST_TMPDIR/url" ;; esac; done \
  >>"$BATS_TEST_TMPDIR/requests"
END
}
