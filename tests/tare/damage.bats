#!/usr/bin/env bats
# The record of a container is damaged or missing: every command reports it, `list` shows the others, and
# `delete --force` removes what is the container's own, and nothing else.
# shellcheck disable=SC2016 # jq and the damages expand what is in single quotes
load ../integration/helper

setup() {
  prepare
  only_tare "others leave the rest"
}

# Two processes, $PIDS, in a container without its own PID namespace, so that only its cgroup shows the second.
start_two() {
  update_config 'del(.linux.namespaces[] | select(.type == "pid"))'
  start sh -c 'sleep 1001 & exec sleep 1002'
  two() { PIDS=$(runtime ps --format json "$ID" | jq '.[]') && [ "$(wc -w <<<"$PIDS")" = 2 ]; }
  wait_for two
  PIDS=${PIDS//$'\n'/ }
}

gone() { # PID...
  local pid
  for pid; do [ ! -e "/proc/$pid/exe" ] || return 1; done
}

@test "damage: a record is not called damaged if reading it only failed for the moment" {
  command -v strace >/dev/null || skip "no strace"
  local number
  start sleep 1000
  for number in {1..12}; do
    strace -qqq -o /dev/null -e trace=openat -e inject=openat:error=EMFILE:when=$number "$RUNTIME" --root "$ROOT" state "$ID" \
      >>"$OUT.said" 2>&1 || true
  done
  says "$OUT.said" "container.json): too many open files"
  run ! says "$OUT.said" damaged
}

# $OTHER is a process outside of containers.
start_other() {
  in_background /dev/null sleep 1003
  OTHER=$!
}

damage() { # in the container's directory: COMMAND
  (cd "$ROOT/$ID" && eval "$1")
}

DAMAGES=(
  'truncate -s 20 container.json'
  'truncate -s 0 container.json'
  'echo "[]" >container.json'
  'sed -i "s/\"initPid\":[0-9]*/\"initPid\":\"x\"/" container.json'
  'sed -i "s/\"bundle\"/\"nonesuch\"/" container.json'
  'rm container.json; mkdir -p container.json/a; touch container.json/a/b'
)

@test "damage: with a damaged record, commands name the file and the remedy, and delete --force removes what is left" {
  local damage word words=(state kill delete pause resume ps events update start)
  for damage in "${DAMAGES[@]}"; do
    start_two
    damage "$damage"
    for word in "${words[@]}"; do
      run ! runtime "$word" "$ID"
      expect "record is damaged" "$ROOT/$ID" "delete --force $ID"
    done
    words=(state) # of the others one look is enough
    run ! runtime exec "$ID" true
    expect "record is damaged" "$ROOT/$ID"
    run ! runtime create --bundle "$BUNDLE" "$ID"
    expect "already exists"
    # shellcheck disable=SC2086 # words
    run ! gone $PIDS
    run -0 runtime delete --force "$ID"
    expect "container $ID: the record is damaged" "removing the directory $ROOT/$ID" "$ID" "the processes ${PIDS/ /, }"
    [ -z "$(leftovers)" ] || { echo "after $damage: $(leftovers)" && return 1; }
    # shellcheck disable=SC2086 # words
    gone $PIDS
  done
}

# bats test_tags=v2
@test "damage: without a record or directory, delete --force finds the cgroup by its mark" {
  local damage
  ROOT+=/inner
  for damage in 'rm container.json' 'rm container.json config.json' 'rm -r "$PWD"' 'rm -r "$ROOT"'; do
    start_two
    damage "$damage"
    run ! runtime state "$ID"
    expect "container does not exist"
    run -0 runtime delete --force "$ID"
    expect "is gone" "the processes ${PIDS/ /, }"
    [ -z "$(leftovers)" ] || { echo "after $damage: $(leftovers)" && return 1; }
    # shellcheck disable=SC2086 # words
    gone $PIDS
    run -0 runtime delete --force "$ID"
    [ -z "$output" ]
  done
}

@test "damage: a cgroup of the same name is kept if it has no mark or the mark of another root directory" {
  local cgroup=/sys/fs/cgroup/freezer/$ID other=$BATS_TEST_TMPDIR/other
  on_v2 && cgroup=/sys/fs/cgroup/$ID
  start_other
  mkdir "$cgroup"
  # One that a failed create had used.
  update_config '.hooks.createRuntime = [{path: "/bin/false"}]'
  run ! runtime create --bundle "$BUNDLE" "$ID"
  expect createRuntime
  update_config 'del(.hooks)'
  echo "$OTHER" >"$cgroup/cgroup.procs"
  mkdir "$ROOT/$ID"
  run -0 runtime delete --force "$ID"
  [ -z "$output" ]
  run -0 runtime delete --force "$ID"
  run ! gone "$OTHER"
  kill -KILL "$OTHER"
  wait_for rmdir "$cgroup"
  # The same ID in another root directory.
  start_two
  mkdir "$other"
  mv "$ROOT/$ID" "$BATS_TEST_TMPDIR/kept"
  run -0 "$RUNTIME" --root "$other" delete --force "$ID"
  # shellcheck disable=SC2086 # words
  run ! gone $PIDS
  mv "$BATS_TEST_TMPDIR/kept" "$ROOT/$ID"
  status_is running
}

@test "damage: a PID that now belongs to another process gets no signal" {
  start_other
  start_two
  damage "sed -i 's/\"initPid\":[0-9]*/\"initPid\":$OTHER/; s/\"bundle\"/\"nonesuch\"/' container.json"
  run -0 runtime delete --force "$ID"
  run ! gone "$OTHER"
  # shellcheck disable=SC2086 # words
  gone $PIDS
}

@test "damage: the record of another container is not accepted for this one" {
  local other=$ID others
  start_two
  others=$PIDS
  ID+=-copy
  update_config --arg cgroup "/$ID" '.linux.cgroupsPath = $cgroup'
  start_two
  cp "$ROOT/$other/container.json" "$ROOT/$ID/"
  run ! runtime kill "$ID" KILL
  expect "the record is damaged" /id: "$other" "the record of another container"
  run -0 runtime delete --force "$ID"
  # shellcheck disable=SC2086 # words
  gone $PIDS
  ID=$other
  status_is running
  # shellcheck disable=SC2086 # words
  run ! gone $others
}

@test "damage: poststop hooks run if the saved config can be read, and otherwise a warning says that they do not" {
  update_config --arg out "$OUT.hook" '.hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "cat >" + $out]}]'
  start_two
  damage 'rm container.json'
  runtime delete --force "$ID"
  jq -e '.status == "stopped"' "$OUT.hook"
  rm "$OUT.hook"
  start_two
  damage 'echo "{" >config.json'
  run -0 runtime delete --force "$ID"
  expect "poststop hooks of container $ID cannot be run" "$ROOT/$ID/config.json"
  [ ! -e "$OUT.hook" ]
}

@test "damage: list warns of a damaged container and shows the others" {
  local lost=$ID
  start_two
  damage 'truncate -s 20 container.json'
  ID+=-other
  update_config --arg cgroup "/$ID" '.linux.cgroupsPath = $cgroup'
  start_two
  run -0 --separate-stderr runtime list --quiet
  [ "$output" = "$ID" ]
  # shellcheck disable=SC2154 # set by run
  [[ $stderr == *"load container $lost: the record is damaged: $ROOT/$lost/container.json: "* ]]
  runtime delete --force "$ID"
  ID=$lost
  damage 'rm container.json'
  run -0 --separate-stderr runtime list
  [[ $stderr == *"load container $ID: container does not exist: the record is gone from $ROOT/$ID"* ]]
}

@test "damage: exec fails if the saved seccomp filter is missing" {
  update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["mkdir"], action: "SCMP_ACT_ERRNO"}]}'
  start sleep 1001
  damage 'rm seccomp.bpf'
  run ! runtime exec "$ID" true
  expect "$ROOT/$ID" seccomp.bpf
}

# Files behind symbolic links and mounts in the directory do not belong to the container.
@test "damage: delete follows no symbolic link out of the directory, and crosses no mount" {
  start_two
  mkdir -p "$BATS_TEST_TMPDIR/data/inner" "$ROOT/$ID/mounted" "$ROOT/$ID/directory"
  touch "$BATS_TEST_TMPDIR/data/inner/file"
  ln -s "$BATS_TEST_TMPDIR/data" "$ROOT/$ID/link"
  ln -s "$BATS_TEST_TMPDIR/data" "$ROOT/$ID/directory/link"
  mount --bind "$BATS_TEST_TMPDIR/data" "$ROOT/$ID/mounted"
  run ! runtime delete --force "$ID"
  expect mounted
  [ -e "$BATS_TEST_TMPDIR/data/inner/file" ]
  umount "$ROOT/$ID/mounted"
  runtime delete --force "$ID"
  [ -e "$BATS_TEST_TMPDIR/data/inner/file" ]
}

# Runs COMMAND with a limited disk for --root. If it is too small, COMMAND reports that and leaves nothing.
with_room() { # PAGES COMMAND...
  mount -t tmpfs -o size=128k "damage-$ID" "$ROOT"
  head -c $(((32 - $1) * 4096)) /dev/zero >"$ROOT/fill"
  run "${@:2}"
  [ "$status" != 0 ] || return 0
  expect "$ROOT" "no space left on device" || return
  refute "i/o error" '\u0000' || return
  [ "$(ls -A "$ROOT")" = fill ] || { echo "left: $(ls -A "$ROOT")" && return 1; }
  wait_for umount "$ROOT" 2>/dev/null # a supervisor that failed may not have ended yet
  [ -z "$(leftovers)" ] || { leftovers && return 1; }
}

# All commands work without a free byte.
works_without_room() {
  cat /dev/zero >"$ROOT/filled" 2>/dev/null || true
  [ "$(df --output=avail "$ROOT" | tail -n 1)" -eq 0 ]
  status_is running
  runtime exec "$ID" true
  runtime update --pids-limit 100 "$ID"
  runtime pause "$ID"
  runtime resume "$ID"
  runtime kill "$ID" KILL
  wait_for status_is stopped
  runtime delete "$ID"
  rm "$ROOT"/fill*
  umount "$ROOT"
}

full_disk() { # COMMAND...
  local pages
  for ((pages = 0; pages < 16; ++pages)); do
    with_room $pages "$@"
    [ "$status" != 0 ] || break
  done
  [ "$status" = 0 ]
  [ $pages -gt 0 ]
  works_without_room
}

@test "damage: with a full disk below --root, create fails and leaves nothing, and running containers can be deleted" {
  set_args sleep 1001
  full_disk start
  full_disk start_supervised
}

start_supervised() { runtime run --supervise --bundle "$BUNDLE" "$ID" </dev/null 3>&-; }

# What a create leaves that was killed just before or after it has marked its cgroup; see tests/faults.
noted_cgroup() {
  CGROUP=$(findmnt --noheadings --output TARGET --types cgroup2 | head -n 1)/$ID
  [ "$CGROUP" != "/$ID" ] || skip "no cgroup2"
  mkdir "$CGROUP" "$ROOT/$ID"
  ln -s "$CGROUP" "$ROOT/$ID/cgroup"
}

# bats test_tags=v2
@test "damage: delete --force removes a cgroup whose creator was killed before it was marked" {
  noted_cgroup
  runtime delete --force "$ID"
  [ ! -e "$CGROUP" ]
}

# bats test_tags=v2
@test "damage: delete --force keeps an unmarked cgroup that another process has taken over" {
  noted_cgroup
  start_other
  echo "$OTHER" >"$CGROUP/cgroup.procs"
  runtime delete --force "$ID"
  [ ! -e "$ROOT/$ID" ] && grep -qx "$OTHER" "$CGROUP/cgroup.procs"
  kill -KILL "$OTHER"
  wait_for rmdir "$CGROUP" 2>/dev/null
}
