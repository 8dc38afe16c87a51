# What the tests share: a bundle, the runtime's commands, and questions about what the probe saw. A test's name begins
# with the statements that it covers ("CF-272 CF-273: ..."); coverage.tsv has a row for each.
#
# `run` sets RUNTIME (an absolute path), RUNTIME_FLAGS, PROBE, TEMPLATE (a directory with a root file system) and CONFORMANCE_RUN, the
# name of the run, which is part of every container's.
bats_require_minimum_version 1.5.0
# shellcheck source=words.bash
. "${BASH_SOURCE[0]%/*}/words.bash"

# A system call's number, for `probe call`, and the machine's architecture in a filter.
case $(uname -m) in
  aarch64) GETPRIORITY=141 SECCOMP_ARCHITECTURE=SCMP_ARCH_AARCH64 ;;
  *) GETPRIORITY=140 SECCOMP_ARCHITECTURE=SCMP_ARCH_X86_64 ;;
esac

# Most of a test's time is that of the processes that it starts: what every test does, the shell itself does where it can.

setup() { prepare; }
teardown() { clean_up; }

prepare() {
  ID=${CONFORMANCE_RUN:-conformance}-${TEST_RUN:-$$}-$BATS_SUITE_TEST_NUMBER
  HERE=$BATS_TEST_TMPDIR
  ROOT=$HERE/root BUNDLE=$HERE/bundle ROOTFS=$HERE/bundle/rootfs OUT=$HERE/out SEEN=$HERE/seen
  mkdir "$ROOT" "$BUNDLE"
  [ -e "$BATS_RUN_TMPDIR/open" ] || { chmod a+x "$BATS_RUN_TMPDIR" && : >"$BATS_RUN_TMPDIR/open"; } # user namespaces come by
  cp -a "$TEMPLATE" "$ROOTFS"
  base_config >"$BUNDLE/config.json"
}

# The smallest config that an engine would write. The cgroup's path is in the form of the driver.
base_config() { # [ROOT-PATH [CGROUP]]
  local root=${1-rootfs} cgroup=${2-$ID}
  if [ "${RUNTIME_FLAGS-}" ]; then cgroup=:conformance:$cgroup; else cgroup=/$cgroup; fi
  printf '%s' '{
  "ociVersion": "1.0.2",
  "root": {"path": "'"$root"'"},
  "process": {
    "user": {"uid": 0, "gid": 0},
    '"$FIRST_ARGS"',
    "env": ["PATH=/bin", "HOME=/"],
    "cwd": "/",
    "capabilities": {
      "bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_MKNOD", "CAP_SYS_ADMIN", "CAP_NET_ADMIN"],
      "effective": ["CAP_CHOWN", "CAP_KILL", "CAP_MKNOD", "CAP_SYS_ADMIN", "CAP_NET_ADMIN"],
      "permitted": ["CAP_CHOWN", "CAP_KILL", "CAP_MKNOD", "CAP_SYS_ADMIN", "CAP_NET_ADMIN"]
    }
  },
  "hostname": "conformance",
  "mounts": [
    {"destination": "/proc", "type": "proc", "source": "proc"},
    {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755"]},
    {"destination": "/dev/pts", "type": "devpts", "source": "devpts",
     "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]}
  ],
  "linux": {
    "cgroupsPath": "'"$cgroup"'",
    "resources": {"devices": [{"allow": false, "access": "rwm"}]},
    "namespaces": [{"type": "pid"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}, {"type": "network"}]
  }
}'
}
FIRST_ARGS='"args":["/bin/probe","see"]'

# --- the config -----------------------------------------------------------------------------------------------------

config() { # JQ-ARGUMENT... FILTER
  local config
  config=$(jq --compact-output "$@" <"$BUNDLE/config.json") && printf '%s\n' "$config" >"$BUNDLE/config.json"
}

args() { # WORD...
  replace_words "$BUNDLE/config.json" "$FIRST_ARGS" "$@" || config '.process.args = $ARGS.positional' --args -- "$@"
}

mount_entry() { # DESTINATION TYPE SOURCE OPTION...
  config '.mounts += [{destination: $ARGS.positional[0], type: $ARGS.positional[1], source: $ARGS.positional[2],
    options: $ARGS.positional[3:]}]' --args -- "$@"
}

hook() { # KIND SHELL-SCRIPT: one more hook of that kind
  config --arg kind "$1" --arg script "$2" \
    '.hooks[$kind] += [{path: "/bin/sh", args: ["sh", "-c", $script], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]}]'
}

# A user namespace whose ids 0 to 65535 are the machine's 100000 and up; the rootfs goes with it.
user_namespace() {
  config '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}]
    | .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
  chown -R 100000:100000 "$ROOTFS"
}

# Is FILTER true of the one JSON document on standard input? (jq -e alone says yes where there is none.)
judge() { # [JQ-ARGUMENT...] FILTER
  jq -es "${@:1:$#-1}" "length == 1 and (.[0] | ${!#})" >/dev/null
}

# --- the commands ---------------------------------------------------------------------------------------------------

# shellcheck disable=SC2086 # flags are words
runtime() { timeout --foreground --signal KILL 60 "$RUNTIME" --root "$ROOT" $RUNTIME_FLAGS "$@" 3>&-; }

create() {
  runtime create --bundle "$BUNDLE" "$@" "$ID" >"$OUT" 2>"$HERE/err" <"$NULL" || { cat "$HERE/err" && return 1; }
  is created || { echo "create succeeded, but the status is '$(status)'" && return 1; }
}

start() { runtime start "$ID"; }
state() { runtime state "$ID"; }
status() { state 2>/dev/null | jq -r .status; }
pid() { state | jq .pid; }
remove() { runtime delete "$@" "$ID"; }
is() { [[ $(state 2>/dev/null) =~ \"status\"[[:space:]]*:[[:space:]]*\"$1\" ]]; }

begin() { create && start; }

finish() { # waits for the program's end
  wait_for is stopped
}

# Runs the program to its end; its exit code is the result, its output in $OUT.
run_container() {
  runtime run --bundle "$BUNDLE" "$ID" >"$OUT" 2>"$HERE/err" <"$NULL"
}

# Runs WORDS in a container, which must leave with 0. See $output.
inside() { # WORD...
  args "$@"
  run_container || { echo "exit code $?: $(cat "$OUT" "$HERE/err")" && return 1; }
  output=$(<"$OUT")
}

# What the probe sees in a container of this config; ask with `seen`.
look() {
  args /bin/probe see
  run_container || { echo "exit code $?: $(head -c 2000 "$OUT") $(cat "$HERE/err")" && return 1; }
  judge .pid <"$OUT" || { echo "the program has not run: $(head -c 2000 "$OUT")" && return 1; }
  cp "$OUT" "$SEEN"
}

seen() { # [JQ-ARGUMENT...] FILTER: is it true?
  judge "$@" <"$SEEN" || { echo "not so: ${!#}" && return 1; }
}

# The mount on top at PATH, as JSON.
mount_at() { jq -c --arg path "$1" '[.mounts[] | select(.target == $path)] | last // empty' <"$SEEN"; }

mount_shows() { # PATH WORD...: among its own options or its file system's
  local word mount
  mount=$(mount_at "$1")
  [ -n "$mount" ] || { echo "nothing is mounted at $1" && return 1; }
  for word in "${@:2}"; do
    judge --arg word "$word" '(.options + "," + .super) | split(",") | index($word)' <<<"$mount" ||
      { echo "no $word at $1: $mount" && return 1; }
  done
}

mount_hides() { # PATH WORD...: has none of them
  local word
  [ -n "$(mount_at "$1")" ] || { echo "nothing is mounted at $1" && return 1; }
  for word in "${@:2}"; do ! mount_shows "$1" "$word" >/dev/null || { echo "$word at $1: $(mount_at "$1")" && return 1; }; done
}

# The runtime makes a container of a plain config, and deletes it: without that, a refusal proves nothing. Looked at once a test.
works() {
  [ -z "${WORKS-}" ] || return 0
  local good=$HERE/good
  mkdir -p "$good"
  base_config "$ROOTFS" "$ID-good" >"$good/config.json"
  runtime create --bundle "$good" "$ID-good" >"$good/out" 2>&1 <"$NULL" &&
    ID=$ID-good is created && runtime delete --force "$ID-good" ||
    { echo "the runtime does not even make a plain container: $(cat "$good/out")" && return 1; }
  WORKS=yes
}

# The config is an error: create says so, and nothing is there afterwards.
refused() {
  works || return 1
  if runtime create --bundle "$BUNDLE" "$ID" >"$OUT" 2>"$HERE/err" <"$NULL"; then
    echo "was created: $(jq -c . "$BUNDLE/config.json")"
    return 1
  fi
  [ -s "$HERE/err" ] || { echo "no word on standard error" && return 1; }
  nothing_left
}

# The config is good: create and delete work.
accepted() {
  create && remove --force && nothing_left
}

# The config is an error, or create says something about it: in its log, for what it writes on standard error may be taken
# for the container's output.
refused_or_told() {
  works || return 1
  if runtime --log "$HERE/log" create --bundle "$BUNDLE" "$ID" >"$OUT" 2>"$HERE/err" <"$NULL"; then
    remove --force
    [ -s "$HERE/log" ] || [ -s "$HERE/err" ] || { echo "was created without a word" && return 1; }
  fi
  nothing_left
}

nothing_left() {
  local left
  left=$(leftovers)
  [ -z "$left" ] || { echo "left: $left" && return 1; }
}

leftovers() {
  local pattern mounts
  ! runtime state "$ID" >/dev/null 2>&1 || echo "container $ID"
  # Some runtimes keep directories of their own in the root.
  for pattern in {"$ROOT",/sys/fs/cgroup{,/*,/*/*,/*/*/*}}"/*$ID*"; do compgen -G "$pattern"; done
  mapfile -t mounts </proc/self/mountinfo
  [[ ${mounts[*]} != *"$HERE"* ]] || printf '%s\n' "${mounts[@]}" | grep -F "$HERE"
  # The brackets keep grep's own command line out.
  ! grep -qsa "[${ID:0:1}]${ID:1}" /proc/[0-9]*/cmdline || pgrep -af -- "$ID"
  return 0
}

# COMMAND fails. Its output goes to a file: a container that was made against all expectation would hold a pipe open.
fails() { # COMMAND...
  works || return 1
  ! "$@" >"$HERE/fails" 2>&1 <"$NULL" || { echo "succeeded: $*" && return 1; }
}

# --- helpers --------------------------------------------------------------------------------------------------------

wait_for() { # COMMAND...: for half a minute
  local tries
  for ((tries = 0; tries < 20 * ${CONFORMANCE_PATIENCE:-30}; ++tries)); do
    "$@" && return 0
    sleep 0.05
  done
  echo "waited in vain for: $*"
  return 1
}

# A file is there, and holds each TEXT.
holds() { # FILE TEXT...
  local text
  [ -e "$1" ] || { echo "no $1" && return 1; }
  for text in "${@:2}"; do grep -qF -e "$text" "$1" || { echo "no '$text' in: $(cat "$1")" && return 1; }; done
}

# The container's cgroup of CONTROLLER, as a directory of this machine.
cgroup() { # CONTROLLER
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    echo "/sys/fs/cgroup$(sed -n 's/^0:://p' "/proc/$(pid)/cgroup")"
  else
    echo "/sys/fs/cgroup/$1$(sed -nE "s/^[0-9]+:([a-z_,]+,)?$1(,[a-z_,]+)?:(.*)/\\3/p" "/proc/$(pid)/cgroup")"
  fi
}

has_controller() { # CONTROLLER
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then grep -qw "$1" /sys/fs/cgroup/cgroup.controllers; else mountpoint -q "/sys/fs/cgroup/$1"; fi
}

# Skips where this machine has not what a statement needs.
needs() { # v1|v2|controller NAME|kernel VERSION|resctrl|no_resctrl|program NAME|feature FILTER
  case $1 in
    v1) [ ! -e /sys/fs/cgroup/cgroup.controllers ] || skip "needs cgroup v1" ;;
    v2) [ -e /sys/fs/cgroup/cgroup.controllers ] || skip "needs cgroup v2 alone" ;;
    controller) has_controller "$2" || skip "needs the controller $2" ;;
    kernel) [ "$(printf '%s\n' "$2" "$(uname -r)" | sort -V | head -n 1)" = "$2" ] || skip "needs Linux $2" ;;
    resctrl) grep -qw resctrl /proc/mounts || skip "needs resctrl" ;;
    no_resctrl) ! grep -qw resctrl /proc/mounts || skip "needs a machine without resctrl" ;;
    program) command -v "$2" >/dev/null || skip "needs $2" ;;
    feature) works && runtime features 2>/dev/null | judge "$2" || skip "the runtime does not offer $2" ;;
    *) echo "needs: what is $1?" && return 1 ;;
  esac
}

# A process in the background that ends with the test.
background() { # COMMAND...
  "$@" >"$HERE/background.out" 2>&1 3>&- &
  echo $! >>"$HERE/background"
  BACKGROUND=$!
}

# Takes away what a test made, and fails if the runtime has left something that delete --force does not remove.
clean_up() {
  local line left directory
  [ -n "${ID-}" ] || return 0
  ! [ -f "$HERE/background" ] || while read -r line; do kill -KILL "$line" 2>/dev/null || true; done <"$HERE/background"
  for directory in "$ROOT"/*/; do
    [ ! -d "$directory" ] || runtime delete --force "$(basename "$directory")" >/dev/null 2>&1 || true
  done
  left=$(leftovers)
  [ -z "$left" ] || { echo "left behind: $left" && sweep && return 1; }
  rm -rf --one-file-system "$HERE"/*
}

sweep() {
  local directory
  pgrep -f -- "$ID" | xargs -r kill -KILL 2>/dev/null
  grep -F "$HERE" /proc/self/mountinfo | cut -d' ' -f5 | sort -r | xargs -r umount -l 2>/dev/null
  find /sys/fs/cgroup -depth -type d -path "*$ID*" 2>/dev/null | while read -r directory; do
    xargs -r -n 1 kill -KILL <"$directory/cgroup.procs" 2>/dev/null
    wait_for rmdir "$directory" 2>/dev/null
  done
}
