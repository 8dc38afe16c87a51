#!/usr/bin/env bats
# run: a container from its bundle to its end.
load helper

@test "run: shows the program's output and leaves nothing" {
  in_container echo "hello world"
  [ "$output" = "hello world" ]
  [ -z "$(leftovers)" ]
}

@test "run: exits with the program's exit status" {
  set_args probe exit 42
  run -42 runtime run --bundle "$BUNDLE" "$ID"
}

@test "run: exits with 128 + N if signal N ended the program" {
  set_args sh -c 'probe die 9 & wait $!'
  run -137 runtime run --bundle "$BUNDLE" "$ID"
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  set_args probe die 15
  run -143 runtime run --bundle "$BUNDLE" "$ID"
}

@test "run: the bundle defaults to the working directory" {
  set_args echo here
  cd "$BUNDLE"
  run -0 runtime run "$ID"
  [ "$output" = here ]
}

@test "run: takes a relative bundle" {
  set_args echo here
  cd "$BATS_TEST_TMPDIR"
  run -0 runtime run --bundle bundle "$ID"
  [ "$output" = here ]
}

@test "run: the root path may be absolute, or outside of the bundle" {
  mv "$ROOTFS" "$BATS_TEST_TMPDIR/elsewhere"
  update_config --arg path "$BATS_TEST_TMPDIR/elsewhere" '.root.path = $path'
  in_container echo absolute
  update_config '.root.path = "../elsewhere"'
  in_container echo relative
  [ "$output" = relative ]
}

@test "run: standard input reaches the program" {
  set_args cat
  run -0 runtime run --bundle "$BUNDLE" "$ID" <<<"what comes in"
  [ "$output" = "what comes in" ]
}

@test "run: standard output and error are separate" {
  set_args sh -c 'echo out; echo err >&2'
  run -0 --separate-stderr runtime run --bundle "$BUNDLE" "$ID"
  [ "$output" = out ]
  # shellcheck disable=SC2154
  [ "$stderr" = err ]
}

@test "run: standard streams may be closed" {
  set_args true
  "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID" <&- >&-
}

@test "run --pid-file: has the PID of init, completely written" {
  start sleep 100
  runtime delete --force "$ID"
  runtime run --detach --pid-file "$BATS_TEST_TMPDIR/pid" --bundle "$BUNDLE" "$ID" >/dev/null 3>&-
  [ "$(cat "$BATS_TEST_TMPDIR/pid")" = "$(init_pid)" ]
  [ "$(wc -l <"$BATS_TEST_TMPDIR/pid")" = 0 ]
}

@test "run --detach: returns while the program runs on" {
  start probe sleep 100
  status_is running
  wait_for says "$OUT" sleeping
  [ -d "/proc/$(init_pid)" ]
}

@test "run --detach: succeeds even if the program fails later" {
  start false
  wait_for status_is stopped
}

@test "run --keep: keeps the stopped container" {
  only_tare "newer than runc 1.1"
  set_args probe exit 3
  run -3 runtime run --keep --bundle "$BUNDLE" "$ID"
  status_is stopped
  runtime delete "$ID"
}

# The new container has the same ID as the one that run waits for.
@test "run: a container that is made after its own was deleted is left alone" {
  only_tare "runc's run removes the new container's directory"
  local tare
  set_args sleep 1000
  in_background "$OUT" "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  tare=$!
  wait_for status_is running
  kill -STOP "$tare"
  runtime delete --force "$ID"
  runtime create --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 3>&-
  kill -CONT "$tare"
  wait "$tare" || true
  status_is created
}

@test "run: forwards signals" {
  set_args probe trap 2
  forwards_signals "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
}

@test "run: orphans in the container's PID namespace end with its init" {
  in_container sh -c '(sleep 1000 &) ; echo done'
  [ "$output" = "done" ]
}

@test "run: does not wait for a background process that keeps standard output open" {
  set_args sh -c 'sleep 1000 & echo done'
  run -0 timeout 60 "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  [ "$output" = "done" ]
}

@test "run: without a PID namespace all processes are killed when init ends" {
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  set_args sh -c 'sleep 1000 >/dev/null 2>&1 & exit 5'
  run -5 runtime run --bundle "$BUNDLE" "$ID"
}

@test "run: adopts and reaps orphans of its container, except with --no-subreaper" {
  local flag tare
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  set_args sh -c '(sleep 1001 &); touch /left; exec sleep 1002'
  for flag in "" --no-subreaper; do
    in_background "$OUT" "$RUNTIME" --root "$ROOT" run $flag --bundle "$BUNDLE" "$ID"
    tare=$!
    wait_for test -e "$ROOTFS/left"
    wait_for pgrep -P "$tare" -f 'sleep 1002'
    if [ "$flag" ]; then run ! pgrep -P "$tare" -f 'sleep 1001'; else pgrep -P "$tare" -f 'sleep 1001'; fi
    runtime kill "$ID" KILL
    wait "$tare" || true
    rm "$ROOTFS/left"
  done
}

@test "run: a missing program is an error" {
  set_args nonesuch
  refuses nonesuch 'executable file not found in $PATH'
  set_args /nonesuch
  refuses /nonesuch "no such file or directory"
}

@test "run: a program that is not executable is an error" {
  echo >"$ROOTFS/bin/plain"
  chmod 644 "$ROOTFS/bin/plain"
  set_args /bin/plain
  refuses "permission denied"
  set_args /bin
  run ! runtime run --bundle "$BUNDLE" "$ID"
  [[ $output == *"permission denied"* || $output == *"is a directory"* ]]
}

@test "run: a program of an unknown format is an error" {
  echo "no ELF" >"$ROOTFS/bin/text"
  chmod 755 "$ROOTFS/bin/text"
  set_args /bin/text
  refuses "exec format error"
}

@test "run: scripts work, and a missing interpreter is an error" {
  printf '#!/bin/sh\necho script "$@"\n' >"$ROOTFS/bin/script"
  printf '#!/nonesuch\n' >"$ROOTFS/bin/lost"
  chmod 755 "$ROOTFS/bin/script" "$ROOTFS/bin/lost"
  in_container script a "b c"
  [ "$output" = "script a b c" ]
  set_args lost
  refuses "no such file or directory"
}

@test "run: the program is looked up in the PATH of the process, not the caller's" {
  mkdir "$ROOTFS/opt"
  cp "$ROOTFS/bin/probe" "$ROOTFS/opt/mine"
  update_config '.process.env = ["PATH=/nonesuch:/opt"]'
  in_container mine args found
  expect_line "arg found"
}

@test "run: arguments are passed unchanged" {
  in_container probe args "" " " $'new\nline' '$HOME' 'ü' '"'
  [ "$output" = $'arg \narg  \narg new\nline\narg $HOME\narg ü\narg "' ]
}

@test "run: of two at once with one ID only one runs" {
  start sleep 100
  run ! runtime run --bundle "$BUNDLE" "$ID"
  expect exist
  status_is running
}

@test "run: many containers at once" {
  local i pids=()
  set_args probe exit 0
  update_config 'del(.linux.cgroupsPath)'
  for i in 1 2 3 4 5 6 7 8; do
    "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID-$i" >"$OUT.$i" 2>&1 3>&- &
    pids+=($!)
  done
  for i in "${pids[@]}"; do wait "$i"; done
}
