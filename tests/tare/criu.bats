#!/usr/bin/env bats
# What tare promises about checkpoints beyond runc.
# shellcheck disable=SC2016 # jq and the hook expand what is in single quotes
load ../integration/helper
load ../integration/criu

# Its standard output is a file of the host, which CRIU cannot save.
run_what_cannot_be_saved() {
  set_args sleep 1000
  runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
}

@test "checkpoint: one that fails leaves CRIU's log, and what was there before" {
  run_what_cannot_be_saved
  run -1 runtime checkpoint --image-path "$IMAGES" "$ID"
  [ "$(ls -A "$IMAGES")" = dump.log ]
  echo mine >"$IMAGES/mine"
  run -1 runtime checkpoint --image-path "$IMAGES" "$ID"
  [ "$(ls -A "$IMAGES" | paste -sd ' ')" = "dump.log mine" ]
  run -1 runtime checkpoint --image-path "$IMAGES.new" --work-path "$WORK" "$ID"
  [ ! -e "$IMAGES.new" ]
}

@test "checkpoint: the container runs on if CRIU dies while it is frozen" {
  run_counter
  local file=/sys/fs/cgroup/freezer/$ID/freezer.state word=FROZEN
  [ -e "$file" ] || file=/sys/fs/cgroup/$ID/cgroup.freeze word=1
  replace_criu "echo $word >$file; sleep 0.2; exit 1"
  run -1 checkpoint
  status_is running
  counts_on
}

@test "restore: the loopback device is up, and exec has the container's clock" {
  run_counter
  there_and_back
  run -0 runtime exec "$ID" cat /sys/class/net/lo/flags
  [ $((output & 1)) = 1 ] # IFF_UP
  run -0 runtime exec "$ID" ls -l /proc/self/ns/time
  [[ $output == *"$(readlink "/proc/$(init_pid)/ns/time")" ]]
}

@test "restore: of one that is killed, delete --force finds everything" {
  run_counter
  dump
  # The hook's parent is the runtime.
  printf '#!/bin/sh\nkill -KILL $PPID\n' >"$BUNDLE/hook"
  chmod +x "$BUNDLE/hook"
  update_config --arg hook "$BUNDLE/hook" '.hooks.createRuntime = [{path: $hook}]'
  run ! launch restore --image-path "$IMAGES" --work-path "$WORK"
  run -0 runtime delete --force "$ID"
  wait_for no_leftovers
}
no_leftovers() { [ -z "$(leftovers)" ]; }
