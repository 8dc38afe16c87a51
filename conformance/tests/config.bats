# config.md: version, root, process, users, annotations, extensibility.
load ../lib/harness

@test "CF-17a: without ociVersion it is an error, or reported" {
  config 'del(.ociVersion)'
  refused_or_told
}

@test "CF-17b: an ociVersion that is not SemVer 2.0.0 is an error" {
  config '.ociVersion = "one"'
  refused
}

@test "CF-17b: 1.x is accepted, also pre-releases and builds" {
  local version
  for version in 1.0.0 1.0.2-dev 1.1.0 1.2.0-rc.1 1.2.1+dev; do
    config --arg version "$version" '.ociVersion = $version'
    accepted
  done
}

@test "CF-33: without root it is an error" {
  config 'del(.root)'
  refused
}

@test "CF-35: without root.path it is an error" {
  config 'del(.root.path)'
  refused
  config '.root.path = ""'
  refused
}

@test "CF-35: root.path may be absolute" {
  config --arg path "$ROOTFS" '.root.path = $path'
  inside /bin/echo here
}

@test "CF-41: a root.path that is not a directory is an error" {
  config '.root.path = "none"'
  refused
  touch "$BUNDLE/file"
  config '.root.path = "file"'
  refused
}

@test "CF-43: root.readonly" {
  config '.root.readonly = true'
  inside /bin/sh -c 'touch /tmp/x 2>&1 || true'
  [[ $output == *"Read-only file system"* ]]
}

# --- process ----------------------------------------------------------------------------------------------------------

@test "CF-245: consoleSize is ignored without terminal" {
  config '.process.consoleSize = {"height": 10, "width": 20}'
  look
  seen '.terminal == false'
}

@test "CF-246: consoleSize needs height" {
  config '.process.terminal = true | .process.consoleSize = {"width": 20}'
  refused
}

@test "CF-247: consoleSize needs width" {
  config '.process.terminal = true | .process.consoleSize = {"height": 20}'
  refused
}

@test "CF-248: without cwd it is an error" {
  config 'del(.process.cwd)'
  refused
}

@test "CF-249: a cwd that is not absolute is an error" {
  config '.process.cwd = "tmp"'
  refused
}

@test "CF-248: the program starts in cwd" {
  config '.process.cwd = "/tmp"'
  look
  seen '.cwd == "/tmp"'
}

@test "CF-252: no args are an error" {
  config 'del(.process.args)'
  refused
  config '.process.args = []'
  refused
}

@test "CF-252: the program is looked for in PATH of process.env" {
  mkdir "$ROOTFS/opt"
  mv "$ROOTFS/bin/probe" "$ROOTFS/opt/looked-for"
  config '.process.env = ["PATH=/bin:/opt"] | .process.args = ["looked-for", "see"]'
  run_container
  cp "$OUT" "$SEEN"
  seen '.args == ["looked-for", "see"] and (.env | index("PATH=/bin:/opt"))'
}

@test "CF-264: an rlimit without type is an error" {
  config '.process.rlimits = [{"soft": 10, "hard": 10}]'
  refused
}

@test "CF-268: an unknown rlimit is an error" {
  config '.process.rlimits = [{"type": "RLIMIT_NONSENSE", "soft": 10, "hard": 10}]'
  refused
}

@test "CF-272 CF-274: an rlimit without soft, or without hard, is an error" {
  config '.process.rlimits = [{"type": "RLIMIT_CORE", "hard": 0}]'
  refused
  config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 0}]'
  refused
}

@test "CF-269 CF-272 CF-273 CF-274 CF-275: every rlimit is set, soft and hard" {
  # Lower than what is, for raising takes a right that the machine may not have.
  config '.process.rlimits = [["AS", 4000000000, 5000000000], ["CORE", 0, 0], ["CPU", 1000, 2000], ["DATA", 4000000000, 5000000000],
    ["FSIZE", 100000000, 200000000], ["LOCKS", 10, 20], ["MEMLOCK", 4096, 8192], ["MSGQUEUE", 4096, 8192], ["NICE", 0, 0],
    ["NOFILE", 100, 200], ["NPROC", 1000, 2000], ["RSS", 100000000, 200000000], ["RTPRIO", 0, 0], ["RTTIME", 1000000, 2000000],
    ["SIGPENDING", 100, 200], ["STACK", 4194304, 8388608]] | .process.rlimits |= map({type: "RLIMIT_\(.[0])", soft: .[1], hard: .[2]})'
  look
  local wanted
  wanted=$(jq -c '[.process.rlimits[] | {key: .type, value: {soft: "\(.soft)", hard: "\(.hard)"}}] | from_entries' "$BUNDLE/config.json")
  seen --argjson wanted "$wanted" '.rlimits == $wanted'
}

@test "CF-278: the same rlimit twice is an error" {
  config '.process.rlimits = [{"type": "RLIMIT_CORE", "soft": 0, "hard": 0}, {"type": "RLIMIT_CORE", "soft": 0, "hard": 0}]'
  refused
}

@test "CF-289: a capability that is unknown or cannot be granted causes a warning" {
  config '.process.capabilities |= map_values(. + ["CAP_FROM_THE_FUTURE"])'
  look
  seen '.status.CapEff == .status.CapPrm'
}

@test "CF-280: the five capability sets are as in the config" {
  config '.process.capabilities = {"bounding": ["CAP_CHOWN", "CAP_KILL", "CAP_SETUID"], "permitted": ["CAP_CHOWN", "CAP_KILL"],
    "effective": ["CAP_CHOWN"], "inheritable": ["CAP_CHOWN", "CAP_KILL"], "ambient": []} | .process.user = {"uid": 1000, "gid": 1000}
    | .process.capabilities.ambient = ["CAP_KILL"]'
  look
  seen '.status.CapBnd == "00000000000000a1" and .status.CapInh == "0000000000000021" and .status.CapAmb == "0000000000000020"'
}

@test "CF-303: oomScoreAdj is written, also 0" {
  config '.process.oomScoreAdj = 321'
  look
  seen '.oom_score_adj == "321"'
  config '.process.oomScoreAdj = 0'
  look
  seen '.oom_score_adj == "0"'
}

@test "CF-304: without oomScoreAdj the value is not changed" {
  (
    echo 77 >/proc/$BASHPID/oom_score_adj
    look
  )
  seen '.oom_score_adj == "77"'
}

@test "CF-310a: a scheduler without policy is an error" {
  config '.process.scheduler = {"nice": 1}'
  refused
}

@test "CF-310b: a scheduler with an unknown policy is an error" {
  config '.process.scheduler = {"policy": "SCHED_NONSENSE"}'
  refused
}

@test "CF-310a: the scheduler's policy and its parameters are applied" {
  config '.process.scheduler = {"policy": "SCHED_BATCH", "nice": 7}'
  look
  seen '.scheduler.policy == 3 and .scheduler.nice == 7'
}

@test "CF-341 CF-342: class and priority are applied" {
  config '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 6}'
  look
  seen '.ioprio == 16390'
}

@test "CF-324: scheduler values that are not given are 0" {
  config '.process.scheduler = {"policy": "SCHED_BATCH"}'
  look
  seen '.scheduler.policy == 3 and .scheduler.nice == 0 and .scheduler.priority == 0'
}

@test "CF-341: an ioPriority without class is an error" {
  config '.process.ioPriority = {"priority": 3}'
  refused
}

@test "CF-342: a priority of 0 is set" {
  config '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 0}'
  look
  seen '.ioprio == 16384'
}

@test "CF-370 CF-371: uid and gid are those of the container's user namespace" {
  config '.process.user = {"uid": 1234, "gid": 2345, "additionalGids": [3456]}'
  user_namespace
  look
  seen '.uid == 1234 and .gid == 2345 and (.groups | index(3456)) and (.uid_map | test("^ *0 +100000 +65536$"))'
}

@test "CF-370: user.umask" {
  config '.process.user.umask = 63'
  look
  seen '.umask == 63'
}

@test "CF-370: the invalid ID 4294967295 does not become root" {
  config '.process.user = {"uid": 4294967295, "gid": 0}'
  works
  if run_container; then
    cp "$OUT" "$SEEN"
    seen '.uid != 0'
  fi
}

@test "CF-370 CF-371: without uid, gid or user it is an error, or reported" {
  local member
  for member in user.uid user.gid user; do
    base_config >"$BUNDLE/config.json"
    config "del(.process.$member)"
    refused_or_told || { echo "$member" && return 1; }
  done
}

@test "CF-290: noNewPrivileges" {
  config '.process.noNewPrivileges = true'
  look
  seen '.no_new_privs == 1'
}

@test "CF-200: hostname and domainname are set in the container alone" {
  config '.domainname = "example.org"'
  look
  seen '.hostname == "conformance" and .domainname == "example.org"'
  [ "$(hostname)" != conformance ]
}

# --- annotations, extensibility ---------------------------------------------------------------------------------------

@test "CF-720: annotations that are not a map are an error" {
  config '.annotations = ["a"]'
  refused
}

@test "CF-723 CF-744: annotations map strings to strings" {
  config '.annotations = {"a": 1}'
  refused
  config '.annotations = {"a": {"b": "c"}}'
  refused
  config '.annotations = {"a": "b", "c": ""}'
  accepted
}

@test "CF-724: an annotation with an empty key is an error, or reported" {
  config '.annotations = {"": "b"}'
  refused_or_told
}

@test "CF-742 CF-755: unknown properties are ignored" {
  config '.annotations = {"com.example.unknown": "x"} | .unknown = {"a": [1, null]} | .process.unknown = 1
    | .linux.unknown = [{}] | .linux.resources.unknown = "x" | .root.unknown = false | .mounts[0].unknown = 2'
  inside /bin/echo fine
  [ "$output" = fine ]
}

@test "CF-760: an invalid value is an error" {
  local filter
  for filter in '.process.args = "sh"' '.process.user.uid = "root"' '.process.user.uid = -1' '.process.env = {"A": "b"}' \
    '.mounts = {}' '.linux.namespaces = "pid"' '.process.terminal = 1' '.root.readonly = "yes"' \
    '.linux.seccomp = {"defaultAction": "SCMP_ACT_NONSENSE"}' '.process.capabilities.bounding = "CAP_KILL"' \
    '.process.oomScoreAdj = 2000' '.linux.rootfsPropagation = "sideways"' '.linux.namespaces[0].type = "nonsense"'; do
    base_config >"$BUNDLE/config.json"
    config "$filter"
    refused || { echo "$filter" && return 1; }
  done
}
