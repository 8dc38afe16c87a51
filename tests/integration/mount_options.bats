#!/usr/bin/env bats
# Every option in config.md's table, and the flags that the kernel then shows.
load helper

# One bind mount and one tmpfs for each set of options: /b/OPTIONS and /t/OPTIONS, then `probe mounts` in $output.
mount_each() { # "OPTION OPTION"...
  mkdir -p "$BATS_TEST_TMPDIR/source"
  update_config --arg source "$BATS_TEST_TMPDIR/source" '
    .mounts += ($ARGS.positional | map(
      {destination: ("/b/" + gsub(" "; "_")), type: "bind", source: $source, options: (["bind"] + split(" "))},
      {destination: ("/t/" + gsub(" "; "_")), type: "tmpfs", source: "tmpfs", options: split(" ")}))' --args -- "$@"
  in_container probe mounts
}

both_have() { mount_has "/b/$1" "$2" && mount_has "/t/$1" "$2"; }     # OPTIONS WORD
both_lack() { mount_lacks "/b/$1" "$2" && mount_lacks "/t/$1" "$2"; } # OPTIONS WORD

@test "options: ro, nosuid, nodev, noexec, and their opposites" {
  mount_each ro nosuid nodev noexec "ro rw" "nosuid suid" "nodev dev" "noexec exec" rw suid dev exec
  local word
  for word in ro nosuid nodev noexec; do both_have $word $word; done
  both_have ro_rw rw
  both_lack nosuid_suid nosuid
  both_lack nodev_dev nodev
  both_lack noexec_exec noexec
  for word in suid dev exec; do both_lack $word no$word; done
}

@test "options: access times are set" {
  mount_each noatime nodiratime relatime strictatime "noatime atime" "nodiratime diratime" "relatime norelatime" "strictatime nostrictatime"
  both_have noatime noatime
  both_have nodiratime nodiratime
  both_have relatime relatime
  both_lack strictatime relatime
  both_lack strictatime noatime
  both_lack noatime_atime noatime
  both_lack nodiratime_diratime nodiratime
}

@test "options: defaults changes nothing" {
  only_tare "runc 1.1 gives the word to tmpfs"
  mount_each defaults "ro defaults"
  both_have defaults rw
  both_lack defaults nosuid
}

@test "options: sync, dirsync, lazytime, iversion and their opposites are flags of the file system" {
  update_config '.mounts += [
    {destination: "/sync", type: "tmpfs", source: "t", options: ["sync"]},
    {destination: "/async", type: "tmpfs", source: "t", options: ["sync", "async"]},
    {destination: "/dirsync", type: "tmpfs", source: "t", options: ["dirsync"]},
    {destination: "/lazytime", type: "tmpfs", source: "t", options: ["lazytime"]},
    {destination: "/nolazytime", type: "tmpfs", source: "t", options: ["lazytime", "nolazytime"]},
    {destination: "/iversion", type: "tmpfs", source: "t", options: ["iversion"]},
    {destination: "/noiversion", type: "tmpfs", source: "t", options: ["noiversion"]},
    {destination: "/quiet", type: "tmpfs", source: "t", options: ["silent"]},
    {destination: "/loud", type: "tmpfs", source: "t", options: ["loud"]}]'
  only_tare "runc 1.1 does not know lazytime"
  in_container probe mounts
  mount_has /sync sync
  mount_lacks /async sync
  mount_has /dirsync dirsync
  mount_has /lazytime lazytime
  mount_lacks /nolazytime lazytime
  mount_lacks /quiet silent
}

@test "options: nosymfollow is set" {
  only_tare "newer than runc 1.1"
  mount_each nosymfollow "nosymfollow symfollow"
  both_have nosymfollow nosymfollow
  both_lack nosymfollow_symfollow nosymfollow
}

@test "options: propagation is set" {
  mount_each shared private slave unbindable rshared rprivate rslave runbindable "shared slave"
  both_have shared shared
  both_have rshared shared
  both_lack private shared
  both_lack rprivate shared
  both_lack slave shared
  both_have unbindable unbindable
  both_have runbindable unbindable
}

@test "options: recursive options set and clear flags of the whole tree" {
  local word
  recursive rro rnosuid rnodev rnoexec rnodiratime rnoatime rrelatime rrw rsuid rdev rexec rdiratime
  for word in ro nosuid nodev noexec nodiratime noatime relatime; do mount_has "/r/r$word" $word; done
  mount_has /r/rrw rw
  mount_lacks /r/rsuid nosuid
}

@test "options: recursive options set access times" {
  only_tare "the kernel refuses what runc 1.1 asks for"
  recursive ratime rnorelatime rstrictatime rnostrictatime
  mount_lacks /r/rstrictatime relatime
  mount_lacks /r/ratime noatime
  mount_has /r/rnostrictatime relatime
}

recursive() { # OPTION...
  mkdir -p "$BATS_TEST_TMPDIR/source"
  update_config --arg source "$BATS_TEST_TMPDIR/source" '.mounts += ($ARGS.positional | map(
    {destination: ("/r/" + .), type: "bind", source: $source, options: ["rbind", .]}))' --args -- "$@"
  in_container probe mounts
}

@test "options: mount flags and file system options may be mixed" {
  add_mount /mixed tmpfs tmpfs ro size=128k nosuid mode=711 nr_inodes=50
  in_container probe mounts
  mount_has /mixed ro nosuid size=128k mode=711 nr_inodes=50
}

@test "options: one string may contain several" {
  mkdir -p "$BATS_TEST_TMPDIR"/{upper,work,'lo,wer:1'}
  touch "$BATS_TEST_TMPDIR/lo,wer:1/file"
  add_mount /one tmpfs tmpfs size=12k,mode=755
  add_mount /two tmpfs tmpfs size=12k, ro
  add_mount /policy tmpfs tmpfs mpol=interleave:0,size=8k
  add_mount /proc2 proc proc hidepid=2,subset=pid
  add_mount /pts devpts devpts newinstance,ptmxmode=0666,mode=620
  add_mount /over overlay overlay \
    "lowerdir=$BATS_TEST_TMPDIR/lo\\,wer\\:1,upperdir=$BATS_TEST_TMPDIR/upper,workdir=$BATS_TEST_TMPDIR/work"
  in_container sh -c 'ls /over; probe mounts'
  expect_line file
  mount_has /one size=12k mode=755
  mount_has /two size=12k ro
  mount_has /policy size=8k mpol=interleave:0
  mount_has /proc2 hidepid=invisible subset=pid
  mount_has /pts ptmxmode=666 mode=620
}

@test "options: lowerdir may be longer than a value of fsconfig(2)" {
  local layers="" i directory
  for i in 1 2 3; do
    directory=$BATS_TEST_TMPDIR/$(printf '%0100d' 0),$i
    mkdir "$directory"
    touch "$directory/$i"
    layers+=:${directory/,/\\,}
  done
  add_mount /over overlay overlay "lowerdir=${layers#:},userxattr"
  in_container ls /over
  [ "$output" = $'1\n2\n3' ]
}

@test "options: one string may contain mount flags and others" {
  only_tare "runc gives such a string to the file system, which may not know them, and ignores it on a bind mount"
  mkdir "$BATS_TEST_TMPDIR/source"
  add_mount /mixed tmpfs tmpfs ro,size=128k,nosuid
  add_mount /data bind "$BATS_TEST_TMPDIR/source" rbind,ro,noexec
  add_mount /typed none "$BATS_TEST_TMPDIR/source" nodev,bind
  in_container probe mounts
  mount_has /mixed ro nosuid size=128k
  mount_has /data ro noexec
  mount_has /typed nodev
}

@test "options: file system options of a bind mount are ignored with a warning" {
  mkdir "$BATS_TEST_TMPDIR/source"
  add_mount /data bind "$BATS_TEST_TMPDIR/source" bind size=64k mode=700 noexec
  in_container sh -c 'stat -c %a /data; probe mounts'
  expect_line 755
  mount_has /data noexec
  only_tare "runc 1.1 says nothing"
  expect /mounts/6/options size=64k,mode=700
}

link_source() { # OPTION
  ln -s nowhere "$BATS_TEST_TMPDIR/dangling"
  add_mount /etc/made bind "$BATS_TEST_TMPDIR/dangling" rbind "$1"
}

@test "options: copy-symlink copies the link" {
  only_tare "crun has it"
  link_source copy-symlink
  echo text >"$BATS_TEST_TMPDIR/file"
  add_mount /file bind "$BATS_TEST_TMPDIR/file" bind copy-symlink
  in_container busybox readlink /etc/made
  [ "$output" = nowhere ]
  in_container cat /file # the link is there already
  [ "$output" = text ]
  ln -sfn elsewhere "$BATS_TEST_TMPDIR/dangling"
  refuses "to rootfs at" /etc/made "file exists"
}

@test "options: copy-symlink works in a user namespace" {
  only_tare "crun has it"
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$ROOTFS"
  link_source copy-symlink
  in_container busybox readlink /etc/made
  [ "$output" = nowhere ]
}

@test "options: src-nofollow mounts the link itself" {
  only_tare "crun has it"
  link_source src-nofollow
  in_container busybox readlink /etc/made
  [ "$output" = nowhere ]
  [ ! -L "$ROOTFS/etc/made" ]
}

@test "options: dest-nofollow mounts on the link itself" {
  only_tare "crun has it"
  echo inside >"$ROOTFS/target"
  ln -s target "$ROOTFS/link"
  echo text >"$BATS_TEST_TMPDIR/file"
  add_mount /link bind "$BATS_TEST_TMPDIR/file" bind dest-nofollow
  add_mount /new bind "$BATS_TEST_TMPDIR/file" bind dest-nofollow
  in_container cat /link /target /new
  [ "$output" = $'text\ninside\ntext' ]
  add_mount /link bind "$BUNDLE" bind dest-nofollow
  refuses "to rootfs at" /link "not a directory"
}
