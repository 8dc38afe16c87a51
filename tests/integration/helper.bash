# What the integration tests share. They only see a runtime from outside: a bundle, a command line, an exit status,
# and the probe (tests/probe) inside. So they run against any runtime: RUNTIME=runc bats tests/integration
bats_require_minimum_version 1.5.0

TREE=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
RUNTIME=${RUNTIME:-$TREE/build/release/tare}
RUNTIME=$(command -v "$RUNTIME") || { echo "no runtime: $RUNTIME" >&2 && exit 1; }
PROBE=${PROBE:-$TREE/build/release/tests/probe/probe}
# shellcheck source=../../conformance/lib/words.bash
. "$TREE/conformance/lib/words.bash"

# Most of a test's time is that of the processes that it starts, ten times as much in an emulated machine. So what every
# test does is done by the shell itself where it can.

# Every test gets a bundle, a root directory, and an ID that is part of every name that it creates in the system.
setup() { prepare; }

prepare() {
  ID=taretest-${TEST_RUN:-$$}-$BATS_SUITE_TEST_NUMBER
  ROOT=$BATS_TEST_TMPDIR/root
  BUNDLE=$BATS_TEST_TMPDIR/bundle
  ROOTFS=$BUNDLE/rootfs
  OUT=$BATS_TEST_TMPDIR/out
  mkdir "$ROOT" "$BUNDLE"
  make_rootfs "$ROOTFS"
  write_config
}

write_config() {
  local config
  IFS= read -r -d '' config <"$TREE/tests/integration/config.json" || true # there is no NUL to end at
  printf '%s' "${config/'"linux": {'/"\"linux\": { \"cgroupsPath\": \"/$ID\","}" >"$BUNDLE/config.json"
}

# However a test ends, it has failed if anything is left.
teardown() { check_residue; }

check_residue() {
  local directory pid leftovers
  [ -n "${ID-}" ] || return 0 # skipped before it was prepared; an empty ID would match every name
  if [ -f "$BATS_TEST_TMPDIR/helpers" ]; then
    while read -r pid; do kill -KILL "$pid" 2>/dev/null || true; done <"$BATS_TEST_TMPDIR/helpers"
  fi
  for directory in "$ROOT"/*/; do
    [ -d "$directory" ] && runtime delete --force -- "$(basename "$directory")"
  done
  leftovers=$(leftovers)
  [ -z "$leftovers" ] || { echo "left behind: $leftovers" && clean_up && return 1; }
  # bats keeps the directories of all tests to the end, and a virtual machine has 1 GB for them.
  rm -rf --one-file-system "$ROOTFS" || true
}

# Everything that a container of this test has left in the system: state, cgroups, mounts, processes.
leftovers() {
  local pattern mounts
  for pattern in "$ROOT/*" /{sys/fs/cgroup,run}/{,*/,*/*/}"*$ID*" "/tmp/*$ID*"; do compgen -G "$pattern"; done
  mapfile -t mounts </proc/self/mountinfo
  [[ ${mounts[*]} != *"$BATS_TEST_TMPDIR"* ]] || printf '%s\n' "${mounts[@]}" | grep -F "$BATS_TEST_TMPDIR"
  # The brackets keep grep's own command line out.
  ! grep -qsa "[${ID:0:1}]${ID:1}" /proc/[0-9]*/cmdline || pgrep -af -- "$ID"
  return 0
}

clean_up() {
  local directory
  grep -F "$BATS_TEST_TMPDIR" /proc/self/mountinfo | cut -d' ' -f5 | sort -r | xargs -r umount -l
  find /sys/fs/cgroup -depth -name "*$ID*" -type d 2>/dev/null | while read -r directory; do
    xargs -r kill -KILL <"$directory/cgroup.procs" 2>/dev/null
    rmdir "$directory" 2>/dev/null
  done
}

make_rootfs() { # DIRECTORY
  local template=$BATS_RUN_TMPDIR/rootfs applet
  if [ ! -d "$template" ]; then
    chmod a+x "$BATS_RUN_TMPDIR" # for user namespaces
    mkdir -p "$template"/{bin,dev,etc,proc,sys,tmp}
    chmod 1777 "$template/tmp"
    cp "$(command -v busybox)" "$template/bin/busybox"
    cp "$PROBE" "$template/bin/probe"
    for applet in sh cat echo env false id ls mkdir mount rm sleep stat true touch umount; do
      ln -s busybox "$template/bin/$applet"
    done
    echo 'root:x:0:0:root:/root:/bin/sh' >"$template/etc/passwd"
  fi
  cp -a "$template" "$1"
}

runtime() { timeout --foreground --signal KILL 60 "$RUNTIME" --root "$ROOT" "$@"; }

update_config() { # JQ-ARGUMENT... FILTER
  local config
  config=$(jq --compact-output "$@" <"$BUNDLE/config.json") && printf '%s\n' "$config" >"$BUNDLE/config.json"
}

# 64-bit ARM has mkdirat(2) and the like, but not mkdir(2): the probe makes those calls there, and a profile must name them.
seccomp() { # PROFILE
  update_config ".linux.seccomp = $1"
  [ "$(uname -m)" = aarch64 ] || return 0
  update_config '(.linux.seccomp.syscalls[]?.names[]? | select(test("^(mkdir|mknod|open|symlink|unlink)$"))) += "at" |
    (.linux.seccomp.syscalls[]?.names[]? | select(test("^(chmod|chown)$"))) |= "f" + . + "at"'
}

set_args() { # WORD...
  replace_words "$BUNDLE/config.json" '"args":["true"]' "$@" || update_config '.process.args = $ARGS.positional' --args -- "$@"
}

# Runs WORDS in a new container to its end, which must have exit status 0. See $output.
in_container() {
  set_args "$@"
  run runtime run --bundle "$BUNDLE" "$ID"
  # shellcheck disable=SC2154 # set by run
  [ "$status" = 0 ] || { echo "exit status $status: $output" && return 1; }
}

# The runtime refuses to run the bundle, with an error that contains each TEXT.
refuses() { # TEXT...
  run ! runtime run --bundle "$BUNDLE" "$ID"
  expect "$@"
  [[ $(basename "$RUNTIME") != tare* ]] || check_agrees "${output//\\\"/\"}"
}

# `tare check` finds what the runtime said first; it knows nothing of faults that depend on the machine.
check_agrees() { # TEXT
  local found
  found=$(runtime check --bundle "$BUNDLE" --format json |
    jq -r '.findings[0] | select(.severity == "error") | if .pointer == "" then .message else .pointer + ": " + .message end')
  if [ -n "$found" ]; then
    [[ $1 == *"${found#*: }"* ]] || { echo "run: $1" && echo "check: $found" && return 1; }
  else
    [[ $1 != *"config.json: /"* || $1 == *"RDT is not enabled"* ]] || { echo "check finds no error, but: $1" && return 1; }
  fi
}

# Creates a container whose program would write to $OUT.
create() { # CREATE-OPTION...
  runtime create --bundle "$BUNDLE" "$@" "$ID" >"$OUT" 2>&1 </dev/null 3>&- || { cat "$OUT" && return 1; }
}

# Starts a container with WORDS as its program, which writes to $OUT.
start() { # WORD...
  [ $# = 0 ] || set_args "$@"
  runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&- || { cat "$OUT" && return 1; }
}

# Runs COMMAND in the background until the test ends; its output goes to FILE.
in_background() { # FILE COMMAND...
  local file=$1
  shift
  "$@" >"$file" 2>&1 3>&- &
  echo $! >>"$BATS_TEST_TMPDIR/helpers"
}

# COMMAND runs `probe trap 2` in the foreground, and must pass signals on to it.
forwards_signals() { # COMMAND...
  in_background "$OUT" "$@"
  local pid=$!
  wait_for says "$OUT" ready
  kill -USR1 $pid
  wait_for says "$OUT" "signal 10"
  kill -TERM $pid
  wait $pid
  says "$OUT" "signal 15"
}

# A process in a new user namespace, whose user 0 is the machine's 100000 and whose group 0 is its GID; its pid is in $holder.
hold_user_namespace() { # GID
  in_background /dev/null unshare --user --fork --kill-child sleep 1000
  local parent=$!
  wait_for pgrep -P $parent
  holder=$(pgrep -P $parent)
  echo "0 100000 65536" >"/proc/$holder/uid_map"
  echo "0 $1 65536" >"/proc/$holder/gid_map"
}

# Tries COMMAND for up to a minute, which is long enough on an emulated machine, too.
wait_for() { # COMMAND...
  local end=$((SECONDS + 60))
  while ((SECONDS < end)); do
    "$@" && return 0
    sleep 0.05
  done
  echo "still false after a minute: $*"
  return 1
}

status_is() { [[ $(runtime state "$ID" 2>/dev/null) == *'"status": "'"$1"'"'* ]]; }
says() { grep -qF -e "$2" "$1"; } # FILE TEXT

init_pid() { runtime state "$ID" | jq .pid; }

# $output has each TEXT somewhere, in upper or lower case.
expect() { # TEXT...
  local text
  for text; do
    [[ ${output,,} == *"${text,,}"* ]] || { printf 'expected: %s\nin:\n%s\n' "$text" "$output" && return 1; }
  done
}

# $output has each LINE as a whole line.
expect_line() { # LINE...
  local line
  for line; do
    [[ $'\n'$output$'\n' == *$'\n'"$line"$'\n'* ]] || { printf 'expected the line: %s\nin:\n%s\n' "$line" "$output" && return 1; }
  done
}

# $output has none of the TEXTs.
refute() { # TEXT...
  local text
  for text; do
    [[ $output != *"$text"* ]] || { printf 'unexpected: %s\nin:\n%s\n' "$text" "$output" && return 1; }
  done
}

# The line of `probe mounts` for a mount point, the last one if several are stacked, goes to $mount.
find_mount() { # PATH
  local field=$'[^ \n]+ ' line=$'[^\n]*'
  local pattern=$'.*\n'"(($field){4}$1 $line)"
  mount=
  [[ ! $'\n'$output =~ $pattern ]] || mount=${BASH_REMATCH[1]}
}

mount_at() { # PATH
  local mount
  find_mount "$1"
  [ -z "$mount" ] || echo "$mount"
}

has_option() { [[ $1 =~ $OPTION_BEGIN$2$OPTION_END ]]; } # LINE-OF-MOUNT WORD
OPTION_BEGIN='[ ,]' OPTION_END='([ ,:=]|$)'

# The mount at PATH has each WORD among its options, of the mount or of the file system.
mount_has() { # PATH WORD...
  local path=$1 word mount
  find_mount "$path"
  shift
  for word; do
    has_option "$mount" "$word" || { echo "no $word in: ${mount:-nothing mounted at $path}" && return 1; }
  done
}

mount_lacks() { # PATH WORD...
  local path=$1 word mount
  find_mount "$path"
  [ -n "$mount" ] || { echo "nothing mounted at $path" && return 1; }
  shift
  for word; do
    ! has_option "$mount" "$word" || { echo "$word in: $mount" && return 1; }
  done
}

add_mount() { # DESTINATION TYPE SOURCE OPTION...
  update_config '.mounts += [{destination: $ARGS.positional[0], type: $ARGS.positional[1],
    source: $ARGS.positional[2], options: $ARGS.positional[3:]}]' --args -- "$@"
}

# Moves the PIDs out of the container's cgroups into new ones beside them, and removes the container's.
leave_cgroup() { # PID...
  local cgroup file pid
  find /sys/fs/cgroup -maxdepth 2 -name "$ID" -type d >"$BATS_TEST_TMPDIR/cgroups"
  while read -r cgroup; do
    mkdir "$cgroup-elsewhere"
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$cgroup/tasks" ] || [ ! -e "$cgroup/$file" ] || cat "$cgroup/$file" >"$cgroup-elsewhere/$file"
    done
    for pid; do echo "$pid" >"$cgroup-elsewhere/cgroup.procs"; done
    wait_for rmdir "$cgroup" 2>/dev/null # until processes that were being forked have ended
  done <"$BATS_TEST_TMPDIR/cgroups"
}

remove_elsewhere() {
  local cgroup
  while read -r cgroup; do wait_for rmdir "$cgroup-elsewhere" 2>/dev/null; done <"$BATS_TEST_TMPDIR/cgroups"
}

on_v2() { [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; }

# For promises of the spec or of tare's documentation that other runtimes do not keep.
only_tare() { # WHY
  [[ $(basename "$RUNTIME") == tare* ]] || skip "tare only: $1"
}
