#!/usr/bin/env bats
# SELinux: labels of processes, mounts and keys. Needs a kernel that was booted with SELinux
# (tests/vm/run selinux) and checkpolicy(8): the tests load their own policy, unless the
# machine has one, with other labels than these.
# shellcheck disable=SC2016 # jq and the shells of the container expand what is in single quotes
load helper

LABEL=system_u:system_r:container_t:s0:c1,c2
OTHER=system_u:system_r:other_t:s0:c3

enabled() { grep -qw selinuxfs /proc/filesystems; }
current() { tr -d '\0' </proc/self/attr/current; }

setup_file() {
  enabled && [ "$(current)" = kernel ] || return 0 # a policy is loaded already
  command -v checkpolicy >/dev/null || return 0
  grep -q " /sys/fs/selinux " /proc/mounts || mount -t selinuxfs selinuxfs /sys/fs/selinux
  checkpolicy -M -U allow -c "$(cat /sys/fs/selinux/policyvers)" -o "$BATS_FILE_TMPDIR/policy" \
    "$BATS_TEST_DIRNAME/selinux/policy.conf"
  cat "$BATS_FILE_TMPDIR/policy" >/sys/fs/selinux/load
}

needs_policy() {
  enabled || skip "the kernel does not run SELinux"
  [[ $(current) == system_u:system_r:machine_t:* ]] || skip "the policy of these tests is not loaded (is there checkpolicy?)"
}

teardown() {
  [ ! -e /sys/fs/selinux/enforce ] || echo 0 >/sys/fs/selinux/enforce
  check_residue
}

label() { update_config --arg value "$1" '.process.selinuxLabel = $value'; } # LABEL

@test "selinux: the process label is set by run, create and exec" {
  needs_policy
  label $LABEL
  in_container cat /proc/self/attr/current
  [ "${output%$'\n'}" = $LABEL ]
  set_args sleep 1000
  create
  [[ $(tr -d '\0' <"/proc/$(init_pid)/attr/current") == *machine_t* ]]
  runtime start "$ID"
  wait_for says "/proc/$(init_pid)/attr/current" $LABEL
  run -0 runtime exec "$ID" cat /proc/self/attr/current
  [ "$output" = $LABEL ]
  run -0 runtime exec --process-label $OTHER "$ID" cat /proc/self/attr/current
  [ "$output" = $OTHER ]
}

@test "selinux: without a label the process has the runtime's" {
  needs_policy
  in_container cat /proc/self/attr/current
  expect machine_t
}

@test "selinux: labels work without no_new_privs, and in a user namespace" {
  needs_policy
  label $LABEL
  update_config '.process.noNewPrivileges = false | .linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$ROOTFS"
  in_container cat /proc/self/attr/current
  [ "$output" = $LABEL ]
}

@test "selinux: the policy is enforced" {
  needs_policy
  command -v python3 >/dev/null || skip "no python3, which sets labels of files"
  label $LABEL
  echo secret >"$ROOTFS/etc/secret"
  python3 -c 'import os, sys; os.setxattr(sys.argv[1], "security.selinux", b"system_u:object_r:secret_t:s0\0")' "$ROOTFS/etc/secret"
  echo 1 >/sys/fs/selinux/enforce
  set_args cat /etc/secret
  run -1 runtime run --bundle "$BUNDLE" "$ID"
  expect "Permission denied"
  label $OTHER
  in_container cat /etc/secret
  [ "$output" = secret ]
}

@test "selinux: the mount label is set with the option of crun's annotation" {
  only_tare "runc has no such annotation"
  local label=system_u:object_r:file_t:s0:c1,c2
  needs_policy
  update_config --arg value "$label" '.linux.mountLabel = $value |
    .annotations["run.oci.mount_context_type"] = "rootcontext"'
  add_mount /data tmpfs tmpfs nosuid
  in_container probe mounts
  mount_at /data | grep -F "rootcontext=\"$label\""
}

@test "selinux: the mount label is set" {
  local label=system_u:object_r:file_t:s0:c1,c2 path
  needs_policy
  update_config --arg value "$label" '.linux.mountLabel = $value'
  add_mount /data tmpfs tmpfs nosuid
  in_container probe mounts
  for path in /data /dev /dev/pts /dev/shm /sys/firmware; do
    mount_at "$path" | grep -F "context=\"$label\""
  done
  # mqueue has no such option.
  start sleep 1000
  command -v python3 >/dev/null || skip "no python3, which reads labels of files"
  run -0 python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "security.selinux").decode().rstrip("\0"))' "/proc/$(init_pid)/root/dev/mqueue"
  [ "$output" = "$label" ]
}

@test "selinux: the session keyring has the process label" {
  needs_policy
  label $LABEL
  in_container probe keyring
  expect "label $LABEL"
}

@test "selinux: a label that the policy does not know is an error" {
  needs_policy
  label system_u:system_r:nobody_t:s0
  echo 1 >/sys/fs/selinux/enforce
  refuses "SELinux label" nobody_t
  [ -z "$(leftovers)" ]
}

@test "selinux: a label on a kernel without SELinux is an error" {
  ! enabled || skip "the kernel runs SELinux"
  only_tare "its sentence"
  label $LABEL
  refuses "SELinux label $LABEL" "does not run SELinux"
  [ -z "$(leftovers)" ]
}
