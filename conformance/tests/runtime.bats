# runtime.md: state, lifecycle, errors, operations.
load ../lib/harness

# Where the program writes its mark, seen from outside.
marking() { args /bin/sh -c 'echo ran >/data/mark; exec sleep 600'; }
marked() { [ -e "$ROOTFS/data/mark" ]; }

failing_hook() { # KIND: it fails, and a poststop hook tells that it has run
  hook "$1" 'echo why-it-fails >&2; exit 3'
  hook poststop "echo gone >$HERE/poststop"
}

# `create` and `start` together fail, the container is gone, poststop hooks have run.
destroyed_by_hook() { # KIND
  failing_hook "$1"
  marking
  if create 2>/dev/null && start 2>"$HERE/err"; then
    echo "a failing $1 hook is no error"
    return 1
  fi
  [ -s "$HERE/err" ] || { echo "not told" && return 1; }
  wait_for holds "$HERE/poststop" gone
  nothing_left
}

@test "RT-5: another process can apply operations to the container" {
  args /bin/sleep 600
  (create)
  (start)
  bash -c "$(declare -f runtime); runtime state '$ID'" >/dev/null || RUNTIME=$RUNTIME ROOT=$ROOT state >/dev/null
  (runtime kill "$ID" KILL)
  wait_for is stopped
  (remove)
}

@test "RT-12 RT-13 RT-16 RT-28 RT-103: state has ociVersion, id, status, bundle" {
  args /bin/sleep 600
  begin
  state | judge --arg id "$ID" --arg bundle "$BUNDLE" \
    '(.ociVersion | type == "string") and .id == $id and .status == "running" and .bundle == $bundle'
}

@test "RT-28: bundle is absolute, also when it was given as ." {
  args /bin/sleep 600
  (cd "$BUNDLE" && runtime create --bundle . "$ID" >/dev/null 2>&1 </dev/null)
  state | judge --arg bundle "$BUNDLE" '.bundle == $bundle'
}

@test "RT-14: an ID in use is refused" {
  args /bin/sleep 600
  create
  fails runtime create --bundle "$BUNDLE" "$ID"
  is created
}

@test "RT-24: the status is a standard one, or represents a new state" {
  args /bin/sleep 600
  create
  is created
  start
  is running
  if runtime pause "$ID" 2>/dev/null; then
    [[ $(status) != @(creating|created|running|stopped) ]]
    runtime resume "$ID"
    is running
  fi
  runtime kill "$ID" KILL
  wait_for is stopped
}

@test "RT-25: pid is the PID as seen by the runtime, while created and running" {
  args /bin/sleep 600
  create
  local pid
  pid=$(pid)
  [ -d "/proc/$pid" ]
  [ "$(readlink "/proc/$pid/ns/pid")" != "$(readlink /proc/self/ns/pid)" ]
  start
  [ "$(pid)" = "$pid" ]
  wait_for grep -q sleep "/proc/$pid/cmdline"
}

@test "RT-35: state validates against the schema: members have the right types, annotations are strings" {
  config '.annotations = {"org.example.a": "b"}'
  args /bin/sleep 600
  begin
  state | judge '(.ociVersion | type == "string") and (.id | type == "string") and (.bundle | type == "string")
    and (.status | IN("creating", "created", "running", "stopped")) and (.pid | type == "number" and . >= 0 and . == floor)
    and (.annotations | type == "object" and all(type == "string")) and .annotations["org.example.a"] == "b"'
}

@test "RT-58 RT-60a: create sets up everything in the config" {
  config '.linux.sysctl = {"kernel.domainname": "conf.example"}'
  args /bin/sleep 600
  create
  local pid name
  pid=$(pid)
  for name in pid ipc uts mnt net; do
    [ "$(readlink "/proc/$pid/ns/$name")" != "$(readlink "/proc/self/ns/$name")" ]
  done
  grep -q ' /dev/pts ' "/proc/$pid/mountinfo"
  [ "$(nsenter -t "$pid" -u hostname)" = conformance ]
  [ -d "$(cgroup devices)" ]
}

@test "RT-59 RT-116a RT-116b: create fails if something cannot be set up, and leaves no container" {
  mount_entry /data ext4 /no/such/device
  refused
}

@test "RT-60b RT-114: after create the program has not run" {
  marking
  create
  sleep 0.3
  ! marked
}

@test "RT-61: edits of config.json after create change nothing" {
  marking
  create
  args /bin/false
  config '.hostname = "another"'
  start
  wait_for marked
  [ "$(nsenter -t "$(pid)" -u hostname)" = conformance ]
}

@test "RT-62: prestart hooks are run" {
  hook prestart "echo x >$HERE/ran"
  marking
  create
  holds "$HERE/ran" x
}

@test "RT-63: a failing prestart hook destroys the container" { destroyed_by_hook prestart; }

@test "RT-64: createRuntime hooks are run" {
  hook createRuntime "echo x >$HERE/ran"
  marking
  create
  holds "$HERE/ran" x
}

@test "RT-65: a failing createRuntime hook destroys the container" { destroyed_by_hook createRuntime; }

@test "RT-66: createContainer hooks are run" {
  hook createContainer "echo x >$HERE/ran"
  marking
  create
  holds "$HERE/ran" x
}

@test "RT-67: a failing createContainer hook destroys the container" { destroyed_by_hook createContainer; }

@test "RT-69: startContainer hooks are run, at start and before the program" {
  hook startContainer 'echo hook >>/data/order'
  args /bin/sh -c 'echo program >>/data/order; exec sleep 600'
  create
  [ ! -e "$ROOTFS/data/order" ]
  start
  wait_for holds "$ROOTFS/data/order" program
  [ "$(tr '\n' ' ' <"$ROOTFS/data/order")" = "hook program " ]
}

@test "RT-70: a failing startContainer hook destroys the container, and the program never runs" {
  destroyed_by_hook startContainer
  ! marked
}

@test "RT-71 RT-128: start runs the program" {
  marking
  create
  start
  wait_for marked
}

@test "RT-72: poststart hooks are run" {
  hook poststart "echo x >$HERE/ran"
  marking
  create
  [ ! -e "$HERE/ran" ]
  start
  holds "$HERE/ran" x
}

@test "RT-73: a failing poststart hook destroys the container" { destroyed_by_hook poststart; }

@test "RT-77 RT-143: delete undoes every step of create" {
  args /bin/sleep 600
  begin
  local cgroup
  cgroup=$(cgroup devices)
  runtime kill "$ID" KILL
  wait_for is stopped
  remove
  [ ! -e "$cgroup" ]
  nothing_left
}

@test "RT-78: poststop hooks are run" {
  hook poststop "echo x >$HERE/ran"
  args /bin/true
  begin
  finish
  [ ! -e "$HERE/ran" ]
  remove
  holds "$HERE/ran" x
}

@test "RT-79: a failing poststop hook causes a warning, later ones run, and delete succeeds" {
  hook poststop 'exit 1'
  hook poststop "echo x >$HERE/ran"
  args /bin/true
  begin
  finish
  remove
  holds "$HERE/ran" x
  nothing_left
}

@test "RT-84: failed operations leave nothing" {
  mount_entry /data none "$HERE/no-such-file" bind
  refused
  config 'del(.mounts[-1])'
  args /no/such/program
  if create 2>/dev/null; then
    fails runtime start "$ID"
    remove --force
  fi
  nothing_left
}

@test "RT-89: a warning does not change what happens" {
  config '.process.capabilities.bounding += ["CAP_NO_SUCH_THING"]'
  inside /bin/echo went on
  [ "$output" = "went on" ]
}

@test "RT-93: state, create, start, kill and delete exist" {
  args /bin/sleep 600
  create
  state >/dev/null
  start
  runtime kill "$ID" KILL
  wait_for is stopped
  remove
}

@test "RT-101: state without an id is an error" { fails runtime state; }
@test "RT-102: state of an unknown id is an error" { fails runtime state no-such-container; }
@test "RT-109a: create without an id is an error" { fails runtime create --bundle "$BUNDLE"; }

@test "RT-109b: create without a bundle is an error, also if the working directory is not one" {
  mkdir "$HERE/empty"
  cd "$HERE/empty"
  fails runtime create "$ID"
  nothing_left
}

@test "RT-110a: a malformed id is an error" {
  local id
  for id in '' / a/b .. 'a b' $'a\nb' '../x'; do
    fails runtime create --bundle "$BUNDLE" -- "$id"
  done
}

@test "RT-110b: an ID that is in use or malformed changes nothing" {
  args /bin/sleep 600
  create
  local before
  before=$(state | jq -cS 'del(.created)')
  fails runtime create --bundle "$BUNDLE" "$ID"
  [ "$(state | jq -cS 'del(.created)')" = "$before" ]
  fails runtime create --bundle "$BUNDLE" ../outside
  [ ! -e "$ROOT/../outside" ]
}

@test "RT-111: after create the status is created" {
  args /bin/sleep 600
  create
  is created
}

@test "RT-113: everything but the process is applied at create" {
  config '.linux.maskedPaths = ["/data"] | .root.readonly = true'
  args /bin/sleep 600
  create
  local root
  root=/proc/$(pid)/root
  [ "$(ls -A "$root/data")" = "" ]
  fails touch "$root/tmp/x"
}

@test "RT-126: start without an id is an error" { fails runtime start; }

@test "RT-127a RT-127b: start of a container that is not created is an error, and changes nothing" {
  args /bin/sleep 600
  begin
  local pid
  pid=$(pid)
  fails runtime start "$ID"
  is running
  [ "$(pid)" = "$pid" ]
  runtime kill "$ID" KILL
  wait_for is stopped
  fails runtime start "$ID"
  is stopped
}

@test "RT-129 CF-240: without process, create works and start fails" {
  config 'del(.process)'
  create
  fails runtime start "$ID"
}

@test "RT-134: kill without an id is an error" { fails runtime kill; }

@test "RT-135a RT-135b: kill of a stopped container is an error, and changes nothing" {
  args /bin/true
  begin
  finish
  fails runtime kill "$ID" TERM
  is stopped
}

@test "RT-136: kill sends the given signal: by name, by name with SIG, by number, real-time ones" {
  args /bin/probe catch /data/signals
  begin
  wait_for holds "$OUT" ready
  local signal
  for signal in USR1 SIGUSR2 1 RTMIN+3; do
    runtime kill "$ID" "$signal" || [ "$signal" = RTMIN+3 ] # not all runtimes know the name
    sleep 0.1
  done
  runtime kill "$ID" 40
  holds_all() { [ "$(grep -cxE '10|12|1|40' "$ROOTFS/data/signals")" = 4 ]; }
  wait_for holds_all
  [ "$(grep -cvxE '10|12|1|40|37' "$ROOTFS/data/signals")" = 0 ]
  is running
}

@test "RT-141: delete without an id is an error" { fails runtime delete; }

@test "RT-142a RT-142b: delete of a running or created container is an error, and changes nothing" {
  args /bin/sleep 600
  create
  if runtime delete "$ID" 2>/dev/null; then # runc and its kin delete a created one
    nothing_left
    create
  else
    is created
  fi
  start
  fails runtime delete "$ID"
  is running
}

@test "RT-144: delete keeps what create did not create" {
  mkdir "$HERE/mine"
  echo kept >"$HERE/mine/file"
  mount_entry /data none "$HERE/mine" bind
  config --arg ns "/proc/$$/ns/ipc" '(.linux.namespaces[] | select(.type == "ipc")) += {path: $ns}'
  args /bin/true
  begin
  finish
  remove
  holds "$HERE/mine/file" kept
  [ -e "/proc/$$/ns/ipc" ]
  [ -d "$ROOTFS/bin" ]
}

# --- runtime-linux.md, bundle.md --------------------------------------------------------------------------------------

@test "RL-11: /dev/fd, stdin, stdout, stderr are links to /proc/self/fd" {
  look
  seen '.devices["/dev/fd"].link == "/proc/self/fd" and .devices["/dev/stdin"].link == "/proc/self/fd/0"
    and .devices["/dev/stdout"].link == "/proc/self/fd/1" and .devices["/dev/stderr"].link == "/proc/self/fd/2"'
}

@test "RL-5: no descriptor above 2 reaches the program" {
  exec 7</dev/null 8>/dev/null
  look
  exec 7<&- 8>&-
  seen '.descriptors | keys == ["0", "1", "2"]'
}

@test "BU-14a: config.json must be at the top of the bundle" {
  mkdir "$BUNDLE/sub"
  mv "$BUNDLE/config.json" "$BUNDLE/sub"
  fails runtime create --bundle "$BUNDLE" "$ID"
  nothing_left
}

@test "BU-14b: the file must have exactly the name config.json" {
  mv "$BUNDLE/config.json" "$BUNDLE/Config.json"
  fails runtime create --bundle "$BUNDLE" "$ID"
  nothing_left
}

@test "BU-19: the bundle may be moved, because root.path may be relative to it" {
  mv "$BUNDLE" "$HERE/elsewhere"
  BUNDLE=$HERE/elsewhere
  inside /bin/echo moved
  [ "$output" = moved ]
}
