#!/usr/bin/env bats
# `tare top`: what the containers of a root directory use.
load ../integration/helper

setup() {
  prepare
  only_tare "it is tare's own command"
  set_args sleep 1000
}

begin() { # NAME
  update_config --arg cgroup "/$ID-$1" '.linux.cgroupsPath = $cgroup'
  runtime run --detach --bundle "$BUNDLE" "$ID-$1" >"$OUT" 2>&1 </dev/null 3>&-
}

once() { runtime top --no-stream --interval 200ms "$@"; } # OPTION...
ids() { jq -r '[.[].id] | join(" ")'; }

@test "top: without containers there is only the heading" {
  run -0 once
  [[ $output == "ID "*CPU*MEMORY*PIDS* ]]
  [ "${#lines[@]}" = 1 ]
  run -0 once --format json
  [ "$output" = "[]" ]
}

# bats test_tags=v2
@test "top: a container's memory, processes and limits are shown" {
  update_config '.linux.resources.memory.limit = 100000000 | .linux.resources.pids.limit = 77'
  begin a
  once --format json >"$OUT"
  jq -e --arg id "$ID-a" 'length == 1 and .[0].id == $id and .[0].pids == 1 and .[0].pidsLimit == 77' "$OUT"
  jq -e '.[0] | .memory > 0 and .memoryLimit <= 100000000 and .memoryLimit > 99000000 and .cpu > 0' "$OUT"
  run -0 once
  [[ ${lines[1]} =~ ^$ID-a\ .*%.*\ (KiB|MiB).*95\.4\ MiB.*%.*\ 1/77\  ]] || { echo "$output" && return 1; }
}

# bats test_tags=v2
@test "top: CPU time is shown as a share of a CPU" {
  set_args sh -c 'while :; do :; done'
  begin busy
  set_args sleep 1000
  begin idle
  wait_for eval 'once --format json | jq -e ".[0].id == \"$ID-busy\" and .[0].cpuPercent > 1 and .[1].cpuPercent < .[0].cpuPercent"'
}

@test "top: a container without limits has none" {
  begin a
  once --format json | jq -e '.[0] | has("memoryLimit") or has("pidsLimit") | not'
}

# bats test_tags=v2
@test "top: what is written to a disk is counted" {
  update_config '.root.readonly = false'
  set_args sh -c 'dd if=/dev/zero of=/file bs=1M count=4 conv=fsync 2>/dev/null; sleep 1000'
  begin writer
  [ "$(stat -f -c %T "$BUNDLE")" != tmpfs ] || skip "the bundle is not on a disk"
  grep -qsE 'wbytes=|Write' /sys/fs/cgroup/io.stat /sys/fs/cgroup/blkio/blkio.throttle.io_service_bytes ||
    skip "the kernel does not count input and output"
  wait_for eval 'once --format json | jq -e ".[0].ioWritten >= 4194304"'
}

@test "top: --sort chooses the column" {
  begin a
  set_args sh -c 'sleep 1000 & sleep 1000 & wait'
  begin b
  wait_for eval 'once --format json --sort pids | jq -e ".[0].pids == 3"'
  [ "$(once --format json --sort pids | ids)" = "$ID-b $ID-a" ]
  [ "$(once --format json --sort id | ids)" = "$ID-a $ID-b" ]
  [ "$(once --format json --sort memory | jq -r 'sort_by(-.memory) == .')" = true ]
}

@test "top: a container that has stopped is not shown, one that is created is" {
  begin a
  update_config --arg cgroup "/$ID-b" '.linux.cgroupsPath = $cgroup'
  runtime create --bundle "$BUNDLE" "$ID-b" >"$OUT" 2>&1 </dev/null 3>&-
  [ "$(once --format json --sort id | ids)" = "$ID-a $ID-b" ]
  runtime kill "$ID-a" KILL
  wait_for eval '[ "$(once --format json | ids)" = "$ID-b" ]'
}

@test "top: containers come and go while it runs" {
  begin a
  in_background "$OUT.lines" "$RUNTIME" --root "$ROOT" top --interval 50ms --format json
  wait_for says "$OUT.lines" "$ID-a"
  begin b
  wait_for says "$OUT.lines" "$ID-b"
  runtime delete --force "$ID-a" "$ID-b"
  wait_for eval 'tail -n 1 "$OUT.lines" | grep -qx "\[\]"'
  begin a # the same ID again
  wait_for eval 'tail -n 1 "$OUT.lines" | jq -e "length == 1 and .[0].pids == 1"'
}

@test "top: without a terminal, tables are printed without escape sequences" {
  begin a
  in_background "$OUT.lines" "$RUNTIME" --root "$ROOT" top --interval 50ms
  wait_for eval '[ "$(grep -c ^ID "$OUT.lines")" -ge 3 ]'
  run ! grep -q $'\033' "$OUT.lines"
}

@test "top: a reader that goes away ends it silently" {
  begin a
  timeout 60 sh -c '"$0" --root "$1" top --interval 50ms 2>"$2" | head -n 1' "$RUNTIME" "$ROOT" "$OUT" | grep -q ^ID
  [ ! -s "$OUT" ]
}

# At a terminal: its screen goes to $OUT.screen. `tare` is the child of script(1); its exit status is that of both.
at_terminal() {
  in_background "$OUT.script" script --quiet --return --flush --command "stty rows 5 cols 100; exec '$RUNTIME' --root '$ROOT' top --interval 100ms" "$OUT.screen"
  wait_for says "$OUT.screen" "$ID-a"
  top_pid=$(pgrep -P "$(pgrep -f "^script .*$OUT.screen" | head -n 1)" | head -n 1)
}

@test "top: at a terminal it draws on a screen of its own, and SIGINT and SIGTERM restore the terminal" {
  begin a
  local signal
  for signal in INT TERM; do
    rm -f "$OUT.screen"
    at_terminal
    kill -s "$signal" "$top_pid"
    wait_for eval "grep -q '1049l' '$OUT.screen'"
    grep -q $'\033\[?1049h' "$OUT.screen"
    wait_for eval "grep -q 'COMMAND_EXIT_CODE=\"0\"' '$OUT.screen'"
    run ! grep -qE 'CPU.*1049l.*CPU' "$OUT.screen"
  done
}

@test "events: --stats --format table shows one container for a person" {
  begin a
  begin b
  run -0 runtime events --stats --format table "$ID-a"
  [ "${#lines[@]}" = 2 ]
  [[ ${lines[0]} == "ID "*CPU*MEMORY* ]]
  [[ ${lines[1]} == "$ID-a "*%*B* ]]
  run -1 runtime events --format table "$ID-a"
  run -1 runtime events --stats --format yaml "$ID-a"
  run -1 runtime events --stats --format table "$ID-nonesuch"
  expect "does not exist"
}

@test "top: wrong words are errors" {
  run -1 runtime top --sort size
  expect "cpu, memory, pids, io or id"
  run -1 runtime top --interval 0s
  run -1 runtime top --interval soon
  run -1 runtime top --format yaml
  run -1 runtime top web
}
