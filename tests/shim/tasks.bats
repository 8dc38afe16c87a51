#!/usr/bin/env bats
# A container's life under containerd, with ctr.
# shellcheck disable=SC2016,SC2034 # containers expand what is in single quotes; helper.bash reads FLAGS
load helper

@test "shim: a container's output arrives, and --rm leaves nothing" {
  run -0 in_container sh -c 'echo out; echo err >&2'
  expect out err
  [ -z "$(ctr containers ls -q)" ]
}

@test "shim: exit codes are passed on" {
  local code
  for code in 0 1 7 255; do
    run -"$code" in_container sh -c "exit $code"
  done
  FLAGS=(--with-ns "pid:/proc/1/ns/pid")
  run -137 in_container sh -c 'kill -KILL $$; sleep 1000'
}

@test "shim: a detached container, from create to delete" {
  start sleep 1000
  [ "$(status_of "$C")" = RUNNING ]
  [ "$(tr '\0' ' ' <"/proc/$(init_pid)/cmdline")" = "sleep 1000 " ]
  run -0 ctr tasks ps "$C"
  expect "$(init_pid)"
  run ! ctr tasks rm "$C"
  expect "must be stopped before deletion"
  ctr tasks kill -s KILL "$C"
  wait_for status_is STOPPED
  removed_with 137
  [ -z "$(status_of "$C")" ]
  [ -z "$(ls "$TASKS")" ]
}

@test "shim: a container can be run again after its task was deleted" {
  start sh -c 'exit 3'
  wait_for status_is STOPPED
  removed_with 3
  local round
  for round in 1 2 3; do
    run -3 ctr tasks start "$C"
  done
}

@test "shim: signals reach the program" {
  start sh -c 'trap "exit 5" USR1; trap "exit 6" TERM; while :; do sleep 0.1; done'
  sleep 0.5
  ctr tasks kill -s USR1 "$C"
  wait_for status_is STOPPED
  removed_with 5
  run ! ctr tasks kill "$C"
  expect "not found"
}

@test "shim: kill, pause and exec fail for a stopped container" {
  start true
  wait_for status_is STOPPED
  run ! ctr tasks kill "$C"
  expect "process already finished"
  run ! ctr tasks pause "$C"
  run ! execute true
}

@test "shim: kill --all reaches every process in the host's PID namespace" {
  FLAGS=(--with-ns "pid:/proc/1/ns/pid")
  start sh -c 'sleep 1001 & sleep 1001 & wait'
  sleep 0.3
  ctr tasks kill --all -s KILL "$C"
  wait_for status_is STOPPED
  wait_for no_process "sleep 1001"
}

@test "shim: processes in the host's PID namespace do not outlive init" {
  FLAGS=(--with-ns "pid:/proc/1/ns/pid")
  run -4 in_container sh -c 'sleep 1002 & exit 4'
  wait_for no_process "sleep 1002"
}

@test "shim: pause and resume" {
  start sh -c 'while :; do sleep 0.1; done'
  ctr tasks pause "$C"
  [ "$(status_of "$C")" = PAUSED ]
  run ! execute true
  ctr tasks resume "$C"
  [ "$(status_of "$C")" = RUNNING ]
  run -0 execute echo again
  [ "$output" = again ]
  ctr tasks pause "$C"
  ctr tasks kill -s KILL "$C"
  ctr tasks resume "$C" || true # v1 keeps a killed process frozen
  wait_for status_is STOPPED
}

@test "shim: metrics" {
  FLAGS=(--memory-limit 67108864)
  start sleep 1000
  run -0 ctr tasks metrics "$C"
  expect "$C" memory
  [[ $output =~ memory.usage(_in_bytes)?\ +[1-9] ]]
  [[ $output =~ pids.current\ +1 ]]
}

@test "shim: limits are set" {
  FLAGS=(--memory-limit 67108864 --cpus 0.5)
  start sleep 1000
  [ "$(cat "/sys/fs/cgroup/memory/default/$C/memory.limit_in_bytes" || cat "/sys/fs/cgroup/default/$C/memory.max")" = 67108864 ]
}

@test "shim: a container with a user namespace" {
  FLAGS=(--uidmap 0:100000:65536 --gidmap 0:100000:65536)
  run -0 in_container sh -c 'id -u; cat /proc/self/uid_map'
  expect 100000
}

@test "shim: a program that is missing or not executable gives runc's error text" {
  run ! in_container no-such-program
  expect "failed to create shim task" "OCI runtime create failed" '"no-such-program": executable file not found in $PATH'
  nothing_left_of_container
  run ! in_container /no/such/program
  expect "/no/such/program" "no such file or directory"
  run ! in_container /data/not-executable
  expect "permission denied"
}

nothing_left_of_container() { [ -z "$(ls "$TASKS")" ] && [ -z "$(ctr containers ls -q)" ]; }

@test "shim: a config with a missing namespace or bind source is an error and leaves nothing" {
  FLAGS=(--with-ns "network:/no/such/namespace")
  run ! in_container true
  expect "/no/such/namespace"
  nothing_left_of_container
  FLAGS=(--mount "type=bind,src=/no/such/source,dst=/data,options=rbind")
  run ! in_container true
  expect "/no/such/source"
  nothing_left_of_container
}

@test "shim: a rootfs that the caller has prepared is used without a mount" {
  local rootfs=$BATS_TEST_TMPDIR/rootfs
  mkdir "$rootfs"
  tar -C "$rootfs" -xf "$STATE/image/layer.tar"
  run -0 ctr run --rm --runtime "$SHIM_RUNTIME" --rootfs "$rootfs" "$C" /bin/cat /etc/passwd
  expect root:x:0
  ! grep -F "$rootfs" /proc/self/mountinfo
}

@test "shim: checkpoint is an error, and the container runs on" {
  [ "$SHIM" = tare ] || skip "tare only: its sentence"
  start sleep 1000
  run ! ctr tasks checkpoint "$C"
  expect checkpoint
  [ "$(status_of "$C")" = RUNNING ]
}

# --- exec -------------------------------------------------------------------------------------------------------------

@test "shim: exec: output, exit code, input and working directory" {
  start sleep 1000
  run -3 execute sh -c 'echo out; echo err >&2; exit 3'
  expect out err
  run -0 execute --cwd=/data pwd
  [ "$output" = /data ]
  run -0 execute cat < <(sleep 0.5 && echo input) # ctr does not see an end that is there too early
  [ "$output" = input ]
  run -137 execute sh -c 'kill -KILL $$'
  [ "$(status_of "$C")" = RUNNING ]
}

@test "shim: exec: a missing program is an error" {
  start sleep 1000
  run ! execute no-such-program
  expect "OCI runtime exec failed" '"no-such-program": executable file not found in $PATH'
  run -0 execute echo still
  [ "$output" = still ]
}

@test "shim: exec: many processes at once have their own output and exit code" {
  start sleep 1000
  local number pids=()
  for number in {1..12}; do
    execute sh -c "echo number $number; exit $number" >"$BATS_TEST_TMPDIR/out.$number" 2>&1 3>&- &
    pids[number]=$!
  done
  for number in {1..12}; do
    local code=0
    wait "${pids[number]}" || code=$?
    [ "$code" = "$number" ]
    [ "$(cat "$BATS_TEST_TMPDIR/out.$number")" = "number $number" ]
  done
}

@test "shim: exec: a detached process is listed and can be killed" {
  start sleep 1000
  ctr tasks exec --detach --exec-id beside "$C" sleep 1003
  run -0 ctr tasks ps "$C"
  expect beside
  ctr tasks kill --exec-id beside -s KILL "$C"
  wait_for no_process "sleep 1003"
  [ "$(status_of "$C")" = RUNNING ]
}

@test "shim: exec: processes end when init exits" {
  start sleep 1000
  in_background "$BATS_TEST_TMPDIR/exec" execute sleep 1004
  wait_for process "sleep 1004"
  ctr tasks kill -s KILL "$C"
  wait_for status_is STOPPED
  wait_for no_process "sleep 1004"
}

# --- the shim itself --------------------------------------------------------------------------------------------------

@test "shim: containers of one group share a shim, which exits with the last of them" {
  FLAGS=(--annotation "io.containerd.runc.v2.group=$C")
  local group=$C
  for C in "$group-a" "$group-b" "$group-c"; do start sleep 1000; done
  [ "$(shims | wc -l)" = 1 ]
  for C in "$group-a" "$group-b"; do
    ctr tasks rm --force "$C"
    [ "$(shims | wc -l)" = 1 ]
    run -0 ctr tasks ls
  done
  C=$group-c
  [ "$(status_of "$C")" = RUNNING ]
  run -0 execute echo lives
  ctr tasks rm --force "$C"
  wait_for no_shims
}

@test "shim: containers without a group each have their own shim" {
  local group=$C
  for C in "$group-a" "$group-b"; do start sleep 1000; done
  [ "$(shims | wc -l)" = 2 ]
}

@test "shim: only root can use its sockets" {
  [ "$SHIM" = tare ] || skip "tare only"
  start sleep 1000
  local socket
  while read -r socket; do
    [[ $(stat -c %a "$socket") == *00 ]]
  done < <(find /run/containerd/s -type s)
  run -0 stat -c %a /run/containerd/s
  [[ $output == 7[01][01] ]]
}

@test "shim: tare's commands work on its containers" {
  [ "$SHIM" = tare ] || skip "tare only"
  start sleep 1000
  local root
  root=$(dirname "$(find /run -maxdepth 5 -type d -name "$C" -path '*tare*' | head -n 1)")
  run -0 "$TARE" --root "$root" list
  expect "$C" running
  run -0 "$TARE" --root "$root" exec "$C" echo from a shell
  [ "$output" = "from a shell" ]
  [ "$("$TARE" --root "$root" state "$C" | jq .pid)" = "$(init_pid)" ]
  "$TARE" --root "$root" kill "$C" KILL
  wait_for status_is STOPPED
  removed_with 137
}
