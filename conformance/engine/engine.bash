# What the tests of this directory share. Here the specification is silent, and engines rely on what runc has always done: a
# flag, a word of an error, an exit code. coverage.tsv tells for each test who it is that relies on it.
load ../lib/harness

# Calls the runtime as containerd does, with its log in $HERE/log.json.
logged() { runtime --log "$HERE/log.json" --log-format json "$@"; }

# The error that an engine would show: the message of the log's last line, which must be an error.
last_error() {
  tail -n 1 "$HERE/log.json" | jq -er 'select(.level == "error") | .msg'
}

# COMMAND of the runtime fails, and its last error has each TEXT: `refuses create -- TEXT...`, `refuses kill ID 9 -- TEXT`.
refuses() { # WORD... -- TEXT...
  local words=() text error
  while [ "$1" != -- ]; do words+=("$1") && shift; done
  shift
  fails logged "${words[@]}" || return 1
  error=$(last_error) || { echo "no error at the end of: $(cat "$HERE/log.json")" && return 1; }
  for text; do [[ $error == *"$text"* ]] || { echo "no '$text' in: $error" && return 1; }; done
}

refuses_create() { # TEXT...
  refuses create --bundle "$BUNDLE" "$ID" -- "$@" && nothing_left
}

# A running container that does nothing.
running() {
  args /bin/sleep 600
  begin
}

# COMMAND ends with exactly this code; what it says is in $output.
ends_with() { # CODE COMMAND...
  local code=0
  "${@:2}" >"$HERE/ends" 2>&1 <"$NULL" || code=$?
  output=$(cat "$HERE/ends")
  [ "$code" = "$1" ] || { echo "exit code $code, not $1: $output" && return 1; }
}

# Builds the program behind a console socket; for setup_file.
build_receiver() {
  export RECEIVER=$BATS_FILE_TMPDIR/receiver
  gcc -O1 -o "$RECEIVER" "$CONFORMANCE/probe/receiver.c"
}

# Something listens at $HERE/socket, and says in $HERE/background.out what comes.
receive() {
  background "$RECEIVER" "$HERE/socket"
  wait_for test -S "$HERE/socket"
}

received() { wait_for holds "$HERE/background.out" "$@" >/dev/null || holds "$HERE/background.out" "$@"; } # TEXT...

# On v2 every cgroup but the root can be frozen.
needs_freezer() { [ -e /sys/fs/cgroup/cgroup.controllers ] || needs controller freezer; }
