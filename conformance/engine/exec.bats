# exec: as containerd, conmon and CRI-O call it, and as people do.
load engine

setup_file() { build_receiver; }

# A file for `exec --process`: the config's process with WORDS as its program.
process_file() { # WORD...
  jq '.process + {args: $ARGS.positional}' --args -- "$@" <"$BUNDLE/config.json" >"$HERE/process.json"
}

# What the probe sees that EXEC-OPTIONS have started.
look_by() { # EXEC-OPTION...
  runtime exec "$@" "$ID" /bin/probe see >"$SEEN" </dev/null
}

@test "EN-401: exec --process F --detach --pid-file P ID returns, and the file has the PID" {
  running
  process_file /bin/sleep 600
  runtime exec --process "$HERE/process.json" --detach --pid-file "$HERE/pid" "$ID" >"$OUT" 2>&1 <"$NULL"
  grep -qxE '[0-9]+' "$HERE/pid"
  [ "$(readlink "/proc/$(cat "$HERE/pid")/ns/pid")" = "$(readlink "/proc/$(pid)/ns/pid")" ]
  wait_for grep -q sleep "/proc/$(cat "$HERE/pid")/cmdline"
}

@test "EN-402: exec --process F ID in the foreground: the program's output and exit code" {
  running
  process_file /bin/sh -c 'echo words; exit 7'
  ends_with 7 runtime exec --process "$HERE/process.json" "$ID"
  [ "$output" = words ]
}

@test "EN-403: the file of --process sets user, environment, directory and capabilities" {
  running
  jq '.process + {args: ["/bin/probe", "see"], cwd: "/tmp", env: ["ONLY=1"], user: {uid: 12, gid: 34, additionalGids: [56]},
    capabilities: {}, noNewPrivileges: true}' <"$BUNDLE/config.json" >"$HERE/process.json"
  runtime exec --process "$HERE/process.json" "$ID" >"$SEEN" </dev/null
  seen '.cwd == "/tmp" and (.env | index("ONLY=1")) and .uid == 12 and .gid == 34 and (.groups | index(56)) and .no_new_privs == 1
    and (.status.CapBnd | test("^0+$"))'
}

@test "EN-404: exec ID COMMAND exits with the program's exit code" {
  running
  ends_with 42 runtime exec "$ID" /bin/probe exit 42
}

@test "EN-405: exec exits with 128 + N if signal N ended the program" {
  running
  # shellcheck disable=SC2016 # for the inner shell
  ends_with 137 runtime exec "$ID" /bin/sh -c 'kill -KILL $$'
}

@test "EN-406: exec exits with 255 for a missing program" {
  running
  ends_with 255 runtime exec "$ID" none
  ends_with 255 runtime exec "$ID" /none
}

@test "EN-407: exec exits with 255 for an unknown or stopped container" {
  ends_with 255 runtime exec "$ID" /bin/true
  args /bin/true
  begin
  finish
  ends_with 255 runtime exec "$ID" /bin/true
}

@test "EN-408: exec exits with 255 for a missing or invalid process file" {
  running
  ends_with 255 runtime exec --process "$HERE/none" "$ID"
  echo '{' >"$HERE/process.json"
  ends_with 255 runtime exec --process "$HERE/process.json" "$ID"
}

@test "EN-409: the error of exec in a stopped container states that it has stopped" {
  args /bin/true
  begin
  finish
  refuses exec "$ID" /bin/true -- "cannot exec in a stopped container"
}

@test "EN-410: exec in a created container works" {
  args /bin/sleep 600
  create
  ends_with 3 runtime exec "$ID" /bin/probe exit 3
  is created
}

@test "EN-411: exec --cwd" {
  running
  look_by --cwd /tmp
  seen '.cwd == "/tmp"'
}

@test "EN-412: exec --env and -e: added to the container's" {
  running
  look_by --env A=1 --env B=2
  seen '(.env | index("A=1")) and (.env | index("B=2")) and (.env | index("PATH=/bin"))'
  look_by -e A=1
  seen '(.env | index("A=1")) and (.env | index("PATH=/bin"))'
}

@test "EN-413: exec --user UID, --user UID:GID and -u" {
  running
  look_by --user 12
  seen '.uid == 12 and .gid == 0'
  look_by -u 12:34
  seen '.uid == 12 and .gid == 34'
}

@test "EN-414: exec --additional-gids and -g" {
  running
  look_by --additional-gids 56 --additional-gids 78
  seen '.groups | index(56) and index(78)'
  look_by -g 56
  seen '.groups | index(56)'
}

@test "EN-415: exec --cap and -c: adds a capability" {
  running
  look_by --cap CAP_SYS_PTRACE
  seen '.status.CapEff[-5:-4] | test("[89a-f]")' # bit 19
  look_by -c CAP_SYS_PTRACE
  seen '.status.CapEff[-5:-4] | test("[89a-f]")'
}

@test "EN-416: exec --no-new-privs" {
  running
  look_by
  seen '.no_new_privs == 0'
  look_by --no-new-privs
  seen '.no_new_privs == 1'
}

@test "EN-417: exec --preserve-fds N" {
  running
  timeout 60 "$RUNTIME" --root "$ROOT" exec --preserve-fds 1 "$ID" /bin/probe see >"$SEEN" </dev/null 3<"$BUNDLE/config.json" 4</dev/zero
  seen '(.descriptors["3"] | endswith("config.json")) and .descriptors["4"] == null'
}

@test "EN-418: exec: other open descriptors of the caller do not reach the program" {
  running
  timeout 60 "$RUNTIME" --root "$ROOT" exec "$ID" /bin/probe see >"$SEEN" </dev/null 3<"$BUNDLE/config.json" 9</dev/zero
  seen '[.descriptors | keys[] | tonumber] | max == 2'
}

@test "EN-419: exec --cgroup PATH: a cgroup below the container's" {
  needs controller pids
  running
  local below
  below=$(cgroup pids)/below
  mkdir "$below"
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    runtime exec --cgroup /below "$ID" /bin/cat /proc/self/cgroup >"$OUT"
  else
    runtime exec --cgroup pids:/below "$ID" /bin/cat /proc/self/cgroup >"$OUT"
  fi
  holds "$OUT" /below
  wait_for rmdir "$below"
}

@test "EN-420: exec in a paused container is an error that states it, except with --ignore-paused" {
  running
  runtime pause "$ID"
  refuses exec "$ID" /bin/true -- paused
  background "$RUNTIME" --root "$ROOT" exec --ignore-paused "$ID" /bin/echo words
  runtime resume "$ID"
  wait "$BACKGROUND"
  holds "$HERE/background.out" words
}

@test "EN-421: exec: options after the ID belong to the program" {
  running
  runtime exec "$ID" /bin/echo --user 5 -d >"$OUT"
  [ "$(cat "$OUT")" = "--user 5 -d" ]
}

@test "EN-422: exec -p and -d are --process and --detach" {
  running
  process_file /bin/sleep 600
  runtime exec -p "$HERE/process.json" -d --pid-file "$HERE/pid" "$ID" >"$OUT" 2>&1 <"$NULL"
  [ -d "/proc/$(cat "$HERE/pid")" ]
}

@test "EN-423: exec --pid-file in the foreground" {
  running
  runtime exec --pid-file "$HERE/pid" "$ID" /bin/true
  grep -qxE '[0-9]+' "$HERE/pid"
}

@test "EN-424: exec: standard input, output and error are the caller's" {
  running
  echo in | runtime exec "$ID" /bin/sh -c 'cat; echo err >&2' >"$OUT" 2>"$HERE/err"
  [ "$(cat "$OUT")" = in ]
  [ "$(cat "$HERE/err")" = err ]
}

@test "EN-425: exec without an id or a program is an error" {
  fails runtime exec
  running
  fails runtime exec "$ID"
}

@test "EN-426: exec: HOME of another user is that of the image's passwd" {
  echo 'somebody:x:1234:1234:Some Body:/home/somebody:/bin/sh' >>"$ROOTFS/etc/passwd"
  config '.process.env = ["PATH=/bin"]'
  running
  process_file /bin/probe see
  jq '.user = {uid: 1234, gid: 1234}' <"$HERE/process.json" >"$HERE/process2.json"
  runtime exec --process "$HERE/process2.json" "$ID" >"$SEEN" </dev/null
  seen '.env | index("HOME=/home/somebody")'
}

@test "EN-427: exec: the program is looked up in PATH of its environment" {
  mkdir "$ROOTFS/opt"
  cp "$PROBE" "$ROOTFS/opt/only-here"
  running
  ends_with 5 runtime exec --env PATH=/opt "$ID" only-here exit 5
}

@test "EN-428: exec --pidfd-socket: a pidfd of the process is sent" {
  running
  receive
  runtime exec --detach --pid-file "$HERE/pid" --pidfd-socket "$HERE/socket" "$ID" /bin/sleep 600 >"$OUT" 2>&1 <"$NULL"
  received "fds 1" "pid $(cat "$HERE/pid")"
}

@test "EN-429: exec forwards signals to the program" {
  running
  background "$RUNTIME" --root "$ROOT" exec "$ID" /bin/probe catch /data/signals
  wait_for holds "$HERE/background.out" ready >/dev/null
  kill -TERM "$BACKGROUND"
  wait "$BACKGROUND"
  grep -qx 15 "$ROOTFS/data/signals"
}

@test "EN-430: exec --process-label and --apparmor are accepted, at least with an empty value" {
  running
  runtime exec --process-label "" --apparmor "" "$ID" /bin/true
}

@test "EN-431: many execs at once have their own exit codes" {
  running
  local code jobs=()
  for code in 1 2 3 4; do
    runtime exec "$ID" /bin/probe exit "$code" </dev/null &
    jobs+=($!)
  done
  for code in 1 2 3 4; do
    local ended=0
    wait "${jobs[code - 1]}" || ended=$?
    [ "$ended" = "$code" ]
  done
}
