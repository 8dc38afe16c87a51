#!/usr/bin/env bats
# What a process inherits from its caller: signals, limits, CPUs, umask, descriptors. It must not disturb the runtime
# or reach a container.
# shellcheck disable=SC2016,SC2094,SC2153 # the shell of a container expands it
load helper

deaf() { timeout --foreground --signal KILL 60 "$PROBE" deaf "$RUNTIME" --root "$ROOT" "$@"; }

@test "a caller that ignores all signals: run, exec, create, start and delete work" {
  only_tare "runc 1.1 hands some of them on"
  set_args sh -c 'grep SigIgn /proc/self/status; exit 7'
  ln -s busybox "$ROOTFS/bin/grep"
  run -7 deaf run --bundle "$BUNDLE" "$ID"
  expect_line $'SigIgn:\t0000000000000000'
  set_args sleep 1000
  deaf create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 3>&-
  deaf start "$ID"
  run -3 deaf exec "$ID" sh -c 'grep -E "Sig(Ign|Blk)" /proc/self/status; exit 3'
  expect_line $'SigIgn:\t0000000000000000' $'SigBlk:\t0000000000000000'
  deaf kill "$ID" KILL
  wait_for status_is stopped
  deaf delete "$ID"
}

@test "a caller that ignores SIGCHLD: hooks of all kinds work, and a failing one is noticed" {
  local shared=$BATS_TEST_TMPDIR/shared kind
  mkdir -p "$shared" "$ROOTFS$shared"
  add_mount "$shared" bind "$shared" bind
  for kind in prestart createRuntime createContainer startContainer poststart poststop; do
    update_config --arg kind $kind --arg script "echo $kind >>$shared/log" '
      .hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", $script]}]'
  done
  set_args true
  run -0 deaf run --bundle "$BUNDLE" "$ID"
  [ "$(sort "$shared/log" | xargs)" = "createContainer createRuntime poststart poststop prestart startContainer" ]
  update_config '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", "exit 3"]}]}'
  run ! deaf run --bundle "$BUNDLE" "$ID"
  expect "exit status 3"
}

@test "a caller that ignores SIGCHLD: a supervised container's exit status is kept" {
  only_tare "--supervise is its own"
  set_args sh -c 'exit 5'
  deaf run --supervise --bundle "$BUNDLE" "$ID" </dev/null
  run -5 deaf wait "$ID"
  deaf delete "$ID"
  rmdir "$ROOT/.supervise" 2>/dev/null || true
}

@test "a limit on the size of files is an error, not death by SIGXFSZ, and nothing is left" {
  only_tare "runc 1.1 gives no reason"
  set_args true
  run ! prlimit --fsize=0 "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
  [ "$status" -lt 128 ]
  expect "file too large"
  run ! runtime state "$ID"
}

@test "CPUs: the program may use those of its cgroup, not only those of the caller" {
  [ "$(nproc --all)" -gt 1 ] || skip "one CPU"
  only_tare "newer than runc 1.1"
  update_config 'del(.process.execCPUAffinity)'
  set_args probe affinity
  run -0 taskset --cpu-list 0 "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  [ "$output" = "$("$PROBE" affinity)" ]
  start sleep 1000
  run -0 taskset --cpu-list 0 "$RUNTIME" --root "$ROOT" exec "$ID" probe affinity
  [ "$output" = "$("$PROBE" affinity)" ]
}

@test "umask: modes of files created in the rootfs do not depend on the caller's umask" {
  only_tare "runc makes it with the caller's"
  update_config '.process.cwd = "/made/here"'
  set_args true
  run -0 sh -c 'umask 0077; exec "$@"' sh "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  [ "$(stat -c %a "$ROOTFS/made" "$ROOTFS/made/here" | xargs)" = "755 755" ]
}

@test "standard error: may be closed or have no reader" {
  local runtime=("$RUNTIME" --root "$ROOT")
  set_args sh -c 'exit 7'
  update_config '.process.capabilities.bounding += ["CAP_NONESUCH"]' # of which there is a warning
  run -7 sh -c 'exec "$@" 2>&-' sh "${runtime[@]}" run --bundle "$BUNDLE" "$ID"
  mkfifo "$BATS_TEST_TMPDIR/pipe"
  exec 8<>"$BATS_TEST_TMPDIR/pipe" 9>"$BATS_TEST_TMPDIR/pipe"
  head -c 65536 /dev/zero >&9
  exec 8>&-
  run -7 sh -c 'exec "$@" 2>&9' sh "${runtime[@]}" run --bundle "$BUNDLE" "$ID" # a reader that is gone
  exec 8<>"$BATS_TEST_TMPDIR/pipe"
  only_tare "runc differs: docs/compatibility.md"
  run -1 sh -c 'exec "$@" 2>&9' sh timeout --signal KILL 30 "${runtime[@]}" state nonesuch
  exec 8>&- 9>&-
}

# The descriptors of process PID as "number kind", without file names.
descriptors() { # PID
  local file
  for file in "/proc/$1/fd"/*; do
    printf '%s %s\n' "${file##*/}" "$(readlink "$file")"
  done | sort -n | sed -E 's/ (pipe|socket|anon_inode):.*/ \1/; s, .*/exec\.fifo$, fifo,'
}

# Only the numbers; those that the caller opens with CALLERS are not among them.
numbers() { descriptors "$1" | cut -d' ' -f1 | xargs; } # PID
with_files() { "$@" 3</etc/passwd 4</proc 9</tmp 33</sys/fs/cgroup 77>"$BATS_TEST_TMPDIR/log"; } # COMMAND...

@test "descriptors: the init of a created container has 0 to 2 and the start gate" {
  only_tare "runc has an event loop of its own"
  local hook='[{path: "/bin/sh", args: ["sh", "-c", "true"]}]'
  update_config '.hooks = {createRuntime: '"$hook"', createContainer: '"$hook"', startContainer: '"$hook"'} |
    .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW"} | .mounts += [{destination: "/mnt", source: "/tmp", options: ["bind"]}]'
  set_args sleep 1000
  with_files runtime --log "$BATS_TEST_TMPDIR/runtime.log" create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null
  run -0 descriptors "$(init_pid)"
  [ "$output" = "0 /dev/null
1 $OUT
2 $OUT
${lines[3]%% *} fifo
${lines[4]%% *} fifo" ] || { echo "$output" && return 1; }
  runtime start "$ID"
  [ "$(numbers "$(init_pid)")" = "0 1 2" ]
}

@test "descriptors: the init of a created container with a user namespace and a terminal" {
  only_tare "runc has an event loop of its own"
  local socket=$BATS_TEST_TMPDIR/console
  in_background "$OUT" "$PROBE" receive-terminal "$socket"
  wait_for test -S "$socket"
  chown -R 100000:100000 "$ROOTFS"
  update_config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
    .linux.gidMappings = .linux.uidMappings | .process.terminal = true'
  set_args sleep 1000
  with_files runtime create --console-socket "$socket" --bundle "$BUNDLE" "$ID" </dev/null
  run -0 descriptors "$(init_pid)"
  [ "$output" = "0 /dev/pts/0
1 /dev/pts/0
2 /dev/pts/0
${lines[3]%% *} fifo
${lines[4]%% *} fifo" ] || { echo "$output" && return 1; }
}

@test "descriptors: the init of a created container has those of --preserve-fds" {
  only_tare "runc has an event loop of its own"
  set_args sleep 1000
  with_files runtime create --preserve-fds 2 --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null
  run -0 numbers "$(init_pid)"
  [[ $output =~ ^"0 1 2 3 4 "[0-9]+" "[0-9]+$ ]] || { descriptors "$(init_pid)" && return 1; }
  runtime start "$ID"
  [ "$(numbers "$(init_pid)")" = "0 1 2 3 4" ]
}

@test "descriptors: a process of exec, and every hook, have 0 to 2" {
  only_tare "createContainer hooks of runc 1.1 have more"
  local shared=$BATS_TEST_TMPDIR/shared kind probe
  mkdir -p "$shared" "$ROOTFS$shared"
  add_mount "$shared" bind "$shared" bind
  for kind in prestart createRuntime createContainer startContainer poststart poststop; do
    [ $kind = startContainer ] && probe=/bin/probe || probe=$PROBE
    update_config --arg kind $kind --arg script "exec $probe descriptors >$shared/$kind" '
      .hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", $script], env: ["PATH=/bin:/usr/bin"]}]'
  done
  set_args sleep 1000
  with_files runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null
  with_files runtime exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" "$ID" sleep 1000 >"$OUT" 2>&1 </dev/null
  [ "$(numbers "$(cat "$BATS_TEST_TMPDIR/pid")")" = "0 1 2" ]
  [ "$(numbers "$(init_pid)")" = "0 1 2" ]
  runtime delete --force "$ID"
  for kind in prestart createRuntime createContainer startContainer poststart poststop; do
    [ "$(cut -d' ' -f2 "$shared/$kind" | xargs)" = "0 1 2" ] || { echo "$kind: $(cat "$shared/$kind")" && return 1; }
  done
}

@test "descriptors: a supervisor and its container have none of the caller's" {
  only_tare "--supervise is its own"
  set_args sleep 1000
  with_files runtime create --supervise --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null
  run -0 descriptors "$(runtime state "$ID" | jq .supervision.supervisor)"
  refute "$OUT" passwd "/tmp"$'\n' /sys/fs/cgroup "$BATS_TEST_TMPDIR/log"
  run -0 numbers "$(init_pid)"
  [[ $output =~ ^"0 1 2 "[0-9]+" "[0-9]+$ ]]
  runtime delete --force "$ID"
  rmdir "$ROOT/.supervise" 2>/dev/null || true
}
