# What comes before the command: --version, --log, --root and the like; what engines ask a runtime when they start.
load engine

@test "EN-101: --version begins with the name, the word version and the version" {
  "$RUNTIME" --version >"$OUT" 2>&1
  head -n 1 "$OUT" | grep -qE '^[a-z0-9._-]+ version [0-9]+\.[0-9]+'
}

@test "EN-102: --version has a line for the commit and one for the specification" {
  "$RUNTIME" --version >"$OUT" 2>&1
  grep -qE '^commit: +[^ ]+' "$OUT"
  grep -qE '^spec: +1\.[0-9]+' "$OUT"
}

@test "EN-103: -v is --version" {
  "$RUNTIME" -v >"$OUT"
  "$RUNTIME" --version | cmp - "$OUT"
}

@test "EN-104: features writes one JSON document, and nothing on standard error" {
  "$RUNTIME" features >"$OUT" 2>"$HERE/err"
  [ ! -s "$HERE/err" ]
  jq -es 'length == 1' <"$OUT"
}

@test "EN-105: features names the versions, hooks, mount options, namespaces, capabilities and cgroups" {
  "$RUNTIME" features | judge '(.ociVersionMin | test("^1\\.")) and (.ociVersionMax | test("^1\\."))
    and (.hooks | index("createRuntime")) and (.mountOptions | index("rbind")) and (.linux.namespaces | index("user"))
    and (.linux.capabilities | index("CAP_CHOWN")) and .linux.cgroup.v1 and .linux.cgroup.v2 and .linux.seccomp.enabled'
}

@test "EN-106: features lists rro, recursive read-only mounts" {
  "$RUNTIME" features | judge '.mountOptions | index("rro")'
}

@test "EN-107: features lists idmapped mounts" {
  "$RUNTIME" features | judge '.linux.mountExtensions.idmap.enabled == true'
}

@test "EN-108: --log: an error is logged with its level" {
  fails runtime --log "$HERE/log" state "$ID"
  holds "$HERE/log" "level=error" "does not exist"
}

@test "EN-109: --log-format json: each line has level, msg and time, and the last is the error" {
  args /none
  fails logged create --bundle "$BUNDLE" "$ID"
  jq -es 'length > 0 and all(.[]; (.level | type == "string") and (.msg | type == "string") and (.time | fromdateiso8601? // (sub("\\.[0-9]+"; "")
    | sub("[+-][0-9:]+$"; "Z") | fromdateiso8601))) and last.level == "error"' <"$HERE/log.json"
}

@test "EN-110: --log-format=json --log FILE, in that order" {
  fails runtime --log-format=json --log "$HERE/log.json" state "$ID"
  [[ $(last_error) == *"does not exist"* ]]
}

@test "EN-111: --log appends" {
  echo '{"level":"info"}' >"$HERE/log.json"
  fails logged state "$ID"
  [ "$(head -n 1 "$HERE/log.json")" = '{"level":"info"}' ]
  [[ $(last_error) == *"does not exist"* ]]
}

@test "EN-112: an error also goes to standard error if there is a log" {
  fails logged state "$ID"
  holds "$HERE/fails" "does not exist"
}

@test "EN-113: a successful command logs nothing" {
  args /bin/true
  logged create --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 <"$NULL"
  logged start "$ID"
  finish
  logged delete "$ID"
  [ ! -s "$HERE/log.json" ]
}

@test "EN-114: --log-format only accepts text and json" {
  fails runtime --log-format xml list
  runtime --log-format text list
}

@test "EN-115: --debug logs what is done" {
  args /bin/true
  logged --debug run --bundle "$BUNDLE" "$ID" >/dev/null </dev/null
  jq -es 'any(.[]; .level == "debug")' <"$HERE/log.json"
}

@test "EN-116: containers of one --root are unknown to another" {
  mkdir "$HERE/other"
  running
  fails timeout 60 "$RUNTIME" --root "$HERE/other" state "$ID"
  is running
}

@test "EN-117: a missing --root is created" {
  args /bin/true
  timeout 60 "$RUNTIME" --root "$HERE/new/root" run --bundle "$BUNDLE" "$ID" </dev/null
  [ -d "$HERE/new/root" ]
}

@test "EN-118: --rootless only accepts true, false and auto" {
  local word
  for word in false auto; do runtime --rootless "$word" list && runtime --rootless="$word" list; done
  runtime --rootless true list
  refuses --rootless perhaps create --bundle "$BUNDLE" "$ID" -- perhaps
}

@test "EN-119: --systemd-cgroup is accepted before any command" {
  runtime --systemd-cgroup list
  runtime --systemd-cgroup delete --force "$ID"
}

@test "EN-120: --systemd-cgroup without systemd is an error of create that names it" {
  [ ! -d /run/systemd/system ] || skip "needs a machine without systemd"
  config '.linux.cgroupsPath = "system.slice:conformance:" + $id' --arg id "$ID"
  fails logged --systemd-cgroup create --bundle "$BUNDLE" "$ID"
  [[ $(last_error) == *systemd* ]]
  nothing_left
}

@test "EN-121: flags have one dash or two, and their value after a space or an =" {
  running
  runtime delete -force "$ID"
  runtime create -bundle="$BUNDLE" "$ID" >/dev/null 2>&1 <"$NULL"
  is created
}

@test "EN-122: an unknown flag or command is an error" {
  fails runtime --none list
  fails runtime list --none
  fails runtime none
}

@test "EN-123: --help, and that of each command, exits 0 and names the flags" {
  local command
  ends_with 0 runtime --help
  [[ $output == *--root* && $output == *--log-format* ]]
  for command in create delete events exec features kill list pause ps resume run spec start state update; do
    ends_with 0 runtime "$command" --help
  done
}

@test "EN-124: root with an empty XDG_RUNTIME_DIR has its containers in /run" {
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount sh -c 'mount -t tmpfs none /run && XDG_RUNTIME_DIR="" timeout 60 "$0" list && XDG_RUNTIME_DIR="" timeout 60 "$0" \
    create --bundle "$1" "$2" >/dev/null 2>&1 <"$NULL"; find /run -name "$2" | grep . && timeout 60 "$0" delete --force "$2"' \
    "$RUNTIME" "$BUNDLE" "$ID" >"$OUT"
  holds "$OUT" "/$ID"
}

@test "EN-125: a container survives the death of the runtime's parent" {
  args /bin/sleep 600
  # shellcheck disable=SC2016 # for the inner shell
  sh -c 'setpriv --pdeathsig KILL "$0" --root "$1" create --bundle "$2" "$3"; exit 0' \
    "$RUNTIME" "$ROOT" "$BUNDLE" "$ID" >/dev/null 2>&1 <"$NULL" 3>&-
  is created
}
