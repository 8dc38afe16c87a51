#!/usr/bin/env bats
# What the container's first process has open while it is set up, and what it does not change.
# shellcheck disable=SC2016 # jq and the shells of the hooks expand what is in single quotes
load helper

# A hook that writes the output of its shell to $OUT.hook; $pid is init's PID.
observe_init() { # HOOK SCRIPT
  touch "$OUT.hook"
  chmod 666 "$OUT.hook"
  update_config --arg kind "$1" --arg script "pid=\$(jq .pid); { $2; } >$OUT.hook" \
    '.hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", $script], env: ["PATH=/usr/bin:/bin"]}]'
}

@test "root of a user namespace never has the caller's groups" {
  only_tare "what it promises beside the advisories"
  map_ids
  observe_init createRuntime 'grep ^Groups: /proc/$pid/status'
  set_args true
  run -0 setpriv --groups 7,8 "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  run -0 cat "$OUT.hook"
  refute 7 8
}

# The files in /proc belong to the process's user if it is dumpable, and otherwise to root.
cannot_be_looked_into() {
  observe_init createRuntime 'stat -c %u /proc/$pid/environ'
  set_args true
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  [ "$(cat "$OUT.hook")" = 0 ]
}

@test "CVE-2016-9962: an init that is being set up cannot be accessed" {
  only_tare "runc's becomes that at another time"
  map_ids
  cannot_be_looked_into
}

@test "CVE-2016-9962: an init that is being set up with time offsets cannot be accessed" {
  only_tare "newer than runc 1.1"
  map_ids
  update_config '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {monotonic: {secs: 1000}}'
  cannot_be_looked_into
}

@test "CVE-2016-9962: an init that is being set up cannot be accessed, rootless" {
  only_tare "runc's becomes that at another time"
  prepare_for_user
  cannot_be_looked_into
}

# Another node of that device, because the host's own /dev/null would change its owner.
@test "a null device as a standard stream keeps its owner" {
  only_tare "what it promises beside the advisories"
  mknod -m 666 "$BATS_TEST_TMPDIR/null" c 1 3
  update_config '.process.user.uid = 1000'
  set_args true
  run -0 runtime run --bundle "$BUNDLE" "$ID" <"$BATS_TEST_TMPDIR/null"
  [ "$(stat -c %u "$BATS_TEST_TMPDIR/null")" = 0 ]
  start sleep 1000
  run -0 runtime exec --user 1000 "$ID" true <"$BATS_TEST_TMPDIR/null"
  [ "$(stat -c %u "$BATS_TEST_TMPDIR/null")" = 0 ]
}

@test "a created init has its standard streams and its start gate, and no other descriptor of the caller" {
  only_tare "its gate"
  runtime create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&- 7</etc/passwd 8</ 63</proc
  run -0 find "/proc/$(init_pid)/fd" -type l -printf '%l\n'
  [ "$(sort <<<"$output")" = "$(sort <<<"/dev/null
$OUT
$OUT
$ROOT/$ID/answers/exec.fifo
$ROOT/$ID/exec.fifo")" ] || { echo "$output" && return 1; }
}

@test "a program that the runtime calls has none of the runtime's descriptors" {
  only_tare "runc finds the program elsewhere"
  mkdir "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/sh\nls -l /proc/self/fd\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/newuidmap"
  chmod 755 "$BATS_TEST_TMPDIR/bin/newuidmap"
  prepare_for_user
  update_config '.linux.uidMappings += [{containerID: 1, hostID: 100000, size: 1}]'
  PATH=$BATS_TEST_TMPDIR/bin:$PATH run ! runtime run --bundle "$BUNDLE" "$ID"
  expect " 1 -> " " 2 -> "
  refute "$ROOT" cgroup pidfd socket: pipe:
}
