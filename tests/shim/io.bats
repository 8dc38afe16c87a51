#!/usr/bin/env bats
# Input, output and terminals, through the shim.
# shellcheck disable=SC2016 # containers expand what is in single quotes
load helper

@test "shim io: input arrives up to its end" {
  run -0 in_container cat < <(sleep 1 && printf 'one\ntwo') # ctr does not see an end that is there too early
  [ "$output" = $'one\ntwo' ]
}

@test "shim io: an exec sees the end of its input, many times" {
  local round
  start sleep 1000
  for round in {1..50}; do
    run -0 execute cat < <(echo "words of $round")
    [ "$output" = "words of $round" ]
  done
}

@test "shim io: a program that exits without reading its input" {
  run -0 in_container true < <(head -c 1000000 /dev/zero)
}

@test "shim io: stdout and stderr are separate" {
  in_container sh -c 'echo out; echo err >&2' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  [ "$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")" = $'out\nerr' ]
  grep -q err "$BATS_TEST_TMPDIR/err"
}

@test "shim io: a large output arrives completely" {
  in_container sh -c 'head -c 20000000 /dev/zero | tr "\0" x' >"$BATS_TEST_TMPDIR/out"
  [ "$(md5sum <"$BATS_TEST_TMPDIR/out")" = "$(head -c 20000000 /dev/zero | tr '\0' x | md5sum)" ]
}

@test "shim io: a large input arrives completely" {
  run -0 in_container md5sum < <(head -c 20000000 /dev/zero)
  [[ $output == "$(head -c 20000000 /dev/zero | md5sum | cut -d' ' -f1)"* ]]
}

@test "shim io: the output of a program that exits at once arrives, many times" {
  local round
  start sleep 1000
  for round in {1..20}; do
    run -0 execute sh -c "echo words of $round"
    [ "$output" = "words of $round" ]
  done
}

@test "shim io: a program survives the death of the reader of its output" {
  local fifos=$BATS_TEST_TMPDIR/fifos
  in_background "$BATS_TEST_TMPDIR/out" ctr run --runtime "$SHIM_RUNTIME" --fifo-dir "$fifos" "$IMAGE" "$C" \
    sh -c 'while :; do echo tick; sleep 0.05; done'
  local reader=$!
  wait_for says "$BATS_TEST_TMPDIR/out" tick
  kill -KILL "$reader"
  sleep 0.5
  [ "$(status_of "$C")" = RUNNING ]
  in_background "$BATS_TEST_TMPDIR/again" ctr tasks attach "$C"
  wait_for says "$BATS_TEST_TMPDIR/again" tick
}

@test "shim io: a terminal has the caller's size, and ends with the program" {
  run -0 on_terminal ctr run --rm -t --runtime "$SHIM_RUNTIME" "$IMAGE" "$C" sh -c 'tty; sleep 0.5; stty size'
  expect /dev/ "24 80"
  [[ $output == */dev/pts/0* || $output == */dev/console* ]]
}

@test "shim io: the exit code and the last output of a program on a terminal arrive" {
  run -9 on_terminal_with_code ctr run --rm -t --runtime "$SHIM_RUNTIME" "$IMAGE" "$C" sh -c 'echo last words; exit 9'
  expect "last words"
}

on_terminal_with_code() {
  local command
  printf -v command '%q ' "$@"
  script -qec "$command" /dev/null </dev/null
}

@test "shim io: exec on a terminal" {
  start sleep 1000
  run -0 on_terminal ctr tasks exec -t --exec-id pty "$C" sh -c 'tty; sleep 0.5; stty size; echo done'
  expect /dev/pts/ "24 80" "done"
}

@test "shim io: typed input reaches the terminal" {
  run -0 in_container_typed 'echo typed $((20 + 3))\nexit 4\n'
  expect "typed 23"
}

in_container_typed() { # TEXT
  { sleep 1 && printf %b "$1" && sleep 1; } |
    script -qc "ctr run --rm -t --runtime $SHIM_RUNTIME $IMAGE $C sh" /dev/null
}

@test "shim io: no output with --null-io" {
  run -0 ctr run --rm --null-io --runtime "$SHIM_RUNTIME" "$IMAGE" "$C" echo unheard
  [ -z "$output" ]
}

@test "shim io: output into a file" {
  local log=$BATS_TEST_TMPDIR/deep/log
  ctr run --detach --log-uri "file://$log" --runtime "$SHIM_RUNTIME" "$IMAGE" "$C" sh -c 'echo out; echo err >&2' 3>&-
  wait_for status_is STOPPED
  [ "$(sort "$log")" = $'err\nout' ]
}

make_logger() { # FILE
  cat >"$1" <<END
#!/bin/sh
PATH=/bin:/usr/bin
trap "" TERM # the end of the input is what counts
echo "\$CONTAINER_ID \$CONTAINER_NAMESPACE \$*" >"$BATS_TEST_TMPDIR/logger.who"
cat <&3 >"$BATS_TEST_TMPDIR/logger.out" 5>&- &
exec 5>&-
cat <&4 >"$BATS_TEST_TMPDIR/logger.err"
wait
echo ended >"$BATS_TEST_TMPDIR/logger.end"
END
  chmod +x "$1"
}

@test "shim io: output to a logging program" {
  make_logger "$BATS_TEST_TMPDIR/logger"
  ctr run --detach --log-uri "binary://$BATS_TEST_TMPDIR/logger?key=value" --runtime "$SHIM_RUNTIME" "$IMAGE" "$C" \
    sh -c 'echo out; echo err >&2' 3>&-
  wait_for status_is STOPPED
  removed_with 0
  wait_for [ -e "$BATS_TEST_TMPDIR/logger.end" ]
  [ "$(cat "$BATS_TEST_TMPDIR"/logger.{who,out,err})" = "$C default key value"$'\nout\nerr' ]
}

@test "shim io: a logging program that is missing, or does not answer, is an error" {
  run ! ctr run --detach --log-uri "binary:///no/such/logger" --runtime "$SHIM_RUNTIME" "$IMAGE" "$C" true 3>&-
  expect /no/such/logger
  [ -z "$(ls "$TASKS")" ]
}
