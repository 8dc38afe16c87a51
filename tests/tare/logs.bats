#!/usr/bin/env bats
# The log of a supervised container: its format, `logs`, rotation, full disks.
# shellcheck disable=SC2016 # the shell of a container expands it, or jq
load supervise

@test "logs: the file has the format of the Container Runtime Interface" {
  set_args sh -c 'echo out; echo err >&2; printf unended'
  supervise
  run -0 runtime wait "$ID"
  local time='^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{9}Z'
  run -0 cat "$(supervision log)"
  [ "${#lines[@]}" = 3 ]
  grep -qE "$time stdout F out\$" <<<"$output"
  grep -qE "$time stderr F err\$" <<<"$output"
  [[ ${lines[2]} =~ $time\ stdout\ P\ unended$ ]]
  [ "$(stat -c %a "$(supervision log)")" = 600 ]
}

@test "logs: each stream comes back as it was written" {
  set_args sh -c 'echo out; echo err >&2; printf "%s" unended'
  supervise
  run -0 runtime wait "$ID"
  run -0 --separate-stderr runtime logs "$ID"
  [ "$output" = $'out\nunended' ]
  # shellcheck disable=SC2154
  [ "$stderr" = err ]
  run -0 --separate-stderr runtime logs --timestamps "$ID"
  [[ ${lines[0]} == 20*Z\ out ]]
}

@test "logs: long lines and arbitrary bytes come back unchanged" {
  head -c 300000 /dev/urandom >"$ROOTFS/bytes"
  set_args cat /bytes
  supervise
  run -0 runtime wait "$ID"
  runtime logs "$ID" | cmp - "$ROOTFS/bytes"
  head -c 100000 /dev/zero | tr '\0' x >"$ROOTFS/bytes"
  runtime delete "$ID"
  supervise
  run -0 runtime wait "$ID"
  runtime logs "$ID" | cmp - "$ROOTFS/bytes"
  [ "$(grep -c ' stdout P ' "$(supervision log)")" = 7 ]
}

@test "logs: --tail and --since select lines by number and by time" {
  set_args sh -c 'for i in 1 2 3; do echo $i; done; sleep 1.2; for i in 4 5; do echo $i; done'
  supervise
  run -0 runtime wait "$ID"
  [ "$(runtime logs --tail 2 "$ID")" = $'4\n5' ]
  [ "$(runtime logs --tail 0 "$ID")" = "" ]
  [ "$(runtime logs --tail 99 "$ID")" = $'1\n2\n3\n4\n5' ]
  [ "$(runtime logs --since 1s "$ID")" = $'4\n5' ]
  [ "$(runtime logs --since 1h --tail 4 "$ID")" = $'2\n3\n4\n5' ]
  [ "$(runtime logs --since "$(date -u +%Y-%m-%dT%H:%M:%SZ -d '1 hour')" "$ID")" = "" ]
  [ "$(runtime logs --since "$(date +%Y-%m-%dT%H:%M:%S%:z -d '1 hour ago')" --tail 1 "$ID")" = 5 ]
}

@test "logs --tail: shows the requested number of lines, also while the log is being rotated" {
  set_args sh -c 'i=100000; while :; do echo "line $i"; i=$((i + 1)); done'
  supervise --log-max-size 64k --log-max-files 2
  wait_for test -e "$(session)/log.1"
  local tries first
  for ((tries = 0; tries < 40; ++tries)); do
    runtime logs --tail 300 "$ID" >"$OUT"
    first=$(head -n 1 "$OUT" | cut -d' ' -f2)
    cmp "$OUT" <(seq -f 'line %.0f' "$first" $((first + 299)))
  done
}

@test "logs: a reader that closes the pipe early is not an error" {
  set_args sh -c 'i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i + 1)); done'
  supervise
  run -0 runtime wait "$ID"
  runtime logs "$ID" 2>"$OUT.errors" | head -n 1
  [ "${PIPESTATUS[0]}" = 0 ]
  [ ! -s "$OUT.errors" ]
}

@test "logs: everything from a terminal is standard output" {
  update_config '.process.terminal = true'
  set_args sh -c 'echo out; echo err >&2'
  supervise
  run -0 runtime wait "$ID"
  run -0 --separate-stderr runtime logs "$ID"
  [ "$output" = $'out\r\nerr\r' ]
  [ "$stderr" = "" ]
}

@test "logs --follow: continues across rotations until the container has ended" {
  set_args sh -c 'i=0; while [ $i -lt 6000 ]; do echo "line $i of a log that is rotated"; i=$((i + 1)); done; sleep 0.3; echo last'
  supervise --log-max-size 64k --log-max-files 20
  runtime logs --follow "$ID" >"$OUT.followed"
  [ "$(wc -l <"$OUT.followed")" = 6001 ]
  [ "$(tail -n 1 "$OUT.followed")" = last ]
  [ "$(sort -u "$OUT.followed" | wc -l)" = 6001 ]
  run -0 runtime wait "$ID"
}

@test "logs --follow: misses nothing of a log that is being rotated, also after it was stopped for a while" {
  set_args sh -c 'read go; i=0; while [ $i -lt 60 ]; do echo "mark $i"; head -c 60000 /bin/busybox | base64; i=$((i + 1)); done'
  ln -s busybox "$ROOTFS/bin/head"
  ln -s busybox "$ROOTFS/bin/base64"
  supervise --interactive --log-max-size 64k --log-max-files 200
  in_background "$OUT.followed" "$RUNTIME" --root "$ROOT" logs --follow "$ID"
  local follower
  follower=$(tail -n 1 "$BATS_TEST_TMPDIR/helpers")
  in_background "$OUT.typed" sh -c 'echo go | exec "$0" --root "$1" attach "$2" >/dev/null' "$RUNTIME" "$ROOT" "$ID"
  wait_for says "$OUT.followed" "mark 0"
  kill -STOP "$follower"
  wait_for test -e "$(session)/log.20"
  kill -CONT "$follower"
  run -0 runtime wait "$ID"
  wait_for gone "$follower"
  cmp "$OUT.followed" <(runtime logs "$ID")
  [ "$(grep -c ^mark "$OUT.followed")" = 60 ]
}

# In the middle of a rotation the log has been renamed, and there is no new one yet.
@test "logs --follow: still sees new lines if it starts in the middle of a rotation" {
  set_args sh -c 'echo begin; sleep 100'
  supervise
  in_background "$OUT.followed" "$RUNTIME" --root "$ROOT" logs --follow "$ID"
  wait_for says "$OUT.followed" begin
  mv "$(session)/log" "$(session)/log.1"
  sleep 0.3
  echo "2026-01-02T03:04:05.000000000Z stdout F after" >"$(session)/log.new"
  mv "$(session)/log.new" "$(session)/log"
  wait_for says "$OUT.followed" after
  [ "$(cat "$OUT.followed")" = $'begin\nafter' ]
}

@test "logs --follow: reports how much was removed before it could be shown" {
  set_args sh -c 'echo begin; read go; i=0; while [ $i -lt 60 ]; do head -c 60000 /bin/busybox | base64; i=$((i + 1)); done; echo end'
  ln -s busybox "$ROOTFS/bin/head"
  ln -s busybox "$ROOTFS/bin/base64"
  supervise --interactive --log-max-size 64k --log-max-files 2
  in_background "$OUT.followed" "$RUNTIME" --root "$ROOT" logs --follow "$ID"
  local follower missed all
  follower=$(tail -n 1 "$BATS_TEST_TMPDIR/helpers")
  wait_for says "$OUT.followed" begin
  kill -STOP "$follower"
  echo go | runtime attach "$ID" >"$OUT.all"
  kill -CONT "$follower"
  wait_for gone "$follower"
  says "$OUT.followed" end
  missed=$(sed -nE 's/.*level=warning msg="the log is incomplete here: rotation removed ([0-9]+) bytes .*/\1/p' "$OUT.followed")
  sed -i /level=warning/d "$OUT.followed"
  # Time, stream and line end take 40 bytes of each line in the log.
  all=$(($(wc -c <"$OUT.all") + 40 * $(wc -l <"$OUT.all") + 46))
  [ "$(($(wc -c <"$OUT.followed") + 40 * $(wc -l <"$OUT.followed") + missed))" = "$all" ]
}

@test "logs --follow: works where inotify is not available" {
  set_args sh -c 'echo begin; while [ ! -e /say ]; do sleep 0.05; done; echo more; sleep 100'
  supervise
  in_background "$OUT.followed" unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_inotify_instances &&
    exec "$0" --root "$1" logs --follow "$2"' "$RUNTIME" "$ROOT" "$ID"
  wait_for says "$OUT.followed" begin
  touch "$ROOTFS/say"
  wait_for says "$OUT.followed" more
}

@test "logs --follow: ends when the container is deleted" {
  set_args sh -c 'echo begin; sleep 100'
  supervise
  in_background "$OUT.followed" sh -c '"$0" --root "$1" logs --follow "$2"; echo "status $?"' "$RUNTIME" "$ROOT" "$ID"
  wait_for says "$OUT.followed" begin
  runtime delete --force "$ID"
  wait_for says "$OUT.followed" "status 0"
  [ "$(cat "$OUT.followed")" = $'begin\nstatus 0' ]
}

@test "logs: the log is rotated at --log-max-size, and --log-max-files files are kept" {
  set_args sh -c 'i=0; while [ $i -lt 6000 ]; do echo "line $i of a log that is rotated"; i=$((i + 1)); done'
  mkdir "$BATS_TEST_TMPDIR/logs"
  supervise --log-dir "$BATS_TEST_TMPDIR/logs" --log-max-size 64k --log-max-files 3
  run -0 runtime wait "$ID"
  [ "$(cd "$BATS_TEST_TMPDIR/logs" && echo *)" = "$ID.log $ID.log.1 $ID.log.2" ]
  local file
  for file in "$BATS_TEST_TMPDIR/logs"/*; do [ "$(stat -c %s "$file")" -le 65536 ]; done
  [ "$(runtime logs "$ID" | tail -n 1)" = "line 5999 of a log that is rotated" ]
  runtime delete "$ID"
  [ -z "$(ls -A "$BATS_TEST_TMPDIR/logs")" ]
}

@test "logs: a flood of output blocks the container and does not fill the supervisor's memory" {
  set_args sh -c 'dd if=/dev/zero bs=64k count=4000 2>/dev/null; i=0; while [ $i -lt 30000 ]; do echo; i=$((i + 1)); done'
  supervise --log-max-size 64k
  local supervisor most=0 now
  supervisor=$(supervisor)
  while now=$(private_memory "$supervisor" 2>/dev/null) && [ -n "$now" ]; do
    [ "$now" -le "$most" ] || most=$now
    sleep 0.02
  done
  echo "at most $most KiB"
  [ "$most" -gt 0 ]
  [ "$most" -lt 1024 ]
  run -0 runtime wait "$ID"
}

@test "logs: a full disk does not stop the container, and the log states how much is missing" {
  local logs=$BATS_TEST_TMPDIR/logs
  mkdir "$logs"
  mount -t tmpfs -o size=256k "supervise-$ID" "$logs"
  set_args sh -c 'i=0; while [ $i -lt 20000 ]; do echo "line $i that has no place on the disk"; i=$((i + 1)); done
    touch /written; while [ ! -e /room ]; do sleep 0.05; done; echo after'
  supervise --log-dir "$logs" --log-max-size 10m
  wait_for test -e "$ROOTFS/written"
  mount -o remount,size=1m "$logs"
  touch "$ROOTFS/room"
  run -0 runtime wait "$ID"
  run -0 runtime logs "$ID"
  umount "$logs"
  expect "line 0 that has no place" "bytes of output are not in this log: no space left on device" "after"
  refute "line 19999 "
}
