#!/usr/bin/env bats
# A CRIU that is missing, fails, says nothing or nonsense: an error, and nothing is left behind.
load helper
load criu

# The dump fails with each TEXT in its error. The container goes on as before.
dump_fails() { # TEXT...
  run -1 checkpoint
  expect "$@"
  status_is running
  counts_on
}

# So does the restore, and there is no container.
restore_fails() { # TEXT...
  run -1 launch restore --image-path "$IMAGES" --work-path "$WORK"
  expect "$@"
  run ! runtime state "$ID"
  [ -z "$(leftovers)" ]
}

# The real CRIU makes images, then both commands meet another one.
meet() { # SHELL-SCRIPT
  run_counter
  dump
  replace_criu "$1"
}

@test "no criu: an error that says so" {
  meet ''
  PATH=${PATH#*:}
  local only=$BATS_TEST_TMPDIR/only
  mkdir "$only"
  ln -s "$(command -v timeout)" "$(command -v jq)" "$(command -v cat)" "$only/"
  run -1 env PATH="$only" "$RUNTIME" --root "$ROOT" restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null 3>&-
  expect criu PATH
  [ -z "$(leftovers)" ]
}

@test "a criu that exits at once" {
  meet 'echo "out of order" >&2; exit 7'
  restore_fails criu
  PATH=${PATH#*:} restore
  dump_fails criu
}

@test "a criu that hangs up without a word, with exit code 0" {
  meet 'exit 0'
  restore_fails criu
  PATH=${PATH#*:} restore
  dump_fails criu
}

@test "a criu that answers nonsense" {
  meet 'printf "\377\377\377\377nonsense" >&"$2"; sleep 0.2'
  restore_fails ""
  PATH=${PATH#*:} restore
  dump_fails ""
}

@test "a criu that is killed" {
  meet 'kill -KILL $$'
  restore_fails ""
  PATH=${PATH#*:} restore
  dump_fails ""
}

@test "a failing dump quotes the errors of CRIU's log, and names the log" {
  set_args probe keep-memory /count 1
  runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  dump_fails "$WORK/dump.log" "Can't lookup mount"
}

@test "a failing restore quotes the errors of CRIU's log, and names the log" {
  run_counter
  dump
  cp "$IMAGES/pages-1.img" "$IMAGES/core-1.img"
  restore_fails "$WORK/restore.log" "core"
}

@test "a restore that fails late leaves no process, cgroup or mount" {
  run_counter
  dump
  rm "$ROOTFS/bin/probe"
  restore_fails "$WORK/restore.log" "bin/probe"
}
