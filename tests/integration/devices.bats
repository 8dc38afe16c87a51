#!/usr/bin/env bats
# Devices: nodes, links, and who may use them.
# bats file_tags=v2
load helper

@test "devices: those that the spec requires are there" {
  in_container stat -c '%n %F %t:%T %a' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty
  expect_line "/dev/null character special file 1:3 666" "/dev/zero character special file 1:5 666" \
    "/dev/full character special file 1:7 666" "/dev/random character special file 1:8 666" \
    "/dev/urandom character special file 1:9 666" "/dev/tty character special file 5:0 666"
}

@test "devices: the defaults are usable even if the rules deny everything" {
  in_container sh -c 'echo x >/dev/null && read -r line </dev/urandom; head -c 3 /dev/zero 2>/dev/null; echo used'
  expect used
}

# As in runc; images of VPNs need it.
@test "devices: tun is usable even if the rules deny everything, unless a rule names it" {
  [ -e /dev/net/tun ] || modprobe tun || skip "no device 10:200 here"
  update_config '.linux.devices = [{path: "/dev/net/tun", type: "c", major: 10, minor: 200, fileMode: 438}]'
  in_container probe open /dev/net/tun 2
  [ "$output" = ok ]
  only_tare "runc allows it for all that"
  update_config '.linux.resources.devices += [{allow: false, type: "c", major: 10, minor: 200, access: "w"}]'
  in_container sh -c 'probe open /dev/net/tun 2; true'
  [ "$output" = EPERM ]
}

@test "devices: a rule that denies a default device has no effect" {
  only_tare "runc 1.1 lets the rule win, 1.5 does not"
  update_config '.linux.resources.devices += [{allow: false, type: "c", major: 1, minor: 3, access: "rwm"},
    {allow: true, type: "c", major: 1, minor: 7, access: "r"}]'
  in_container sh -c 'probe open /dev/null 2; probe open /dev/full 1; true'
  [ "$output" = $'ok\nok' ]
}

# As engines pass on a device that a container has anyway: docker run --device /dev/full:/dev/full:r
@test "devices: a device at a default path replaces the default, and its rules apply" {
  update_config '.linux.devices = [{path: "/dev/full", type: "c", major: 1, minor: 7, fileMode: 438}] |
    .linux.resources.devices = [{allow: false, access: "rwm"}, {allow: true, type: "c", major: 1, minor: 7, access: "r"}]'
  in_container sh -c 'probe open /dev/full 0; probe open /dev/full 1; probe open /dev/zero 1; true'
  [ "$output" = $'ok\nEPERM\nok' ]
}

@test "devices: the links of the spec are there" {
  in_container ls -l /dev
  expect "fd -> /proc/self/fd" "stdin -> /proc/self/fd/0" "stdout -> /proc/self/fd/1" "stderr -> /proc/self/fd/2" \
    "ptmx -> pts/ptmx"
}

@test "devices: no other device of the host is there" {
  in_container ls /dev
  run -0 sort <<<"$(tr ' ' '\n' <<<"$output" | grep -vxE 'core|console')"
  [ "$output" = $'fd\nfull\nmqueue\nnull\nptmx\npts\nrandom\nshm\nstderr\nstdin\nstdout\ntty\nurandom\nzero' ]
}

@test "devices: those in config.json are created with mode and owner" {
  update_config '.linux.devices = [
    {path: "/dev/fuse", type: "c", major: 10, minor: 229, fileMode: 438, uid: 5, gid: 6},
    {path: "/dev/deep/er", type: "c", major: 1, minor: 3, fileMode: 384},
    {path: "/dev/disk", type: "b", major: 7, minor: 0},
    {path: "/dev/unbuffered", type: "u", major: 1, minor: 5, fileMode: 438},
    {path: "/dev/pipe", type: "p", fileMode: 420}]'
  in_container stat -c '%n %F %t:%T %a %u:%g' /dev/fuse /dev/deep/er /dev/disk /dev/unbuffered /dev/pipe
  expect_line "/dev/fuse character special file a:e5 666 5:6" "/dev/deep/er character special file 1:3 600 0:0" \
    "/dev/pipe fifo 0:0 644 0:0"
  expect "/dev/disk block special file 7:0" "/dev/unbuffered character special file 1:5 666"
}

@test "devices: may be outside of /dev" {
  update_config '.linux.devices = [{path: "/opt/null", type: "c", major: 1, minor: 3, fileMode: 438}]'
  in_container stat -c '%F %t:%T' /opt/null
  [ "$output" = "character special file 1:3" ]
}

@test "devices: a trailing slash, a relative path, extra mode bits and a duplicate are accepted" {
  update_config '.linux.devices = [
    {path: "/dev/slash/", type: "c", major: 1, minor: 3, fileMode: 438},
    {path: "opt/relative", type: "c", major: 1, minor: 3, fileMode: 438},
    {path: "/dev/setuid", type: "c", major: 1, minor: 5, fileMode: 3565},
    {path: "/dev/twice", type: "c", major: 1, minor: 3, fileMode: 384},
    {path: "/dev/twice", type: "c", major: 1, minor: 3, fileMode: 438}]'
  in_container stat -c '%n %a %t:%T' /dev/slash /opt/relative /dev/setuid /dev/twice
  expect_line "/dev/slash 666 1:3" "/opt/relative 666 1:3" "/dev/setuid 755 1:5" "/dev/twice 600 1:3"
  only_tare "runc does not warn"
  expect /linux/devices/1/path
}

@test "devices: an existing node of the same device is used" {
  only_tare "runc 1.1 then forbids it to itself"
  update_config '.linux.devices = [{path: "/dev/null", type: "c", major: 1, minor: 3}]'
  in_container stat -c '%t:%T' /dev/null
  [ "$output" = 1:3 ]
  mknod -m 600 "$ROOTFS/zero" c 1 5
  update_config '.linux.devices = [{path: "/zero", type: "c", major: 1, minor: 5, fileMode: 420, uid: 7, gid: 8}]'
  in_container stat -c '%t:%T %a %u:%g' /zero
  [ "$output" = "1:5 644 7:8" ]
}

@test "devices: an existing file that is not the device is an error" {
  only_tare "runc 1.1 leaves what is there"
  touch "$ROOTFS/opt"
  update_config '.linux.devices = [{path: "/opt", type: "c", major: 1, minor: 3}]'
  refuses /opt
  rm "$ROOTFS/opt"
  mknod "$ROOTFS/opt" c 1 5
  refuses /opt
}

@test "devices: type, path, and numbers are required" {
  only_tare "runc 1.1 takes less"
  update_config '.linux.devices = [{type: "c", major: 1, minor: 3}]'
  refuses /linux/devices/0
  update_config '.linux.devices = [{path: "/dev/x", major: 1, minor: 3}]'
  refuses /linux/devices/0
  update_config '.linux.devices = [{path: "/dev/x", type: "c", major: 1}]'
  refuses /linux/devices/0
  update_config '.linux.devices = [{path: "/dev/x", type: "z", major: 1, minor: 3}]'
  refuses /linux/devices/0
}

@test "devices: with CAP_MKNOD any node can be created, but only allowed ones opened" {
  update_config '.process.capabilities |= map_values(. + ["CAP_MKNOD"]) |
    .linux.resources.devices += [{allow: true, type: "c", major: 10, minor: 229, access: "rwm"}]'
  in_container sh -c 'probe device /tmp/fuse c 10 229; probe device /tmp/kmsg c 1 11; probe device /tmp/null c 1 3; true'
  [ "$output" = $'ok\nok\nok' ] || [ "$output" = $'ok\nEPERM\nok' ]
}

# Opens /dev/kmsg for writing, which needs no capability, under the jq array of RULES.
open_kmsg() { # RULES
  update_config '.linux.devices = [{path: "/dev/kmsg", type: "c", major: 1, minor: 11, fileMode: 438}] |
    .linux.resources.devices = [{allow: false, access: "rwm"}] + '"$1"
  in_container sh -c 'probe open /dev/kmsg 1; true'
}

@test "devices: only what the rules allow can be opened" {
  open_kmsg '[]'
  [ "$output" = EPERM ]
  open_kmsg '[{allow: true, type: "c", major: 1, minor: 11, access: "rm"}]'
  [ "$output" = EPERM ]
  open_kmsg '[{allow: true, type: "c", major: 1, minor: 11, access: "w"}]'
  [ "$output" = ok ]
  open_kmsg '[{allow: true, type: "c", major: 1, access: "rwm"}]'
  [ "$output" = ok ]
  open_kmsg '[{allow: true, type: "b", major: 1, minor: 11, access: "rwm"}]'
  [ "$output" = EPERM ]
}

@test "devices: of several rules the last wins" {
  open_kmsg '[{allow: true, type: "c", major: 1, minor: 11, access: "rwm"}, {allow: false, type: "c", major: 1, minor: 11, access: "w"}]'
  [ "$output" = EPERM ]
  open_kmsg '[{allow: false, type: "c", major: 1, minor: 11, access: "w"}, {allow: true, type: "c", major: 1, minor: 11, access: "rwm"}]'
  [ "$output" = ok ]
  open_kmsg '[{allow: true, type: "a", access: "rwm"}]'
  [ "$output" = ok ]
}

@test "devices: are created in the image's /dev if no tmpfs is mounted there" {
  update_config '.mounts |= map(select(.destination | startswith("/dev") | not))'
  in_container sh -c 'stat -c %t:%T /dev/null; ls /dev'
  expect_line 1:3
  [ -c "$ROOTFS/dev/null" ]
}

@test "devices: a bind mount of the host's /dev is not changed" {
  update_config '.mounts |= map(select(.destination | startswith("/dev") | not)) +
    [{destination: "/dev", type: "bind", source: "/dev", options: ["rbind", "rslave"]}]'
  local before
  before=$(ls -l --time-style=+ /dev | sort)
  in_container ls /dev
  expect null
  [ "$before" = "$(ls -l --time-style=+ /dev | sort)" ]
}
