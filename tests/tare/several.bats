#!/usr/bin/env bats
# Commands that act on several containers, and which of them `list` shows.
load ../integration/helper

setup() {
  prepare
  only_tare "runc takes one container"
  set_args sleep 1000
}

# Running containers $ID-a and $ID-b.
start_two() {
  local name
  for name in a b; do
    update_config --arg cgroup "/$ID-$name" '.linux.cgroupsPath = $cgroup'
    runtime run --detach --bundle "$BUNDLE" "$ID-$name" >"$OUT" 2>&1 </dev/null 3>&-
  done
}

status_of() { runtime state "$ID-$1" | jq -r .status; } # NAME

both_are() { [ "$(status_of a)" = "$1" ] && [ "$(status_of b)" = "$1" ]; } # STATUS

@test "several: pause, resume, kill and delete take several containers" {
  start_two
  runtime pause "$ID-a" "$ID-b"
  both_are paused
  runtime resume "$ID-a" "$ID-b"
  both_are running
  runtime kill --signal KILL "$ID-a" "$ID-b"
  wait_for both_are stopped
  runtime delete "$ID-a" "$ID-b"
  [ -z "$(ls "$ROOT")" ]
}

@test "several: stop takes several containers" {
  start_two
  runtime stop --timeout 0 "$ID-a" "$ID-b"
  both_are stopped
}

@test "several: a failure for one container does not affect the others, and each error names its container" {
  start_two
  run -1 runtime pause "$ID-none" "$ID-a" "$ID-other" "$ID-b"
  expect "$ID-none: container " "$ID-other: container "
  [ "${#lines[@]}" = 2 ]
  both_are paused
  run -1 runtime kill -s KILL "$ID-none" "$ID-a" "$ID-b"
  expect "$ID-none: container "
  run -1 runtime delete --force "../$ID" "$ID-a" "$ID-b"
  [ -z "$(ls "$ROOT")" ]
}

@test "several: with --log each error is in the log and on standard error" {
  run -1 --separate-stderr runtime --log "$BATS_TEST_TMPDIR/log" delete "$ID-a" "$ID-b"
  [ "$(wc -l <"$BATS_TEST_TMPDIR/log")" = 2 ]
  # shellcheck disable=SC2154
  [ "$(wc -l <<<"$stderr")" = 2 ]
}

@test "several: the second of two arguments of kill is the signal, as in runc" {
  start_two
  runtime kill "$ID-a" KILL
  run ! runtime kill "$ID-b" "$ID-a"
  expect "unknown signal"
  run ! runtime kill "$ID-a" "$ID-b" KILL
  expect "requires a maximum of 2 argument(s)"
  [ "$(status_of b)" = running ]
}

@test "several: a mistyped flag after an ID is an error before anything is done" {
  start_two
  run -1 runtime kill --signal KILL "$ID-a" --al
  expect "flag provided but not defined: -al"
  run -1 runtime stop "$ID-a" --timeuot=0
  expect "flag provided but not defined: -timeuot"
  both_are running
}

@test "several: list --filter selects containers" {
  start_two
  runtime pause "$ID-b"
  run -0 runtime list --quiet --filter status=running
  [ "$output" = "$ID-a" ]
  run -0 runtime list --quiet --filter status=running --filter status=paused
  [ "$output" = "$ID-a"$'\n'"$ID-b" ]
  run -0 runtime list --quiet --filter status=paused --filter "id=*-a"
  [ -z "$output" ]
  [ "$(runtime list --format json --filter "id=*-b" | jq -r '.[].id')" = "$ID-b" ]
  run -0 runtime list --filter "bundle=$BUNDLE" --filter owner=root --no-headers
  [ "${#lines[@]}" = 2 ]
  [[ ${lines[0]} == "$ID-a "* && ${lines[1]} == "$ID-b "* ]]
  runtime resume "$ID-b"
}

@test "several: unknown keys and values of list --filter are errors" {
  run ! runtime list --filter running
  expect "use KEY=VALUE"
  run ! runtime list --filter state=running
  expect "the keys are status, id, bundle and owner"
  run ! runtime list --filter status=runing
  expect "created, running, paused or stopped"
}

@test "several: version prints the lines of --version, or JSON" {
  run -0 "$RUNTIME" version
  [ "$output" = "$("$RUNTIME" --version)" ]
  "$RUNTIME" version --format json |
    jq -e '.version and .commit and (.spec | startswith("1.")) and (.libseccomp | startswith("2."))'
}

@test "several: spec --detached makes a config for a detached container" {
  rm "$BUNDLE/config.json"
  runtime spec --detached --bundle "$BUNDLE"
  update_config --arg cgroup "/$ID" '.linux.cgroupsPath = $cgroup'
  runtime run -d --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  run -0 runtime exec "$ID" busybox ps
  expect "sleep infinity"
  status_is running
  # It does not have to be killed.
  runtime kill "$ID"
  wait_for status_is stopped
  runtime delete "$ID"
}
