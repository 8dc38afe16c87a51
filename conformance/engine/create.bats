# create, start and run: their flags, the pid file, what is handed on, and what `run` makes of the program's end.
load engine

setup_file() { build_receiver; }

@test "EN-201: create --bundle B --pid-file F: the file holds the pid of state, in decimal and nothing else" {
  args /bin/sleep 600
  create --pid-file "$HERE/pid"
  grep -qxE '[0-9]+' "$HERE/pid"
  [ "$(wc -c <"$HERE/pid")" = "$(pid | tr -d '\n' | wc -c)" ]
  [ "$(cat "$HERE/pid")" = "$(pid)" ]
}

@test "EN-202: the pid file is complete when create returns, and the only new file in its directory" {
  args /bin/sleep 600
  mkdir "$HERE/pids"
  create --pid-file="$HERE/pids/init.pid"
  [ "$(ls -A "$HERE/pids")" = init.pid ]
  [ -d "/proc/$(cat "$HERE/pids/init.pid")" ]
}

@test "EN-203: an existing pid file is replaced" {
  args /bin/sleep 600
  echo 12345678901234567890 >"$HERE/pid"
  create --pid-file "$HERE/pid"
  [ "$(cat "$HERE/pid")" = "$(pid)" ]
}

@test "EN-204: run --detach --pid-file" {
  args /bin/sleep 600
  runtime run --detach --pid-file "$HERE/pid" --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 <"$NULL"
  [ "$(cat "$HERE/pid")" = "$(pid)" ]
}

@test "EN-205: a create that fails writes no pid file" {
  args /none
  fails runtime create --pid-file "$HERE/pid" --bundle "$BUNDLE" "$ID"
  [ ! -e "$HERE/pid" ]
}

@test "EN-206: without --bundle the current directory is the bundle" {
  args /bin/sleep 600
  (cd "$BUNDLE" && runtime create "$ID" >"$OUT" 2>&1 <"$NULL")
  is created
}

@test "EN-207: -b is --bundle, in create and run" {
  args /bin/true
  runtime create -b "$BUNDLE" "$ID" >"$OUT" 2>&1 <"$NULL"
  remove --force
  runtime run -b "$BUNDLE" "$ID" </dev/null
}

@test "EN-208: root.path relative to the bundle, and absolute" {
  inside /bin/true
  config --arg path "$ROOTFS" '.root.path = $path'
  inside /bin/true
}

@test "EN-209: the program has the standard streams of create" {
  args /bin/sh -c 'cat; echo out; echo err >&2'
  echo in | runtime create --bundle "$BUNDLE" "$ID" >"$OUT" 2>"$HERE/err"
  start
  finish
  [ "$(cat "$OUT")" = "in
out" ]
  holds "$HERE/err" err
}

@test "EN-210: create and start print nothing" {
  args /bin/true
  create
  start >"$HERE/start" 2>&1
  finish
  [ ! -s "$OUT" ]
  [ ! -s "$HERE/err" ]
  [ ! -s "$HERE/start" ]
}

@test "EN-211: --no-pivot: the program sees the container's root" {
  args /bin/probe see
  runtime run --no-pivot --bundle "$BUNDLE" "$ID" >"$SEEN" </dev/null
  seen '[.mounts[] | select(.target == "/")] | length >= 1'
  seen '[.mounts[].target] | index("/proc")'
}

@test "EN-212: the container has its own session keyring, named after it" {
  [ -e /proc/keys ] || skip "needs a kernel with keyrings"
  look
  seen --arg id "$ID" '.keyring | endswith("_ses." + $id)'
}

@test "EN-213: --no-new-keyring: no session keyring is created" {
  args /bin/probe see
  runtime run --no-new-keyring --bundle "$BUNDLE" "$ID" >"$SEEN" </dev/null
  seen --argjson callers "$("$PROBE" see | jq .keyring)" '.keyring == $callers'
}

@test "EN-214: --preserve-fds N: the program has N descriptors from 3 on, and no more" {
  args /bin/probe see
  runtime run --preserve-fds 2 --bundle "$BUNDLE" "$ID" >"$SEEN" </dev/null 3<"$BUNDLE/config.json" 4</dev/zero 5</dev/full
  seen '(.descriptors["3"] | endswith("config.json")) and (.descriptors["4"] | endswith("zero")) and .descriptors["5"] == null'
}

# The harness closes 3 for the runtime, and so do these two for it.
runtime() { timeout --foreground --signal KILL 60 "$RUNTIME" --root "$ROOT" "$@"; }

@test "EN-215: other open descriptors of the caller do not reach the program" {
  args /bin/probe see
  runtime run --bundle "$BUNDLE" "$ID" >"$SEEN" </dev/null 3<"$BUNDLE/config.json" 7</dev/zero 15<"$BUNDLE/config.json"
  seen '[.descriptors | keys[] | tonumber] | max == 2'
}

@test "EN-216: LISTEN_FDS: descriptors of socket activation are passed on, with LISTEN_FDS and LISTEN_PID=1" {
  args /bin/probe see
  # shellcheck disable=SC2016 # for the inner shell
  timeout 60 sh -c 'LISTEN_FDS=1 LISTEN_PID=$$ exec "$0" --root "$1" run --bundle "$2" "$3"' "$RUNTIME" "$ROOT" "$BUNDLE" "$ID" \
    >"$SEEN" </dev/null 3<"$BUNDLE/config.json" 4</dev/zero
  seen '(.descriptors["3"] | endswith("config.json")) and .descriptors["4"] == null
    and (.env | index("LISTEN_FDS=1")) and (.env | index("LISTEN_PID=1"))'
}

@test "EN-217: the environment of the caller does not reach the program" {
  args /bin/probe see
  _OCI_SYNCPIPE=3 _OCI_STARTPIPE=4 EXAMPLE=1 runtime run --bundle "$BUNDLE" "$ID" >"$SEEN" </dev/null 3<&-
  seen '[.env[] | split("=")[0]] | sort == ["HOME", "PATH"]'
}

@test "EN-218: --pidfd-socket: a pidfd of init is sent" {
  args /bin/sleep 600
  receive
  create --pidfd-socket "$HERE/socket" 3>&-
  received "fds 1" "pid $(pid)"
}

@test "EN-219: run --detach returns while the program runs" {
  args /bin/sleep 600
  runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 <"$NULL" 3>&-
  is running
}

@test "EN-220: run -d is run --detach" {
  args /bin/sleep 600
  runtime run -d -b "$BUNDLE" "$ID" >"$OUT" 2>&1 <"$NULL" 3>&-
  is running
}

@test "EN-221: run deletes the container when its program has ended" {
  inside /bin/true
  nothing_left
}

@test "EN-222: run --keep keeps the stopped container" {
  args /bin/true
  runtime run --keep --bundle "$BUNDLE" "$ID" </dev/null
  is stopped
  remove
  nothing_left
}

@test "EN-223: run --no-subreaper is accepted" {
  args /bin/true
  runtime run --no-subreaper --bundle "$BUNDLE" "$ID" </dev/null
}

@test "EN-224: run exits with the program's exit code" {
  args /bin/probe exit 42
  ends_with 42 runtime run --bundle "$BUNDLE" "$ID"
}

@test "EN-225: run exits with 128 + N if signal N ended the program" {
  config '.linux.namespaces |= map(select(.type != "pid"))'
  # shellcheck disable=SC2016 # for the inner shell
  args /bin/sh -c 'kill -TERM $$'
  ends_with 143 runtime run --bundle "$BUNDLE" "$ID"
}

@test "EN-226: a run that fails leaves nothing" {
  args /none
  fails runtime run --bundle "$BUNDLE" "$ID"
  nothing_left
}

@test "EN-227: run forwards signals to the program" {
  args /bin/probe catch /data/signals
  background "$RUNTIME" --root "$ROOT" run --bundle "$BUNDLE" "$ID"
  wait_for holds "$HERE/background.out" ready >/dev/null
  kill -USR1 "$BACKGROUND"
  wait_for grep -qxF "$(kill -l USR1)" "$ROOTFS/data/signals"
  kill -TERM "$BACKGROUND"
  wait "$BACKGROUND"
  grep -qx 15 "$ROOTFS/data/signals"
}

@test "EN-228: start only takes an ID, and works only once" {
  args /bin/sleep 600
  create 3>&-
  start
  refuses start "$ID" -- "cannot start"
  is running
}

@test "EN-229: IDs as engines create them are accepted" {
  local id
  args /bin/true
  for id in "$(printf '%064d' 0 | tr 0 f)$ID" "$ID-buildah_1.2+a" "moby-$ID"; do
    runtime create --bundle "$BUNDLE" "$id" >"$OUT" 2>&1 <"$NULL" 3>&-
    runtime delete --force "$id"
  done
}

@test "EN-230: without cgroupsPath the cgroup has the container's ID in its name" {
  config 'del(.linux.cgroupsPath)'
  args /bin/sleep 600
  create 3>&-
  [[ $(cgroup devices) == *"/$ID" ]]
}
