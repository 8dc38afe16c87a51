# What the tests of checkpoint and restore share. Loaded after helper.bash. None of them has the tag v2: CRIU uses hardware
# breakpoints, and the emulated kernel of the virtual machine does not always survive them. There they are run by hand:
# tests/vm/run integration tests/integration/restore.bats
# shellcheck shell=bash
# shellcheck source=../criu/find.bash
. "$TREE/tests/criu/find.bash"

setup_file() { require_criu; }

setup() {
  prepare
  IMAGES=$BATS_TEST_TMPDIR/images
  WORK=$BATS_TEST_TMPDIR/work
}

teardown() {
  [ ! -e "/run/netns/${ID-}" ] || ip netns delete "${ID-}"
  check_residue
}

# Starts a container with WORDS as its program. CRIU cannot follow a descriptor of a file that the container does not see,
# so output does not go to $OUT.
run_detached() { # WORD...
  set_args "$@"
  launch run
}

# Runs init's COMMAND with an input and an output that can be dumped.
launch() { # run|restore OPTION...
  local command=$1
  shift
  runtime --log "$OUT" "$command" --detach --bundle "$BUNDLE" "$@" "$ID" </dev/null >/dev/null 2>&1 3>&- 8>&- ||
    { cat "$OUT" && return 1; }
}

# A container that counts, in its memory and in /count.
run_counter() { run_keeper keep-memory /count 1; }

run_keeper() { # PROBE-WORD...
  run_detached probe "$@"
  wait_for counted_past 3
}

count() { cat "$ROOTFS/count"; }
counted_past() { # NUMBER
  local number
  number=$(count 2>/dev/null)
  [[ $number =~ ^[0-9]+$ ]] && [ "$number" -gt "$1" ]
}

checkpoint() { runtime checkpoint --image-path "$IMAGES" --work-path "$WORK" "$@" "$ID" 3>&- 8>&-; } # OPTION...

# Dumps the container.
dump() { # OPTION...
  BEFORE=
  wait_for shows_another_count
  BEFORE=$AFTER
  checkpoint "$@" || { grep Error "$WORK"/*.log && return 1; }
  ! shows_another_count || BEFORE=$AFTER # the last one, unless it was dumped while the file was empty
}

restore() { # OPTION...
  launch restore --image-path "$IMAGES" --work-path "$WORK" "$@" || { grep Error "$WORK"/*.log && return 1; }
}

# The program goes on where it was: the next count is a higher one, not that of a program that starts over.
goes_on() {
  wait_for shows_another_count
  [ "$AFTER" -gt "$BEFORE" ]
}

# The program counts, now.
counts_on() {
  BEFORE=
  wait_for shows_another_count
  BEFORE=$AFTER
  goes_on
}

# The file is empty for a moment between two counts.
shows_another_count() {
  AFTER=$(count 2>/dev/null)
  [[ $AFTER =~ ^[0-9]+$ ]] && [ "$AFTER" != "$BEFORE" ]
}

there_and_back() { # OPTION... for both
  dump "$@"
  restore "$@"
  goes_on
}

has_feature() { criu check --feature "$1" >/dev/null 2>&1; }

# The runtime finds a criu with this SHELL-SCRIPT instead.
replace_criu() { # SHELL-SCRIPT
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/sh\n%s\n' "$1" >"$BATS_TEST_TMPDIR/bin/criu"
  chmod +x "$BATS_TEST_TMPDIR/bin/criu"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
}
