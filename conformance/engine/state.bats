# state, list, ps, events, spec: what is printed, field by field.
load engine

# The container's row of `list --format json`, or what FILTER makes of it.
row() { # [FILTER]
  runtime list --format json | jq -es --arg id "$ID" ".[0][] | select(.id == \$id) | ${1:-.}"
}

@test "EN-601: state: id, pid, status, bundle, rootfs, created, owner, ociVersion" {
  running
  state | judge --arg id "$ID" --arg bundle "$BUNDLE" --arg rootfs "$ROOTFS" '.id == $id and .pid > 0 and .status == "running"
    and .bundle == $bundle and .rootfs == $rootfs and (.ociVersion | test("^1\\.")) and (.owner | type == "string")'
}

@test "EN-602: state: created is a time as in RFC 3339, in UTC" {
  running
  state | judge '.created | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?Z$")'
}

@test "EN-603: state: annotations are those of config.json" {
  config '.annotations = {"org.example.a": "b"}'
  running
  state | judge '.annotations == {"org.example.a": "b"}'
}

@test "EN-604: state: the status is created, running, paused, stopped" {
  needs_freezer
  args /bin/sleep 600
  create
  is created
  start
  is running
  runtime pause "$ID"
  is paused
  runtime resume "$ID"
  runtime kill "$ID" 9
  wait_for is stopped
}

@test "EN-605: state: the pid of a stopped container is 0" {
  args /bin/true
  begin
  finish
  [ "$(pid)" = 0 ]
}

@test "EN-606: the status is stopped as soon as init was killed from outside" {
  running
  kill -KILL "$(pid)"
  finish
}

@test "EN-607: state prints one JSON document and nothing on standard error" {
  running
  state >"$OUT" 2>"$HERE/err"
  [ ! -s "$HERE/err" ]
  jq -es 'length == 1' <"$OUT"
}

@test "EN-608: list --format json: an array with the fields of state" {
  running
  row '.id == $id and .status == "running" and (.pid | type == "number") and (.bundle | type == "string")
    and (.rootfs | type == "string") and (.created | test("^20.*Z$")) and (.owner | type == "string") and (.ociVersion | test("^1"))'
}

@test "EN-609: list -f is list --format" {
  running
  runtime list -f json | judge 'length == 1'
}

@test "EN-610: list --format json of no container is null or an empty array" {
  runtime list --format json | judge '. == null or . == []'
}

@test "EN-611: list: a table with a heading: ID PID STATUS BUNDLE CREATED OWNER" {
  running
  runtime list >"$OUT"
  [ "$(head -n 1 "$OUT" | tr -s ' ')" = "ID PID STATUS BUNDLE CREATED OWNER" ]
  grep -qE "^$ID +$(pid) +running +$BUNDLE +20[^ ]+Z +[^ ]+$" "$OUT"
}

@test "EN-612: list --quiet and -q: only the IDs" {
  running
  [ "$(runtime list --quiet)" = "$ID" ]
  [ "$(runtime list -q)" = "$ID" ]
}

@test "EN-613: list --format only accepts table and json" {
  running
  runtime list --format table >"$OUT"
  fails runtime list --format xml
}

@test "EN-614: ps --format json: the PIDs of all processes of the container in the host's PID namespace" {
  args /bin/sh -c 'sleep 600 & wait'
  begin
  two() { [ "$(runtime ps --format json "$ID" | jq length)" = 2 ]; }
  wait_for two
  runtime ps --format json "$ID" | judge --argjson pid "$(pid)" 'all(.[]; type == "number") and index($pid) != null'
}

@test "EN-615: ps -f is ps --format" {
  running
  runtime ps -f json "$ID" | judge --argjson pid "$(pid)" '. == [$pid]'
}

@test "EN-616: ps: the lines of ps(1) for the container's processes, with a heading" {
  needs program ps
  running
  runtime ps "$ID" >"$OUT"
  head -n 1 "$OUT" | grep -q PID
  [ "$(wc -l <"$OUT")" = 2 ]
  grep -q "$(pid).*sleep 600" "$OUT"
}

@test "EN-617: ps: options after the ID are passed to ps(1)" {
  needs program ps
  running
  runtime ps "$ID" -o pid,args >"$OUT"
  grep -qE "^ *$(pid) /bin/sleep 600$" "$OUT"
}

@test "EN-618: ps --format xml is an error" {
  running
  fails runtime ps --format xml "$ID"
}

@test "EN-619: events --stats: one document with type, id and data: cpu, memory, pids, blkio, hugetlb" {
  running
  runtime events --stats "$ID" >"$OUT"
  [ "$(wc -l <"$OUT")" = 1 ]
  judge --arg id "$ID" '.type == "stats" and .id == $id and (.data | has("cpu") and has("memory") and has("pids") and has("blkio")
    and has("hugetlb"))' <"$OUT"
}

@test "EN-620: events --stats: data.cpu.usage and data.cpu.throttling" {
  needs controller cpu
  running
  runtime events --stats "$ID" | judge '.data.cpu | (.usage.total | type == "number") and (.usage | has("kernel") and has("user"))
    and (.throttling | type == "object")'
}

@test "EN-621: events --stats: data.memory.usage, swap, cache, raw" {
  needs controller memory
  config '.linux.resources.memory = {limit: 67108864}'
  running
  runtime events --stats "$ID" | judge '.data.memory | .usage.usage > 0 and .usage.limit == 67108864 and has("swap")
    and (.raw | length > 10)'
}

@test "EN-622: events --stats: data.pids.current and limit" {
  needs controller pids
  config '.linux.resources.pids = {limit: 33}'
  running
  runtime events --stats "$ID" | judge '.data.pids == {current: 1, limit: 33}'
}

@test "EN-623: events --interval takes Go durations, and prints a line every interval" {
  running
  background "$RUNTIME" --root "$ROOT" events --interval 20ms "$ID"
  two() { [ "$(wc -l <"$HERE/background.out")" -ge 2 ]; }
  wait_for two
  jq -es 'length > 0 and all(.[]; .type == "stats")' <"$HERE/background.out"
  fails runtime events --interval none "$ID"
}

@test "EN-624: events of a container that has stopped is an error" {
  args /bin/true
  begin
  finish
  fails runtime events --stats "$ID"
}

@test "EN-625: spec writes a config.json that runs" {
  mkdir "$HERE/new"
  (cd "$HERE/new" && runtime spec)
  judge '.ociVersion and .root.path == "rootfs" and .process.args == ["sh"] and .process.terminal' <"$HERE/new/config.json"
  cp -a "$ROOTFS" "$HERE/new/rootfs"
  BUNDLE=$HERE/new
  config --arg cgroup "/$ID" '.process.terminal = false | .process.args = ["/bin/true"] | .linux.cgroupsPath = $cgroup
    | .process.rlimits = []'
  run_container
}

@test "EN-626: spec --bundle and -b" {
  mkdir "$HERE/one" "$HERE/two"
  runtime spec --bundle "$HERE/one"
  runtime spec -b "$HERE/two"
  cmp "$HERE/one/config.json" "$HERE/two/config.json"
}

@test "EN-627: spec does not overwrite" {
  echo '{}' >"$BUNDLE/config.json"
  fails runtime spec --bundle "$BUNDLE"
  [ "$(cat "$BUNDLE/config.json")" = '{}' ]
}

@test "EN-628: spec --rootless: a user namespace with the caller's ids mapped" {
  mkdir "$HERE/new"
  runtime spec --rootless --bundle "$HERE/new"
  judge '(.linux.namespaces | map(.type) | index("user")) and .linux.uidMappings[0].hostID == 0
    and .linux.gidMappings[0].containerID == 0' <"$HERE/new/config.json"
}
