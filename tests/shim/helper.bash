# What the tests of the shim share: daemons in the sandbox of `run`, short forms of ctr, and the check for leftovers.
bats_require_minimum_version 1.5.0
# shellcheck disable=SC2034 # the tests use the variables

[ -n "${STATE-}" ] || { echo "run these tests with tests/shim/run" >&2 && exit 1; }
SHIM_RUNTIME=io.containerd.$SHIM.v2
SHIM_PROGRAM=containerd-shim-$SHIM-v2
IMAGE=docker.io/local/busybox:latest
TASKS=/run/containerd/io.containerd.runtime.v2.task/default

# --- daemons ----------------------------------------------------------------------------------------------------------

containerd_start() {
  [ -e "$STATE/containerd.toml" ] || cat >"$STATE/containerd.toml" <<END
version = 2
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
END
  PATH=$STATE/path daemon containerd /usr/bin/containerd --config "$STATE/containerd.toml" --log-level debug
  wait_for ctr version
}

containerd_stop() { stop containerd; }

daemon() { # NAME COMMAND...
  local name=$1
  shift
  "$@" >>"$STATE/$name.log" 2>&1 </dev/null 3>&- &
  echo $! >"$STATE/$name.pid"
  disown # else the shell reports its death
}

stop() { # NAME [SIGNAL]
  local pid
  pid=$(cat "$STATE/$1.pid")
  kill -s "${2:-TERM}" "$pid"
  wait_for gone "$pid"
}

gone() { [ ! -e "/proc/$1/stat" ] || [ "$(cut -d' ' -f3 "/proc/$1/stat" 2>/dev/null)" = Z ]; } # PID

# --- the image: busybox and the probe ---------------------------------------------------------------------------------

make_image() { # FILE: as docker save writes one
  local work=$STATE/image
  mkdir -p "$work/root"/{bin,dev,etc,proc,sys,tmp,data}
  cp "$(command -v busybox)" "$work/root/bin/busybox"
  cp "$PROBE" "$work/root/bin/probe"
  chroot "$work/root" /bin/busybox --install -s /bin
  printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n' >"$work/root/etc/passwd"
  echo plain >"$work/root/data/not-executable"
  chmod 1777 "$work/root/tmp"
  tar -C "$work/root" --numeric-owner -cf "$work/layer.tar" .
  jq -n --arg layer "sha256:$(sha256sum <"$work/layer.tar" | cut -d' ' -f1)" --arg arch "$(dpkg --print-architecture)" \
    '{architecture: $arch, os: "linux", config: {Env: ["PATH=/bin"], Cmd: ["sh"]}, rootfs: {type: "layers", diff_ids: [$layer]}}' \
    >"$work/config.json"
  jq -n --arg tag "$IMAGE" '[{Config: "config.json", RepoTags: [$tag], Layers: ["layer.tar"]}]' >"$work/manifest.json"
  tar -C "$work" -cf "$1" manifest.json config.json layer.tar
}

import_image() {
  [ -e "$STATE/image.tar" ] || make_image "$STATE/image.tar"
  ctr images import "$STATE/image.tar" >/dev/null
}

# --- a test and its end -----------------------------------------------------------------------------------------------

setup_file() {
  containerd_start
  import_image
}

teardown_file() { containerd_stop; }

setup() { C=shim-$BATS_SUITE_TEST_NUMBER; }

teardown() {
  end_helpers
  remove_all
  nothing_left
}

# Runs COMMAND in the background until the test ends; its output goes to FILE.
in_background() { # FILE COMMAND...
  local file=$1
  shift
  "$@" >"$file" 2>&1 </dev/null 3>&- &
  echo $! >>"$BATS_TEST_TMPDIR/helpers"
  disown
}

end_helpers() {
  local pid
  [ -e "$BATS_TEST_TMPDIR/helpers" ] || return 0
  while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done <"$BATS_TEST_TMPDIR/helpers"
}

remove_all() {
  local id
  for id in $(ctr tasks ls -q); do ctr tasks rm --force "$id" >/dev/null 2>&1 || true; done
  for id in $(ctr containers ls -q); do ctr containers rm "$id" >/dev/null 2>&1 || true; done
}

# The sandbox has its own PID namespace, /run and cgroups: what is there and not from the daemons is from a container.
nothing_left() {
  local left
  wait_for nothing_is_left && return
  left=$(leftovers)
  echo "left behind: $left"
  clean_up
  return 1
}

# For the tests that follow.
clean_up() {
  local pid
  for pid in $(strays); do kill -KILL "$pid" 2>/dev/null || true; done
  grep -F /run/containerd/ /proc/self/mountinfo | cut -d' ' -f5 | sort -r | xargs -r umount -l
  rm -f /run/containerd/s/*
}

nothing_is_left() { [ -z "$(leftovers)" ]; }

leftovers() {
  local pid
  for pid in $(strays); do echo "process $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"; done
  find /run/containerd/s "$TASKS" /var/lib/containerd/io.containerd.runtime.v2.task/default /run/containerd/runc/default \
    -mindepth 1 2>/dev/null || true
  find /run /tmp /sys/fs/cgroup -maxdepth 5 -name "shim-[0-9]*" 2>/dev/null || true
  grep -F /run/containerd/ /proc/self/mountinfo || true
  leftovers_of_engine
}

leftovers_of_engine() { :; }

# Processes of a runtime, by their program (tare's is on its own mount), and of containers, by their mount namespace.
strays() {
  local directory program
  for directory in /proc/[0-9]*; do
    program=$(readlink "$directory/exe" 2>/dev/null) || continue
    if [[ $program =~ ^(/|$TARE|.*/containerd-shim.*|.*/runc)$ ]] ||
      [ "$(readlink "$directory/ns/mnt" 2>/dev/null)" != "$(readlink /proc/self/ns/mnt)" ]; then
      echo "${directory#/proc/}"
    fi
  done
}

shims() { # pids of the shims that serve
  local directory
  for directory in /proc/[0-9]*; do
    [[ $(tr '\0' ' ' <"$directory/cmdline" 2>/dev/null) =~ ^[^\ ]*"$SHIM_PROGRAM "(.* )?-id\  ]] && echo "${directory#/proc/}"
  done
  return 0
}

# No call may hang for ever.
ctr() { timeout --foreground -s KILL 60 /usr/bin/ctr "$@"; }
docker() { timeout --foreground -s KILL 60 /usr/bin/docker "$@"; }

# --- words for tests --------------------------------------------------------------------------------------------------

# Runs a container in the foreground; ctr exits with its exit code.
in_container() { ctr run --rm --runtime "$SHIM_RUNTIME" "${FLAGS[@]}" "$IMAGE" "$C" "$@"; } # WORD...
FLAGS=()

# Starts a container in the background.
start() { # WORD...
  ctr run --detach --null-io --runtime "$SHIM_RUNTIME" "${FLAGS[@]}" "$IMAGE" "$C" "$@" 3>&-
}

execute() { # [CTR-OPTION...] WORD...: a process beside
  local options=()
  while [[ $1 == -* ]]; do options+=("$1") && shift; done
  ctr tasks exec --exec-id "exec-$RANDOM$RANDOM" "${options[@]}" "$C" "$@"
}

removed_with() { # CODE
  run -0 ctr tasks rm "$C"
  [ "$1" = 0 ] || expect "exit code $1"
}

status_of() { ctr tasks ls | awk -v id="$1" '$1 == id { print $3 }'; }
status_is() { [ "$(status_of "$C")" = "$1" ]; }
init_pid() { ctr tasks ls | awk -v id="$C" '$1 == id { print $2 }'; }

process() { pgrep -fx "$1" >/dev/null; } # COMMAND-LINE
no_process() { ! process "$1"; }
no_shims() { [ -z "$(shims)" ]; }

# Tries COMMAND for fifteen seconds.
wait_for() { # COMMAND...
  local tries
  for ((tries = 0; tries < 300; ++tries)); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.05
  done
  echo "still false after fifteen seconds: $*"
  return 1
}

expect() { # TEXT...: $output has each somewhere
  local text
  for text; do
    # shellcheck disable=SC2154
    [[ $output == *"$text"* ]] || { printf 'expected: %s\nin:\n%s\n' "$text" "$output" && return 1; }
  done
}

says() { grep -qF -e "$2" "$1"; } # FILE TEXT

on_terminal() {
  local command
  printf -v command '%q ' "$@"
  script -qec "stty rows 24 cols 80; $command" /dev/null </dev/null | tr -d '\r'
}

# Listens from now on: makes a change until the new client receives it.
listen() {
  EVENTS=$BATS_TEST_TMPDIR/events
  in_background "$EVENTS" ctr events
  wait_for heard_something
}
heard_something() { ctr namespaces label default "word=$RANDOM" && [ -s "$EVENTS" ]; }

# Topics of task events, in order and without their common prefix; and the content of one.
topics() { grep -F "\"$C\"" "$EVENTS" | grep -o '/tasks/[a-z-]*' | cut -d/ -f3 | paste -sd ' '; }
topics_are() { [ "$(topics)" = "$1" ]; }
event() { grep -F "/tasks/$1 " "$EVENTS" | sed 's/^[^{]*//'; } # TOPIC
