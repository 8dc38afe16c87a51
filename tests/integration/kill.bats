#!/usr/bin/env bats
# Which processes a signal reaches in a container whose PID namespace is its own, a joined one (as in a pod), or
# the host's; and which processes are left when it is deleted.
load helper

# A PID namespace to join: its first process, $POD, is not a container's.
make_pod() {
  in_background /dev/null unshare --pid --fork --kill-child sleep 1003
  local unshare=$!
  wait_for pgrep -P "$unshare"
  POD=$(pgrep -P "$unshare")
}

join_pod() {
  [ -n "${POD-}" ] || make_pod
  update_config --arg path "/proc/$POD/ns/pid" '(.linux.namespaces[] | select(.type == "pid")).path = $path'
}

no_pid_namespace() { update_config 'del(.linux.namespaces[] | select(.type == "pid"))'; }

# A container with two processes: $INIT, which exits on a signal, and $CHILD, which runs on.
start_two() {
  start sh -c 'trap "exit 3" USR1 TERM; sleep 1001 & while :; do sleep 0.1; done'
  INIT=$(init_pid)
  child() { CHILD=$(pgrep -P "$INIT" -fx 'sleep 1001'); }
  wait_for child
}

gone() { # PID...
  local pid
  for pid; do [ ! -e "/proc/$pid/exe" ] || return 1; done
}

# bats test_tags=v2
@test "kill KILL: reaches every process of the container and no other, whatever the PID namespace" {
  only_tare "runc before 1.2 and crun 1.8 kill init alone"
  local config namespace
  config=$(cat "$BUNDLE/config.json")
  make_pod
  for namespace in true no_pid_namespace join_pod; do
    echo "$config" >"$BUNDLE/config.json"
    $namespace
    start_two
    runtime kill "$ID" KILL
    wait_for gone "$INIT" "$CHILD"
    wait_for status_is stopped
    run ! runtime kill "$ID" KILL
    expect "container not running"
    runtime delete "$ID"
  done
  [ -e "/proc/$POD/exe" ]
}

@test "kill KILL: does not affect other containers of the pod" {
  join_pod
  start_two
  local child=$CHILD other=$ID
  ID+=-other
  update_config --arg cgroup "/$ID" '.linux.cgroupsPath = $cgroup'
  start_two
  runtime kill "$ID" KILL
  wait_for gone "$INIT"
  runtime delete --force "$ID"
  ID=$other
  status_is running
  run ! gone "$child" "$POD"
}

@test "kill: a signal other than KILL only goes to init, except with --all" {
  join_pod
  start_two
  runtime kill "$ID" USR1
  wait_for status_is stopped
  run ! gone "$CHILD"
  run ! runtime kill "$ID" TERM
  expect "container not running"
  run ! gone "$CHILD"
  runtime kill --all "$ID" TERM
  wait_for gone "$CHILD"
  runtime kill --all "$ID" TERM
}

# bats test_tags=v2
refuses_to_kill() {
  ! output=$(runtime kill "$ID" KILL 2>&1) && [[ $output == *"container not running"* ]]
}

@test "kill KILL: reaches processes that outlive init in a joined PID namespace" {
  only_tare "runc before 1.2 and crun 1.8 do not"
  join_pod
  start_two
  runtime kill "$ID" USR1
  wait_for status_is stopped
  run ! gone "$CHILD"
  runtime kill "$ID" KILL
  wait_for gone "$CHILD"
  wait_for refuses_to_kill # a process stays in its cgroup until it is reaped
}

@test "stop: also ends processes that outlive init" {
  only_tare "runc has no stop"
  join_pod
  start_two
  runtime stop "$ID"
  status_is stopped
  wait_for gone "$CHILD"
}

@test "delete: kills processes that outlive init in a joined PID namespace" {
  only_tare "runc 1.1 does not"
  join_pod
  start_two
  runtime kill "$ID" USR1
  wait_for status_is stopped
  runtime delete "$ID"
  gone "$CHILD"
  start_two
  runtime delete --force "$ID"
  gone "$INIT" "$CHILD"
  [ -e "/proc/$POD/exe" ]
}

@test "kill: reaches init even if its cgroup is gone" {
  only_tare "runc 1.1 needs the cgroup"
  no_pid_namespace
  start_two
  leave_cgroup "$INIT" "$CHILD"
  run -0 runtime ps --format json "$ID"
  [ "$output" = "[$INIT]" ]
  runtime kill "$ID" KILL
  wait_for gone "$INIT"
  runtime delete "$ID"
  kill -KILL "$CHILD"
  wait_for gone "$CHILD"
  remove_elsewhere
}

# bats test_tags=v2
@test "kill: signal 0 only checks whether the container runs" {
  start sleep 1000
  runtime kill "$ID" 0
  runtime pause "$ID"
  runtime kill "$ID" 0
  runtime resume "$ID"
  runtime kill --all "$ID" 0
  status_is running
  runtime kill "$ID" KILL
  wait_for status_is stopped
  run ! runtime kill "$ID" 0
  expect "container not running"
}

@test "kill --regex, delete --regex: act on every container whose ID matches" {
  only_tare "runc has no such flag"
  local id name=$ID
  set_args sleep 1000
  for id in "$name-a1" "$name-a2" "$name-b1"; do
    ID=$id
    update_config --arg cgroup "/$ID" '.linux.cgroupsPath = $cgroup'
    start
  done
  ID=$name
  run ! runtime kill --regex "$name-a[" KILL
  expect "regular expression"
  runtime kill --regex "$name-a[0-9]\$" KILL
  for ID in "$name-a1" "$name-a2"; do wait_for status_is stopped; done
  ID=$name-b1
  status_is running
  ID=$name
  run ! runtime delete --regex "^$name-"
  expect "$name-b1: cannot delete container" "not stopped"
  run -0 runtime list --quiet
  [ "$output" = "$name-b1" ]
  runtime delete --force --regex "b1"
  run -0 runtime delete --force --regex "nonesuch"
  run -0 runtime list --quiet
  [ -z "$output" ]
}

# Moves init into a frozen freezer cgroup of v1; $FREEZER is its path.
freeze_elsewhere() { # DIRECTORY
  FREEZER=$1
  mkdir "$FREEZER"
  echo "$INIT" >"$FREEZER/cgroup.procs"
  echo FROZEN >"$FREEZER/freezer.state"
}

freezer_root() { awk '$(NF - 2) == "cgroup" && $NF ~ /(^|,)freezer(,|$)/ { print $5; exit }' /proc/self/mountinfo; }

@test "delete --force: works if init is in another frozen cgroup" {
  local root
  root=$(freezer_root)
  [ -n "$root" ] || skip "cgroup v2: what is killed ends, frozen or not"
  only_tare "runc 1.1 waits for it, then leaves it"
  start sleep 1000
  INIT=$(init_pid)
  freeze_elsewhere "$root/$ID/below"
  runtime delete --force "$ID"
  gone "$INIT"

  start sleep 1000
  INIT=$(init_pid)
  freeze_elsewhere "$root/$ID-other"
  run ! runtime delete --force "$ID"
  echo THAWED >"$FREEZER/freezer.state"
  expect "frozen" "$FREEZER"
  wait_for gone "$INIT"
  runtime delete --force "$ID"
  wait_for rmdir "$FREEZER"
}
