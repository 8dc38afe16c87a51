# config.md: mounts and their options.
load ../lib/harness

# A fresh tmpfs at /data with WORDS as its options is how one option is looked at; the test asks what it shows.
tmpfs_with() { # WORD...
  mount_entry /data tmpfs tmpfs "$@"
  look
}

# A bind of a directory of the machine that is a mount with MOUNT-OPTIONS, bound with WORDS.
bind_of() { # MOUNT-OPTIONS WORD...
  local source=$HERE/source
  mkdir -p "$source"
  mount -t tmpfs conformance "$source"
  mount -o "remount,bind,$1" "$source" # the mount's options, not the file system's
  mount_entry /data none "$source" "${@:2}"
  look_and_unmount "$source"
}

look_and_unmount() { # MOUNT-POINT
  local status=0
  look || status=$?
  umount -R "$1"
  return "$status"
}

propagation() { mount_at /data | jq -r .propagation; }

# A source that has a mount below itself, and is shared; bound with WORDS.
tree_with() { # WORD...
  local source=$HERE/source
  mkdir -p "$source"
  mount -t tmpfs conformance "$source"
  mount --make-shared "$source"
  mkdir "$source/below"
  mount -t tmpfs conformance "$source/below"
  mount_entry /data none "$source" "$@"
  look_and_unmount "$source"
}

@test "CF-66: mounts are made in order" {
  mkdir "$HERE/a" "$HERE/b"
  touch "$HERE/a/first" "$HERE/b/second"
  mount_entry /data none "$HERE/a" bind
  mount_entry /data none "$HERE/b" bind
  inside /bin/ls /data
  [ "$output" = second ]
}

@test "CF-70: without destination it is an error" {
  config '.mounts += [{"type": "tmpfs", "source": "tmpfs"}]'
  refused
}

@test "CF-72: a relative destination is relative to the root" {
  mount_entry data tmpfs tmpfs
  look
  mount_shows /data rw
}

@test "CF-91: unknown options go to the file system" {
  mount_entry /data tmpfs tmpfs size=64k nr_inodes=10
  look
  mount_shows /data size=64k nr_inodes=10
}

@test "CF-95: async" { tmpfs_with async && mount_hides /data sync; }
@test "CF-96: atime" { bind_of noatime bind atime && mount_hides /data noatime; }

@test "CF-97: bind" {
  mkdir "$HERE/bound"
  touch "$HERE/bound/here"
  mount_entry /data none "$HERE/bound" bind
  inside /bin/ls /data
  [ "$output" = here ]
}

@test "CF-98: defaults" { tmpfs_with defaults && mount_shows /data rw && mount_hides /data nosuid nodev noexec; }
@test "CF-99: dev" { bind_of nodev bind dev && mount_hides /data nodev; }
@test "CF-100: diratime" { bind_of nodiratime bind diratime && mount_hides /data nodiratime; }
@test "CF-101: dirsync" { tmpfs_with dirsync && mount_shows /data dirsync; }
@test "CF-102: exec" { bind_of noexec bind exec && mount_hides /data noexec; }
@test "CF-103: iversion" { tmpfs_with iversion; }
@test "CF-104: lazytime" { tmpfs_with lazytime && mount_shows /data lazytime; }
@test "CF-105: loud" { tmpfs_with loud; }
@test "CF-107: noatime" { tmpfs_with noatime && mount_shows /data noatime; }
@test "CF-108: nodev" { tmpfs_with nodev && mount_shows /data nodev; }
@test "CF-109: nodiratime" { tmpfs_with nodiratime && mount_shows /data nodiratime; }
@test "CF-110: noexec" { tmpfs_with noexec && mount_shows /data noexec; }
@test "CF-111: noiversion" { tmpfs_with noiversion; }
@test "CF-112: nolazytime" { tmpfs_with nolazytime && mount_hides /data lazytime; }
@test "CF-114: norelatime" { tmpfs_with norelatime; }
@test "CF-115: nostrictatime" { tmpfs_with nostrictatime && mount_shows /data relatime; }
@test "CF-116: nosuid" { tmpfs_with nosuid && mount_shows /data nosuid; }
@test "CF-118: private" { tree_with rbind private && [[ $(propagation) != *@(shared|master):* ]]; }

@test "CF-120: rbind" { tree_with rbind && mount_shows /data/below rw; }
@test "CF-97: bind does not include mounts below" { tree_with bind && [ -z "$(mount_at /data/below)" ]; }
@test "CF-123: relatime" { tmpfs_with relatime && mount_shows /data relatime; }

@test "CF-124: remount" {
  mount_entry /data tmpfs tmpfs
  mount_entry /data tmpfs tmpfs remount ro
  look
  mount_shows /data ro
  [ "$(jq '[.mounts[] | select(.target == "/data")] | length' "$SEEN")" = 1 ]
}

@test "CF-133: ro" {
  mount_entry /data tmpfs tmpfs ro
  inside /bin/sh -c 'touch /data/x 2>&1 || true'
  [[ $output == *"Read-only file system"* ]]
}

@test "CF-133: ro on a bind" { bind_of rw bind ro && mount_shows /data ro; }
@test "CF-134: rprivate" { tree_with rbind rprivate && [[ $(mount_at /data/below | jq -r .propagation) != *@(shared|master):* ]]; }
@test "CF-138: rshared" { tree_with rbind rshared && [[ $(mount_at /data/below | jq -r .propagation) == *shared:* ]]; }
@test "CF-139: rslave" { tree_with rbind rslave && [[ $(mount_at /data/below | jq -r .propagation) == *master:* && $(mount_at /data/below | jq -r .propagation) != *shared:* ]]; }

@test "CF-143: runbindable" {
  tree_with rbind runbindable
  [[ $(mount_at /data/below | jq -r .propagation) == *unbindable* ]]
}

@test "CF-144: rw" { bind_of ro bind rw && mount_hides /data ro; }
@test "CF-145: shared" { tree_with rbind shared && [[ $(propagation) == *shared:* ]]; }
@test "CF-146: silent" { tmpfs_with silent; }
@test "CF-147: slave" { tree_with rbind slave && [[ $(propagation) == *master:* && $(propagation) != *shared:* ]]; }
@test "CF-148: strictatime" { tmpfs_with strictatime && mount_hides /data relatime noatime; }
@test "CF-149: suid" { bind_of nosuid bind suid && mount_hides /data nosuid; }
@test "CF-151: sync" { tmpfs_with sync && mount_shows /data sync; }
@test "CF-153: unbindable" { tree_with rbind unbindable && [[ $(propagation) == *unbindable* ]]; }

@test "CF-161: rro, rnosuid, rnodev and rnoexec apply to mounts below" {
  tree_with rbind rro rnosuid rnodev rnoexec
  mount_shows /data ro nosuid nodev noexec
  mount_shows /data/below ro nosuid nodev noexec
}

@test "CF-161: nosymfollow" { tmpfs_with nosymfollow && mount_shows /data nosymfollow; }

@test "CF-161: tmpcopyup" {
  touch "$ROOTFS/data/from-the-image"
  mount_entry /data tmpfs tmpfs tmpcopyup
  inside /bin/ls /data
  [ "$output" = from-the-image ]
}

@test "CF-161: a missing destination is created" {
  mount_entry /made/here tmpfs tmpfs
  look
  mount_shows /made/here rw
}

@test "CF-161: a missing bind source is an error" {
  mount_entry /data none "$HERE/none" bind
  refused
}

@test "CF-161: destinations stay inside the root, whatever symbolic links the image has" {
  works
  mkdir "$HERE/outside"
  ln -s "$HERE/outside" "$ROOTFS/link"
  ln -s ../../../../../../../../.. "$ROOTFS/up"
  mount_entry /link/x tmpfs tmpfs
  mount_entry /up/y tmpfs tmpfs
  args /bin/probe see
  run_container || [ -s "$HERE/err" ] # refused, or made inside
  [ -z "$(ls "$HERE/outside")" ]
  [ ! -e /y ]
}

# --- idmapped mounts --------------------------------------------------------------------------------------------------

# A directory whose file belongs to 1000, bound with WORDS and the mapping 1000 to 5000; needs a kernel that does that for its
# file system.
mapped() { # WORD [MAPPED]
  needs kernel 5.12
  mkdir -p "$HERE/source"
  mount -t tmpfs conformance "$HERE/source"
  mkdir "$HERE/source/below"
  mount -t tmpfs conformance "$HERE/source/below"
  touch "$HERE/source/file" "$HERE/source/below/file"
  chown 1000:1000 "$HERE/source/file" "$HERE/source/below/file"
  mount_entry /data none "$HERE/source" rbind "$1"
  config '.mounts[-1] += {"uidMappings": [{"containerID": 1000, "hostID": 5000, "size": 1}],
    "gidMappings": [{"containerID": 1000, "hostID": 5000, "size": 1}]}'
  local status=0
  inside /bin/stat -c %u:%g /data/file /data/below/file || status=$?
  umount -R "$HERE/source"
  return "$status"
}

@test "CF-154a CF-154b: idmap applies the given mapping to the mount itself" {
  mapped idmap
  [ "$output" = $'5000:5000\n1000:1000' ]
}

@test "CF-155a CF-155b: ridmap also applies it to mounts below" {
  mapped ridmap
  [ "$output" = $'5000:5000\n5000:5000' ]
}

@test "CF-154c CF-154d: idmap without a mapping and without a user namespace is an error" {
  mount_entry /data none "$HERE" bind idmap
  refused
}

@test "CF-155c CF-155d: ridmap without a mapping and without a user namespace is an error" {
  mount_entry /data none "$HERE" rbind ridmap
  refused
}

@test "CF-192: uidMappings of a mount without gidMappings are an error" {
  mount_entry /data none "$HERE" bind
  config '.mounts[-1].uidMappings = [{"containerID": 0, "hostID": 5000, "size": 1}]'
  refused
}

@test "CF-197: gidMappings of a mount without uidMappings are an error" {
  mount_entry /data none "$HERE" bind
  config '.mounts[-1].gidMappings = [{"containerID": 0, "hostID": 5000, "size": 1}]'
  refused
}
