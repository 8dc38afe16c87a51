#!/usr/bin/env bats
# What a checkpoint and a restore keep: mounts, files, sockets, locks, namespaces, cgroups, terminals.
load helper
load criu

@test "kept: bind mounts with what is in them now, and the content of tmpfs" {
  mkdir -p "$BATS_TEST_TMPDIR/data/inner" "$ROOTFS"/{data,scratch,real}
  ln -s real "$ROOTFS/link"
  add_mount /data bind "$BATS_TEST_TMPDIR/data" rbind ro
  add_mount /link bind "$BATS_TEST_TMPDIR/data" bind
  add_mount /scratch tmpfs tmpfs size=1m
  run_counter
  runtime exec "$ID" sh -c 'echo kept >/scratch/file; echo kept >/dev/shm/file'
  runtime exec "$ID" probe mounts | cut -d' ' -f5 | sort >"$OUT.before"
  dump
  echo changed >"$BATS_TEST_TMPDIR/data/file"
  restore
  goes_on
  run -0 runtime exec "$ID" cat /scratch/file /dev/shm/file /data/file /real/file
  [ "$output" = $'kept\nkept\nchanged\nchanged' ]
  run ! runtime exec "$ID" touch /data/new
  runtime exec "$ID" probe mounts | cut -d' ' -f5 | sort >"$OUT.after"
  diff "$OUT.before" "$OUT.after"
}

@test "kept: mount points below bind mounts are made again" {
  mkdir "$BATS_TEST_TMPDIR"/{outer,inner}
  add_mount /outer bind "$BATS_TEST_TMPDIR/outer" bind
  add_mount /outer/a/b bind "$BATS_TEST_TMPDIR/inner" bind
  run_counter
  dump
  rm -r "$BATS_TEST_TMPDIR/outer/a"
  restore
  goes_on
}

@test "a bind source that is gone is an error, and nothing is left" {
  mkdir "$BATS_TEST_TMPDIR/data"
  add_mount /data bind "$BATS_TEST_TMPDIR/data" bind
  run_counter
  dump
  rmdir "$BATS_TEST_TMPDIR/data"
  run -1 launch restore --image-path "$IMAGES"
  expect "$BATS_TEST_TMPDIR/data"
  [ -z "$(leftovers)" ]
}

@test "kept: devices, masked and read-only paths, and a read-only root" {
  mkdir "$ROOTFS/shared" "$BATS_TEST_TMPDIR/shared"
  add_mount /shared bind "$BATS_TEST_TMPDIR/shared" bind
  update_config '.root.readonly = true | .linux.devices = [{path: "/dev/my", type: "c", major: 1, minor: 3}]'
  run_detached probe keep-memory /shared/count 1
  wait_for test -s "$BATS_TEST_TMPDIR/shared/count"
  checkpoint
  restore
  run -0 runtime exec "$ID" sh -c 'ls -l /dev/my /dev/null; cat /proc/keys; ls /proc/scsi; ! touch /new; ! echo 1 >/proc/sys/kernel/shmmax'
  expect "1,   3" "Read-only file system"
  rm "$BATS_TEST_TMPDIR/shared/count"
  wait_for test -s "$BATS_TEST_TMPDIR/shared/count"
}

@test "kept: the cgroup with its limits" {
  update_config '.linux.resources.pids.limit = 55 | .linux.resources.memory.limit = 104857600'
  run_counter
  there_and_back
  local cgroup
  cgroup=$(find /sys/fs/cgroup -name pids.max -path "*$ID*")
  [ "$(cat "$cgroup")" = 55 ]
  grep -x "$(init_pid)" "${cgroup%/*}/cgroup.procs"
  find /sys/fs/cgroup -path "*$ID*" \( -name memory.max -o -name memory.limit_in_bytes \) -exec grep -x 104857600 {} +
  run -0 runtime exec "$ID" probe cgroup
  runtime kill "$ID" KILL
  wait_for status_is stopped
  run -0 runtime delete "$ID"
}

@test "kept: a cgroup namespace with a cgroup mount" {
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  add_mount /sys/fs/cgroup cgroup cgroup ro nosuid
  run_counter
  there_and_back
}

@test "kept: without a cgroup namespace, the cgroup mount" {
  add_mount /sys/fs/cgroup cgroup cgroup ro nosuid
  run_counter
  there_and_back
}

@test "kept: a network namespace that is given by path is joined again" {
  join_new_network
  run_counter
  there_and_back
  [ "$(stat -L -c %i "/proc/$(init_pid)/ns/net")" = "$(stat -c %i "/run/netns/$ID")" ]
}

join_new_network() {
  ip netns add "$ID"
  ip -n "$ID" link set lo up
  update_config --arg path "/run/netns/$ID" '(.linux.namespaces[] | select(.type == "network")).path = $path'
}

@test "a network namespace by path that is gone is an error that names it" {
  join_new_network
  run_counter
  dump
  ip netns delete "$ID"
  run -1 launch restore --image-path "$IMAGES"
  expect "/run/netns/$ID"
  [ -z "$(leftovers)" ]
}

@test "kept: the host's network namespace" {
  update_config 'del(.linux.namespaces[] | select(.type == "network"))'
  run_counter
  there_and_back
  [ "$(stat -L -c %i "/proc/$(init_pid)/ns/net")" = "$(stat -L -c %i /proc/self/ns/net)" ]
}

@test "kept: a PID namespace that is given by path is joined again" {
  in_background /dev/null unshare --pid --fork --kill-child sleep 1000
  local holder
  wait_for pgrep -P $!
  holder=$(pgrep -P $!)
  update_config --arg path "/proc/$holder/ns/pid" '(.linux.namespaces[] | select(.type == "pid")).path = $path'
  run_counter
  local pid
  pid=$(init_pid)
  dump
  wait_for test ! -e "/proc/$pid" # until the process has been waited for, its pid is taken
  restore
  goes_on
  [ "$(stat -L -c %i "/proc/$(init_pid)/ns/pid")" = "$(stat -L -c %i "/proc/$holder/ns/pid")" ]
}

@test "kept: host name, and IPC and UTS namespaces of its own" {
  run_counter
  there_and_back
  [ "$(runtime exec "$ID" cat /proc/sys/kernel/hostname)" = tare-test ]
  [ "$(stat -L -c %i "/proc/$(init_pid)/ns/uts")" != "$(stat -L -c %i /proc/self/ns/uts)" ]
}

# Without OPTION, the dump is refused, and the container goes on.
needs_option() { # OPTION
  run -1 checkpoint
  expect "$WORK/dump.log"
  status_is running
  there_and_back "$1"
}

@test "kept: established TCP connections, with --tcp-established" {
  join_new_network # which CRIU leaves as it is; one of the container's own is restored empty
  run_keeper keep-tcp /count
  run checkpoint --leave-running --tcp-established
  ! grep "Can't get 1:16 opt" "$WORK/dump.log" || skip "CRIU before 4.2 dumps no TCP socket on Linux 6.16"
  needs_option --tcp-established
}

@test "kept: file locks, with --file-locks" {
  run_keeper keep-lock /count /locked
  needs_option --file-locks
  run -1 runtime exec "$ID" probe keep-lock /second /locked
  expect EAGAIN
}

@test "kept: files without a name" {
  run_keeper keep-unlinked /count /unlinked
  there_and_back
  [ ! -e "$ROOTFS/unlinked" ]
}

@test "kept: a file that is open under a name that is gone, and linked under another, with --link-remap" {
  run_detached sh -c 'echo linked >/one; exec 4</one; ln /one /two 2>/dev/null; rm /one; probe keep-memory /count 1 & wait'
  ln "$ROOTFS/one" "$ROOTFS/two" 2>/dev/null || true
  wait_for counted_past 3
  [ -e "$ROOTFS/two" ] || skip "no second name"
  run -1 checkpoint
  expect "$WORK/dump.log"
  dump --link-remap
  restore
  goes_on
}

@test "kept: a datagram socket to one outside, with --ext-unix-sk" {
  mkdir "$BATS_TEST_TMPDIR/sockets"
  update_config 'del(.linux.namespaces[] | select(.type == "network"))' # CRIU only finds peers in the same one
  add_mount "$BATS_TEST_TMPDIR/sockets" bind "$BATS_TEST_TMPDIR/sockets" bind # CRIU connects to the name that the socket was given
  in_background "$OUT.received" "$PROBE" receive-notify "$BATS_TEST_TMPDIR/sockets/s"
  wait_for test -S "$BATS_TEST_TMPDIR/sockets/s"
  run_keeper keep-datagrams /count "$BATS_TEST_TMPDIR/sockets/s"
  needs_option --ext-unix-sk
  wait_for says "$OUT.received" "datagram $((BEFORE + 5))"
}

@test "kept: a terminal, whose other end a console socket gets" {
  receive_terminal first
  update_config '.process.terminal = true'
  set_args sh -c 'echo ready; n=0; while read line; do n=$((n + 1)); echo "$n: $line"; done'
  runtime --log "$OUT" run --detach --console-socket "$SOCKET" --bundle "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&- 8>&- || cat "$OUT"
  wait_for says "$OUT.first" ready
  echo one >&8
  wait_for says "$OUT.first" "1: one"
  run -0 checkpoint
  receive_terminal second
  restore --console-socket "$SOCKET"
  wait_for says "$OUT.second" received
  echo two >&8
  wait_for says "$OUT.second" "2: two"
}

receive_terminal() { # NAME
  SOCKET=$BATS_TEST_TMPDIR/$1.socket
  mkfifo "$BATS_TEST_TMPDIR/$1.keys"
  in_background "$OUT.$1" sh -c 'exec "$0" receive-terminal "$1" <"$2"' "$PROBE" "$SOCKET" "$BATS_TEST_TMPDIR/$1.keys"
  exec 8<>"$BATS_TEST_TMPDIR/$1.keys"
  wait_for test -S "$SOCKET"
}

@test "kept: memory that is fetched as it is used, with --lazy-pages" {
  has_feature uffd-noncoop || skip "the kernel lacks userfaultfd events"
  run_keeper keep-memory /count 8
  mkfifo "$BATS_TEST_TMPDIR/ready"
  exec 8<>"$BATS_TEST_TMPDIR/ready" 9>"$BATS_TEST_TMPDIR/ready"
  BEFORE=$(count)
  BEFORE=${BEFORE:-0} # the file is empty for a moment between two counts
  timeout 60 "$RUNTIME" --root "$ROOT" checkpoint --image-path "$IMAGES" --work-path "$WORK" --lazy-pages --page-server 127.0.0.1:27277 \
    --status-fd 9 --manage-cgroups-mode ignore "$ID" >"$OUT.checkpoint" 2>&1 3>&- 8<&- &
  local checkpoint=$!
  [ "$(timeout 60 head -c 1 <&8 | od -An -tu1 | tr -d ' ')" = 0 ]
  [ -e "$IMAGES/inventory.img" ]
  in_background "$OUT.lazy" criu lazy-pages --page-server --address 127.0.0.1 --port 27277 --images-dir "$IMAGES" --work-dir "$IMAGES"
  local server=$!
  wait_for test -S "$IMAGES/lazy-pages.socket"
  update_config --arg cgroup "/$ID-lazy" '.linux.cgroupsPath = $cgroup'
  ID=$ID-lazy launch restore --image-path "$IMAGES" --lazy-pages --manage-cgroups-mode ignore ||
    { grep "page-pipe: splice" "$WORK/dump.log" && wait $checkpoint || skip "CRIU 4.1 does not transfer pages on Linux 6.18"; }
  wait $checkpoint
  wait $server
  goes_on
  run ! runtime state "$ID"
}

@test "org.criu.config names a configuration file of CRIU's" {
  echo "log-file other.log" >"$BATS_TEST_TMPDIR/criu.conf"
  update_config --arg file "$BATS_TEST_TMPDIR/criu.conf" '.annotations["org.criu.config"] = $file'
  run_counter
  run -0 checkpoint
  [ -s "$WORK/other.log" ]
  [ ! -e "$WORK/dump.log" ]
}
