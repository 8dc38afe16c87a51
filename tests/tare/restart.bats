#!/usr/bin/env bats
# `--restart`: when a supervised container is started again, and how that ends.
# shellcheck disable=SC2016 # the shell of a container expands it, or jq
load supervise

@test "restart: on-failure:N restarts N times and keeps the last exit status" {
  set_args sh -c 'echo run >>/runs; exit 3'
  update_config '.root.readonly = false'
  supervise --restart on-failure:2
  run -3 runtime wait "$ID"
  [ "$(wc -l <"$ROOTFS/runs")" = 3 ]
  [ "$(supervision restarts)" = 2 ]
}

@test "restart: on-failure does not restart after success" {
  set_args sh -c 'echo run >>/runs; [ "$(wc -l </runs)" -ge 2 ]'
  ln -s busybox "$ROOTFS/bin/wc"
  ln -s busybox "$ROOTFS/bin/["
  supervise --restart on-failure
  run -0 runtime wait "$ID"
  [ "$(wc -l <"$ROOTFS/runs")" = 2 ]
}

# bats test_tags=v2
@test "restart: always restarts until stop, from the saved config.json, and runs its hooks" {
  update_config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $file]}]' \
    --arg file "echo hook >>$OUT.hooks"
  set_args sh -c 'echo run >>/runs; exit 0'
  supervise --restart always
  set_args sh -c 'echo other >>/runs'
  more_runs() { [ "$(wc -l <"$ROOTFS/runs")" -ge 4 ]; }
  wait_for more_runs
  runtime stop "$ID"
  run -0 runtime wait "$ID"
  sleep 1
  status_is stopped
  [ "$(sort -u "$ROOTFS/runs")" = run ]
  [ "$(wc -l <"$ROOTFS/runs")" = "$(wc -l <"$OUT.hooks")" ]
  [ "$(supervision supervisor)" = 0 ]
}

@test "restart: a container that cannot be created again stays stopped, and the log says why" {
  set_args sh -c 'touch /ran; sleep 0.5; exit 3'
  supervise --restart always
  wait_for test -e "$ROOTFS/ran"
  mv "$ROOTFS" "$ROOTFS.away"
  run -3 runtime wait "$ID"
  run -0 runtime logs "$ID"
  mv "$ROOTFS.away" "$ROOTFS"
  expect "tare: cannot restart the container: " "no such file or directory"
  runtime delete "$ID"
  [ -z "$(ls -A "$ROOT")" ]
}

@test "restart: the pid file is rewritten and preserved descriptors are passed again" {
  set_args sh -c 'cat <&3; [ -e /ran ] || { touch /ran; exit 1; }; sleep 100'
  echo "from descriptor 3" >"$OUT.three"
  runtime run --supervise --restart on-failure --pid-file "$OUT.pid" --preserve-fds 1 --bundle "$BUNDLE" "$ID" \
    </dev/null 3<"$OUT.three"
  wait_for restarted
  [ "$(cat "$OUT.pid")" = "$(init_pid)" ]
  [ "$(runtime logs "$ID")" = "from descriptor 3" ] # at its end the second time: it is the same open file
}

@test "restart: commands find the container while it is being created again" {
  update_config '.hooks.createRuntime = [{path: "/bin/sleep", args: ["sleep", "0.2"]}]'
  set_args true
  supervise --restart always
  local i
  for ((i = 0; i < 40; ++i)); do runtime state "$ID" >"$OUT.state"; done
  runtime stop "$ID"
  status_is stopped
}

@test "restart: kill with KILL ends the restarts, another signal does not" {
  set_args sh -c 'trap "exit 1" USR1; touch /ready; while :; do sleep 0.05; done'
  supervise --restart always
  ready
  runtime kill "$ID" USR1
  wait_for restarted
  runtime kill "$ID" KILL
  run -137 runtime wait "$ID"
}

@test "restart: a container that waits for its restart can be stopped and deleted" {
  set_args false
  supervise --restart always
  sleep 1
  runtime stop "$ID"
  runtime delete "$ID"
  [ -z "$(ls -A "$ROOT")" ]
}
