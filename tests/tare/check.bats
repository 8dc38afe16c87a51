#!/usr/bin/env bats
# `check`: all errors of a config.json, and warnings.
load ../integration/helper

setup() {
  prepare
  only_tare "runc has no such command"
  # Nothing to warn of. No program could run with this filter.
  update_config '.linux.seccomp = {"defaultAction": "SCMP_ACT_ERRNO"}'
}

check() { runtime check "$@"; }
findings() { runtime check --format json "$BUNDLE" | jq -r ".findings[] | $1"; } # JQ-FILTER

@test "check: a bundle without errors and warnings" {
  run -0 check "$BUNDLE"
  [ "$output" = "$BUNDLE/config.json: 0 errors, 0 warnings" ]
  run -0 check --strict --bundle "$BUNDLE"
  cd "$BUNDLE"
  run -0 check
  [ "$output" = "./config.json: 0 errors, 0 warnings" ]
  run -0 check --config config.json
  [ "$output" = "config.json: 0 errors, 0 warnings" ]
}

@test "check: every error, with its place, JSON pointer and clause; exit status 1" {
  update_config --indent 2 '.process.cwd = "tmp" | .process.args = [] | .hostname = "a" | .mounts[1].type = 5 |
    .linux.namespaces -= [{"type": "uts"}] | .linux.resources.cpu.shares = 1'
  run -1 check "$BUNDLE"
  expect '/process/cwd: must be an absolute path, not "tmp" (config.md, Process)' \
    '/process/args: must not be empty (config.md, Process)' \
    '/hostname: needs a uts namespace, new or joined (config.md, Hostname)' \
    '/mounts/1/type: must be a string, not 5 (config.md, Mounts)' \
    '/linux/resources/cpu/shares: linux.resources: cpu.shares: the minimum allowed cpu-shares is 2 (config-linux.md, CPU)' \
    "5 errors, "
  local line
  line=$(grep -n '"cwd": "tmp"' "$BUNDLE/config.json" | cut -d: -f1)
  expect "$BUNDLE/config.json:$line:5: error: /process/cwd: "
}

@test "check: the first error is the one of run" {
  update_config '.process.cwd = "tmp" | .hostname = 7 | .root.readonly = 1'
  refuses 'config.json: /root/readonly: '
  [ "$(findings '.pointer' | head -1)" = /root/readonly ]
  [ "$(findings 'select(.severity == "error") | .pointer' | wc -l)" = 3 ]
}

@test "check: errors that run finds later, one by one" {
  update_config '.mounts += [{"destination": "/x", "type": "tmpfs", "options": ["idmap"]}]
    | .linux.namespaces += [{"type": "user"}]
    | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings'
  refuses 'only bind mounts can be idmapped'
  [ "$(findings 'select(.severity == "error") | .message')" = "only bind mounts can be idmapped" ]
  update_config 'del(.mounts[-1]) | .linux.cgroupsPath = "/"'
  refuses 'is the root of the hierarchy'
  update_config '.linux.cgroupsPath = "/a" | .linux.resources.memory = {"limit": -2}'
  run ! runtime run --bundle "$BUNDLE" "$ID"
  run -1 check "$BUNDLE"
  update_config 'del(.linux.resources.memory) | .root.path = "nonesuch"'
  refuses nonesuch
  [ "$(findings 'select(.severity == "error") | .pointer')" = /root/path ]
  run -0 check --config "$BUNDLE/config.json"
}

@test "check: what concerns systemd is checked with --systemd-cgroup" {
  update_config '.linux.cgroupsPath = "/a/b" | .annotations["org.systemd.property.ExecStart"] = "1"'
  run -0 check "$BUNDLE"
  run -1 runtime --systemd-cgroup check "$BUNDLE"
  expect "error: /linux/cgroupsPath: " "error: /annotations: " ExecStart
}

@test "check: malformed JSON has line and column" {
  printf '{\n  "ociVersion": "1.0.2",\n  "root": oops\n}\n' >"$BUNDLE/config.json"
  run -1 check "$BUNDLE"
  expect "$BUNDLE/config.json:3:11: error: syntax error" "1 error, 0 warnings"
  printf '[]' >"$BUNDLE/config.json"
  run -1 check "$BUNDLE"
  expect "config.json:1:1: error: must be a JSON object"
}

@test "check: unknown properties and capabilities are warnings, with a suggestion" {
  update_config '.process.noNewPriviliges = true | .process.capabilities.bounding += ["CAP_CHWON"] | .hokks = {} | .windows = {}'
  run -0 check "$BUNDLE"
  expect 'warning: /process/noNewPriviliges: ignored: unknown property; did you mean "noNewPrivileges"? (config.md, Extensibility)' \
    'unknown capability "CAP_CHWON"; did you mean "CAP_CHOWN"?' 'did you mean "hooks"?' \
    'warning: /windows: ignored: it is for containers of another platform' ": 0 errors, 4 warnings"
  run -1 check --strict "$BUNDLE"
  [ "$(findings '.topic' | sort -u)" = unknown ]
}

@test "check: unusual values are warnings, in the words of run" {
  update_config 'del(.linux.seccomp) | .process.Terminal = false | .ociVersion = "1.0" | .process.args = ["true"]
    | .mounts += [{"destination": "/tmp", "source": "/tmp", "options": ["bind", "size=1"]}]'
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  local said=${output//\\\"/\"}
  run -0 check "$BUNDLE"
  expect ": 0 errors, 4 warnings"
  findings 'select(.topic == "unusual") | .pointer + ": " + .message' >"$OUT"
  while read -r line; do [[ $said == *"config.json: $line"* ]] || { echo "not said: $line" && return 1; }; done <"$OUT"
}

@test "check: what weakens isolation is a warning" {
  update_config 'del(.linux.seccomp) | .linux.namespaces -= [{"type": "network"}] | .linux.readonlyPaths -= ["/proc/sys"]
    | .process.capabilities.bounding += ["CAP_SYS_ADMIN"]
    | .mounts += [{"destination": "/a.sock", "source": "/var/run/docker.sock", "options": ["bind"]},
                  {"destination": "/host", "source": "/", "options": ["rbind", "ro"]}]'
  run -0 check "$BUNDLE"
  expect "warning: /linux/seccomp: no filter" "/linux/namespaces: no network namespace" "/proc/sys is writable" \
    "CAP_SYS_ADMIN: " "the socket of a container engine" "all files of the host, to read"
  [ "$(findings 'select(.topic == "privilege") | .severity' | sort -u)" = warning ]
}

@test "check: control characters of a config are escaped" {
  update_config '.process.cwd = "a\u001b[2J"'
  run -1 check "$BUNDLE"
  expect '\u001b[2J'
  refute $'\e'
}

@test "check: nothing is created, and mistakes in the command line are errors" {
  local before
  before=$(cat /proc/self/mountinfo)
  check "$BUNDLE"
  rmdir "$ROOT"
  check "$BUNDLE"
  [ ! -e "$ROOT" ]
  mkdir "$ROOT"
  [ "$before" = "$(cat /proc/self/mountinfo)" ]
  run -1 check "$BATS_TEST_TMPDIR/none"
  expect "$BATS_TEST_TMPDIR/none/config.json not found"
  run -1 check --bundle "$BUNDLE" "$BUNDLE"
  expect "a bundle is given twice"
  run ! check "$BUNDLE" "$BUNDLE"
  run ! check --format table "$BUNDLE"
}
