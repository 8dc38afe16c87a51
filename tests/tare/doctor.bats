#!/usr/bin/env bats
# `tare doctor`: what a machine can and cannot do. The machines that lack something are namespaces of this one.
load ../integration/helper

setup() {
  prepare
  only_tare "it is tare's own command"
  JSON=$BATS_TEST_TMPDIR/json
}

# The findings of a doctor with these words before it (env, unshare ...) go to $JSON; its exit status to $status.
examine() { # WORD...
  status=0
  timeout --foreground 100 "$@" "$RUNTIME" --root "$ROOT" doctor --json >"$JSON" 2>"$OUT" </dev/null 3>&- || status=$?
  jq -e '.findings | length > 30' "$JSON" >/dev/null || { cat "$JSON" "$OUT" && return 1; }
}

# The finding NAME has the verdict and, in its detail or its cure, each TEXT.
finds() { # VERDICT NAME TEXT...
  local verdict=$1 name=$2 text finding
  shift 2
  finding=$(jq -r --arg name "$name" '.findings[] | select(.name == $name) | "\(.verdict): \(.detail) \(.cure)"' "$JSON")
  [[ $finding == "$verdict: "* ]] || { echo "$name: $finding" && return 1; }
  for text; do
    [[ $finding == *"$text"* ]] || { echo "$name: no \"$text\" in: $finding" && return 1; }
  done
}

needs() { [ "$(jq -r '[.findings[] | select(.needed and .verdict == "missing") | .name] | join(";")' "$JSON")" = "$1" ]; }

# Fake programs that stand in for those of a machine.
tool() { # NAME, and a script as standard input
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  { echo '#!/bin/sh' && cat; } >"$BATS_TEST_TMPDIR/bin/$1"
  chmod +x "$BATS_TEST_TMPDIR/bin/$1"
}

@test "doctor: root can run a default container here, and every line is complete" {
  run -0 runtime doctor
  expect_line "A default container (tare spec) can run here."
  examine env
  [ "$status" = 0 ]
  jq -e '.caller == "root" and .defaultContainer' "$JSON"
  jq -e '.findings | all((.area, .name, .neededFor | length > 0) and (.verdict | IN("ok", "limited", "missing")))' "$JSON"
  jq -e '.findings | all((.verdict == "ok") != ((.cure // "") != "")) and all(.needed | type == "boolean")' "$JSON"
  runtime doctor --format json | jq -e .defaultContainer
}

@test "doctor: a default container runs where the doctor says so" {
  examine env
  [ "$(jq .defaultContainer "$JSON")" = true ]
  set_args true
  run -0 runtime run --bundle "$BUNDLE" "$ID"
}

@test "doctor: leaves nothing behind" {
  local before after
  before=$(cat /proc/self/mountinfo | wc -l)
  examine env
  after=$(cat /proc/self/mountinfo | wc -l)
  [ "$before" = "$after" ]
  [ -z "$(find /sys/fs/cgroup -maxdepth 6 -name 'tare-doctor*' 2>/dev/null)" ]
  run ! pgrep -f "$RUNTIME --root $ROOT doctor"
  [ ! -e "$ROOT" ] || [ -z "$(ls -A "$ROOT")" ]
}

@test "doctor: without cgroups, a default container of root cannot run" {
  examine unshare --mount sh -c 'umount -R -l /sys/fs/cgroup && exec "$@"' sh
  [ "$status" = 1 ]
  jq -e '.defaultContainer | not' "$JSON"
  finds missing hierarchies "mount -t cgroup2"
  finds missing "a new cgroup"
  run -1 unshare --mount sh -c 'umount -R -l /sys/fs/cgroup && exec "$@"' sh "$RUNTIME" doctor
  expect "cannot run here. It needs: " "a default container needs it" "hierarchies"
}

@test "doctor: user.max_user_namespaces=0 is found, with its cure" {
  examine unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh
  finds missing user "unshare" "sysctl -w user.max_user_namespaces=15000"
}

@test "doctor: a user without a state directory, subordinate IDs or delegation is told what to do" {
  as_user() { setpriv --reuid 64999 --regid 64999 --clear-groups env -u XDG_RUNTIME_DIR "$@"; }
  export -f as_user
  ROOT=/run/tare-of-root/nobody examine bash -c 'as_user "$@"' bash
  [ "$status" = 1 ]
  jq -e '.caller == "user"' "$JSON"
  finds missing "state directory" "set XDG_RUNTIME_DIR"
  finds missing XDG_RUNTIME_DIR "loginctl enable-linger"
  finds missing "subordinate IDs" "/etc/subuid" "usermod --add-subuids"
  finds limited "a new cgroup" "systemd-run --user"
  finds missing "the user's systemd"
  needs "state directory"
  run ! env ROOT=/run/tare-of-root/nobody bash -c 'as_user "$1" --root "$ROOT" doctor' bash "$RUNTIME"
  expect "A default container without root (tare spec --rootless) cannot run here. It needs: state directory."
}

@test "doctor: a user with a state directory can run a default container" {
  mkdir -m 0777 "$BATS_TEST_TMPDIR/state"
  chmod 0755 "$BATS_TEST_TMPDIR"
  ROOT=$BATS_TEST_TMPDIR/state examine setpriv --reuid 64999 --regid 64999 --clear-groups
  finds ok user
  finds ok "state directory"
  [ "$status" = 0 ]
}

@test "doctor: CRIU is missing, broken or there" {
  tool ls </dev/null
  examine env PATH="$BATS_TEST_TMPDIR/bin"
  finds missing CRIU "not in \$PATH" "install the package criu"
  tool criu <<<'[ "$1" = check ] && echo "Error: no pagemap" >&2 && exit 1; echo Version: 9.8'
  examine env PATH="$BATS_TEST_TMPDIR/bin"
  finds limited CRIU "9.8" "Error: no pagemap"
  tool criu <<<'[ "$1" = check ] && exit 0; echo Version: 9.8'
  examine env PATH="$BATS_TEST_TMPDIR/bin"
  finds ok CRIU "9.8"
  [ "$status" = 0 ]
}

@test "doctor: newuidmap without privileges does not help" {
  tool newuidmap </dev/null
  tool newgidmap </dev/null
  examine env PATH="$BATS_TEST_TMPDIR/bin"
  finds missing "newuidmap, newgidmap" "has no privileges" "chmod u+s"
  rm "$BATS_TEST_TMPDIR/bin/newuidmap"
  examine env PATH="$BATS_TEST_TMPDIR/bin"
  finds missing "newuidmap, newgidmap" "install the package uidmap"
}

@test "doctor: a message bus that does not answer is given up" {
  in_background "$OUT.bus" "$PROBE" receive-terminal "$BATS_TEST_TMPDIR/bus"
  wait_for test -S "$BATS_TEST_TMPDIR/bus"
  examine env DBUS_SYSTEM_BUS_ADDRESS="unix:path=$BATS_TEST_TMPDIR/bus"
  finds missing systemd "no answer within 4 s"
  [ "$status" = 0 ]
}

# A container with the runtime in it, whose filter does ACTION to CALL.
in_filtered_container() { # ACTION CALL
  cp "$RUNTIME" "$BUNDLE/rootfs/tare"
  set_args /tare doctor --json
  update_config --arg action "$1" --arg call "$2" \
    '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: [$call], action: $action} +
       (if $action == "SCMP_ACT_ERRNO" then {errnoRet: 38} else {} end)]}'
  status=0
  runtime run --bundle "$BUNDLE" "$ID" >"$JSON" 2>"$OUT" </dev/null 3>&- || status=$?
}

@test "doctor: a system call that a seccomp filter refuses is missing" {
  in_filtered_container SCMP_ACT_ERRNO pidfd_send_signal
  [ "$status" = 1 ]
  finds missing pidfd_send_signal "function not implemented" "allow pidfd_send_signal in its seccomp profile"
  finds ok pidfd_open
}

@test "doctor: a filter that kills only takes the probe with it" {
  in_filtered_container SCMP_ACT_KILL_PROCESS userfaultfd
  finds missing userfaultfd "killed by a seccomp filter"
  finds ok "session keyring"
}

@test "doctor: without CAP_SYS_ADMIN, namespaces and mounts are missing" {
  in_filtered_container SCMP_ACT_LOG swapon
  [ "$status" = 1 ]
  finds missing mount CAP_SYS_ADMIN
  finds missing "new mount API" CAP_SYS_ADMIN
  finds missing "a new cgroup"
}

@test "doctor: wrong words are errors" {
  run -1 runtime doctor --format yaml
  run -1 runtime doctor web
  run -1 runtime doctor --deep
}

# bats test_tags=v2
@test "doctor: cgroup v2, systemd and AppArmor are found" {
  on_v2 || skip "not on cgroup v2"
  [ -d /run/systemd/system ] || skip "systemd does not run here"
  examine env
  [ "$status" = 0 ]
  finds ok hierarchies v2
  finds ok controllers memory
  finds ok "a new cgroup"
  finds ok cgroup.kill
  finds ok "device rules"
  finds ok systemd version
  finds ok AppArmor enabled
}

# bats test_tags=v2
@test "doctor: a user's lack of delegation is limited, and not missing" {
  on_v2 || skip "not on cgroup v2"
  mkdir -m 0777 "$BATS_TEST_TMPDIR/state"
  chmod 0755 "$BATS_TEST_TMPDIR"
  ROOT=$BATS_TEST_TMPDIR/state examine setpriv --reuid 64999 --regid 64999 --clear-groups
  finds limited "a new cgroup" "Delegate=yes"
  [ "$status" = 0 ]
}
