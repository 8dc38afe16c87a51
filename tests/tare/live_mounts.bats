#!/usr/bin/env bats
# `mounts add` and `mounts remove`: the mounts of a container that runs.
# shellcheck disable=SC2016,SC2154 # the shell of a container expands it; bats sets the others
load ../integration/helper

setup() {
  only_tare "runc has no such command, and crun's is newer than Debian's"
  prepare
  DATA=$BATS_TEST_TMPDIR/data
  FILE=$BATS_TEST_TMPDIR/mounts.json
  mkdir "$DATA"
  echo shared >"$DATA/file"
  update_config '.root.readonly = false'
}

mounts_are() { echo "$1" >"$FILE"; } # JSON
bind_data() { jq -n --arg s "$DATA" --arg d "${1:-/data}" '[{destination: $d, source: $s, options: ["rbind"]}]'; } # DESTINATION
in_it() { run -0 runtime exec "$ID" "$@"; }
mounted() { runtime exec "$ID" cat /proc/self/mountinfo | grep -q " $1 "; } # PATH

# bats test_tags=v2
@test "mounts add, mounts remove: a bind mount and a tmpfs appear in the container, and are gone again" {
  start sleep 1000
  mounts_are "$(bind_data | jq '. + [{destination: "/made/tmp", type: "tmpfs", source: "tmpfs", options: ["size=64k", "mode=700", "nosuid"]}]')"
  runtime mounts add "$ID" "$FILE"
  in_it cat /data/file
  [ "$output" = shared ]
  in_it cat /proc/self/mountinfo
  grep -E ' /made/tmp [^-]*nosuid.* - tmpfs tmpfs .*size=64k,mode=700' <<<"$output"
  run ! grep -q " $ROOTFS" /proc/self/mountinfo
  runtime mounts remove "$ID" "$FILE"
  run ! mounted /data
  run ! mounted /made/tmp
  in_it ls /data
  [ -z "$output" ]
}

@test "mounts add: the options are those of config.json, and a relative source is relative to the bundle" {
  mkdir "$BUNDLE/inside"
  start sleep 1000
  mounts_are '{"mounts": [{"destination": "/inside", "type": "bind", "source": "inside", "options": ["bind", "ro", "noexec"]}]}'
  runtime mounts add "$ID" "$FILE"
  in_it cat /proc/self/mountinfo
  grep -E ' /inside ro,[^ ]*noexec' <<<"$output"
  run ! runtime exec "$ID" touch /inside/x
  expect "read-only file system"
}

@test "mounts add: a single file, from standard input, on a file and on a missing one" {
  touch "$ROOTFS/there"
  start sleep 1000
  jq -n --arg s "$DATA/file" '["/there", "/new/not-there"] | map({destination: ., source: $s, options: ["bind"]})' |
    runtime mounts add "$ID" -
  in_it cat /there /new/not-there
  [ "$output" = $'shared\nshared' ]
  runtime mounts remove "$ID" - <<<'[{"destination": "/there"}]'
  in_it cat /there
  [ -z "$output" ]
}

@test "mounts add: a container that is only created, or paused, is changed too" {
  set_args cat /data/file
  create
  mounts_are "$(bind_data)"
  runtime mounts add "$ID" "$FILE"
  runtime start "$ID"
  wait_for says "$OUT" shared
  runtime delete --force "$ID"
  start sleep 1000
  runtime pause "$ID"
  runtime mounts add "$ID" "$FILE"
  runtime resume "$ID"
  mounted /data
}

# bats test_tags=v2
@test "mounts add: in a user namespace, what is made belongs to its root, and a read-only mount stays that" {
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$ROOTFS"
  chmod 700 "$DATA" # the user of the container may not open it
  mount -t tmpfs -o ro,nosuid tmpfs "$DATA"
  start sleep 1000
  mounts_are "$(bind_data /new/data)"
  run runtime mounts add "$ID" "$FILE"
  umount "$DATA"
  [ "$status" = 0 ] || { echo "$output" && return 1; }
  in_it stat -c '%u' /new
  [ "$output" = 0 ]
  mounted /new/data
  run ! runtime exec --cap CAP_SYS_ADMIN "$ID" mount -o remount,bind,rw,suid /new/data
  expect "permission denied"
  in_it cat /proc/self/mountinfo
  grep -E ' /new/data ro,nosuid' <<<"$output"
}

@test "mounts add: idmapped in a user namespace" {
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$ROOTFS"
  start sleep 1000
  mounts_are "$(bind_data | jq '.[0].options += ["idmap"]')"
  run runtime mounts add "$ID" "$FILE"
  [[ $output != *"does not support idmapped"* ]] || skip "the file system cannot be idmapped"
  in_it stat -c '%u' /data/file
  [ "$output" = 0 ]
}

no_destination_is_left() { [ ! -e "$ROOTFS/new" ] && [ ! -e "$ROOTFS/other" ] && [ ! -e "$ROOTFS/third" ]; }

@test "mounts add: if one mount fails, none is added, and no destination is left" {
  start sleep 1000
  mounts_are "$(bind_data /new/deep/data | jq '. + [{destination: "/other", type: "tmpfs"},
    {destination: "/third", source: "/nonesuch-source", options: ["bind"]}]')"
  run ! runtime mounts add "$ID" "$FILE"
  expect /nonesuch-source /third "no such file or directory"
  no_destination_is_left
  mounts_are "$(bind_data /new/deep/data | jq '. + [{destination: "/other", type: "tmpfs"},
    {destination: "/third", type: "tmpfs", options: ["size=nonsense"]}]')"
  run ! runtime mounts add "$ID" "$FILE"
  expect /third size
  no_destination_is_left
  run ! mounted /new/deep/data
  run ! mounted /other
}

@test "mounts remove: if one mount cannot be removed, all stay" {
  start sleep 1000
  mounts_are "$(bind_data | jq '. + [{destination: "/data/../more", type: "tmpfs"}]')"
  runtime mounts add "$ID" "$FILE"
  mounts_are '[{"destination": "/data"}, {"destination": "/more"}, {"destination": "/tmp"}]'
  run ! runtime mounts remove "$ID" "$FILE"
  expect /tmp '/mounts/2: not a mount point'
  mounted /data
  mounted /more
  in_it cat /data/file
}

@test "mounts remove: of two mounts at one place, the upper one is removed first" {
  start sleep 1000
  mounts_are "$(bind_data | jq '. + [{destination: "/data", type: "tmpfs"}]')"
  runtime mounts add "$ID" "$FILE"
  in_it ls /data
  [ -z "$output" ]
  runtime mounts remove "$ID" - <<<'[{"destination": "/data"}]'
  in_it cat /data/file
  runtime mounts remove "$ID" - <<<'[{"destination": "/data"}]'
  run ! mounted /data
  runtime mounts add "$ID" "$FILE"
  runtime mounts remove "$ID" "$FILE"
  run ! mounted /data
}

@test "mounts: what cannot be changed in a running container is refused with the reason" {
  start sleep 1000
  refused() { # JSON TEXT...
    local json=$1
    shift
    run ! runtime mounts add "$ID" - <<<"$json"
    expect "$@"
  }
  refused '[{"destination": "/p", "type": "proc", "source": "proc"}]' "/mounts/0" "only be mounted when the container is created"
  refused '[{"destination": "/c", "type": "cgroup"}]' "cgroups can only be mounted when the container is created"
  refused '[{"destination": "/tmp", "options": ["remount", "ro"]}]' "cannot be changed"
  refused '[{"destination": "/", "type": "tmpfs"}]' "root of the container"
  refused '[{"destination": "/proc/sys", "type": "tmpfs"}]' "inside /proc"
  run ! runtime mounts remove "$ID" - <<<'[{"destination": "/"}]'
  expect "root of the container"
  run ! runtime mounts remove "$ID" - <<<'[{"destination": "/nonesuch"}]'
  expect "/nonesuch" "no such file"
}

@test "mounts: bad documents and words are errors that name them" {
  start sleep 1000
  run ! runtime mounts add "$ID" "$BATS_TEST_TMPDIR/nonesuch.json"
  expect nonesuch.json "no such file"
  mounts_are '[{"type": "tmpfs"}]'
  run ! runtime mounts add "$ID" "$FILE"
  expect mounts.json "/0/destination"
  mounts_are '{"mount": []}'
  run ! runtime mounts add "$ID" "$FILE"
  expect "/mounts"
  mounts_are '"text"'
  run ! runtime mounts add "$ID" "$FILE"
  expect "must be an array"
  mounts_are '[{"destination": "/x", "source": "/", "options": ["bind"], "uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}]'
  run ! runtime mounts add "$ID" "$FILE"
  expect "needs both uidMappings and gidMappings"
  run ! runtime mounts change "$ID" "$FILE"
  expect "unknown action" "add or remove"
  run ! runtime mounts add "$ID"
  expect "requires exactly 3 argument"
  run ! runtime mounts add nonesuch-container "$FILE"
  expect "does not exist"
}

@test "mounts: a stopped container, and one without a mount namespace, are refused" {
  mounts_are "$(bind_data)"
  start true
  wait_for status_is stopped
  run ! runtime mounts add "$ID" "$FILE"
  expect "not running"
  runtime delete "$ID"
  update_config '.linux.namespaces |= map(select(.type != "mount")) | .mounts = [] | del(.linux.maskedPaths, .linux.readonlyPaths)'
  start sleep 1000
  run ! runtime mounts add "$ID" "$FILE"
  expect "no mount namespace of its own"
}

@test "mounts add: a user without privileges changes their own container" {
  chmod 755 "$DATA"
  mkdir "$BATS_TEST_TMPDIR/copy"
  cp "$RUNTIME" "$BATS_TEST_TMPDIR/copy/tare"
  chown -R 4242:4242 "$ROOT" "$BUNDLE" "$DATA"
  update_config '.linux.namespaces += [{type: "user"}] | .linux.uidMappings = [{containerID: 0, hostID: 4242, size: 1}] |
    .linux.gidMappings = .linux.uidMappings | del(.linux.resources, .linux.cgroupsPath) |
    .mounts |= map(if .type == "devpts" then .options -= ["gid=5"] else . end)'
  runtime() {
    setpriv --reuid 4242 --regid 4242 --clear-groups env HOME=/ timeout --foreground --signal KILL 60 \
      "$BATS_TEST_TMPDIR/copy/tare" --root "$ROOT" "$@"
  }
  start sleep 1000
  mounts_are "$(bind_data)"
  runtime mounts add "$ID" "$FILE"
  in_it cat /data/file
  [ "$output" = shared ]
  runtime mounts remove "$ID" "$FILE"
  run ! mounted /data
}

@test "mounts add: all mounts are added even if the command is killed while it adds them" {
  start sleep 1000
  mounts_are "$(bind_data | jq '. + [{destination: "/second", type: "tmpfs"}, {destination: "/third", type: "tmpfs"}]')"
  in_background "$OUT.strace" strace -f -qqq -o /dev/null -e trace=move_mount \
    -e inject=move_mount:delay_exit=1000000 "$RUNTIME" --root "$ROOT" mounts add "$ID" "$FILE"
  local tracer=$!
  wait_for mounted /data
  kill -KILL "$(pgrep -P "$tracer" | head -n 1)"
  wait_for mounted /third
  mounted /second
}
