#!/usr/bin/env bats
# A kernel older than Linux 5.14 is refused with a sentence that says what is missing. Here it is imitated: strace answers ENOSYS
# for a call, and uname(2) names an old release. `./dev test --kernels` also runs this file on Linux 5.10.
load ../integration/helper

setup() {
  prepare
  only_tare "they are tare's own words"
  command -v strace >/dev/null || skip "no strace"
}

# The runtime on a kernel without CALL.
without() { # CALL RUNTIME-ARGUMENT...
  timeout --foreground --signal KILL 60 strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:error=ENOSYS" \
    "$RUNTIME" --root "$ROOT" "${@:2}" </dev/null 3>&-
}

is_old() { [[ $(uname -r) == 5.1[0-3].* ]]; }

on_old_kernel_without() { # CALL RUNTIME-ARGUMENT...
  if is_old; then
    runtime "${@:2}" </dev/null
  else
    export RUNTIME ROOT
    export -f without
    setarch --uname-2.6 bash -c 'without "$@"' bash "$@"
  fi
}

says_why() { # CALL
  is_old || expect "$1: function not implemented"
  expect ": function not implemented: tare needs Linux 5.14 or newer, and this is "
}

@test "old kernel: run and create name the call that is missing, and the kernel that is needed" {
  local command
  set_args true
  for command in run create; do
    run -1 on_old_kernel_without mount_setattr $command --bundle "$BUNDLE" "$ID"
    says_why mount_setattr
    [ ! -e "$ROOT/$ID" ]
  done
}

@test "old kernel: exec names the call that is missing, and the kernel that is needed" {
  ! is_old || skip "there can be no container here"
  start sleep 1000
  run ! on_old_kernel_without clone3 exec "$ID" true
  says_why clone3
}

@test "old kernel: a kernel that is new enough is not blamed for a call that a filter refuses" {
  ! is_old || skip "the kernel is too old"
  set_args true
  run -1 without mount_setattr run --bundle "$BUNDLE" "$ID"
  expect "mount_setattr: function not implemented"
  [[ $output != *"tare needs"* ]]
}

@test "old kernel: tare doctor says so" {
  run ! setarch --uname-2.6 "$RUNTIME" --root "$ROOT" doctor
  expect "tare needs Linux 5.14 or newer, and this is " "use Linux 5.14 or newer" "cannot run here. It needs: version"
}
