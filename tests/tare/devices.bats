#!/usr/bin/env bats
# --device: nodes by path, and the devices of CDI specifications; `devices` lists those.
# shellcheck disable=SC2016 # jq and the shells of the container expand what is in single quotes
load ../integration/helper

setup() {
  prepare
  only_tare "runc has no such flags"
  CDI=$BATS_TEST_TMPDIR/cdi
  mkdir "$CDI"
}

# Writes a specification with one device, vendor.com/class=one. JSON, as it is, is YAML too.
spec() { # FILE EDITS [SPECIFICATION'S-EDITS]
  jq -n --argjson device "$2" --argjson all "${3-{\}}" '{cdiVersion: "1.1.0", kind: "vendor.com/class",
    devices: [{name: "one", containerEdits: $device}], containerEdits: $all}' >"$CDI/$1"
}

# Runs the shell script in a container with the given flags.
with() { # FLAG... SCRIPT
  set_args sh -c "${*: -1}"
  run runtime run --cdi-spec-dir "$CDI" "${@:1:$#-1}" --bundle "$BUNDLE" "$ID"
}

refuses_device() { # DEVICE TEXT...
  run -1 runtime run --cdi-spec-dir "$CDI" --device "$1" --bundle "$BUNDLE" "$ID"
  expect "--device $1: " "${@:2}"
  [ ! -e "$ROOT/$ID" ]
}

# bats test_tags=v2
@test "devices: --device with a path makes the node and allows access to it" {
  with --device /dev/loop-control 'stat -c "%F %t:%T" /dev/loop-control; probe open /dev/loop-control 2'
  [ "$output" = $'character special file a:ed\nok' ]
  update_config '.linux.devices = [{path: "/dev/loop-control", type: "c", major: 10, minor: 237}]'
  with 'probe open /dev/loop-control 2; true'
  [ "$output" = EPERM ]
}

# bats test_tags=v2
@test "devices: --device has another path in the container, and permissions" {
  with --device /dev/loop-control:/dev/x/y:r 'probe open /dev/x/y 0; probe open /dev/x/y 2; ls /dev/loop-control 2>&1; true'
  expect_line ok EPERM
  expect "no such file"
  with --device /dev/loop-control:r --device /dev/full:rw 'probe open /dev/loop-control 0; probe open /dev/full 2'
  [ "$output" = $'ok\nok' ]
}

@test "devices: --device with a directory adds the nodes in it, and follows a link" {
  mkdir -p "$BATS_TEST_TMPDIR/dev/sub"
  mknod "$BATS_TEST_TMPDIR/dev/a" c 1 7
  mknod "$BATS_TEST_TMPDIR/dev/sub/b" c 1 5
  touch "$BATS_TEST_TMPDIR/dev/file"
  ln -s a "$BATS_TEST_TMPDIR/dev/link"
  with --device "$BATS_TEST_TMPDIR/dev:/dev/all" 'cd /dev/all; busybox find . -type c; ls file link 2>&1; true'
  expect_line ./a ./sub/b
  [ "$(grep -c 'o such file' <<<"$output")" = 2 ]
  ln -s /dev/full "$BATS_TEST_TMPDIR/link"
  with --device "$BATS_TEST_TMPDIR/link:/dev/linked" 'stat -c %t:%T /dev/linked'
  [ "$output" = 1:7 ]
}

@test "devices: a wrong --device is refused, and nothing is left" {
  touch "$BATS_TEST_TMPDIR/file"
  mkdir "$BATS_TEST_TMPDIR/empty"
  refuses_device /nonexistent "/nonexistent" "no such file or directory"
  refuses_device "$BATS_TEST_TMPDIR/file" "is not a device node"
  refuses_device "$BATS_TEST_TMPDIR/empty" "there is no device node below"
  refuses_device /dev/null:x "must be a path or permissions, which are of r, w and m"
  refuses_device /dev/null:/dev/a:/dev/b:r "it must be PATH[:PATH-IN-CONTAINER][:PERMISSIONS]"
  refuses_device gpu "a device is a path, or is named like vendor.com/class=name"
  refuses_device vendor.com/class=one "there is no CDI device" "no file in $CDI is for vendor.com/class"
}

# bats test_tags=v2
@test "devices: a CDI device brings its node, with what the specification says of it" {
  spec one.json '{"deviceNodes": [{"path": "/dev/x", "hostPath": "/dev/loop-control", "fileMode": 438, "uid": 5, "gid": 6,
    "permissions": "r"}]}'
  with --device vendor.com/class=one 'stat -c "%a %u:%g %t:%T" /dev/x; probe open /dev/x 0; probe open /dev/x 2; true'
  [ "$output" = $'666 5:6 a:ed\nok\nEPERM' ]
}

@test "devices: a CDI device brings variables, groups and mounts" {
  mkdir "$BATS_TEST_TMPDIR/library"
  echo "of the host" >"$BATS_TEST_TMPDIR/library/file"
  spec one.yaml "$(jq -n --arg source "$BATS_TEST_TMPDIR/library" '{env: ["A=device", "PATH=/bin:/x"], additionalGids: [0, 7],
    mounts: [{hostPath: $source, containerPath: "/usr/lib/vendor", options: ["ro", "nosuid", "nodev", "bind"]},
             {hostPath: $source, containerPath: "/plain"}]}')" '{"env": ["A=all", "B=all"]}'
  with --device vendor.com/class=one 'echo $A $B $PATH; id -G; cat /usr/lib/vendor/file /plain/file; touch /usr/lib/vendor/x; true'
  expect_line "device all /bin:/x" "0 7"
  expect "read-only file system"
  [ "$(grep -c "of the host" <<<"$output")" = 2 ]
}

@test "devices: hooks of CDI devices run, after those of the bundle, the specification's first" {
  local log=$BATS_TEST_TMPDIR/log
  hook() { jq -n --arg line "$1" --arg log "$log" '{path: "/bin/sh", args: ["sh", "-c", "echo \($line) $V >>\($log)"]}'; }
  update_config '.hooks.createContainer = [$bundle]' --argjson bundle "$(hook bundle)"
  spec one.json "$(jq -n --argjson hook "$(hook device)" '{hooks: [$hook + {hookName: "createContainer", env: ["V=5"], timeout: 9}]}')" \
    "$(jq -n --argjson hook "$(hook all)" '{hooks: [$hook + {hookName: "createContainer"}, $hook + {hookName: "poststop"}]}')"
  with --device vendor.com/class=one true
  [ "$status" = 0 ]
  [ "$(cat "$log")" = $'bundle\nall\ndevice 5\nall' ]
}

@test "devices: an interface of the host is moved into the container" {
  spec one.json '{"netDevices": [{"hostInterfaceName": "cdi0", "name": "net7"}]}'
  set_args ls /sys/class/net
  run -0 timeout 60 unshare --net sh -c 'ip link add cdi0 type veth peer name cdi1 && exec "$@"' sh \
    "$RUNTIME" --root "$ROOT" run --cdi-spec-dir "$CDI" --device vendor.com/class=one --bundle "$BUNDLE" "$ID"
  expect_line lo net7
}

@test "devices: what a device needs on the machine and does not find is named, with the file" {
  spec one.json '{"deviceNodes": [{"path": "/dev/nonexistent"}]}'
  refuses_device vendor.com/class=one "$CDI/one.json: one: device node /dev/nonexistent: " "no such file or directory"
  spec one.json '{"mounts": [{"hostPath": "/nonexistent", "containerPath": "/x"}]}'
  refuses_device vendor.com/class=one "$CDI/one.json: one: mount /x: /nonexistent: no such file or directory"
  spec one.json '{}' '{"hooks": [{"hookName": "prestart", "path": "/nonexistent"}]}'
  refuses_device vendor.com/class=one "$CDI/one.json: /containerEdits: hook prestart: /nonexistent: no such file"
}

@test "devices: a specification that is wrong is refused with its file and the place" {
  spec one.json '{"deviceNodes": [{"path": "/dev/null", "mode": 1}]}'
  refuses_device vendor.com/class=one "$CDI/one.json: /devices/0/containerEdits/deviceNodes/0/mode: unknown field"
  spec one.json '{}'
  sed -i s/1.1.0/1.2.0/ "$CDI/one.json"
  refuses_device vendor.com/class=one "$CDI/one.json: /cdiVersion: is 1.2.0, and 1.1.0 is the newest version"
  printf 'kind: vendor.com/class\ndevices: [\n' >"$CDI/one.yaml"
  rm "$CDI/one.json"
  refuses_device vendor.com/class=one "$CDI/one.yaml: line 3, column 1: "
}

@test "devices: a file that is wrong does not stop others from being used" {
  echo '{' >"$CDI/bad.json"
  spec one.yaml '{"env": ["A=1"]}'
  with --device vendor.com/class=one 'echo $A'
  [ "$output" = 1 ]
}

@test "devices: two files with the same device are in conflict, unless a directory of higher priority has it" {
  spec a.json '{"env": ["FROM=a"]}'
  spec b.yaml '{"env": ["FROM=b"]}'
  refuses_device vendor.com/class=one "is defined more than once, in $CDI/a.json and $CDI/b.yaml"
  mkdir "$CDI/high"
  mv "$CDI/b.yaml" "$CDI/high/"
  with --cdi-spec-dir "$CDI/high" --device vendor.com/class=one 'echo $FROM'
  [ "$output" = b ]
}

@test "devices: plan shows what a device adds, and the bundle's file is not changed" {
  local before
  before=$(cat "$BUNDLE/config.json")
  spec one.json '{"env": ["A=1"]}'
  run -0 runtime plan --format json --cdi-spec-dir "$CDI" --device vendor.com/class=one --device /dev/loop-control "$BUNDLE"
  jq -e '(.process.env | index("A=1")) and any(.devices[]; .path == "/dev/loop-control")' <<<"$output"
  [ "$(cat "$BUNDLE/config.json")" = "$before" ]
}

@test "devices: a container that is created with a device keeps it when it is started, and in exec" {
  spec one.json '{"env": ["A=1"]}'
  set_args sleep 100
  create --cdi-spec-dir "$CDI" --device vendor.com/class=one --device /dev/loop-control
  rm "$CDI/one.json"
  runtime start "$ID"
  run -0 runtime exec "$ID" sh -c 'echo $A; probe open /dev/loop-control 2'
  [ "$output" = $'1\nok' ]
}

@test "devices: a user without privileges gets the node by a bind mount" {
  cp "$RUNTIME" "$BATS_TEST_TMPDIR/tare"
  rm "$BUNDLE/config.json"
  chown -R 4242:4243 "$BUNDLE" "$ROOT"
  as_user() { setpriv --reuid 4242 --regid 4243 --clear-groups env HOME=/ XDG_RUNTIME_DIR="$ROOT" "$@"; }
  as_user "$BATS_TEST_TMPDIR/tare" spec --rootless --bundle "$BUNDLE"
  update_config '.process.terminal = false | .process.args = ["sh", "-c", $script]' --arg script \
    'stat -c %t:%T /dev/other /dev/x; echo x >/dev/other && echo written'
  spec one.json '{"deviceNodes": [{"path": "/dev/x", "hostPath": "/dev/full"}]}'
  chmod -R a+rX "$CDI"
  run -0 as_user timeout 60 "$BATS_TEST_TMPDIR/tare" --root "$ROOT" run --cdi-spec-dir "$CDI" --device /dev/null:/dev/other \
    --device vendor.com/class=one --bundle "$BUNDLE" "$ID"
  expect_line 1:3 1:7 written
}

@test "devices: the command lists what there is, what is missing, and warns of files that cannot be used" {
  spec one.json '{"deviceNodes": [{"path": "/dev/x", "hostPath": "/dev/null"}], "env": ["A=1", "B=2"]}'
  mkdir "$CDI/other"
  spec other/two.json '{"deviceNodes": [{"path": "/dev/nonexistent"}], "hooks": [{"hookName": "poststop", "path": "/nonexistent"}]}'
  sed -i 's/"one"/"two"/' "$CDI/other/two.json"
  echo '{' >"$CDI/bad.yaml"
  run -0 --separate-stderr runtime devices --cdi-spec-dir "$CDI" --cdi-spec-dir "$CDI/other"
  [[ ${lines[0]} =~ ^NAME\ +ADDS\ +FILE\ +STATE$ ]]
  [[ ${lines[1]} =~ ^vendor.com/class=one\ +1\ node,\ 2\ variables\ +"$CDI/one.json"\ +ok$ ]]
  [[ ${lines[2]} =~ ^vendor.com/class=two\ +1\ node,\ 1\ hook\ +"$CDI/other/two.json"\ +"missing: /dev/nonexistent, /nonexistent"$ ]]
  # shellcheck disable=SC2154 # set by run
  [[ $stderr == *"$CDI/bad.yaml: line "* ]]
  run -0 --separate-stderr runtime devices --format json --cdi-spec-dir "$CDI" --cdi-spec-dir "$CDI/other"
  jq -e 'length == 2 and .[0].kind == "vendor.com/class" and .[0].deviceNodes == [{path: "/dev/x", hostPath: "/dev/null", exists: true}]
    and .[0].env == ["A=1", "B=2"] and .[1].missing == ["/dev/nonexistent", "/nonexistent"]' <<<"$output"
  run -0 runtime devices --cdi-spec-dir "$CDI/nonexistent"
  [ "${#lines[@]}" = 1 ]
}

@test "devices: the command shows which files are in conflict or overridden" {
  spec a.json '{}'
  spec b.json '{}'
  run -0 runtime devices --cdi-spec-dir "$CDI"
  expect "conflicts with $CDI/a.json"
  mkdir "$CDI/high"
  spec high/c.json '{}'
  run -0 runtime devices --format json --cdi-spec-dir "$CDI" --cdi-spec-dir "$CDI/high"
  jq -e --arg dir "$CDI" '.[0].file == "\($dir)/high/c.json" and .[0].overrides == ["\($dir)/a.json", "\($dir)/b.json"]' <<<"$output"
}
