# 64-bit ARM on a machine of another kind: a cross build, unit tests under qemu-user, and a virtual machine. Sourced by `dev`.
# shellcheck shell=bash

CROSS_PACKAGES=(g++-aarch64-linux-gnu qemu-user-static)

prepare_arm64() {
  install_packages "${BUILD_PACKAGES[@]}" "${CROSS_PACKAGES[@]}"
  TARE_SYSROOT=$(cmake/sysroot arm64 "${LIBRARY_PACKAGES[@]}") || return
  export TARE_SYSROOT
}

build_arm64() { # TARGET...
  prepare_arm64 || return
  build arm64 "$@"
}

# Rooms that only translate: qemu-user has no namespaces, no clone3(2) and no seccomp filters.
ARM64_USER_ROOMS=(base explain json messages spec)
# What the architecture may change: numbers of system calls and filters, the last act before a program, signals, a terminal.
ARM64_CORE=("run: exits with the" "kill: takes real-time" "userns: root in" "exec: has the container.s personality"
  "exec: the container.s seccomp" "exec --tty --console-socket" "seccomp: SCMP_ACT_ERRNO" "seccomp: calls newer"
  "seccomp: the last calls" "seccomp: a 32-bit" "seccomp: SCMP_ACT_NOTIFY lets")
ARM64_CORE_FILES=(tests/integration/{run,lifecycle,userns,exec,terminal,seccomp}.bats)

room_programs() { local room && for room; do room_program "$room" arm64; done; } # ROOM...

under_qemu() { # PROGRAM...
  local program failed=0
  for program; do qemu-aarch64-static -L /usr/aarch64-linux-gnu "$program" || failed=1; done
  return "$failed"
}

arm64_unit_tests() { # ROOM...
  local programs
  mapfile -t programs < <(room_programs "$@")
  stage arm64-unit gtest "unit tests of rooms that only translate (arm64, qemu-user)" under_qemu "${programs[@]}"
}

arm64_machine() { # NAME FORMAT TITLE SUITE [ARGUMENT...]
  stage "$1" "$2" "$3 in a virtual machine (arm64)" as_root tests/vm/run --image arm64 --timeout 7200 "${@:4}"
}

# The part that belongs to every `./dev test`.
arm64_core_tests() {
  local filter
  filter="^($(printf '%s\n' "${ARM64_CORE[@]}" | paste -sd '|'))"
  if ! build_arm64 tare probe base_test json_test; then
    printf 'failed\tbuild arm64\n' >>"$LOGS/results"
    return
  fi
  arm64_unit_tests base json
  arm64_machine arm64 tap "the core of the integration tests" integration --filter "$filter" "${ARM64_CORE_FILES[@]}"
}

# Everything that there is for another architecture: `./dev test --arm64`.
all_arm64_tests() {
  rm -rf "$LOGS"
  mkdir -p "$LOGS"
  install_packages "${TEST_PACKAGES[@]}" "${VM_PACKAGES[@]}"
  if build_arm64 all && CC=aarch64-linux-gnu-gcc conformance/build-probe build/arm64/conformance-probe; then
    arm64_unit_tests "${ARM64_USER_ROOMS[@]}"
    arm64_machine arm64-vm-unit gtest "unit tests" unit
    arm64_machine arm64-conformance tap "the specification, statement by statement," conformance --filter .
    arm64_machine arm64 tap "tests of the runtime" integration "${RUNTIME_TESTS[@]}"
  else
    printf 'failed\tbuild arm64\n' >>"$LOGS/results"
  fi
  show_totals
}
