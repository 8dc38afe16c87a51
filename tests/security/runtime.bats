#!/usr/bin/env bats
# The runtime's own files, sockets and processes on the host.
load helper

@test "CVE-2024-25621: other users cannot list or write the runtime's files" {
  only_tare "the advisory is containerd's; tare keeps to the same"
  ROOT=$BATS_TEST_TMPDIR/new/root
  set_args sleep 1000
  update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["sync"], action: "SCMP_ACT_ERRNO"}]}'
  (umask 0 && create)
  run -0 find "$BATS_TEST_TMPDIR/new" -type d -perm /066 -printf '%M %p\n'
  [ -z "$output" ] || { echo "$output" && return 1; }
  run -0 find "$BATS_TEST_TMPDIR/new" ! -type d ! -type l -perm /022 -printf '%M %p\n'
  [ -z "$output" ] || { echo "$output" && return 1; }
  run ! setpriv --reuid 1000 --regid 1000 --clear-groups cat "$ROOT/$ID/container.json" "$ROOT/$ID/config.json"
  refute "{"
  (umask 0 && runtime delete --force "$ID")
}

@test "a created container is only started by start, whatever else is written to its gate" {
  only_tare "its gate"
  create
  update_config '.process.args = ["echo", "ran"]'
  printf 'x\n fG' >"$ROOT/$ID/exec.fifo"
  run -0 runtime exec "$ID" true # as long as it takes to read four letters, and longer
  status_is created
  run ! setpriv --reuid 1000 --regid 1000 --clear-groups sh -c "echo g >'$ROOT/$ID/exec.fifo'"
  status_is created
}

supervise() {
  (umask 0 && runtime run --supervise --bundle "$BUNDLE" "$ID" </dev/null)
  SOCKET=$ROOT/.supervise/$ID/control.sock
}

# The answer to another user who asks for the output of a supervised container; empty if the connection was closed.
attach_as_other() { # SOCKET
  setpriv --reuid 1000 --regid 1000 --clear-groups timeout 20 perl -MSocket -e '
    my ($s, $reply); socket($s, AF_UNIX, SOCK_SEQPACKET, 0); $SIG{PIPE} = "IGNORE";
    connect($s, sockaddr_un($ARGV[0])) or die "no connection: $!"; send($s, "a", 0);
    while (defined recv($s, $reply, 65536, 0) && length $reply) { print $reply; last if $reply =~ /secret/; }' "$1"
}

@test "other users cannot see or write a supervisor's files" {
  only_tare "--supervise is its own"
  set_args sh -c 'echo "a secret"; sleep 1000'
  supervise
  wait_for says "$(runtime state "$ID" | jq -r .supervision.log)" "a secret"
  run -0 find "$ROOT/.supervise" -perm /077 ! -type l -printf '%M %p\n'
  [ -z "$output" ] || { echo "$output" && return 1; }
}

@test "other users who reach a supervisor's socket get no answer" {
  only_tare "--supervise is its own"
  set_args sh -c 'while :; do echo "a secret"; sleep 0.1; done'
  supervise
  run ! attach_as_other "$SOCKET"
  expect "no connection: Permission denied"
  chmod a+x "$ROOT" "$ROOT/.supervise" "$ROOT/.supervise/$ID"
  chmod 666 "$SOCKET"
  run -0 attach_as_other "$SOCKET"
  [ -z "$output" ]
}

@test "a container has no descriptor of its supervisor" {
  only_tare "--supervise is its own"
  set_args sh -c 'probe descriptors; exec sleep 1000'
  supervise
  wait_for says "$(runtime state "$ID" | jq -r .supervision.log)" "fd 2"
  run -0 runtime logs "$ID"
  [ "$(grep -c 'fd [0-9]' <<<"$output")" = 3 ] || { echo "$output" && return 1; }
}

@test "CVE-2026-53489, CVE-2026-53492: no path in a checkpoint image is used" {
  concerns containerd
  setup_victim
  mkdir "$BATS_TEST_TMPDIR/checkpoint"
  ln -s "$VICTIM/made" "$BATS_TEST_TMPDIR/checkpoint/container.log"
  ln -s "$VICTIM/made-too" "$BATS_TEST_TMPDIR/checkpoint/restore.log"
  run ! runtime restore --image-path "$BATS_TEST_TMPDIR/checkpoint" --bundle "$BUNDLE" "$ID"
  victim_is_untouched
}

@test "the container's root cannot see paths of the runtime's state" {
  only_tare "what it promises beside the advisories"
  start sleep 1000
  run -0 runtime exec "$ID" sh -c 'ls /proc; cat /proc/self/environ | busybox tr "\0" "\n"; cat /proc/self/mountinfo'
  refute "$ROOT"
}

@test "a symbolic link among the containers' directories is not a container, and its target is not removed" {
  only_tare "what it promises beside the advisories"
  setup_victim
  ln -s "$VICTIM" "$ROOT/$ID"
  run ! runtime state "$ID"
  run runtime delete --force "$ID"
  victim_is_untouched
  rm "$ROOT/$ID"
}

@test "a log is not written through a symbolic link" {
  only_tare "--supervise is its own"
  setup_victim
  mkdir "$BATS_TEST_TMPDIR/logs"
  ln -s "$VICTIM/file" "$BATS_TEST_TMPDIR/logs/$ID.log"
  set_args echo "into the log"
  run runtime run --supervise --log-dir "$BATS_TEST_TMPDIR/logs" --bundle "$BUNDLE" "$ID" </dev/null
  run runtime delete --force "$ID"
  victim_is_untouched
}
