# `./dev test NAME [FILTER]`: which tests a name selects. Nothing is built or run here.

setup() {
  cd "$BATS_TEST_DIRNAME/.." || return
  # shellcheck source=single.bash
  . tests/single.bash
  die() { echo "dev: $*" && exit 1; }
  build_quietly() { echo "built $*"; }
  room_tests() { echo "${TESTS_IN_ROOM:-1}"; }
  room_test() { echo "room $1 [$2]"; }
  file_test() { echo "file $1 [$2]"; }
  stage_test() { echo "stage $1 [$2]"; }
}

prints() { diff <(printf '%s\n' "$@") <(echo "$output"); }

@test "single: a room is its unit tests" {
  run run_single rootfs Mask
  [ "$status" = 0 ]
  prints 'room rootfs [Mask]'
}

@test "single: rooms lie in src and beside it" {
  run run_single hooks
  prints 'room hooks []'
}

@test "single: a file is found by its name, wherever it lies" {
  run run_single mounts.bats
  [ "$status" = 0 ]
  prints 'file conformance/tests/mounts.bats []' 'file tests/integration/mounts.bats []' 'file tests/security/mounts.bats []'
  run run_single tests/security/mounts.bats
  prints 'file tests/security/mounts.bats []'
}

@test "single: of files with the same name only those run whose tests match the filter" {
  run run_single mounts.bats 'whatever its propagation'
  [ "$status" = 0 ]
  prints 'file tests/security/mounts.bats [whatever its propagation]'
}

@test "single: a part of a name is not a name" {
  run run_single ounts.bats
  [ "$status" = 1 ]
}

@test "single: a room and a stage of the same name both run" {
  run run_single shim
  prints 'room shim []' 'stage shim []'
}

@test "single: an unknown name is an error that lists the known ones" {
  run run_single nonesuch
  [ "$status" = 1 ]
  [[ $output == 'dev: "nonesuch" is not a room, '*rootfs*conformance*tests/integration/mounts.bats* ]]
}

@test "single: a filter that selects nothing is an error" {
  run run_single mounts.bats nonesuch
  [ "$status" = 1 ]
  [[ $output == 'dev: no test of "mounts.bats" matches "nonesuch"'* ]]
  TESTS_IN_ROOM=0 run run_single rootfs Nonesuch
  [ "$status" = 1 ]
}

@test "single: a failure in one of several makes the command fail" {
  room_test() { return 1; }
  run run_single shim
  [ "$status" = 1 ]
}

@test "single: a bare word is looked for anywhere in a unit test's name" {
  [ "$(gtest_filter '')" = '*' ]
  [ "$(gtest_filter Mask)" = '*Mask*' ]
  [ "$(gtest_filter 'Mask*:-Other.*')" = 'Mask*:-Other.*' ]
}
