#!/usr/bin/env bats
# restore: the container that it makes, its streams, its exit status, its hooks, and what it refuses.
load helper
load criu

@test "restore: the program goes on where it was dumped, under the pid that it had" {
  run_counter
  local before after
  before=$(runtime exec "$ID" sh -c 'cat /proc/1/cmdline | tr "\0" " "; stat -L -c %i /proc/1/exe; cat /proc/1/limits')
  dump
  run -0 runtime restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" --work-path "$WORK" "$ID" </dev/null 3>&-
  [ "$output" = "" ]
  goes_on
  status_is running
  kill -0 "$(init_pid)"
  after=$(runtime exec "$ID" sh -c 'cat /proc/1/cmdline | tr "\0" " "; stat -L -c %i /proc/1/exe; cat /proc/1/limits')
  [ "$before" = "$after" ]
  [ -s "$WORK/restore.log" ]
  [ -e "$WORK/stats-restore" ]
}

@test "restore: a tree of processes, those of exec too, each with its pid" {
  run_detached sh -c 'sh -c "sleep 1000 & wait" & probe keep-memory /count 1 & wait'
  wait_for counted_past 3
  adopt_process
  local before
  before=$(tree)
  [ "$(wc -l <<<"$before")" -ge 5 ]
  there_and_back
  [ "$(tree)" = "$before" ]
  run -0 runtime ps --format json "$ID"
  [ "$(jq length <<<"$output")" = "$(wc -l <<<"$before")" ]
}

# Leaves init a process that exec has started: CRIU dumps init and its descendants.
adopt_process() { runtime exec "$ID" sh -c 'sleep 2000 </dev/null >/dev/null 2>&1 &'; }

# The processes of the container, without the one that lists them.
tree() {
  runtime exec "$ID" sh -c 'for p in /proc/[0-9]*; do
    [ $p = /proc/$$ ] || { read -r _ _ _ parent _ <$p/stat && echo $p $(cat $p/comm) parent $parent; }; done' | sort
}

@test "restore: a new process of the container, and again a checkpoint" {
  run_counter
  there_and_back
  run -0 runtime exec "$ID" probe caps
  adopt_process
  there_and_back
  [[ $(tree) == *"sleep parent 1"* ]]
  runtime kill "$ID" KILL
  wait_for status_is stopped
  run -0 runtime delete "$ID"
}

@test "restore: pause, resume, update and kill work on the new container" {
  run_counter
  there_and_back
  runtime pause "$ID"
  status_is paused
  runtime resume "$ID"
  status_is running
  run -0 runtime update --pids-limit 77 "$ID"
  grep -x 77 "$(find /sys/fs/cgroup -path "*$ID*" -name pids.max)"
  run -0 runtime kill "$ID" KILL
  wait_for status_is stopped
}

@test "restore: in the foreground, with the program's exit status as its own" {
  run_detached sh -c 'probe keep-memory /count 1 & while ! [ -e /stop ]; do sleep 0.1; done; exit 23'
  wait_for counted_past 3
  dump
  in_background "$OUT" "$RUNTIME" --root "$ROOT" restore --bundle "$BUNDLE" --image-path "$IMAGES" "$ID"
  local pid=$! status=0
  wait_for status_is running # not before: CRIU fails if a process ends while it lets the others go
  touch "$ROOTFS/stop"
  wait $pid || status=$?
  [ $status = 23 ]
  run ! runtime state "$ID"
}

@test "restore: in the foreground, signals go on to the program" {
  run_detached probe trap 2
  checkpoint
  in_background "$OUT" "$RUNTIME" --root "$ROOT" restore --bundle "$BUNDLE" --image-path "$IMAGES" "$ID"
  local pid=$!
  wait_for status_is running
  sleep 0.3
  kill -USR1 $pid
  kill -TERM $pid
  wait_for is_gone
}

is_gone() { ! runtime state "$ID" >/dev/null 2>&1; }

@test "restore --pid-file: has the pid of init" {
  run_counter
  dump
  restore --pid-file "$BATS_TEST_TMPDIR/pid"
  [ "$(cat "$BATS_TEST_TMPDIR/pid")" = "$(init_pid)" ]
}

differs_from() { counted_past 0 && [ "$(count)" != "$1" ]; } # COUNT

@test "restore: under another ID, in another cgroup, and beside the container that was left running" {
  run_counter
  run -0 checkpoint --leave-running
  runtime kill "$ID" KILL
  wait_for status_is stopped
  update_config --arg cgroup "/$ID-other" '.linux.cgroupsPath = $cgroup'
  ID=$ID-other launch restore --image-path "$IMAGES" --manage-cgroups-mode ignore
  wait_for differs_from "$(count)"
  grep "/$ID-other$" "/proc/$(ID=$ID-other init_pid)/cgroup"
}

@test "restore: pipes of the standard streams are those that restore has" {
  set_args sh -c 'while read line; do echo "echo $line"; done'
  exec 4< <(exec sleep 1000 3>&-)
  local silent=$!
  exec 5> >(exec cat >"$BATS_TEST_TMPDIR/first")
  runtime run --detach --bundle "$BUNDLE" "$ID" <&4 >&5 2>/dev/null 3>&-
  exec 4<&- 5>&-
  run -0 checkpoint
  kill $silent
  exec 4< <(echo hello && sleep 1) 5> >(cat >"$BATS_TEST_TMPDIR/second")
  runtime --log "$OUT" restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" <&4 >&5 2>/dev/null 3>&- || cat "$OUT"
  exec 4<&- 5>&-
  wait_for says "$BATS_TEST_TMPDIR/second" "echo hello"
}

@test "restore: hooks before the container exists run again, with its new pid" {
  local kind
  for kind in prestart createRuntime createContainer startContainer poststart poststop; do
    update_config --arg kind $kind --arg out "$BATS_TEST_TMPDIR/hooks" '
      .hooks[$kind] = [{path: "/bin/sh", args: ["sh", "-c", "echo \($kind) $(cat) >>\($out)"]}]'
  done
  update_config 'del(.hooks.createContainer, .hooks.startContainer)' # they need a shell in the container
  run_counter
  dump
  rm "$BATS_TEST_TMPDIR/hooks"
  restore
  [ "$(cut -d' ' -f1 "$BATS_TEST_TMPDIR/hooks" | tr '\n' ' ')" = "prestart createRuntime " ]
  sed 's/^[a-z]* //I' "$BATS_TEST_TMPDIR/hooks" | jq -e --argjson pid "$(init_pid)" '.pid == $pid'
}

refuses_restore() { # EXPECTED-TEXT OPTION...
  local text=$1
  shift
  run -1 runtime restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$@" "$ID" </dev/null 3>&-
  expect "$text"
  is_gone
  [ -z "$(leftovers)" ]
}

@test "restore: bad values are refused with their reason, and nothing is left" {
  run_counter
  dump
  refuses_restore "invalid manage-cgroups-mode value" --manage-cgroups-mode nonesuch
  refuses_restore "is not supported" --empty-ns ipc
  refuses_restore "cannot use console socket" --console-socket "$BATS_TEST_TMPDIR/nonesuch"
  refuses_restore "$BATS_TEST_TMPDIR/nonesuch" --bundle "$BATS_TEST_TMPDIR/nonesuch"
  refuses_restore "no such file or directory" --pid-file "$BATS_TEST_TMPDIR/nonesuch/pid"
  refuses_restore "restore.log" --lsm-profile nonesuch
  run -1 runtime restore
  expect "requires exactly 1 argument"
  touch "$BATS_TEST_TMPDIR/file"
  refuses_restore "not a directory" --image-path "$BATS_TEST_TMPDIR/file"
  mkdir "$BATS_TEST_TMPDIR/empty"
  refuses_restore "$BATS_TEST_TMPDIR/empty" --image-path "$BATS_TEST_TMPDIR/empty"
  refuses_restore "$BATS_TEST_TMPDIR/nonesuch" --image-path "$BATS_TEST_TMPDIR/nonesuch"
  restore
}

@test "restore: an ID that is in use is refused" {
  run_counter
  run -0 checkpoint --leave-running
  run -1 runtime restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null 3>&-
  expect "container with given ID already exists"
  status_is running
}

@test "restore: damaged images are an error that quotes CRIU and names its log, and nothing is left" {
  run_counter
  dump
  : >"$IMAGES/core-1.img"
  refuses_restore "$IMAGES/restore.log"
  rm "$IMAGES/pstree.img"
  refuses_restore "$IMAGES/restore.log"
  echo '[1' >"$IMAGES/descriptors.json"
  run -1 runtime restore --detach --bundle "$BUNDLE" --image-path "$IMAGES" "$ID" </dev/null 3>&-
  is_gone
}
