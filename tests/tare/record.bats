#!/usr/bin/env bats
# The record of a container, container.json: a newer tare can list, inspect, kill and delete the containers of every
# older one (docs/architecture.md), and refuses those of a newer one.
load ../integration/helper

setup() {
  prepare
  only_tare "the records of others are theirs"
}

# The text of a record in every version so far, as tare wrote it. Where it says null, there is what differs from
# container to container. These texts never change: a new version adds one.
WITHOUT_VERSION='{"id":null,"bundle":null,"rootfs":null,"created":"2026-01-02T03:04:05.000000006Z","owner":0,"initPid":null,"initStartTime":null,"cgroupPaths":null,"systemdCgroup":false,"namespaces":["pid","network","ipc","uts","mount"],"joined":[],"ownPidNamespace":true,"rootfsMount":0,"rdtControl":"","rdtMonitor":"","rdtOwned":[],"chrooted":false,"hasSeccomp":false,"hasProcess":true,"hasPoststartHooks":false,"hasPoststopHooks":false,"annotations":{"made":"long ago"}}'
VERSION_1='{"id":null,"version":1,"bundle":null,"rootfs":null,"created":"2026-01-02T03:04:05.000000006Z","owner":0,"initPid":null,"initStartTime":null,"cgroupPaths":null,"namespaces":["pid","network","ipc","uts","mount"],"ownPidNamespace":true,"hasProcess":true,"annotations":{"made":"long ago"}}'

# Makes the running container one that an older tare created.
rewrite_record() { # FILE TEXT
  local record
  record=$(jq -c --argjson old "$2" \
    '. as $now | $old | with_entries(if .value == null then .value = $now[.key] else . end)' "$ROOT/$ID/container.json")
  rm "$ROOT/$ID/container.json"
  echo "$record" >"$ROOT/$ID/$1"
}

listed() { # STATUS
  run -0 --separate-stderr runtime list --format json
  [ -z "$stderr" ]
  jq -e --arg id "$ID" --arg status "$1" '
    length == 1 and (.[0] | .id == $id and .status == $status and .created == "2026-01-02T03:04:05.000000006Z")
  ' <<<"$output"
  run -0 --separate-stderr runtime list --quiet
  [ "$output" = "$ID" ]
  [ -z "$stderr" ]
}

# bats test_tags=v2
@test "record: the containers of every older tare can be listed, inspected, killed and deleted" {
  local file text init
  while read -r file text; do
    start sleep 1001
    init=$(init_pid)
    rewrite_record "$file" "$text"
    listed running
    run -0 runtime state "$ID"
    jq -e --argjson init "$init" --arg bundle "$BUNDLE" --arg rootfs "$ROOTFS" '
      .pid == $init and .status == "running" and .bundle == $bundle and .rootfs == $rootfs and .owner == "root" and
      .annotations.made == "long ago"' <<<"$output"
    runtime kill "$ID" KILL
    wait_for status_is stopped
    listed stopped
    runtime delete "$ID"
    [ -z "$(leftovers)" ] || { leftovers && return 1; }
    [ ! -e "/proc/$init/exe" ]
  done <<<"state.json $WITHOUT_VERSION"$'\n'"container.json $VERSION_1"
}

@test "record: the container of an older tare that was created but not started can be started" {
  set_args sleep 1001
  create
  rewrite_record state.json "$WITHOUT_VERSION"
  status_is created
  runtime start "$ID"
  status_is running
  runtime delete --force "$ID"
  [ -z "$(leftovers)" ] || { leftovers && return 1; }
}

@test "record: what this tare writes is what the next one is tested with" {
  update_config '.annotations.made = "now"'
  start sleep 1001
  jq -e --argjson kept "$VERSION_1" 'keys_unsorted == ($kept | keys_unsorted)' "$ROOT/$ID/container.json"
}

# bats test_tags=v2
@test "record: of a newer tare, every command names both versions, and delete --force removes the container" {
  local newer=$ID word init
  start sleep 1001
  init=$(init_pid)
  sed -i 's/"version":1,.*/"version":2,"bundle":{"format":"unknown"}}/' "$ROOT/$ID/container.json"
  for word in state kill delete pause resume ps events update start; do
    run ! runtime "$word" "$ID"
    expect "created by a newer tare" "$ROOT/$ID/container.json" "2 is newer than 1" "delete --force $ID"
    refute damaged
  done
  run ! runtime exec "$ID" true
  expect "created by a newer tare"
  [ -e "/proc/$init/exe" ]

  ID+=-other
  update_config --arg cgroup "/$ID" '.linux.cgroupsPath = $cgroup'
  start sleep 1001
  run -0 --separate-stderr runtime list --quiet
  [ "$output" = "$ID" ]
  # shellcheck disable=SC2154 # set by run
  [[ $stderr == *"load container $newer: "*"2 is newer than 1"* ]]
  run -0 --separate-stderr runtime list --format json
  jq -e --arg id "$ID" 'map(.id) == [$id]' <<<"$output"
  [[ $stderr == *"load container $newer: "*"2 is newer than 1"* ]]
  runtime delete --force "$ID"

  ID=$newer
  run -0 runtime delete --force "$ID"
  expect "created by a newer tare" "removing the directory $ROOT/$ID" "the processes $init"
  [ -z "$(leftovers)" ] || { leftovers && return 1; }
  [ ! -e "/proc/$init/exe" ]
}
