#!/usr/bin/env bats
# Docker with the shim as its runtime.
# shellcheck disable=SC2016,SC2034 # containers expand what is in single quotes; helper.bash reads FLAGS
load helper
load docker

@test "shim docker: run passes output, input and exit code" {
  run -6 docker_run --rm busybox sh -c 'echo out; echo err >&2; exit 6'
  expect out err
  run -0 docker_run --rm -i busybox cat < <(printf 'one\ntwo')
  [ "$output" = $'one\ntwo' ]
}

@test "shim docker: run with a terminal" {
  run -0 on_terminal docker run --rm -it --runtime "$DOCKER_RUNTIME" --network none busybox sh -c 'tty; sleep 0.5; stty size'
  expect /dev/pts/0 "24 80"
}

@test "shim docker: logs" {
  docker_run -d busybox sh -c 'echo out; echo err >&2; exit 3' >/dev/null
  run -0 docker wait "$C"
  [ "$output" = 3 ]
  run -0 docker logs "$C"
  expect out err
}

@test "shim docker: exec with exit code, user and terminal" {
  docker_run -d busybox sleep 1000 >/dev/null
  run -3 docker exec -u user -w /data -e ADDED=1 "$C" sh -c 'id -u; pwd; echo $ADDED; exit 3'
  expect 1000 /data 1
  run -0 docker exec -i "$C" cat < <(echo input)
  [ "$output" = input ]
  run -0 on_terminal docker exec -it "$C" sh -c 'tty; sleep 0.5; stty size'
  expect /dev/pts/ "24 80"
  run ! docker exec "$C" no-such-program
  expect "executable file not found"
  run -126 docker exec "$C" /data/not-executable
}

@test "shim docker: a missing program is exit code 127, one that is not executable 126" {
  run -127 docker_run --rm busybox no-such-program
  expect "executable file not found"
  run -126 docker_run --rm busybox /data/not-executable
}

@test "shim docker: attach" {
  docker_run -d -i busybox sh -c 'for i in 1 2; do read -r line; echo "heard $line"; done; sleep 0.5; exit 2' >/dev/null
  run -2 docker attach "$C" < <(sleep 0.5 && echo one && echo two && sleep 2)
  expect "heard one" "heard two"
}

@test "shim docker: stop and kill" {
  docker_run -d busybox sh -c 'trap "exit 5" TERM; trap "echo usr1" USR1; while :; do sleep 0.1; done' >/dev/null
  sleep 0.5
  docker kill -s USR1 "$C"
  wait_for logs_say usr1
  docker stop "$C"
  run -0 docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$C"
  [ "$output" = "exited 5" ]
}
logs_say() { docker logs "$C" 2>&1 | grep -q "$1"; }

@test "shim docker: pause, unpause, top, stats, update" {
  docker_run -d --memory 64m busybox sleep 1000 >/dev/null
  docker pause "$C"
  [ "$(docker inspect -f '{{.State.Status}}' "$C")" = paused ]
  docker unpause "$C"
  run -0 docker top "$C"
  expect "sleep 1000"
  run -0 docker stats --no-stream --format '{{.MemUsage}} {{.PIDs}}' "$C"
  [[ $output =~ 64MiB\ 1$ ]]
  docker update --memory 32m --memory-swap 32m "$C"
  run -0 docker stats --no-stream --format '{{.MemUsage}}' "$C"
  expect 32MiB
}

@test "shim docker: the restart policy on-failure" {
  docker_run -d --restart on-failure:3 busybox sh -c 'echo once more; exit 1' >/dev/null
  wait_for restarted_three_times
  [ "$(docker logs "$C" | grep -c 'once more')" = 4 ]
}
restarted_three_times() {
  [ "$(docker inspect -f '{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}' "$C")" = "3 exited 1" ]
}

@test "shim docker: restart, and start after stop" {
  docker_run -d busybox sh -c 'echo started; sleep 1000' >/dev/null
  docker restart -t 0 "$C"
  docker stop -t 0 "$C"
  docker start "$C"
  wait_for logs_say_started_thrice
}
logs_say_started_thrice() { [ "$(docker logs "$C" | grep -c started)" = 3 ]; }

@test "shim docker: --init" {
  run -4 docker_run --rm --init busybox sh -c 'cat /proc/1/comm; exit 4'
  [[ $output == *init* ]]
}

@test "shim docker: a health check" {
  docker_run -d --health-cmd 'test -e /tmp/well' --health-interval 0.3s --health-retries 2 busybox \
    sh -c 'sleep 2; touch /tmp/well; sleep 1000' >/dev/null
  wait_for health_is unhealthy
  wait_for health_is healthy
}
health_is() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$C")" = "$1" ]; }

@test "shim docker: inspect shows that the container ran out of memory" {
  run -137 docker_run --memory 8m --memory-swap 8m busybox sh -c 'x=a; while :; do x=$x$x; done'
  [ "$(docker inspect -f '{{.State.OOMKilled}} {{.State.ExitCode}}' "$C")" = "true 137" ]
}

@test "shim docker: ten containers at once" {
  local number ids=()
  for number in {1..10}; do
    docker run --rm --name "$C-$number" --runtime "$DOCKER_RUNTIME" --network none busybox sh -c "exit $number" 3>&- &
    ids[number]=$!
  done
  for number in {1..10}; do
    local code=0
    wait "${ids[number]}" || code=$?
    [ "$code" = "$number" ]
  done
}

@test "shim docker: with live restore a container survives dockerd, and its exit is noticed" {
  docker_run -d busybox sh -c 'while ! [ -e /tmp/leave ]; do sleep 0.1; done; exit 11' >/dev/null
  stop dockerd KILL
  dockerd_start
  [ "$(docker inspect -f '{{.State.Status}}' "$C")" = running ]
  docker exec "$C" touch /tmp/leave
  run -0 docker wait "$C"
  [ "$output" = 11 ]
}

@test "shim docker: an exit while dockerd is down is noticed" {
  docker_run -d busybox sh -c 'sleep 1; exit 12' >/dev/null
  stop dockerd KILL
  sleep 1.5
  dockerd_start
  run -0 docker wait "$C"
  [ "$output" = 12 ]
}
