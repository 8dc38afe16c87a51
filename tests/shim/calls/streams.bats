#!/usr/bin/env bats
# Standard streams: FIFOs, terminals, and the end of input.
load helper

@test "shim: streams are FIFOs, and CloseIO ends the input" {
  local stream
  for stream in stdin stdout stderr; do mkfifo "$BATS_TEST_TMPDIR/$stream"; done
  in_background "$OUT" cat "$BATS_TEST_TMPDIR/stdout"
  in_background "$OUT.err" cat "$BATS_TEST_TMPDIR/stderr"
  CREATE=(stdin="$BATS_TEST_TMPDIR/stdin" stdout="$BATS_TEST_TMPDIR/stdout" stderr="$BATS_TEST_TMPDIR/stderr")
  run_task sh -c 'echo to out; echo to err >&2; cat; exit 3'
  echo some input >"$BATS_TEST_TMPDIR/stdin"
  wait_for says "$OUT" "some input"
  [ "$(status_of)" = "$RUNNING" ]
  call CloseIO stdin=true
  run -0 call Wait
  expect_line exit_status=3
  says "$OUT" "to out" && says "$OUT.err" "to err"
  run -0 call State
  expect_line "stdin=$BATS_TEST_TMPDIR/stdin" "stdout=$BATS_TEST_TMPDIR/stdout" "stderr=$BATS_TEST_TMPDIR/stderr"
  call ResizePty width=80 height=24 # ignored: there is no terminal
}

# On a busy machine, clients may open FIFOs only after a short program has exited.
@test "shim: a program starts once its output has a reader" {
  local stream=$BATS_TEST_TMPDIR/stdout
  mkfifo "$stream"
  run_task sleep 1000
  CREATE=(stdout="$stream")
  add_exec late echo last words
  in_background "$OUT.start" "$SHIM_CLIENT" "$ADDRESS" Start id="$ID" exec_id=late
  sleep 0.5
  in_background "$OUT" cat "$stream"
  call Wait exec_id=late
  call Delete exec_id=late
  wait_for says "$OUT" "last words"
}

# containerd's client closes a FIFO as soon as the process is deleted.
@test "shim: Delete waits until the output was read" {
  local stream=$BATS_TEST_TMPDIR/stdout
  mkfifo "$stream"
  run_task sleep 1000
  CREATE=(stdout="$stream")
  add_exec slow echo last words
  in_background "$OUT" sh -c 'exec <"$1"; sleep 1; head -n 1; date +%s%N >"$2"' sh "$stream" "$OUT.read"
  call Start exec_id=slow
  call Wait exec_id=slow
  call Delete exec_id=slow
  date +%s%N >"$OUT.deleted"
  wait_for says "$OUT" "last words"
  wait_for [ -s "$OUT.read" ]
  [ "$(($(cat "$OUT.deleted") - $(cat "$OUT.read")))" -gt -200000000 ]
}

@test "shim: a terminal has the size that ResizePty sets" {
  local stream
  for stream in stdin stdout; do mkfifo "$BATS_TEST_TMPDIR/$stream"; done
  in_background "$OUT" cat "$BATS_TEST_TMPDIR/stdout"
  update_config '.process.terminal = true'
  CREATE=(terminal=true stdin="$BATS_TEST_TMPDIR/stdin" stdout="$BATS_TEST_TMPDIR/stdout")
  run_task sh -c 'read -r word; /bin/busybox stty size; echo "$word"'
  call ResizePty width=123 height=45
  echo typed >"$BATS_TEST_TMPDIR/stdin"
  call Wait
  wait_for says "$OUT" "45 123"
  says "$OUT" typed
  call Delete
}

@test "shim: a program on a terminal is not blocked if its output cannot be written" {
  update_config '.process.terminal = true'
  CREATE=(terminal=true stdout=file:///dev/full)
  run_task sh -c '/bin/busybox head -c 100000 /dev/zero; exit 3'
  run -0 call Wait
  expect_line exit_status=3
  wait_for says "$BATS_TEST_TMPDIR/log" "output of $ID is lost: file:///dev/full: write: no space left on device"
}

@test "shim: output that is read slowly is not lost" {
  local stream=$BATS_TEST_TMPDIR/stdout
  mkfifo "$stream"
  run_task sleep 1000
  CREATE=(stdout="$stream")
  add_exec slow sh -c 'echo one; echo two; echo 333; echo end'
  # shellcheck disable=SC2016
  in_background "$OUT" sh -c 'exec <"$1"; for i in 1 2 3 4; do dd bs=4 count=1 2>/dev/null; sleep 1; done' sh "$stream"
  call Start exec_id=slow
  call Wait exec_id=slow
  call Delete exec_id=slow
  says "$OUT" end
}

@test "shim: processes of a container have only their own streams open" {
  local stream inode
  for stream in stdin stdout stderr; do mkfifo "$BATS_TEST_TMPDIR/$stream"; done
  in_background "$OUT" cat "$BATS_TEST_TMPDIR/stdout"
  in_background "$OUT.err" cat "$BATS_TEST_TMPDIR/stderr"
  CREATE=(stdin="$BATS_TEST_TMPDIR/stdin" stdout="$BATS_TEST_TMPDIR/stdout" stderr="$BATS_TEST_TMPDIR/stderr")
  set_args sleep 1000
  start_shim
  run -0 create_task "${CREATE[@]}"
  PID=${output#pid=}
  # __SO_ACCEPTCON: it listens
  inode=$(targets "$(shim_pid)" |
    grep -F "$(awk '$4 == "00010000" { print "socket:[" $7 "]" }' /proc/net/unix)")
  run targets "$PID"
  [[ $inode == socket:* && $output != *"$inode"* && $output != *anon_inode* ]]
  call Start
  add_exec one sleep 1000
  run -0 call Start exec_id=one
  local pid=${output#pid=} own
  own=$(printf '%s\n' "$BATS_TEST_TMPDIR"/std{err,in,out})
  [ "$(targets "$PID")" = "$own" ]
  [ "$(targets "$pid")" = "$own" ]
}
