#!/usr/bin/env bats
# The host's mounts do not change, whatever their relation to the container's root.
# shellcheck disable=SC2016 # sh expands what is in single quotes
load helper

# Runs the bundle in a mount namespace in which everything is shared; $LOST and $LEAKED are the mounts that are missing and new.
run_among_shared() {
  run unshare --mount --propagation private sh -c '
    mount -t tmpfs tmpfs "$1" && mkdir "$1/below" && mount -t tmpfs tmpfs "$1/below" && mount --make-rshared /
    cut -d" " -f5 /proc/self/mountinfo | sort >"$2.before"
    timeout 60 "$3" --root "$4" run --bundle "$5" "$6" || status=$?
    cut -d" " -f5 /proc/self/mountinfo | sort >"$2.after"
    exit ${status-0}' sh "$BATS_TEST_TMPDIR/shared" "$OUT" "$RUNTIME" "$ROOT" "$BUNDLE" "$ID"
  [ "$status" = 0 ] || { echo "exit status $status: $output" && return 1; }
  LOST=$(comm -23 "$OUT.before" "$OUT.after") LEAKED=$(comm -13 "$OUT.before" "$OUT.after")
}

@test "the old root is only unmounted in the container, whatever its propagation" {
  local word
  only_tare "runc 1.1 gives some of the words to the old root alone"
  mkdir "$BATS_TEST_TMPDIR/shared"
  set_args true
  for word in "" private slave shared rshared unbindable; do
    update_config --arg word "$word" '.linux.rootfsPropagation = $word'
    run_among_shared
    [ -z "$LOST$LEAKED" ] || { echo "${word:-none}: lost $LOST, leaked $LEAKED" && return 1; }
  done
}

@test "a mount with the option unbindable is unbindable" {
  only_tare "what it promises beside the advisories"
  mkdir "$BATS_TEST_TMPDIR/data"
  add_mount /data bind "$BATS_TEST_TMPDIR/data" bind unbindable
  add_mount /more tmpfs tmpfs runbindable
  in_container probe mounts
  mount_has /data unbindable
  mount_has /more unbindable
}

@test "nothing can be mounted over the root of the container" {
  ln -s / "$ROOTFS/root-again"
  only_tare "runc 1.1 mounts it"
  for destination in / /. /root-again /proc/..; do
    update_config --arg to "$destination" '.mounts += [{destination: $to, type: "tmpfs", source: "x"}]'
    run ! runtime run --bundle "$BUNDLE" "$ID"
    update_config 'del(.mounts[-1])'
  done
}
