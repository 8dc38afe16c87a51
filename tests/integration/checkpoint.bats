#!/usr/bin/env bats
# checkpoint: what is dumped, where it goes, what it leaves of the container, and what it refuses.
load helper
load criu

is_unknown() { run ! runtime state "$ID" && expect "does not exist"; }

@test "checkpoint: ends and removes the container, and leaves its images" {
  run_counter
  local pid
  pid=$(init_pid)
  run -0 checkpoint
  [ "$output" = "" ]
  is_unknown
  run ! grep -qs '^State:.[^ZX]' "/proc/$pid/status"
  [ -e "$IMAGES/inventory.img" ]
  [ -e "$IMAGES/descriptors.json" ]
  [ -s "$WORK/dump.log" ]
  [ -e "$WORK/stats-dump" ]
  [ ! -e "$IMAGES/dump.log" ]
}

@test "checkpoint: without --work-path the log lies beside the images, without --image-path both in ./checkpoint" {
  run_counter
  cd "$BATS_TEST_TMPDIR"
  run -0 runtime checkpoint "$ID"
  [ -e checkpoint/inventory.img ]
  [ -s checkpoint/dump.log ]
  launch restore
  status_is running
  [ -s checkpoint/restore.log ]
}

@test "checkpoint: makes missing parents of the image directory, and only root can read what is in it" {
  run_counter
  IMAGES=$IMAGES/a/b
  run -0 checkpoint
  [ "$(stat -c %a "$IMAGES/descriptors.json" "$WORK/dump.log")" = $'600\n600' ]
  [[ $(stat -c %a "$IMAGES") == ?00 ]]
}

@test "checkpoint --leave-running: the same process goes on" {
  run_counter
  local pid
  pid=$(init_pid)
  run -0 checkpoint --leave-running
  status_is running
  [ "$(init_pid)" = "$pid" ]
  counts_on
  [ -e "$IMAGES/inventory.img" ]
  run -0 runtime exec "$ID" echo ok
  [ "$output" = ok ]
}

@test "checkpoint: several times, and the last images are restored" {
  run_counter
  run -0 checkpoint --leave-running
  counts_on
  there_and_back
}

@test "checkpoint: descriptors.json says what the standard streams were" {
  set_args sleep 1000
  sleep 1000 3>&- | runtime run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 3>&- &
  echo $! >>"$BATS_TEST_TMPDIR/helpers"
  pgrep -f -x "sleep 1000" >>"$BATS_TEST_TMPDIR/helpers"
  wait_for status_is running
  run -0 checkpoint --leave-running
  jq -e 'length == 3 and (.[0] | test("^pipe:\\[[0-9]+\\]$")) and .[1:] == ["/dev/null", "/dev/null"]' "$IMAGES/descriptors.json"
  pgrep -P $$ -f -x "sleep 1000" | xargs -r kill
}

@test "checkpoint: a paused container" {
  run_counter
  runtime pause "$ID"
  run -0 checkpoint
  is_unknown
}

@test "checkpoint: poststop hooks run for the container that has ended, and not with --leave-running" {
  update_config --arg out "$BATS_TEST_TMPDIR/hooks" '
    .hooks.poststop = [{path: "/bin/sh", args: ["sh", "-c", "cat >>" + $out]}]'
  run_counter
  run -0 checkpoint --leave-running
  [ ! -e "$BATS_TEST_TMPDIR/hooks" ]
  run -0 checkpoint
  jq -e '.status == "stopped"' "$BATS_TEST_TMPDIR/hooks"
}

@test "checkpoint: a created, a stopped and an unknown container are refused, and no directory is made" {
  set_args sleep 1000
  create
  run -1 checkpoint
  expect "Container cannot be checkpointed in created state"
  runtime kill "$ID" KILL
  wait_for status_is stopped
  run -1 checkpoint
  expect "Container cannot be checkpointed in stopped state"
  run -1 runtime checkpoint --image-path "$IMAGES" "$ID-unknown"
  expect "does not exist"
  run -1 runtime checkpoint
  expect "requires exactly 1 argument"
  [ ! -e "$IMAGES" ]
}

# EXPECTED-TEXT OPTION...: the checkpoint fails, and the container goes on.
refuses_checkpoint() {
  local text=$1
  shift
  run -1 checkpoint "$@"
  expect "$text"
  status_is running
}

@test "checkpoint: bad values are refused with their reason, and the container goes on" {
  run_counter
  refuses_checkpoint "--parent-path must be relative" --parent-path /tmp
  refuses_checkpoint "invalid --parent-path: stat $IMAGES/nonesuch: no such file or directory" --parent-path nonesuch
  touch "$BATS_TEST_TMPDIR/file"
  refuses_checkpoint "not a directory" --parent-path ../file
  refuses_checkpoint "invalid manage-cgroups-mode value" --manage-cgroups-mode nonesuch
  local address
  for address in nonesuch :1234 127.0.0.1: 127.0.0.1; do
    refuses_checkpoint "Use --page-server ADDRESS:PORT to specify page server" --page-server "$address"
  done
  refuses_checkpoint "Invalid port number" --page-server 127.0.0.1:http
  refuses_checkpoint "is not supported" --empty-ns ipc
  refuses_checkpoint "invalid --status-fd argument 77: bad file descriptor" --lazy-pages --status-fd 77
  refuses_checkpoint "invalid --status-fd argument 9: not writable" --lazy-pages --status-fd 9 9</dev/null
  refuses_checkpoint "status-fd" --status-fd nonesuch
  run -1 runtime checkpoint --image-path "$BATS_TEST_TMPDIR/file" "$ID"
  expect "$BATS_TEST_TMPDIR/file" "not a directory"
  counts_on
}

@test "checkpoint --status-fd without --lazy-pages is ignored" {
  run_counter
  run -0 checkpoint --status-fd 77
}

@test "checkpoint --pre-dump: refused where the kernel does not track memory, else the base of the next dump" {
  run_keeper keep-memory /count 8
  if ! has_feature mem_dirty_track; then
    refuses_checkpoint "MemTrack" --pre-dump
    [ -z "$(ls -A "$IMAGES")" ]
    return
  fi
  local pid
  pid=$(init_pid)
  run -0 runtime checkpoint --pre-dump --image-path "$BATS_TEST_TMPDIR/first" "$ID"
  [ "$(init_pid)" = "$pid" ]
  status_is running
  run -0 runtime checkpoint --pre-dump --image-path "$BATS_TEST_TMPDIR/second" --parent-path ../first "$ID"
  [ ! -e "$BATS_TEST_TMPDIR/second/inventory.img" ] || [ ! -e "$BATS_TEST_TMPDIR/second/descriptors.json" ]
  dump --parent-path ../second
  [ "$(readlink "$IMAGES/parent")" = ../second ]
  restore
  goes_on
}

@test "checkpoint --page-server: memory goes to the server, all else into the images" {
  run_counter
  mkdir "$BATS_TEST_TMPDIR/pages"
  in_background "$OUT.server" criu page-server --images-dir "$BATS_TEST_TMPDIR/pages" --port 27278 --address 127.0.0.1 -v4 \
    --log-file server.log
  wait_for listens_on 27278
  dump --page-server 127.0.0.1:27278
  compgen -G "$BATS_TEST_TMPDIR/pages/pages-*.img"
  run ! compgen -G "$IMAGES/pages-*.img"
  cp "$BATS_TEST_TMPDIR"/pages/*.img "$IMAGES/"
  restore
  goes_on
}

listens_on() { grep -qi ":$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp; } # PORT

@test "checkpoint: a standard stream in a file that the container cannot see is an error, and the container goes on" {
  set_args probe keep-memory /count 1
  runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  wait_for counted_past 3
  run -1 checkpoint
  expect "$WORK/dump.log"
  status_is running
  counts_on
}
