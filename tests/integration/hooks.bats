#!/usr/bin/env bats
# Hooks: where, when and in what order they run, what they get, and what happens if they fail.
load helper

KINDS="prestart createRuntime createContainer startContainer poststart poststop"

# Hooks are /bin/sh of the host, and of the container for startContainer: both see $SHARED through a mount.
setup_shared() {
  SHARED=$BATS_TEST_TMPDIR/shared
  mkdir "$SHARED"
  mkdir -p "$ROOTFS$SHARED"
  add_mount "$SHARED" bind "$SHARED" bind
}

hook() { # KIND SHELL-SCRIPT [JQ-FILTER]
  update_config --arg kind "$1" --arg script "$2" '
    .hooks[$kind] += [{path: "/bin/sh", args: ["sh", "-c", $script]} '"${3:-}"']'
}

log_hook() { hook "$1" "echo $1${2:-} >>$SHARED/log"; } # KIND [SUFFIX]

log() { tr '\n' ' ' <"$SHARED/log"; }

@test "hooks: run in the order of the spec, and those of one kind in the order of config.json" {
  only_tare "runc 1.1 runs poststart hooks at create"
  setup_shared
  local kind
  for kind in $KINDS; do
    log_hook $kind -1
    log_hook $kind -2
  done
  set_args sleep 1000
  create
  [ "$(log)" = "prestart-1 prestart-2 createRuntime-1 createRuntime-2 createContainer-1 createContainer-2 " ]
  runtime start "$ID"
  [[ $(log) == *"createContainer-2 startContainer-1 startContainer-2 poststart-1 poststart-2 " ]]
  runtime kill "$ID" KILL
  wait_for status_is stopped
  [[ $(log) != *poststop* ]]
  runtime delete "$ID"
  [[ $(log) == *"poststart-2 poststop-1 poststop-2 " ]]
}

@test "hooks: get the state on standard input" {
  only_tare "runc 1.1 runs poststart hooks at create"
  setup_shared
  update_config '.annotations = {"a.key": "a value"}'
  local kind
  for kind in $KINDS; do hook $kind "cat >$SHARED/$kind"; done
  in_container true
  for kind in $KINDS; do
    jq -e --arg id "$ID" --arg bundle "$BUNDLE" '.id == $id and .bundle == $bundle and (.ociVersion | test("^1\\.")) and
      .annotations == {"a.key": "a value"}' "$SHARED/$kind"
  done
  for kind in prestart createRuntime createContainer; do
    jq -e '.status == "creating" and .pid > 0' "$SHARED/$kind"
  done
  jq -e '.status == "created"' "$SHARED/startContainer"
  jq -e '.status == "running" and .pid > 0' "$SHARED/poststart"
  jq -e '.status == "stopped"' "$SHARED/poststop"
}

@test "hooks: createContainer and startContainer get init's PID as seen in the container" {
  setup_shared
  hook createContainer "cat >$SHARED/createContainer"
  hook startContainer "cat >$SHARED/startContainer"
  in_container true
  jq -e '.pid == 1' "$SHARED/createContainer"
  jq -e '.pid == 1' "$SHARED/startContainer"
}

@test "hooks: the others get init's PID as seen by the runtime" {
  setup_shared
  hook createRuntime "cat >$SHARED/state"
  start sleep 1000
  [ "$(jq .pid "$SHARED/state")" = "$(init_pid)" ]
}

@test "hooks: run in the namespaces that the spec says" {
  setup_shared
  local kind
  for kind in $KINDS; do hook $kind "readlink /proc/self/ns/mnt >$SHARED/$kind || cat /proc/self/mountinfo >$SHARED/$kind"; done
  ln -s busybox "$ROOTFS/bin/readlink"
  start sleep 1000
  local inner outer
  inner=$(readlink "/proc/$(init_pid)/ns/mnt")
  outer=$(readlink /proc/self/ns/mnt)
  runtime delete --force "$ID"
  for kind in prestart createRuntime poststart poststop; do [ "$(cat "$SHARED/$kind")" = "$outer" ]; done
  for kind in createContainer startContainer; do [ "$(cat "$SHARED/$kind")" = "$inner" ]; done
}

@test "hooks: createContainer sees the host's files and the container's mounts, startContainer the container's files" {
  setup_shared
  hook createContainer "ls /proc/1/root >/dev/null; ls $ROOTFS/dev >$SHARED/before; test -e $ROOT && echo host >>$SHARED/before"
  hook startContainer "ls / >$SHARED/after"
  in_container true
  grep -qx null "$SHARED/before"
  grep -qx host "$SHARED/before"
  grep -qx proc "$SHARED/after"
  run ! grep -qx root "$SHARED/after"
}

@test "hooks: a mount made by createRuntime in the container's mount namespace is not needed to see the rootfs" {
  setup_shared
  hook createRuntime "cat >$SHARED/state; pid=\$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/' $SHARED/state);
    nsenter -t \$pid -n ip link set lo down; ip link show lo >$SHARED/out"
  in_container cat /sys/class/net/lo/operstate
  [ -s "$SHARED/out" ]
}

@test "hooks: have exactly the given environment and no extra descriptors" {
  setup_shared
  hook prestart "env >$SHARED/env; ls /proc/self/fd >$SHARED/fds" '+ {env: ["GIVEN=1", "PATH=/usr/bin:/bin"]}'
  set_args true
  CALLER=1 run -0 runtime run --bundle "$BUNDLE" "$ID" 9</dev/null
  grep -qx GIVEN=1 "$SHARED/env"
  run ! grep CALLER "$SHARED/env"
  only_tare "runc 1.1 hands descriptors on"
  run ! grep -qx 9 "$SHARED/fds"
}

@test "hooks: without env they have the runtime's environment, with an empty env none" {
  setup_shared
  local kind
  for kind in prestart createRuntime createContainer poststop; do
    update_config --arg kind $kind --arg file "$SHARED/$kind" '.hooks[$kind] = [
      {path: "/bin/sh", args: ["sh", "-c", "cat /proc/self/environ >\($file).inherited"]},
      {path: "/bin/sh", args: ["sh", "-c", "cat /proc/self/environ >\($file).empty"], env: []}]'
  done
  set_args true
  CALLER=1 HOME=/somewhere run -0 runtime run --bundle "$BUNDLE" "$ID"
  for kind in prestart createRuntime poststop; do
    tr '\0' '\n' <"$SHARED/$kind.inherited" | grep -qx CALLER=1
    tr '\0' '\n' <"$SHARED/$kind.inherited" | grep -qx HOME=/somewhere
  done
  only_tare "runc 1.1 inherits where env is empty, and has an environment of its own for createContainer"
  tr '\0' '\n' <"$SHARED/createContainer.inherited" | grep -qx CALLER=1
  for kind in prestart createRuntime createContainer poststop; do
    run ! grep -qE "CALLER|HOME" "$SHARED/$kind.empty"
  done
}

@test "hooks: startContainer without env has the program's environment and the container's root" {
  setup_shared
  update_config '.process.cwd = "/tmp"'
  hook startContainer "pwd >$SHARED/pwd"
  update_config '.process.env = ["PATH=/bin", "OF=the program"]'
  hook startContainer "cat /proc/\$\$/environ >$SHARED/environ"
  set_args true
  CALLER=1 run -0 runtime run --bundle "$BUNDLE" "$ID"
  tr '\0' '\n' <"$SHARED/environ" | grep -qx "OF=the program"
  tr '\0' '\n' <"$SHARED/environ" | grep -q '^HOME=' # as the program has it
  run ! grep -q CALLER "$SHARED/environ"
  only_tare "runc 1.1 is in the program's directory"
  [ "$(cat "$SHARED/pwd")" = / ]
}

@test "hooks: run in the bundle directory, createContainer in the rootfs" {
  setup_shared
  local kind
  for kind in prestart createRuntime createContainer poststart poststop; do hook $kind "pwd -P >$SHARED/$kind"; done
  set_args sleep 1000
  cd /
  create
  runtime start "$ID"
  runtime delete --force "$ID"
  [ "$(cat "$SHARED/prestart")" = "$BUNDLE" ]
  [ "$(cat "$SHARED/createRuntime")" = "$BUNDLE" ]
  [ "$(cat "$SHARED/createContainer")" = "$ROOTFS" ]
  only_tare "runc 1.1 runs them where its caller is"
  [ "$(cat "$SHARED/poststart")" = "$BUNDLE" ]
  [ "$(cat "$SHARED/poststop")" = "$BUNDLE" ]
}

@test "hooks: poststop runs even if the bundle was removed" {
  setup_shared
  log_hook poststop
  start sleep 1000
  mv "$BUNDLE" "$BUNDLE.moved"
  runtime delete --force "$ID"
  mv "$BUNDLE.moved" "$BUNDLE"
  [ "$(log)" = "poststop " ]
}

@test "hooks: args are the whole argument vector, which defaults to the path" {
  setup_shared
  printf '#!/bin/sh\necho "$0 $*" >>%s/args\n' "$SHARED" >"$SHARED/script"
  chmod 755 "$SHARED/script"
  update_config --arg path "$SHARED/script" '.hooks.createRuntime = [{path: $path, args: ["name", "one", "two words"]},
    {path: $path}]'
  in_container true
  [ "$(cat "$SHARED/args")" = "$SHARED/script one two words"$'\n'"$SHARED/script " ]
}

@test "hooks: a failing one makes create fail with its output, and nothing is left" {
  local kind
  setup_shared
  for kind in prestart createRuntime createContainer; do
    update_config 'del(.hooks)'
    hook $kind "echo sorry >&2; exit 3"
    run ! runtime create --bundle "$BUNDLE" "$ID"
    expect "exit status 3" hook
    [ -z "$(leftovers)" ]
  done
}

@test "hooks: a failing one is named by its kind and its index from 0" {
  only_tare "runc 1.1 says \"error running hook #1:\", and that of startContainer on the container's terminal"
  local kind
  for kind in prestart createRuntime createContainer startContainer poststart; do
    update_config 'del(.hooks)'
    hook $kind true
    hook $kind "echo sorry >&2; exit 3"
    set_args true
    run ! runtime run --bundle "$BUNDLE" "$ID"
    expect "error running $kind hook #1: /bin/sh: exit status 3: sorry"
  done
  update_config 'del(.hooks)'
  hook poststop true
  hook poststop false
  in_container true
  expect "error running poststop hook #1: "
}

@test "hooks: after a failing one no other of its kind runs, and poststop runs" {
  setup_shared
  log_hook createRuntime -1
  hook createRuntime false
  log_hook createRuntime -2
  log_hook createContainer
  log_hook poststop
  run ! runtime create --bundle "$BUNDLE" "$ID"
  run -0 log
  expect "createRuntime-1"
  refute "createRuntime-2" createContainer
  only_tare "runc 1.1 leaves poststop out"
  expect poststop
}

@test "hooks: poststop does not run if create fails before the first hook" {
  setup_shared
  log_hook prestart
  log_hook poststop
  add_mount /data nonsense nonsense
  run ! runtime create --bundle "$BUNDLE" "$ID"
  [ ! -e "$SHARED/log" ]
}

@test "hooks: a failing startContainer hook makes start fail, and the program never runs" {
  only_tare "runc 1.1 says that it started"
  setup_shared
  hook startContainer "exit 4"
  set_args touch "$SHARED/ran"
  create
  run ! runtime start "$ID"
  expect "exit status 4"
  stopped_or_gone
  [ ! -e "$SHARED/ran" ]
}

@test "hooks: a failing startContainer hook destroys the container, and poststop runs" {
  only_tare "runc 1.1 says that it started"
  setup_shared
  hook startContainer "exit 4"
  log_hook poststop
  set_args true
  create
  run ! runtime start "$ID"
  expect "error running startContainer hook #0: " "exit status 4"
  run ! runtime state "$ID"
  expect "does not exist"
  [ "$(log)" = "poststop " ]
  [ -z "$(leftovers)" ]
}

@test "hooks: a failing poststart hook makes start fail and stops the container" {
  only_tare "runc 1.1 runs poststart hooks at create"
  setup_shared
  hook poststart "exit 5"
  set_args sleep 1000
  create
  run ! runtime start "$ID"
  expect "exit status 5"
  stopped_or_gone
}

# After such a failure the lifecycle continues with "destroyed" (runtime.md).
stopped_or_gone() { ! runtime state "$ID" >/dev/null 2>&1 || wait_for status_is stopped; }

@test "hooks: a failing poststop hook causes a warning, the others run, and delete succeeds" {
  only_tare "runc 1.1 ends at the first"
  setup_shared
  hook poststop "exit 6"
  log_hook poststop -second
  start true
  wait_for status_is stopped
  run -0 runtime delete "$ID"
  [ "$(log)" = "poststop-second " ]
}

@test "hooks: are killed at their timeout" {
  hook createRuntime "exec sleep 1234" '+ {timeout: 1}'
  local begin=$SECONDS
  run ! runtime create --bundle "$BUNDLE" "$ID"
  ((SECONDS - begin < 10))
}

@test "hooks: processes that they started are killed at the timeout, too" {
  only_tare "runc 1.1 waits for it"
  hook createRuntime "sleep 1235 & sleep 1235" '+ {timeout: 1}'
  local begin=$SECONDS
  run ! runtime create --bundle "$BUNDLE" "$ID"
  ((SECONDS - begin < 10))
  expect timeout
  run ! pgrep -f "sleep 1235"
}

@test "hooks: one that ends before its timeout is not affected" {
  setup_shared
  hook createRuntime "sleep 0.2; echo done >>$SHARED/log" '+ {timeout: 5}'
  in_container true
  [ "$(log)" = "done " ]
}

@test "hooks: a missing or relative path and an invalid timeout are errors" {
  update_config '.hooks.createRuntime = [{path: "/nonesuch/hook"}]'
  refuses /nonesuch/hook "no such file or directory"
  only_tare "runc 1.1 takes these"
  update_config '.hooks.createRuntime = [{path: "bin/true"}]'
  refuses /hooks/createRuntime/0/path
  update_config '.hooks.createRuntime = [{args: ["true"]}]'
  refuses /hooks/createRuntime/0/path
  update_config '.hooks.createRuntime = [{path: "/bin/true", timeout: 0}]'
  refuses /hooks/createRuntime/0/timeout
}

@test "hooks: a large output does not block them" {
  hook createRuntime 'i=0; while [ $i -lt 20000 ]; do echo "line $i of much output"; i=$((i + 1)); done'
  in_container true
}

@test "hooks: need not read their standard input" {
  hook createRuntime 'exec <&-; exit 0'
  update_config '.annotations = {"a.long": ("x" * 200000)}'
  in_container true
}

@test "hooks: delete --force runs poststop" {
  setup_shared
  hook poststop "cat >$SHARED/state"
  hook poststop "ls $ROOT >$SHARED/containers"
  start sleep 1000
  runtime delete --force "$ID"
  jq -e '.status == "stopped" and (has("pid") and .pid != 0 | not)' "$SHARED/state"
  [ -z "$(cat "$SHARED/containers")" ]
}

@test "hooks: may call the runtime's state for the container" {
  only_tare "runc 1.1 runs poststart hooks at create"
  setup_shared
  hook createRuntime "$RUNTIME --root $ROOT state $ID >$SHARED/creating"
  hook poststart "$RUNTIME --root $ROOT state $ID >$SHARED/running"
  start sleep 1000
  jq -e '.status == "creating"' "$SHARED/creating"
  jq -e '.status == "running"' "$SHARED/running"
}

# A startContainer hook that has begun when $SHARED/begun is there, and ends when $SHARED/go is.
waiting_hook() {
  setup_shared
  hook startContainer "touch $SHARED/begun; while [ ! -e $SHARED/go ]; do sleep 0.05; done"
  set_args sleep 1000
}

begun() { [ -e "$SHARED/begun" ]; }

wait_fails() { ! wait "$1"; } # PID

@test "hooks: start and run fail if init is killed during startContainer" {
  only_tare "runc and crun say that it has started"
  waiting_hook
  create
  in_background "$OUT" runtime start "$ID"
  local start=$!
  wait_for begun
  kill -KILL "$(init_pid)"
  wait_fails $start
  says "$OUT" "init was killed while startContainer hooks were running"
  wait_for status_is stopped
  runtime delete "$ID"
  rm "$SHARED/begun"
  in_background "$OUT" runtime run --detach --bundle "$BUNDLE" "$ID"
  start=$!
  wait_for begun
  kill -KILL "$(init_pid)"
  wait_fails $start
  says "$OUT" "init was killed by signal 9"
}

@test "hooks: the container starts even if the start command is killed during startContainer" {
  only_tare "with runc it stays \"created\" for ever, and delete kills it"
  waiting_hook
  create
  in_background "$OUT" "$RUNTIME" --root "$ROOT" start "$ID"
  local start=$!
  wait_for begun
  kill -KILL $start
  wait_fails $start
  status_is running
  touch "$SHARED/go"
  wait_for grep -q sleep "/proc/$(init_pid)/comm"
  status_is running
  run ! runtime start "$ID"
  expect "already running"
  run ! runtime delete "$ID"
  expect "not stopped"
}

@test "hooks: the annotations of crun send the output of all hooks to files, whose content is kept" {
  only_tare "runc has no such annotations"
  setup_shared
  local kind
  for kind in $KINDS; do hook $kind "echo $kind-out; echo $kind-err >&2"; done
  update_config --arg err "$BATS_TEST_TMPDIR/err" '.annotations = {"run.oci.hooks.stdout": "out", "run.oci.hooks.stderr": $err}'
  echo before >"$BATS_TEST_TMPDIR/err"
  in_container true
  [ -z "$output" ]
  run -0 cat "$BUNDLE/out"
  [ "$output" = "$(printf '%s-out\n' $KINDS)" ]
  [ "$(stat -c %a "$BUNDLE/out")" = 600 ]
  run -0 cat "$BATS_TEST_TMPDIR/err"
  [ "$output" = "$(echo before && printf '%s-err\n' $KINDS)" ]
}

@test "hooks: their output also goes to a file with create and start, and from a user namespace" {
  only_tare "runc has no such annotations"
  update_config '.annotations["run.oci.hooks.stdout"] = "out" | .linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$ROOTFS"
  hook createContainer "echo createContainer"
  hook startContainer "echo startContainer"
  hook poststart "echo poststart"
  set_args sleep 1000
  create
  [ "$(cat "$BUNDLE/out")" = createContainer ]
  runtime start "$ID"
  [ "$(cat "$BUNDLE/out")" = $'createContainer\nstartContainer\npoststart' ]
  [ -z "$(find "/proc/$(init_pid)/fd" -lname "$BUNDLE/out")" ]
}

@test "hooks: a file for their output that cannot be opened is an error that names the annotation" {
  only_tare "runc has no such annotations"
  hook createRuntime true
  update_config '.annotations["run.oci.hooks.stdout"] = "/nonesuch/out"'
  refuses "/annotations/run.oci.hooks.stdout" "/nonesuch/out" "no such file"
  mkfifo "$BUNDLE/fifo" # without a reader, this must not wait
  update_config '.annotations["run.oci.hooks.stdout"] = "fifo"'
  refuses "/annotations/run.oci.hooks.stdout" "no such device or address"
  [ -z "$(leftovers)" ]
}
