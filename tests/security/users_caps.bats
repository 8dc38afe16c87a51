#!/usr/bin/env bats
# A process has exactly the user and the privileges that were asked for.
load helper

@test "CVE-2016-3697: a user name in the image's passwd that is a number is not used" {
  concerns runc
  echo '1000:x:0:0:root:/root:/bin/sh' >>"$ROOTFS/etc/passwd"
  update_config '.process.user.uid = 1000'
  start sleep 1000
  run -0 runtime exec "$ID" probe ids
  expect_line "uid 1000 1000 1000"
  run -0 runtime exec --user 1000 "$ID" probe ids
  expect_line "uid 1000 1000 1000"
}

@test "CVE-2026-30892: exec --user 1 runs as user 1" {
  concerns crun
  start sleep 1000
  run -0 runtime exec --user 1 "$ID" id -u
  [ "$output" = 1 ]
}

# COMMAND fails, or its process is not root.
is_not_root() {
  run "$@"
  refute "uid 0 " " 0 0"$'\n'
}

@test "CVE-2026-46680: a user out of range is not root" {
  concerns containerd
  local user
  set_args probe ids
  for user in 4294967296 18446744073709551616; do
    update_config '.process.user.uid = $uid' --argjson uid "$user"
    is_not_root runtime run --bundle "$BUNDLE" "$ID"
  done
  is_tare || return 0 # the rest is not the advisory's
  update_config '.process.user.uid = 1'
  start sleep 1000
  for user in 4294967295 4294967296 18446744073709551616 -1; do
    is_not_root runtime exec --user "$user" "$ID" probe ids
  done
}

@test "CVE-2022-29162, CVE-2022-27650, CVE-2025-27612: exec --cap is never inheritable" {
  concerns runc crun youki
  start sleep 1000
  run -0 runtime exec --cap CAP_SYS_ADMIN --cap CAP_NET_RAW "$ID" probe caps
  expect_line "inheritable 0000000000000000"
}

@test "youki #3434: without capabilities the bounding set is empty" {
  concerns youki
  local none
  for none in '.process.capabilities = {}' 'del(.process.capabilities)'; do
    update_config "$none"
    in_container probe caps
    expect_line "bounding 0000000000000000" "permitted 0000000000000000" "effective 0000000000000000"
  done
}

# A file may deny access to a group, so dropping the group would give access.
@test "CVE-2014-8989: a user cannot drop groups in a namespace that they mapped themselves" {
  prepare_for_user --groups=4244
  set_args sh -c 'cat /proc/self/setgroups; probe ids'
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  expect_line deny "groups 65534"
}

@test "CVE-2014-8989: setgroups is allowed in a namespace that root has mapped" {
  only_tare "the other side of the above, and no attack"
  map_ids
  in_container cat /proc/self/setgroups
  [ "$output" = allow ]
}
