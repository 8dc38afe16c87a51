#!/usr/bin/env bats
# What has broken container runtimes before, by the number of the advisory. The image is hostile, and so is whoever
# shares a volume with it; the config is not.
load helper

# A folder of the host that nothing may touch.
setup_victim() {
  VICTIM=$BATS_TEST_TMPDIR/victim
  mkdir "$VICTIM"
  echo untouched >"$VICTIM/file"
}

victim_is_untouched() { [ "$(ls -A "$VICTIM")" = file ] && [ "$(cat "$VICTIM/file")" = untouched ]; }

@test "CVE-2016-3697: a user in the image's passwd whose name is a number" {
  echo '1000:x:0:0:root:/root:/bin/sh' >>"$ROOTFS/etc/passwd"
  update_config '.process.user.uid = 1000'
  start sleep 1000
  run -0 runtime exec "$ID" probe ids
  expect_line "uid 1000 1000 1000"
  run -0 runtime exec --user 1000 "$ID" probe ids
  expect_line "uid 1000 1000 1000"
}

@test "CVE-2016-9962: the container cannot get at an exec that joins it" {
  update_config '.process.capabilities |= map_values(["CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_KILL"])'
  start probe snoop 4
  wait_for says "$OUT" snooping
  while status_is running; do runtime exec "$ID" true || break; done
  # Of a program of the container anything may be had; what has more descriptors than 0 to 2 is a runtime.
  run ! grep -E 'got /proc/[0-9]+/fd/' "$OUT"
}

@test "CVE-2019-5736: the host's runtime cannot be overwritten through /proc/self/exe" {
  local before
  before=$(sha256sum <"$RUNTIME")
  printf '#!/proc/self/exe\n' >"$ROOTFS/bin/evil"
  chmod 755 "$ROOTFS/bin/evil"
  start sh -c 'i=0; while [ $i -lt 400 ]; do i=$((i + 1)); for e in /proc/[0-9]*/exe; do
    case $(ls -l $e 2>/dev/null) in *busybox*|*probe*|"") ;; *) (echo overwritten >$e) 2>/dev/null && echo "wrote $e" ;; esac
    done; done'
  local i
  for ((i = 0; i < 6; ++i)); do
    run runtime exec "$ID" evil
    run runtime exec "$ID" /proc/self/exe state
  done
  set_args evil
  update_config --arg path "/$ID-2" '.linux.cgroupsPath = $path'
  run runtime run --bundle "$BUNDLE" "$ID-2"
  [ "$(sha256sum <"$RUNTIME")" = "$before" ]
  run ! grep wrote "$OUT"
}

@test "CVE-2019-16884: no volume over /proc" {
  mkdir "$BATS_TEST_TMPDIR/fake"
  update_config --arg source "$BATS_TEST_TMPDIR/fake" '.mounts += [{destination: "/proc", type: "bind", source: $source,
    options: ["bind"]}]'
  refuses /proc
  update_config '.mounts[-1] = {destination: "/proc", type: "tmpfs", source: "x"}'
  refuses /proc
  only_tare "runc 1.1 lets this pass"
  update_config '.mounts[-1] = {destination: "/proc/self/attr", type: "tmpfs", source: "x"}'
  refuses /proc
  mkdir -p "$ROOTFS/a/b"
  update_config '.mounts[-1] = {destination: "/a/../proc/sys", type: "tmpfs", source: "x"}'
  refuses /proc
}

@test "CVE-2019-16884: nothing inside /proc, whatever its source" {
  local mount
  ln -s proc "$ROOTFS/way"
  for mount in '"/proc/tty", type: "bind", source: "/proc/tty", options: ["bind"]' \
    '"/proc/sys/kernel", type: "bind", source: "/proc/sys/kernel", options: ["rbind", "rw"]' \
    '"/way/sys", type: "bind", source: "/proc/sys", options: ["bind"]' \
    '"/proc/net/dev", type: "bind", source: "/proc/cmdline", options: ["bind"]' \
    '"/proc/sys", options: ["remount", "bind", "rw"]'; do
    update_config ".mounts += [{destination: $mount}]"
    refuses "cannot be mounted because it is inside /proc"
    update_config 'del(.mounts[-1])'
  done
  only_tare "runc lets these pass"
  for mount in '"/proc/sys", type: "proc", source: "proc"' '"/proc/tty", type: "sysfs", source: "sysfs"' \
    '"/proc/tty", type: "cgroup", source: "cgroup"'; do
    update_config ".mounts += [{destination: $mount}]"
    refuses "cannot be mounted because it is inside /proc"
    update_config 'del(.mounts[-1])'
  done
}

@test "CVE-2019-16884: nor where nothing is, and nothing is made for it" {
  add_mount /proc/none bind /etc bind
  refuses "cannot be mounted because it is inside /proc"
  update_config '.mounts |= [.[-1]] + .[:-1]' # before the procfs
  refuses "cannot be mounted because it is inside /proc"
  [ -z "$(ls "$ROOTFS/proc")" ]
}

@test "CVE-2019-16884: over /proc only the whole of a procfs" {
  add_mount /proc bind /proc rbind
  in_container ls /proc/self/attr/current
  update_config '.mounts[-1].source = "/proc/sys"'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  only_tare "runc 1.1 lets this pass"
  update_config '.mounts[-1] = {destination: "/proc", type: "cgroup", source: "cgroup"}'
  refuses "not of type proc"
  # A second procfs is nobody's way to labels and sysctls.
  update_config '.mounts[-1] = {destination: "/other", type: "proc", source: "proc"}'
  add_mount /other/tty bind /proc/tty bind
  in_container ls /other/tty/drivers
}

@test "CVE-2019-16884: files that engines do put below /proc still work" {
  echo 'MemTotal: 1 kB' >"$BATS_TEST_TMPDIR/meminfo"
  add_mount /proc/meminfo bind "$BATS_TEST_TMPDIR/meminfo" bind
  in_container cat /proc/meminfo
  [ "$output" = "MemTotal: 1 kB" ]
}

@test "CVE-2019-19921, CVE-2023-28642: /proc and /sys of the image are links" {
  local name
  setup_victim
  for name in proc sys; do
    rmdir "$ROOTFS/$name"
    ln -s "$VICTIM" "$ROOTFS/$name"
    run ! runtime run --bundle "$BUNDLE" "$ID"
    victim_is_untouched
    rm "$ROOTFS/$name"
    [ ! -e "$ROOTFS$VICTIM" ]
    mkdir "$ROOTFS/elsewhere"
    ln -s elsewhere "$ROOTFS/$name"
    run ! runtime run --bundle "$BUNDLE" "$ID"
    rm "$ROOTFS/$name"
    rmdir "$ROOTFS/elsewhere"
    mkdir "$ROOTFS/$name"
  done
}

@test "CVE-2019-18837: destinations that lead out through links stay in" {
  setup_victim
  mkdir "$BATS_TEST_TMPDIR/data"
  ln -s "$VICTIM" "$ROOTFS/absolute"
  ln -s "../../../../../../../..$VICTIM" "$ROOTFS/relative"
  ln -s /proc/self/root "$ROOTFS/magic"
  add_mount /absolute/made bind "$BATS_TEST_TMPDIR/data" bind
  add_mount /relative/made-too tmpfs tmpfs
  update_config '.linux.devices = [{path: "/absolute/null", type: "c", major: 1, minor: 3}] |
    .linux.maskedPaths += ["/absolute/file"] | .linux.readonlyPaths += ["/relative/file"]'
  run runtime run --bundle "$BUNDLE" "$ID"
  victim_is_untouched
}

@test "CVE-2019-18837: the last part of a destination is a link out" {
  setup_victim
  mkdir "$BATS_TEST_TMPDIR/data"
  ln -s "$VICTIM" "$ROOTFS/out"
  ln -s "$VICTIM/file" "$ROOTFS/out-file"
  echo new >"$BATS_TEST_TMPDIR/new"
  ln -s "$VICTIM-made/here" "$ROOTFS/out-made"
  add_mount /out bind "$BATS_TEST_TMPDIR/data" bind
  add_mount /out-file bind "$BATS_TEST_TMPDIR/new" bind
  add_mount /out-made/x bind "$BATS_TEST_TMPDIR/new" bind
  in_container sh -c 'echo x >/out/written; cat /out-made/x'
  [ "$output" = new ]
  [ -e "$BATS_TEST_TMPDIR/data/written" ]
  [ -e "$ROOTFS$VICTIM-made/here/x" ]
  [ ! -e "$VICTIM-made" ]
  victim_is_untouched
}

@test "CVE-2021-30465, CVE-2024-45310: a swapped folder in a shared volume" {
  local pid
  only_tare "fixed in runc 1.1.14, which this test tells from 1.1.5"
  setup_victim
  mkdir -p "$BATS_TEST_TMPDIR/volume/a"
  ln -s "../../../../../../../..$VICTIM" "$BATS_TEST_TMPDIR/volume/b"
  add_mount /volume bind "$BATS_TEST_TMPDIR/volume" rbind
  add_mount /volume/a/made/one tmpfs tmpfs
  add_mount /volume/a/made/two/file bind "$BUNDLE/config.json" bind
  in_background "$OUT.swap" "$PROBE" swap "$BATS_TEST_TMPDIR/volume/a" "$BATS_TEST_TMPDIR/volume/b" 6
  pid=$!
  set_args true
  while kill -0 $pid 2>/dev/null; do
    run runtime run --bundle "$BUNDLE" "$ID"
    victim_is_untouched
  done
  says "$OUT.swap" swapped
}

@test "CVE-2021-43784: more than 64 KiB of everything" {
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [range(5000) | {containerID: ., hostID: (100000 + . * 2), size: 1}] |
    .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1}]'
  set_args true
  run runtime run --bundle "$BUNDLE" "$ID"
  ((status > 0 && status < 126)) # more than the kernel takes (340): an error, not a crash
  update_config '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings) |
    .annotations = {"a.long": ("x" * 100000)} | .process.env += ["LONG=" + ("y" * 100000)] |
    .linux.maskedPaths += [range(3000) | "/nonesuch/with/a/long/name/\(.)"]'
  in_container sh -c 'echo ${#LONG}'
  [ "$output" = 100000 ]
}

@test "CVE-2022-29162, CVE-2022-27650: exec --cap is never inheritable" {
  start sleep 1000
  run -0 runtime exec --cap CAP_SYS_ADMIN --cap CAP_NET_RAW "$ID" sh -c 'sed -n s/^CapInh:.//p /proc/self/status || true; probe caps'
  expect_line "inheritable 0000000000000000"
}

@test "CVE-2024-21626: the working directory is no descriptor of the host" {
  local fd
  for fd in 3 4 5 6 7 8 9 10 11 12; do
    update_config --arg cwd "/proc/self/fd/$fd" '.process.cwd = $cwd'
    set_args sh -c 'cat ../../../etc/shadow /etc/shadow'
    run ! runtime run --bundle "$BUNDLE" "$ID"
    refute "root:"
  done
}

@test "CVE-2024-21626: nor of exec, with descriptors open in the caller" {
  local fd
  start sleep 1000
  for fd in 3 4 5 6 7 8 9 10; do
    run ! runtime exec --cwd "/proc/self/fd/$fd" "$ID" sh -c 'cat ../../../etc/shadow' 7</ 8</sys/fs/cgroup
    refute "root:"
  done
}

@test "CVE-2024-21626: nor through a link of the image" {
  ln -s /proc/self/fd/7 "$ROOTFS/work"
  update_config '.process.cwd = "/work"'
  run ! runtime run --bundle "$BUNDLE" "$ID" 7</
}

@test "CVE-2025-31133: masking does not mount what a link called /dev/null leads to" {
  setup_victim
  update_config '.mounts |= map(select(.destination | startswith("/dev") | not))'
  rm -rf "${ROOTFS:?}/dev"
  mkdir "$ROOTFS/dev"
  ln -s /proc/sys/kernel/core_pattern "$ROOTFS/dev/null"
  set_args sh -c 'cat /proc/timer_list | head -n 1; echo x >/proc/timer_list'
  run runtime run --bundle "$BUNDLE" "$ID"
  refute "core"
  [ "$(cat /proc/sys/kernel/core_pattern)" != x ]
  rm "$ROOTFS/dev/null"
  echo "not null" >"$ROOTFS/dev/null"
  run runtime run --bundle "$BUNDLE" "$ID"
  refute "not null"
}

@test "CVE-2025-52565: /dev/console of the image is a link" {
  only_tare "fixed in runc 1.2.8"
  setup_victim
  update_config '.process.terminal = true | .mounts |= map(select(.destination | startswith("/dev") | not)) +
    [{destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"]}]'
  mkdir "$ROOTFS/dev/pts"
  ln -s /target "$ROOTFS/dev/console"
  echo target >"$ROOTFS/target"
  in_background "$OUT.terminal" "$PROBE" receive-terminal "$BATS_TEST_TMPDIR/socket"
  wait_for test -S "$BATS_TEST_TMPDIR/socket"
  set_args sh -c 'stat -c %F /target; sleep 1'
  run runtime run --detach --console-socket "$BATS_TEST_TMPDIR/socket" --bundle "$BUNDLE" "$ID" 3>&-
  [ "$(cat "$ROOTFS/target")" = target ]
  if [ "$status" = 0 ]; then wait_for says "$OUT.terminal" "regular file"; fi
}

@test "CVE-2025-52881: a sysctl is written to procfs or not at all" {
  add_mount /proc/sys tmpfs tmpfs
  update_config '.linux.sysctl = {"net.ipv4.ip_forward": "1"}'
  run ! runtime run --bundle "$BUNDLE" "$ID"
}

@test "CVE-2026-41579: /dev of the image is a link out" {
  setup_victim
  update_config '.mounts |= map(select(.destination | startswith("/dev") | not))'
  rm -rf "${ROOTFS:?}/dev"
  ln -s "$VICTIM" "$ROOTFS/dev"
  touch "$VICTIM/ptmx"
  only_tare "fixed in runc 1.3.6"
  run runtime run --bundle "$BUNDLE" "$ID"
  [ "$(ls -A "$VICTIM")" = $'file\nptmx' ]
}

@test "CVE-2026-30892: exec --user 1 is user 1" {
  start sleep 1000
  run -0 runtime exec --user 1 "$ID" id -u
  [ "$output" = 1 ]
}

@test "hugetlb page sizes are no paths (GHSA-5g49-rx9x-qfc6)" {
  update_config '.linux.resources.hugepageLimits = [{pageSize: "../../../../tmp/x", limit: 1}]'
  run ! runtime run --bundle "$BUNDLE" "$ID"
}

@test "the container's root cannot see the runtime's state, memory or descriptors" {
  start sleep 1000
  run -0 runtime exec "$ID" sh -c 'ls /proc; cat /proc/self/environ | tr "\0" "\n"'
  refute "$ROOT"
}

@test "no capabilities: an empty bounding set, not a full one" {
  update_config '.process.capabilities = {}'
  in_container probe caps
  expect_line "bounding 0000000000000000" "effective 0000000000000000"
}

@test "setgroups is denied to a user namespace mapped without privilege" {
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] |
    .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 65536}]'
  chown -R 100000:100000 "$ROOTFS"
  in_container cat /proc/self/setgroups
  [ "$output" = allow ] # mapped by root: the deny is for those mapped by their own user
}
