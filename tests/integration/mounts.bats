#!/usr/bin/env bats
# Mounts: types, sources, destinations, order.
load helper

@test "mounts: proc, sysfs, mqueue, devpts and tmpfs are mounted" {
  in_container probe mounts
  mount_has /proc proc
  mount_has /sys sysfs ro nosuid nodev noexec
  mount_has /dev/mqueue mqueue nosuid nodev noexec
  mount_has /dev/pts devpts gid=5 mode=620 ptmxmode=666 nosuid noexec
  mount_has /dev tmpfs nosuid mode=755 size=65536k
  mount_has /dev/shm tmpfs nodev
}

@test "mounts: the root directory of each file system has the right mode" {
  add_mount /new tmpfs tmpfs mode=700
  add_mount /plain tmpfs tmpfs
  in_container stat -c '%n %a' /proc /sys /dev /dev/pts /dev/shm /dev/mqueue /new /plain
  expect_line "/proc 555" "/sys 555" "/dev 755" "/dev/pts 755" "/dev/shm 1777" "/dev/mqueue 1777" "/new 700" \
    "/plain 1777"
}

@test "mounts: the size of a tmpfs is enforced" {
  add_mount /small tmpfs tmpfs size=64k
  in_container sh -c 'cat /bin/busybox >/small/big 2>/dev/null; stat -f -c "%b %S" /small'
  [ "$output" = "16 4096" ]
}

@test "mounts: a tmpfs has the mode of the directory that it covers" {
  mkdir -m 750 "$ROOTFS/covered"
  add_mount /covered tmpfs tmpfs
  in_container stat -c %a /covered
  [ "$output" = 750 ]
}

@test "mounts: tmpcopyup copies the covered directory" {
  mkdir -p "$ROOTFS/copied/sub"
  echo content >"$ROOTFS/copied/sub/file"
  chmod 640 "$ROOTFS/copied/sub/file"
  ln -s sub/file "$ROOTFS/copied/link"
  add_mount /copied tmpfs tmpfs tmpcopyup
  in_container sh -c 'cat /copied/link; stat -c %a /copied/sub/file; echo changed >/copied/sub/file'
  [ "$output" = $'content\n640' ]
  [ "$(cat "$ROOTFS/copied/sub/file")" = content ]
}

@test "mounts: tmpcopyup keeps owners, modes and file types, and copies nothing from mounts below" {
  only_tare "runc 1.1 copies the file system below, too"
  mkdir -m 2775 "$ROOTFS/copied" "$ROOTFS/copied/empty"
  mkdir "$ROOTFS/copied/below"
  echo '#!/bin/sh' >"$ROOTFS/copied/setuid"
  mkfifo "$ROOTFS/copied/fifo"
  mknod "$ROOTFS/copied/node" c 1 7
  chown -R 1000:1001 "$ROOTFS/copied"
  chmod 4751 "$ROOTFS/copied/setuid"
  add_mount /copied/below devpts devpts newinstance ptmxmode=0666
  add_mount /copied tmpfs tmpfs tmpcopyup
  in_container sh -c 'stat -c "%n %F %a %u:%g %t:%T" /copied /copied/*; ls /copied/below'
  [ "$output" = "/copied directory 2775 1000:1001 0:0
/copied/below directory 755 0:0 0:0
/copied/empty directory 2775 1000:1001 0:0
/copied/fifo fifo 644 1000:1001 0:0
/copied/node character special file 644 1000:1001 1:7
/copied/setuid regular file 4751 1000:1001 0:0" ] || { echo "$output" && return 1; }
}

@test "mounts: a bound directory can be read and written" {
  mkdir "$BATS_TEST_TMPDIR/data"
  echo outside >"$BATS_TEST_TMPDIR/data/file"
  add_mount /data bind "$BATS_TEST_TMPDIR/data" rbind
  in_container sh -c 'cat /data/file; echo inside >/data/made'
  [ "$output" = outside ]
  [ "$(cat "$BATS_TEST_TMPDIR/data/made")" = inside ]
}

@test "mounts: files and FIFOs can be bound" {
  echo "host file" >"$BATS_TEST_TMPDIR/file"
  mkfifo "$BATS_TEST_TMPDIR/fifo"
  add_mount /etc/file bind "$BATS_TEST_TMPDIR/file" bind
  add_mount /etc/new/fifo bind "$BATS_TEST_TMPDIR/fifo" bind
  in_container sh -c 'cat /etc/file; stat -c %F /etc/new/fifo'
  [ "$output" = $'host file\nfifo' ]
}

@test "mounts: the option bind makes it a bind mount, whatever the type" {
  mkdir "$BATS_TEST_TMPDIR/data"
  touch "$BATS_TEST_TMPDIR/data/file"
  add_mount /by-option none "$BATS_TEST_TMPDIR/data" bind
  add_mount /recursive "" "$BATS_TEST_TMPDIR/data" rbind ro
  in_container ls /by-option /recursive
  [ "$(grep -c '^file$' <<<"$output")" = 2 ]
}

@test "mounts: relative bind sources are relative to the bundle" {
  mkdir "$BUNDLE/data"
  touch "$BUNDLE/data/file"
  add_mount /data bind data rbind
  cd /
  in_container ls /data
  [ "$output" = file ]
}

@test "mounts: an empty bind source is the bundle" {
  add_mount /tmp bind "" bind
  in_container ls /tmp
  expect_line config.json rootfs
}

# Mounts, of which the last have their sources in the first. $1, $2: additional members of the first and of the last
# ones.
mount_tree() { # FIRST LAST
  mkdir -p "$BUNDLE"/source/{a/x,b/y,c/z}
  echo here >"$BUNDLE/source/c/z/file"
  chmod 700 "$BUNDLE/source"
  update_config --arg rootfs "$ROOTFS" --argjson first "$1" --argjson last "$2" '
    def bind(source; destination): {type: "bind", source: source, destination: destination, options: ["rbind", "rprivate"]};
    .mounts += [(bind("source/a"; "/mnt"), bind("source/b"; "/mnt/x"), bind("source/c"; "/mnt/x/y")) + $first,
      (bind($rootfs + "/mnt/x"; "/tmp/x"), bind("rootfs/mnt"; "/tmp/mnt")) + $last]'
  in_container cat /tmp/x/y/z/file /tmp/mnt/x/y/z/file
  [ "$output" = $'here\nhere' ]
}

tree_ids='{uidMappings: [{containerID: 0, hostID: 100000, size: 65536}], gidMappings: [{containerID: 0, hostID: 100000, size: 65536}]}'

in_user_namespace() {
  update_config ".linux.namespaces += [{type: \"user\"}] | .linux += $tree_ids"
  chown -R 100000:100000 "$ROOTFS"
}

@test "mounts: a bind source may be in an earlier mount of the list" {
  mount_tree '{}' '{}'
}

@test "mounts: a bind source may be in an earlier mount of the list, idmapped" {
  only_tare "idmapped mounts are newer than runc 1.1"
  mount_tree '{}' "$(jq -n "$tree_ids")"
}

# bats test_tags=v2
@test "mounts: a bind source may be in an earlier mount of the list, where the user namespace has no access" {
  only_tare "newer than runc 1.1"
  in_user_namespace
  mount_tree '{}' '{}'
}

@test "mounts: a bind source may be in an earlier mount of the list, idmapped, in a user namespace" {
  only_tare "idmapped mounts are newer than runc 1.1"
  in_user_namespace
  mount_tree '{}' "$(jq -n "$tree_ids")"
}

@test "mounts: a destination that begins with the path of the rootfs is below the rootfs" {
  only_tare "newer than runc 1.1"
  add_mount "$ROOTFS/data" tmpfs tmpfs
  in_container probe mounts
  mount_has /data rw
  [ -d "$ROOTFS/data" ]
  [ ! -e "$ROOTFS$BUNDLE" ]
}

@test "mounts: bind is not recursive, rbind is" {
  add_mount /bind bind "$BATS_TEST_TMPDIR/data" bind
  add_mount /rbind bind "$BATS_TEST_TMPDIR/data" rbind
  set_args sh -c 'ls /bind/sub; echo --; ls /rbind/sub'
  with_submount
  [ "$output" = $'--\nfile' ]
}

# Runs the container in a mount namespace where data/sub is a tmpfs that holds `file`.
with_submount() {
  mkdir -p "$BATS_TEST_TMPDIR/data/sub"
  run -0 unshare --mount sh -c 'mount -t tmpfs none "$1/sub"; touch "$1/sub/file"; exec "$2" --root "$3" run -b "$4" "$5"' \
    sh "$BATS_TEST_TMPDIR/data" "$RUNTIME" "$ROOT" "$BUNDLE" "$ID"
}

@test "mounts: with rbind, ro is for the top mount and rro for all" {
  add_mount /ro bind "$BATS_TEST_TMPDIR/data" rbind ro
  add_mount /rro bind "$BATS_TEST_TMPDIR/data" rbind rro
  set_args sh -c 'probe write /ro/x x; probe write /ro/sub/x x; probe write /rro/x x; probe write /rro/sub/x x; true'
  with_submount
  [ "$output" = $'EROFS\nok\nEROFS\nEROFS' ]
}

@test "mounts: recursive options reach every mount below" {
  add_mount /r bind "$BATS_TEST_TMPDIR/data" rbind rnosuid rnodev rnoexec rnoatime
  add_mount /plain bind "$BATS_TEST_TMPDIR/data" rbind nosuid
  set_args probe mounts
  with_submount
  mount_has /r/sub nosuid nodev noexec noatime
  mount_has /r nosuid nodev noexec noatime
  mount_has /plain nosuid
  mount_lacks /plain/sub nosuid
}

@test "mounts: are made in order, the last on top" {
  add_mount /layers tmpfs first
  add_mount /layers/below tmpfs below
  add_mount /layers tmpfs second
  in_container sh -c 'grep -c " /layers " /proc/self/mounts; ls /layers'
  [ "$output" = 2 ]
}

@test "mounts: missing destinations are created, as a directory or a file" {
  mkdir "$BATS_TEST_TMPDIR/data"
  touch "$BATS_TEST_TMPDIR/file"
  add_mount /a/b/c bind "$BATS_TEST_TMPDIR/data" bind
  add_mount /d/e/f bind "$BATS_TEST_TMPDIR/file" bind
  add_mount /g/h tmpfs tmpfs
  in_container stat -c '%n %F %a' /a /a/b/c /d /d/e /d/e/f /g/h
  expect "/a directory 755" "/d directory 755" "/d/e directory 755" "/d/e/f regular empty file"
}

@test "mounts: symbolic links in a destination are resolved inside the rootfs" {
  mkdir -p "$ROOTFS/real" "$BATS_TEST_TMPDIR/data"
  touch "$BATS_TEST_TMPDIR/data/file"
  ln -s /real "$ROOTFS/absolute"
  ln -s ../../../../../real "$ROOTFS/far"
  ln -s missing/deep "$ROOTFS/dangling"
  add_mount /absolute/one bind "$BATS_TEST_TMPDIR/data" bind
  add_mount /far/two bind "$BATS_TEST_TMPDIR/data" bind
  add_mount /x/../real/three bind "$BATS_TEST_TMPDIR/data" bind
  mkdir "$ROOTFS/x"
  in_container ls /real/one /real/two /real/three
  [ "$(grep -c '^file$' <<<"$output")" = 3 ]
  [ ! -e /real ]
}

@test "mounts: a destination through dangling symbolic links is created" {
  mkdir -p "$ROOTFS/etc" "$ROOTFS/var" "$BATS_TEST_TMPDIR/secrets"
  echo zone >"$BATS_TEST_TMPDIR/zone"
  touch "$BATS_TEST_TMPDIR/secrets/key"
  ln -s /usr/share/zoneinfo/Europe/Paris "$ROOTFS/etc/localtime"
  ln -s ../run/systemd/resolve/stub-resolv.conf "$ROOTFS/etc/resolv.conf"
  ln -s /run "$ROOTFS/var/run"
  ln -s ../../../scratch/pad "$ROOTFS/var/scratch"
  ln -s /home/somebody "$ROOTFS/work"
  add_mount /etc/localtime bind "$BATS_TEST_TMPDIR/zone" bind
  add_mount /etc/resolv.conf bind "$BATS_TEST_TMPDIR/zone" bind
  add_mount /var/run/secrets/x bind "$BATS_TEST_TMPDIR/secrets" rbind
  add_mount /var/scratch tmpfs tmpfs
  update_config '.process.cwd = "/work/here" | .linux.devices = [{path: "/work/null", type: "c", major: 1, minor: 3}]'
  in_container sh -c 'pwd; cat /usr/share/zoneinfo/Europe/Paris /run/systemd/resolve/stub-resolv.conf
    ls /run/secrets/x; stat -c %t:%T /work/null; probe mounts'
  expect_line /home/somebody/here zone key 1:3
  mount_has /scratch/pad tmpfs
}

@test "mounts: a destination through a loop of symbolic links is an error" {
  ln -s two "$ROOTFS/one"
  ln -s one "$ROOTFS/two"
  add_mount /one/x tmpfs tmpfs
  refuses "too many levels of symbolic links"
}

@test "mounts: a destination through a symbolic link to a read-only file system is an error" {
  mkdir "$BATS_TEST_TMPDIR/data" "$BATS_TEST_TMPDIR/given"
  ln -s /data/missing "$ROOTFS/way"
  add_mount /data bind "$BATS_TEST_TMPDIR/data" bind ro
  add_mount /way bind "$BATS_TEST_TMPDIR/given" bind
  refuses /data/missing "read-only file system"
}

@test "mounts: a file on a directory, and a directory on a file, are errors" {
  mkdir "$BATS_TEST_TMPDIR/data"
  touch "$BATS_TEST_TMPDIR/file"
  add_mount /tmp bind "$BATS_TEST_TMPDIR/file" bind
  refuses /tmp "not a directory"
  update_config 'del(.mounts[-1])'
  add_mount /etc/passwd bind "$BATS_TEST_TMPDIR/data" bind
  refuses /etc/passwd "not a directory"
}

@test "mounts: a missing bind source is an error that names it" {
  add_mount /data bind /nonesuch/source bind
  refuses /nonesuch/source "no such file or directory"
}

@test "mounts: an unknown file system is an error that names it" {
  add_mount /data nonesuchfs none
  refuses /data "no such device"
}

@test "mounts: an unknown option is an error that names it" {
  add_mount /data tmpfs tmpfs nonesuch=1
  refuses /data "invalid argument"
}

@test "mounts: a relative destination is relative to the root" {
  add_mount relative/place tmpfs tmpfs
  in_container probe mounts
  mount_has /relative/place tmpfs
}

@test "mounts: an empty or missing destination is an error" {
  only_tare "runc 1.1 mounts over the root"
  add_mount "" tmpfs tmpfs
  refuses destination
  update_config 'del(.mounts[-1].destination)'
  refuses destination
}

@test "mounts: spaces, commas, quotes and backslashes in paths work" {
  mkdir "$BATS_TEST_TMPDIR/da ta,x=1\\"
  touch "$BATS_TEST_TMPDIR/da ta,x=1\\/file"
  add_mount $'/with space\tand "ü"' bind "$BATS_TEST_TMPDIR/da ta,x=1\\" rbind
  in_container ls $'/with space\tand "ü"'
  [ "$output" = file ]
}

# bats test_tags=v2
@test "mounts: cgroup, with and without a cgroup namespace" {
  add_mount /sys/fs/cgroup cgroup cgroup ro nosuid noexec nodev
  in_container sh -c 'ls /sys/fs/cgroup; cat /sys/fs/cgroup/pids/cgroup.procs 2>/dev/null || cat /sys/fs/cgroup/cgroup.procs'
  if on_v2; then
    expect_line "$ID" # as runc and crun have it: without a namespace, all of the machine's
  else
    expect_line 1
    refute "$ID"
  fi
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  in_container sh -c 'cat /sys/fs/cgroup/pids/cgroup.procs 2>/dev/null || cat /sys/fs/cgroup/cgroup.procs; probe mkdir /sys/fs/cgroup/pids/x 0755; true'
  expect_line 1
}

# bats test_tags=v2
@test "mounts: a cgroup mount has links for joint controllers, and ro is for all of it" {
  [ -d /sys/fs/cgroup/pids ] || skip "cgroup v1 is not mounted here"
  add_mount /sys/fs/cgroup cgroup cgroup ro
  in_container sh -c 'probe mkdir /sys/fs/cgroup/x 0755; probe mkdir /sys/fs/cgroup/pids/x 0755; true'
  [[ $output == E*$'\nEROFS' ]] || { echo "$output" && return 1; }
}

@test "mounts: a cgroup mount is always nosuid, nodev and noexec" {
  local path
  [ -d /sys/fs/cgroup/pids ] || skip "cgroup v1 is not mounted here"
  add_mount /sys/fs/cgroup cgroup cgroup
  in_container probe mounts
  for path in /sys/fs/cgroup /sys/fs/cgroup/pids; do mount_has $path nosuid nodev noexec; done
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  in_container probe mounts
  for path in /sys/fs/cgroup /sys/fs/cgroup/pids; do mount_has $path nosuid nodev noexec; done
}

@test "mounts: cgroup2 can be mounted beside v1 hierarchies" {
  [ "$(stat -f -c %T /sys/fs/cgroup/unified 2>/dev/null)" = cgroup2fs ] || skip "no hybrid machine"
  update_config '.linux.namespaces += [{type: "cgroup"}]'
  add_mount /tmp cgroup2 cgroup2 ro nosuid noexec
  in_container sh -c 'cat /tmp/cgroup.controllers && ls /tmp && probe mounts'
  expect_line cgroup.procs
  mount_has /tmp ro nosuid noexec
  mount_lacks /tmp nodev
  [[ $(mount_at /tmp) == *" - cgroup2 "* ]]
}

@test "mounts: an overlay can be mounted" {
  mkdir -p "$BATS_TEST_TMPDIR"/{lower,upper,work}
  echo lower >"$BATS_TEST_TMPDIR/lower/file"
  add_mount /merged overlay overlay "lowerdir=$BATS_TEST_TMPDIR/lower" "upperdir=$BATS_TEST_TMPDIR/upper" \
    "workdir=$BATS_TEST_TMPDIR/work"
  in_container sh -c 'cat /merged/file; echo upper >/merged/file'
  [ "$output" = lower ]
  [ "$(cat "$BATS_TEST_TMPDIR/upper/file")" = upper ]
}

@test "mounts: remount changes the flags of an existing mount" {
  add_mount /data tmpfs tmpfs
  add_mount /data "" "" remount ro nosuid
  in_container probe mounts
  mount_has /data ro nosuid
}

@test "mounts: sixty mounts work" {
  mkdir "$BATS_TEST_TMPDIR/data"
  update_config --arg source "$BATS_TEST_TMPDIR/data" '
    .mounts += [range(60) | {destination: "/many/\(.)", type: "bind", source: $source, options: ["rbind", "ro"]}]'
  in_container sh -c 'grep -c " /many/" /proc/self/mounts'
  [ "$output" = 60 ]
}

@test "mounts: there may be more idmapped sources than RLIMIT_NOFILE, which stays the limit of program and hooks" {
  only_tare "idmapped mounts are newer than runc 1.1"
  mkdir "$BATS_TEST_TMPDIR/data"
  update_config --arg source "$BATS_TEST_TMPDIR/data" --arg out "$OUT" '
    .mounts += [range(200) | {destination: "/tmp/\(.)", type: "bind", source: $source, options: ["bind"],
      uidMappings: [{containerID: 0, hostID: 1000, size: 1}], gidMappings: [{containerID: 0, hostID: 1000, size: 1}]}] |
    del(.process.rlimits) |
    .hooks = (["prestart", "createContainer"] | map({key: ., value:
      [{path: "/bin/sh", args: ["sh", "-c", "echo $(ulimit -Sn) $(ulimit -Hn) >>" + $out + ".hooks"]}]}) | from_entries)'
  set_args sh -c 'grep -c " /tmp/[0-9]* " /proc/self/mountinfo; ulimit -Sn; ulimit -Hn'
  run -0 sh -c 'ulimit -Sn 100; ulimit -Hn 128; exec "$@"' sh "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  [ "$output" = $'200\n100\n128' ]
  [ "$(cat "$OUT.hooks")" = $'100 128\n100 128' ]
}

@test "mounts: are not visible on the host" {
  add_mount /data tmpfs tmpfs
  start sleep 1000
  run ! grep -F "$BATS_TEST_TMPDIR" /proc/self/mountinfo
}

@test "mounts: /dev may be read-only, with mounts and devices below it" {
  update_config '.mounts |= map(if .destination == "/dev" then .options += ["ro"] else . end)'
  in_container sh -c 'probe mounts; probe write /dev/x x; echo x >/dev/shm/x && echo x >/dev/null && ls /dev/null'
  mount_has /dev ro nosuid
  mount_has /dev/shm rw
  expect_line EROFS /dev/null
}

@test "mounts: a tmpfs may be read-only, with mounts below it" {
  add_mount /outer tmpfs tmpfs ro nodev mode=750
  add_mount /outer/inner tmpfs tmpfs nosuid
  in_container sh -c 'probe mounts; stat -c %a /outer; probe write /outer/x x; probe write /outer/inner/x x'
  mount_has /outer ro nodev
  mount_has /outer/inner rw nosuid
  expect_line 750 EROFS ok
}

@test "mounts: proc and sysfs on a symbolic link are errors" {
  rm -r "$ROOTFS/proc"
  ln -s tmp "$ROOTFS/proc"
  refuses 'filesystem' proc 'must be mounted on ordinary directory'
  rm "$ROOTFS/proc"
  mkdir "$ROOTFS/proc"
  rm -r "$ROOTFS/sys"
  ln -s /tmp "$ROOTFS/sys"
  refuses 'filesystem' sysfs 'must be mounted on ordinary directory'
}

@test "mounts: a destination that leads to the root is an error" {
  local destination
  only_tare "runc mounts it over the rootfs, and says that there is no program"
  ln -s / "$ROOTFS/root-link"
  cp "$BUNDLE/config.json" "$OUT.json"
  for destination in / // /.. /tmp/../.. /root-link; do
    cp "$OUT.json" "$BUNDLE/config.json"
    add_mount $destination tmpfs tmpfs ro
    refuses "to rootfs at" "the root of the container"
    cp "$OUT.json" "$BUNDLE/config.json"
    add_mount $destination bind "$BATS_TEST_TMPDIR" rbind
    refuses "to rootfs at" "the root of the container"
  done
}

@test "mounts: the mode of a tmpfs is the given one, that of the directory, or 1777" {
  mkdir -m 2751 "$ROOTFS/there"
  chmod 2751 "$ROOTFS/there"
  mkdir -m 700 "$ROOTFS/given"
  add_mount /there tmpfs tmpfs nosuid
  add_mount /given tmpfs tmpfs mode=1750 nosuid
  add_mount /made tmpfs tmpfs nosuid
  add_mount /made/given tmpfs tmpfs mode=711
  in_container stat -c '%a %n' /there /given /made /made/given
  expect_line "2751 /there" "1777 /made" "711 /made/given"
  only_tare "runc 1.1 prefers the directory's to the one that is given"
  expect_line "1750 /given"
}
