#!/usr/bin/env bats
# Invalid bundles: each is an error with place and reason, and leaves nothing.
load helper

# For JSON pointers and checks that only tare has.
refuses_at() { # POINTER JQ-FILTER
  local saved
  saved=$(cat "$BUNDLE/config.json")
  update_config "$2"
  refuses config.json "$1" || { echo "after: $2" && return 1; }
  echo "$saved" >"$BUNDLE/config.json"
}

@test "input: a missing config.json is an error" {
  rm "$BUNDLE/config.json"
  refuses config.json
  mv "$BUNDLE" "$BUNDLE-moved"
  run ! runtime run --bundle "$BUNDLE" "$ID"
  expect "$BUNDLE"
}

@test "input: a config.json that is empty, a directory or not JSON is an error" {
  : >"$BUNDLE/config.json"
  run ! runtime run --bundle "$BUNDLE" "$ID"
  rm "$BUNDLE/config.json"
  mkdir "$BUNDLE/config.json"
  run ! runtime run --bundle "$BUNDLE" "$ID"
  rmdir "$BUNDLE/config.json"
  echo '[]' >"$BUNDLE/config.json"
  run ! runtime run --bundle "$BUNDLE" "$ID"
  head -c 100000 /dev/urandom >"$BUNDLE/config.json"
  run ! runtime run --bundle "$BUNDLE" "$ID"
}

@test "input: the error for malformed JSON has line and column" {
  only_tare "Go gives an offset"
  printf '{\n  "ociVersion": "1.0.2",\n  "root": oops\n}\n' >"$BUNDLE/config.json"
  refuses "config.json: line 3, column 11"
}

@test "input: deeply nested JSON is an error, not a crash" {
  {
    printf '{"ociVersion": "1.0.2", "x": '
    printf '[%.0s' {1..100000}
  } >"$BUNDLE/config.json"
  run runtime run --bundle "$BUNDLE" "$ID"
  ((status > 0 && status < 128))
}

@test "input: a root that is missing, empty or a file is an error" {
  update_config '.root.path = "nonesuch"'
  refuses nonesuch
  touch "$BUNDLE/file"
  update_config '.root.path = "file"'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  update_config 'del(.root.path)'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  update_config 'del(.root)'
  run ! runtime run --bundle "$BUNDLE" "$ID"
}

@test "input: errors name the place as a JSON pointer" {
  only_tare "runc names no places"
  refuses_at /ociVersion '.ociVersion = "one"'
  refuses_at /ociVersion '.ociVersion = "2.0.0"'
  refuses_at /root 'del(.root)'
  refuses_at /root/path '.root.path = ""'
  refuses_at /root/readonly '.root.readonly = "yes"'
  refuses_at /process/cwd 'del(.process.cwd)'
  refuses_at /process/cwd '.process.cwd = "relative"'
  refuses_at /process/args '.process.args = []'
  refuses_at /process/args/1 '.process.args = ["a", 1]'
  refuses_at /process/env/0 '.process.env = [1]'
  refuses_at /process/user/uid '.process.user.uid = "root"'
  refuses_at /process/user/uid '.process.user.uid = 1.5'
  refuses_at /process/user/additionalGids/0 '.process.user.additionalGids = [-1]'
  refuses_at /process/rlimits/0/type '.process.rlimits = [{soft: 1, hard: 1}]'
  refuses_at /process/terminal '.process.terminal = 1'
  refuses_at /process/consoleSize/width '.process.consoleSize = {height: 1, width: -1}'
  refuses_at /process/env/1 '.process.env = ["A=1", "B"]'
  refuses_at /process/env/0 '.process.env = ["=1"]'
  refuses_at /process/capabilities/bounding/0 '.process.capabilities.bounding = [7]'
  refuses_at /mounts '.mounts = {}'
  refuses_at /mounts/6/destination '.mounts += [{type: "tmpfs"}]'
  refuses_at /mounts/0/options/1 '.mounts[0].options = ["ro", null]'
  refuses_at /hooks/poststop/0/path '.hooks.poststop = [{}]'
  refuses_at /annotations '.annotations = []'
  refuses_at /annotations/a '.annotations = {a: 1}'
  refuses_at /linux/namespaces/0/type '.linux.namespaces = [{}]'
  refuses_at /linux/uidMappings/0 '.linux.uidMappings = [{containerID: 0, hostID: 0}]'
  refuses_at /linux/uidMappings/0/hostID '.linux.uidMappings = [{containerID: 0, hostID: 4294967295, size: 1}]'
  refuses_at /linux/gidMappings/0/size '.linux.gidMappings = [{containerID: 1, hostID: 0, size: 4294967295}]'
  refuses_at /linux/devices/0/uid '.linux.devices = [{type: "p", path: "/dev/x", uid: 4294967295}]'
  refuses_at /linux/resources/pids/limit '.linux.resources.pids = {limit: "x"}'
  refuses_at /linux/resources/devices/0 '.linux.resources.devices = [{access: "rwm"}]'
  refuses_at /linux/sysctl '.linux.sysctl = {"net.ipv4.ip_forward": 1}'
  refuses_at '/annotations/a~1b' '.annotations = {"a/b": 1}'
}

@test "input: unknown properties are ignored everywhere" {
  update_config '.unknown = 1 | .process.unknown = [] | .mounts[0].unknown = {} | .linux.unknown = "x" |
    .linux.resources.unknown = {} | .root.unknown = null | .annotations = {"org.unknown": "x"}'
  in_container echo well
  [ "$output" = well ]
}

@test "input: null counts as absent" {
  only_tare "Go's decoder does it for some"
  update_config '.hooks = null | .annotations = null | .process.capabilities = null | .linux.seccomp = null |
    .linux.resources.memory = null | .process.rlimits = null | .mounts[0].options = null'
  in_container echo well
  [ "$output" = well ]
}

@test "input: versions of the spec that are accepted" {
  local version
  for version in 1.0.0 1.0.2-dev 1.1.0 1.2.0-rc.1 1.3.0+dev; do
    update_config --arg version "$version" '.ociVersion = $version'
    in_container true
  done
}

@test "input: a missing or short version causes a warning" {
  local change
  for change in 'del(.ociVersion)' '.ociVersion = ""' '.ociVersion = "1.0"' '.ociVersion = "1"'; do
    cp "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/config.json"
    update_config "$change"
    in_container echo well
    expect_line well
    [[ $(basename "$RUNTIME") != tare* ]] || expect level=warning ociVersion
    cp "$BATS_TEST_TMPDIR/config.json" "$BUNDLE"
  done
}

@test "input: a missing process.user, uid or gid is 0, with a warning" {
  update_config 'del(.process.user)'
  in_container probe ids
  expect_line "uid 0 0 0" "gid 0 0 0"
  [[ $(basename "$RUNTIME") != tare* ]] || expect level=warning /process user
  update_config '.process.user = {gid: 5}'
  in_container probe ids
  expect_line "uid 0 0 0" "gid 5 5 5"
  [[ $(basename "$RUNTIME") != tare* ]] || expect level=warning /process/user uid
}

@test "input: environment variables without = or without a name are errors" {
  update_config '.process.env += ["NOTHING"]'
  refuses "invalid environment"
  only_tare "runc 1.1 takes an empty name, and words it its own way"
  expect "invalid environment variable: missing '='"
  update_config '.process.env = ["=value"]'
  refuses "invalid environment variable: name cannot be empty"
}

@test "input: invalid consoleSize, annotation names and device access cause a warning" {
  update_config '.process.consoleSize = {height: 70000, width: 80} | .annotations = {"": "x"} |
    .linux.resources.devices += [{allow: true, type: "c", major: 1, minor: 3, access: "rwmx"}]'
  in_container echo well
  expect_line well
  only_tare "runc is silent"
  expect /process/consoleSize/height /annotations /linux/resources/devices/1/access
}

@test "input: domainname and its sysctl must agree" {
  only_tare "runc 1.1 has no domainname"
  update_config '.domainname = "one" | .linux.sysctl = {"kernel.domainname": "two"}'
  refuses domainname /linux/sysctl
  update_config '.linux.sysctl = {"kernel.domainname": "one"}'
  in_container cat /proc/sys/kernel/domainname
  expect_line one
}

@test "input: sections for other systems are ignored" {
  update_config '.windows = {layerFolders: ["x"]} | .solaris = {} | .vm = {} | .zos = {}'
  in_container true
}

@test "input: a long argument, many variables and many mounts of one directory work" {
  update_config '.process.env += [range(2000) | "V\(.)=" + ("x" * 50)]'
  in_container sh -c 'echo ${#1}' sh "$(printf 'a%.0s' {1..100000})"
  [ "$output" = 100000 ]
}

@test "input: more arguments than an exec can take are an error" {
  update_config '.process.args = ["true", ("x" * 200000)]'
  refuses "argument list too long"
}

# Go programs read names in any case, and existing files rely on it.
@test "input: member names in another case are accepted" {
  update_config '.Process = .process | del(.process) | .Process.ARGS = ["probe", "names", "limits"] |
    del(.Process.args) | .HostName = "other" | del(.hostname) | .linux.NAMESPACES = .linux.namespaces |
    del(.linux.namespaces)'
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  expect_line "RLIMIT_NOFILE 512 1024"
  only_tare "runc says nothing of it"
  expect 'level=warning msg="config.json: /HostName: read as \"hostname\", the correct spelling"' \
    '/Process: read as' '/Process/ARGS: read as' '/linux/NAMESPACES: read as'
  [ "$(grep -c level=warning <<<"$output")" = 4 ]
}

@test "input: the exact spelling of a name takes precedence, whatever the order" {
  only_tare "runc takes the later"
  update_config '{HOSTNAME: "wrong"} + . + {Hostname: "wrong"} | .process.args = ["probe", "names"]'
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  expect "hostname tare-test" '/HOSTNAME: ignored' '/Hostname: ignored'
}

@test "input: names that are data must be exact" {
  update_config '.linux.sysctl = {"NET.ipv4.ip_forward": "1"}'
  run ! runtime run --bundle "$BUNDLE" "$ID"
}

@test "input: a warning is given once, by the command that reads the document" {
  only_tare "runc says nothing of it"
  update_config '.process.Args = ["sleep", "1000"] | del(.process.args) |
    .hooks.Poststop = [{path: "/bin/true"}] | .hooks.Poststart = [{path: "/bin/true"}]'
  runtime --log "$OUT.log" create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  says "$OUT.log" /process/Args
  says "$OUT.log" /hooks/Poststop
  run -0 runtime start "$ID"
  [ -z "$output" ]
  run -0 runtime exec "$ID" true
  [ -z "$output" ]
  run -0 runtime delete --force "$ID"
  [ -z "$output" ]
}

@test "input: anything after the document is ignored" {
  set_args echo here
  echo '{"process": null}' >>"$BUNDLE/config.json"
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  expect here
  echo '}, oops' >>"$BUNDLE/config.json"
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  expect here
  only_tare "runc does not warn"
  expect "text after the JSON document is ignored"
}

@test "input: ID mappings without a user namespace are ignored" {
  update_config '.linux.uidMappings = [{containerID: 0, hostID: 1000, size: 1}] | .linux.gidMappings = .linux.uidMappings'
  in_container id -u
  expect_line 0
  only_tare "runc does not warn"
  expect /linux/uidMappings /linux/gidMappings
}

@test "input: empty masked or read-only paths are ignored" {
  update_config '.linux.maskedPaths = ["", "/etc/passwd"] | .linux.readonlyPaths = ["", "/tmp"]'
  in_container sh -c 'cat /etc/passwd; touch /tmp/x 2>/dev/null || echo read-only'
  expect_line read-only
  refute root:
  only_tare "runc does not warn"
  expect /linux/maskedPaths/0 /linux/readonlyPaths/0
}
