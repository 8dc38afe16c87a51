#!/usr/bin/env bats
# The root file system: read-only, masked, propagated, pivoted into.
load helper

@test "root: readonly makes the root read-only" {
  in_container touch /tmp/x
  update_config '.root.readonly = true'
  in_container sh -c 'probe write /tmp/y y; probe mkdir /z 0755; echo x >/dev/shm/x && echo shm; true'
  [ "$output" = $'EROFS\nEROFS\nshm' ]
}

@test "root: readonly does not keep mount destinations from being created" {
  update_config '.root.readonly = true'
  add_mount /not/there tmpfs tmpfs
  in_container probe write /not/there/file x
}

@test "masked paths: files are empty, directories are empty, and neither can be written" {
  mkdir "$ROOTFS/secrets"
  echo secret | tee "$ROOTFS/secrets/inside" "$ROOTFS/secret" >/dev/null
  update_config '.linux.maskedPaths += ["/secrets", "/secret", "/nonesuch"]'
  in_container sh -c 'ls /secrets; cat /secret; probe write /secrets/x x; true'
  [ "$output" = EROFS ]
  [ "$(cat "$ROOTFS/secret")" = secret ]
}

@test "masked and read-only paths that do not exist are skipped" {
  update_config '.linux.maskedPaths = ["/nonesuch", "/bin/busybox/x"] | .linux.readonlyPaths = ["/nonesuch", "/bin/busybox/x"]'
  in_container true
}

@test "masked and read-only paths may be given twice" {
  mkdir "$ROOTFS/secrets" "$ROOTFS/others" "$ROOTFS/fixed"
  echo secret | tee "$ROOTFS/secrets/inside" "$ROOTFS/others/inside" "$ROOTFS/secret" >/dev/null
  update_config '.linux.maskedPaths += ["/secrets", "/others", "/secrets", "/secrets/", "/secret", "/secret", "/others"] |
    .linux.readonlyPaths += ["/fixed", "/fixed", "/proc/sys"]'
  in_container sh -c 'ls /secrets /others; cat /secret; probe write /fixed/x x; probe write /secrets/x x; probe mounts'
  refute inside
  expect_line EROFS
  mount_has /secrets ro
  mount_has /fixed ro
  only_tare "runc 1.1 mounts one over the other"
  [ "$(grep -c " /secrets " <<<"$output")" = 1 ]
  [ "$(grep -c " /secret " <<<"$output")" = 1 ]
  [ "$(grep -c " /fixed " <<<"$output")" = 1 ]
}

@test "masked paths: the default lists of engines work" {
  in_container sh -c 'cat /proc/keys /proc/timer_list; ls /sys/firmware'
  [ -z "$output" ]
}

@test "masked paths: are resolved through symbolic links" {
  mkdir "$ROOTFS/real"
  echo secret >"$ROOTFS/real/secret"
  ln -s real "$ROOTFS/link"
  update_config '.linux.maskedPaths += ["/link/secret"]'
  in_container cat /real/secret
  [ -z "$output" ]
}

@test "masked and read-only paths must be absolute" {
  only_tare "runc 1.1 takes them"
  update_config '.linux.maskedPaths = ["proc/kcore"]'
  refuses /linux/maskedPaths/0
  update_config '.linux.maskedPaths = [] | .linux.readonlyPaths = ["/proc/sys", "proc/bus"]'
  refuses /linux/readonlyPaths/1
}

@test "read-only paths cannot be written" {
  mkdir "$ROOTFS/fixed"
  echo text >"$ROOTFS/fixed/file"
  update_config '.linux.readonlyPaths += ["/fixed", "/etc/passwd", "/nonesuch"]'
  in_container sh -c 'cat /fixed/file; probe write /fixed/file x; probe write /etc/passwd x; probe write /etc/new x; true'
  [ "$output" = $'text\nEROFS\nEROFS\nok' ]
}

@test "read-only paths: a volume below one stays writable" {
  mkdir "$BATS_TEST_TMPDIR/volume" "$ROOTFS/fixed"
  add_mount /fixed/volume bind "$BATS_TEST_TMPDIR/volume" rbind
  update_config '.linux.readonlyPaths += ["/fixed"]'
  in_container sh -c 'probe write /fixed/x x; probe write /fixed/volume/x x'
  [ "$output" = $'EROFS\nok' ]
}

@test "read-only paths keep the flags of the mount that they are in" {
  in_container probe mounts
  mount_has /proc/sys ro
  update_config '.mounts |= map(if .destination == "/proc" then .options = ["nosuid", "nodev", "noexec"] else . end)'
  in_container probe mounts
  mount_has /proc/sys ro nosuid nodev noexec
}

@test "no-pivot: the container runs in its rootfs" {
  set_args sh -c 'ls /; probe cwd'
  run -0 runtime run --no-pivot --bundle "$BUNDLE" "$ID"
  expect_line bin "cwd /"
  refute root
}

# The host's /proc would stay in the mount namespace, and the kernel would let a user namespace mount another one, with
# nothing masked.
@test "no-pivot: the container cannot mount a new procfs or sysfs" {
  update_config '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN", "CAP_SETFCAP", "CAP_SETUID", "CAP_SETGID"])'
  set_args busybox unshare -mrpf busybox sh -c 'busybox mount -t proc none /proc && echo mounted'
  local type
  type=$(stat -f -c %T /proc)
  run ! runtime run --no-pivot --bundle "$BUNDLE" "$ID"
  expect "mount: permission denied"
  refute mounted
  set_args busybox unshare -mrf busybox sh -c 'busybox mount -t sysfs none /sys && echo mounted'
  run ! runtime run --no-pivot --bundle "$BUNDLE" "$ID"
  refute mounted
  [ "$(stat -f -c %T /proc)" = "$type" ]
}

@test "the old root is not reachable" {
  in_container sh -c 'grep -v "^[0-9]* [0-9]* [^ ]* [^ ]* /\(proc\|sys\|dev\|\) *" /proc/self/mountinfo; ls -a /'
  refute "$BATS_RUN_TMPDIR" oldroot .pivot
}

@test "rootfsPropagation: each value is set" {
  local propagation
  for propagation in private slave; do
    update_config --arg propagation $propagation '.linux.rootfsPropagation = $propagation'
    in_container probe mounts
    mount_lacks / shared
  done
  only_tare "runc 1.1 gives the others to the old root alone"
  update_config '.linux.rootfsPropagation = "shared"'
  in_container probe mounts
  mount_has / shared
  update_config '.linux.rootfsPropagation = "unbindable"'
  in_container probe mounts
  mount_has / unbindable
}

@test "rootfsPropagation: nothing appears in a shared mount that holds the rootfs" {
  local propagation
  mount -t tmpfs tmpfs "$BUNDLE"
  mount --make-shared "$BUNDLE"
  make_rootfs "$ROOTFS"
  for propagation in private slave rprivate rslave; do
    jq --arg propagation $propagation --arg cgroup "/$ID" '.linux.cgroupsPath = $cgroup |
      .linux.rootfsPropagation = $propagation' "$BATS_TEST_DIRNAME/config.json" >"$BUNDLE/config.json"
    start sleep 1000
    [ "$(grep -cF "$BATS_TEST_TMPDIR" /proc/self/mountinfo)" = 1 ]
    runtime delete --force "$ID"
  done
  umount "$BUNDLE"
}

@test "rootfsPropagation: an unknown value is an error" {
  update_config '.linux.rootfsPropagation = "nonesuch"'
  refuses rootfsPropagation=nonesuch "is not supported"
}

@test "rootfsPropagation: private also works without a pivot" {
  update_config '.linux.rootfsPropagation = "rprivate"'
  run ! runtime run --no-pivot --bundle "$BUNDLE" "$ID"
  expect "rootfsPropagation of [r]private is not safe without pivot_root"
}

# A mount made in the container is looked for in a copy of its root.
@test "rootfsPropagation: decides what propagates between namespaces in the container" {
  local propagation seen
  only_tare "runc 1.1 gives it to the old root alone"
  update_config '.process.capabilities |= map_values(["CAP_SYS_ADMIN"])'
  set_args sh -c 'mkdir -p /copy /here; mount -o bind / /copy; mount -t tmpfs none /here; touch /here/seen; ls /copy/here'
  for propagation in shared rshared slave rslave private; do
    update_config --arg propagation $propagation '.linux.rootfsPropagation = $propagation'
    run -0 runtime run --bundle "$BUNDLE" "$ID"
    seen=""
    case $propagation in *shared) seen=seen ;; esac
    [ "$output" = "$seen" ] || { echo "$propagation: $output" && return 1; }
  done
}

# A mount made on the host below a shared bind mount.
late_mount() { # OPTION
  mkdir "$BATS_TEST_TMPDIR/data"
  add_mount /data bind "$BATS_TEST_TMPDIR/data" rbind "$1"
  set_args sleep 1000
  unshare --mount sh -c '
    mount -t tmpfs none "$1"; mount --make-shared "$1"; mkdir "$1/late"
    "$2" --root "$3" run --detach --bundle "$4" "$5" </dev/null >/dev/null 2>&1 3>&- || exit 1
    mount -t tmpfs late "$1/late"; touch "$1/late/file"
    "$2" --root "$3" exec "$5" ls /data/late
    "$2" --root "$3" delete --force "$5"' \
    sh "$BATS_TEST_TMPDIR/data" "$RUNTIME" "$ROOT" "$BUNDLE" "$ID"
}

@test "propagation: a slave bind mount sees what the host mounts later" {
  run -0 late_mount rslave
  [ "$output" = file ]
}

@test "propagation: a private bind mount does not see what the host mounts later" {
  run -0 late_mount rprivate
  [ -z "$output" ]
}

@test "the rootfs is found through symbolic links in the bundle's path" {
  ln -s "$BUNDLE" "$BATS_TEST_TMPDIR/link"
  set_args echo here
  run -0 runtime run --bundle "$BATS_TEST_TMPDIR/link" "$ID"
  [ "$output" = here ]
}

@test "the rootfs may be a mount point" {
  mkdir "$BATS_TEST_TMPDIR/upper" "$BATS_TEST_TMPDIR/work"
  set_args sh -c 'echo here; touch /made'
  run -0 unshare --mount sh -c '
    mount -t overlay -o "lowerdir=$1,upperdir=$5/upper,workdir=$5/work" overlay "$1"
    exec "$2" --root "$3" run --bundle "$4" "$6"' \
    sh "$ROOTFS" "$RUNTIME" "$ROOT" "$BUNDLE" "$BATS_TEST_TMPDIR" "$ID"
  [ "$output" = here ]
  [ -e "$BATS_TEST_TMPDIR/upper/made" ]
  [ ! -e "$ROOTFS/made" ]
}

@test "the rootfs may be on a shared mount of the host, which gets none of its mounts" {
  set_args probe mounts
  run -0 unshare --mount --propagation shared sh -c '
    "$1" --root "$2" run --bundle "$3" "$4" >/dev/null; cat /proc/self/mountinfo' \
    sh "$RUNTIME" "$ROOT" "$BUNDLE" "$ID"
  refute "$BATS_TEST_TMPDIR"
}
