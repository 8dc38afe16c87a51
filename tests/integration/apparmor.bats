#!/usr/bin/env bats
# AppArmor: the profiles of run and exec are applied and enforced by the kernel.
# bats file_tags=v2,apparmor
# shellcheck disable=SC2016 # jq and the shells of the container expand what is in single quotes
load helper

enabled() { grep -qx Y /sys/module/apparmor/parameters/enabled 2>/dev/null; }

setup() {
  prepare
  echo secret >"$ROOTFS/etc/secret"
  echo plain >"$ROOTFS/etc/plain"
}

teardown() {
  check_residue
  [ ! -f "$BATS_TEST_TMPDIR/profiles" ] || apparmor_parser --remove "$BATS_TEST_TMPDIR/profiles"
}

# Loads profiles that allow everything but reading a file.
profiles() { # NAME DENIED-FILE [NAME DENIED-FILE]...
  enabled || skip "the kernel does not run AppArmor"
  command -v apparmor_parser >/dev/null || skip "no apparmor_parser"
  while [ $# -gt 0 ]; do
    printf 'profile "%s" flags=(attach_disconnected,mediate_deleted) {
      file, capability, signal, ptrace, mount, umount, pivot_root, network, unix, userns,
      deny %s r,\n}\n' "$1" "$2"
    shift 2
  done >"$BATS_TEST_TMPDIR/profiles"
  # Profiles of older parsers know no user namespaces.
  apparmor_parser --replace "$BATS_TEST_TMPDIR/profiles" 2>/dev/null ||
    { sed -i 's/, userns,/,/' "$BATS_TEST_TMPDIR/profiles" && apparmor_parser --replace "$BATS_TEST_TMPDIR/profiles"; }
}

profile() { update_config --arg name "$1" '.process.apparmorProfile = $name'; } # NAME

@test "apparmor: a profile is applied and enforced" {
  profiles "$ID" /etc/secret
  profile "$ID"
  set_args sh -c 'cat /proc/self/attr/apparmor/current /etc/plain; cat /etc/secret'
  run -1 runtime run --bundle "$BUNDLE" "$ID"
  expect_line "$ID (enforce)" plain
  expect "/etc/secret': Permission denied"
  refute $'\nsecret\n'
}

@test "apparmor: without no_new_privs, and across create and start" {
  profiles "$ID" /etc/secret
  profile "$ID"
  update_config '.process.noNewPrivileges = false'
  set_args cat /proc/self/attr/apparmor/current
  create
  # The runtime's own process is not in the profile yet, which would keep it from its work.
  run ! grep -q "$ID" "/proc/$(init_pid)/attr/apparmor/current"
  runtime start "$ID"
  wait_for says "$OUT" "$ID (enforce)"
}

@test "apparmor: in a user namespace" {
  profiles "$ID" /etc/secret
  profile "$ID"
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$ROOTFS"
  set_args sh -c 'cat /proc/self/attr/apparmor/current; cat /etc/secret'
  run -1 runtime run --bundle "$BUNDLE" "$ID"
  expect_line "$ID (enforce)"
  expect "/etc/secret': Permission denied"
}

@test "apparmor: exec uses the container's profile" {
  profiles "$ID" /etc/secret
  profile "$ID"
  start sleep 1000
  run -1 runtime exec "$ID" sh -c 'cat /proc/self/attr/apparmor/current /etc/plain; cat /etc/secret'
  expect_line "$ID (enforce)" plain
  expect "/etc/secret': Permission denied"
}

@test "apparmor: exec may use another profile" {
  profiles "$ID" /etc/secret "$ID.exec" /etc/plain
  profile "$ID"
  start sleep 1000
  run -1 runtime exec --apparmor "$ID.exec" "$ID" sh -c 'cat /proc/self/attr/apparmor/current /etc/secret; cat /etc/plain'
  expect_line "$ID.exec (enforce)" secret
  expect "/etc/plain': Permission denied"
  jq --arg name "$ID.exec" '.process | .args = ["cat", "/etc/plain"] | .apparmorProfile = $name' \
    "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/process.json"
  run -1 runtime exec --process "$BATS_TEST_TMPDIR/process.json" "$ID"
  expect "/etc/plain': Permission denied"
}

@test "apparmor: without a profile, and with unconfined" {
  enabled || skip "the kernel does not run AppArmor"
  in_container cat /proc/self/attr/apparmor/current
  [ "$output" = unconfined ]
  profile unconfined
  in_container cat /proc/self/attr/apparmor/current
  [ "$output" = unconfined ]
}

@test "apparmor: a profile that is not loaded is an error" {
  enabled || skip "the kernel does not run AppArmor"
  profile "$ID.missing"
  refuses "$ID.missing"
  only_tare "its sentence"
  expect "the profile is not loaded"
  [ -z "$(leftovers)" ]
  profile ""
  start sleep 1000
  run ! runtime exec --apparmor "$ID.missing" "$ID" true
  expect "$ID.missing: the profile is not loaded"
}

@test "apparmor: a profile on a kernel without AppArmor is an error" {
  ! enabled || skip "the kernel runs AppArmor"
  profile "$ID"
  refuses "apparmor" "not supported"
  [ -z "$(leftovers)" ]
  profile unconfined
  in_container true
}

# CVE-2019-16884, CVE-2023-28642: an image cannot redirect the label.
@test "apparmor: a fake /proc in the rootfs is not written to" {
  profiles "$ID" /etc/secret
  profile "$ID"
  mkdir -p "$ROOTFS/fake/self/attr/apparmor" "$ROOTFS/fake/thread-self/attr/apparmor"
  touch "$ROOTFS"/fake/{self,thread-self}/attr/{exec,apparmor/exec}
  update_config '.mounts |= map(select(.destination != "/proc")) | .linux.maskedPaths = [] | .linux.readonlyPaths = []'
  rmdir "$ROOTFS/proc"
  mv "$ROOTFS/fake" "$ROOTFS/proc"
  set_args cat /etc/secret
  run -1 runtime run --bundle "$BUNDLE" "$ID"
  expect "/etc/secret': Permission denied"
}
