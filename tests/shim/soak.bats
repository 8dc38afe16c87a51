#!/usr/bin/env bats
# Many containers, each created, exec'ed into, killed and removed, fifty at a time: nothing may be left, and the shim of
# a group must not grow. SOAK is their number: 1000 by hand, few in the daily run.
# shellcheck disable=SC2016,SC2034 # containers expand what is in single quotes; helper.bash reads FLAGS
load helper

SOAK=${SOAK:-60}
AT_ONCE=${AT_ONCE:-50}

# Each step has to succeed; what went wrong is in FILE.
one_life() { # ID FILE [FLAG...]
  local id=$1 file=$2
  shift 2
  {
    ctr run --detach --null-io --runtime "$SHIM_RUNTIME" "$@" "$IMAGE" "$id" sleep 1000 &&
      hears "words of $id" ctr tasks exec --exec-id one "$id" echo "words of $id" &&
      ctr tasks kill -s KILL "$id" &&
      wait_for stopped_with "$id" &&
      ctr tasks rm "$id" &&
      ctr containers rm "$id"
  } >"$file" 2>&1 3>&- && rm "$file"
}
hears() { # TEXT COMMAND...
  local heard
  heard=$("${@:2}") && [ "$heard" = "$1" ] || { echo "heard \"$heard\" instead of \"$1\"" && return 1; }
}
stopped_with() { [ "$(status_of "$1")" = STOPPED ]; }

many_lives() { # COUNT [FLAG...]
  local count=$1 number running=0
  shift
  for ((number = 0; number < count; ++number)); do
    if [ "$running" = "$AT_ONCE" ]; then one_ended; fi
    one_life "$C-$number" "$BATS_TEST_TMPDIR/life.$number" "$@" &
    running=$((running + 1))
  done
  while [ "$running" -gt 0 ]; do one_ended; done
}

one_ended() {
  wait -n || { grep -h "" "$BATS_TEST_TMPDIR"/life.* | grep -v 'code 137' && return 1; }
  running=$((running - 1))
}

@test "shim soak: many containers, each with its own shim" {
  many_lives "$SOAK"
  [ -z "$(shims)" ] || wait_for no_shims
}

private_memory() { awk '/^Private_Dirty/ { print $2 }' "/proc/$(shims)/smaps_rollup"; } # KiB; the rest is the program's file

@test "shim soak: many containers of one group" {
  local group=$C before after fds
  FLAGS=(--annotation "io.containerd.runc.v2.group=$group")
  C=$group-first
  start sleep 1000
  C=$group
  many_lives $((AT_ONCE + 10)) "${FLAGS[@]}"
  before=$(private_memory) fds=$(find "/proc/$(shims)/fd" -mindepth 1 | wc -l)
  many_lives "$SOAK" "${FLAGS[@]}"
  after=$(private_memory)
  echo "# private memory of the shim: $before KiB before, $after KiB after $SOAK containers" >&3
  [ "$(find "/proc/$(shims)/fd" -mindepth 1 | wc -l)" -le "$fds" ]
  [ "$SHIM" != tare ] || [ "$after" -le $((before + 256)) ]
}
