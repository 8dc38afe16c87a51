#!/usr/bin/env bats
# What a caller hands down without a word: signals, limits, CPUs, umask, descriptors. It must neither stop the runtime
# nor reach a container.
# shellcheck disable=SC2016,SC2094,SC2153 # the shell of a container expands it
load helper

deaf() { timeout --foreground --signal KILL 60 "$PROBE" deaf "$RUNTIME" --root "$ROOT" "$@"; }

# bats test_tags=v2
@test "a caller that ignores SIGCHLD and all others: run, exec, create, start, delete" {
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

@test "a caller that ignores SIGCHLD: all six kinds of hooks, and one that fails" {
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

@test "a limit on the size of files: an error, not the end by SIGXFSZ, and nothing left" {
  only_tare "runc 1.1 gives no reason"
  set_args true
  run ! prlimit --fsize=0 "$RUNTIME" --root "$ROOT" create --bundle "$BUNDLE" "$ID"
  [ "$status" -lt 128 ]
  expect "file too large"
  run ! runtime state "$ID"
}

@test "CPUs: those of its cgroup, not those of the caller" {
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

@test "umask: what is made in the rootfs has the same mode whoever calls" {
  only_tare "runc makes it with the caller's"
  update_config '.process.cwd = "/made/here"'
  set_args true
  run -0 sh -c 'umask 0077; exec "$@"' sh "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  [ "$(stat -c %a "$ROOTFS/made" "$ROOTFS/made/here" | xargs)" = "755 755" ]
}

@test "standard error: nobody reads it, or it is closed" {
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
