#!/usr/bin/env bats
# containerd, the shim or init is killed at any moment: the exit is reported correctly, and nothing is left.
#
# ROUNDS sets the number of rounds of the tests with random moments.
# shellcheck disable=SC2016,SC2034 # containers expand what is in single quotes; helper.bash reads FLAGS
load helper

ROUNDS=${ROUNDS:-6}

@test "shim killed: if containerd is killed, the running container is managed by the next one" {
  start sleep 1000
  stop containerd KILL
  containerd_start
  [ "$(status_of "$C")" = RUNNING ]
  run -0 execute echo lives
  [ "$output" = lives ]
  ctr tasks kill -s KILL "$C"
  wait_for status_is STOPPED
  removed_with 137
}

@test "shim killed: an exit while containerd is down is reported later" {
  start sh -c 'sleep 1; exit 21'
  stop containerd KILL
  sleep 1.5
  containerd_start
  wait_for status_is STOPPED
  removed_with 21
}

@test "shim killed: an exec that ends while containerd is down does not affect its container" {
  start sleep 1000
  ctr tasks exec --detach --exec-id beside "$C" sleep 1005
  stop containerd KILL
  kill -KILL "$(pgrep -fx 'sleep 1005')"
  sleep 0.5
  containerd_start
  [ "$(status_of "$C")" = RUNNING ]
  run ! ctr tasks kill --exec-id beside "$C"
  run -0 execute echo lives
}

@test "shim killed: the container and its shim survive repeated restarts of containerd" {
  start sleep 1000
  local round
  for round in 1 2 3; do
    containerd_stop
    containerd_start
    [ "$(status_of "$C")" = RUNNING ]
    [ "$(shims | wc -l)" = 1 ]
  done
}

# containerd reports the container as gone, so it must not outlive the shim.
@test "shim killed: if the shim is killed, its container is killed and the exit is reported" {
  listen
  start sleep 1006
  kill -KILL "$(shims)"
  wait_for no_process "sleep 1006"
  wait_for says "$EVENTS" /tasks/exit
  [ "$(event exit | jq .exit_status)" = 137 ]
  wait_for no_task
}
no_task() { [[ -z $(status_of "$C") || $(status_of "$C") == STOPPED ]]; }

@test "shim killed: if the shim is killed, execs are killed with the container" {
  start sleep 1007
  ctr tasks exec --detach --exec-id beside "$C" sleep 1008
  kill -KILL "$(shims)"
  wait_for no_process "sleep 1007"
  wait_for no_process "sleep 1008"
  wait_for no_task
}

@test "shim killed: if the shim is killed while containerd is down, its container is killed later" {
  start sleep 1009
  stop containerd KILL
  kill -KILL "$(shims)"
  containerd_start
  wait_for no_process "sleep 1009"
  wait_for no_task
}

@test "shim killed: if the shim of a group is killed, all its containers are killed" {
  FLAGS=(--annotation "io.containerd.runc.v2.group=$C")
  local group=$C
  for C in "$group-a" "$group-b"; do start sleep 1010; done
  kill -KILL "$(shims)"
  wait_for no_process "sleep 1010"
  for C in "$group-a" "$group-b"; do wait_for no_task; done
}

@test "shim killed: the ID of its container can be used again at once" {
  start sleep 1000
  kill -KILL "$(shims)"
  wait_for no_task
  remove_all
  run -0 in_container echo again
  [ "$output" = again ]
}

@test "shim killed: if init is killed from outside, the exit is reported" {
  listen
  start sleep 1000
  kill -KILL "$(init_pid)"
  wait_for status_is STOPPED
  wait_for says "$EVENTS" /tasks/exit
  [ "$(event exit | jq .exit_status)" = 137 ]
  removed_with 137
}

@test "shim killed: after SIGTERM the shim either runs on with its container, or the container is killed" {
  start sleep 1011
  kill -TERM "$(shims)"
  sleep 1
  if [ -n "$(shims)" ]; then
    [ "$(status_of "$C")" = RUNNING ]
  else
    wait_for no_process "sleep 1011"
  fi
}

# --- at random --------------------------------------------------------------------------------------------------------

pause_at_random() { sleep "$(printf '0.%03d' $((RANDOM % ${1:-400})))"; } # MILLISECONDS

# Runs a container with an exec, a kill and a delete, any of which may fail.
live() {
  FLAGS=()
  start sh -c 'sleep 0.2; exit 3' || return 0
  execute true || true
  pause_at_random 200
  ctr tasks kill -s KILL "$C" || true
  ctr tasks rm "$C" || true
}

# containerd before 2.0 keeps a shim whose task was deleted when containerd was killed, and its name.
end_forgotten() {
  local tries
  for ((tries = 0; tries < 20; ++tries)); do
    [ -n "$(shims)" ] || return 0
    sleep 0.1
  done
  kill_shim
  wait_for no_bundles
}

no_bundles() { [ -z "$(ls "$TASKS")" ]; }

# Afterwards containerd answers, the name can be used again, and nothing is left.
all_is_well() { # WHAT-WAS-KILLED
  remove_all
  ctr snapshots rm "$C" 2>/dev/null || true # ctr's, when containerd dies before it has a container
  [[ $1 != kill_containerd && $1 != kill_both ]] || end_forgotten # the start of a shim may outlive both
  run -0 in_container echo well
  [ "$output" = well ] || { echo "$output" && return 1; }
  nothing_left
}

rounds() { # WHAT-TO-KILL
  local round base=$C life
  for ((round = 0; round < ROUNDS; ++round)); do
    C=$base-$round
    live >"$BATS_TEST_TMPDIR/life" 2>&1 3>&- &
    life=$!
    pause_at_random
    "$1"
    wait "$life"
    all_is_well "$1" || { echo "in round $round" && return 1; }
  done
}

kill_shim() {
  local pid
  for pid in $(shims); do kill -KILL "$pid" 2>/dev/null || true; done
}
kill_containerd() { stop containerd KILL && containerd_start; }
kill_both() {
  stop containerd KILL
  kill_shim
  containerd_start
}
kill_init() {
  local pid
  for pid in $(pgrep -f '^sh -c sleep 0.2'); do kill -KILL "$pid" 2>/dev/null || true; done
}

@test "shim killed at random moments: the shim" { rounds kill_shim; }
@test "shim killed at random moments: containerd" { rounds kill_containerd; }
@test "shim killed at random moments: the shim and containerd" { rounds kill_both; }
@test "shim killed at random moments: init" { rounds kill_init; }
