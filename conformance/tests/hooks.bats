# config.md: POSIX-platform hooks.
load ../lib/harness

KINDS=(prestart createRuntime createContainer startContainer poststart poststop)

# A whole life; what it leaves is looked at by the test.
live() {
  args /bin/sh -c 'echo program >>/data/order; exec sleep 600'
  create && start && runtime kill "$ID" KILL && wait_for is stopped && remove
}

# Hooks outside write to $ROOTFS/data, those inside (startContainer) to /data: the same directory.
order_hook() { # KIND NAME
  if [ "$1" = startContainer ]; then hook "$1" "echo $2 >>/data/order"; else hook "$1" "echo $2 >>$ROOTFS/data/order"; fi
}

namespaces_of() { # KIND: says in which pid and mount namespace it runs
  hook "$1" "readlink /proc/self/ns/mnt >$2"
}

each_kind_refused() { # FILTER, of the hook
  local kind
  for kind in "${KINDS[@]}"; do
    base_config >"$BUNDLE/config.json"
    config --arg kind "$kind" ".hooks[\$kind] = [{\"path\": \"/bin/true\"} | $1]"
    refused || { echo "$kind" && return 1; }
  done
}

@test "CF-555 CF-565: a hook without path is an error" { each_kind_refused 'del(.path)'; }
@test "CF-556 CF-566: a hook's path that is not absolute is an error" { each_kind_refused '.path = "bin/true"'; }
@test "CF-560 CF-570: a timeout of 0, or below, is an error" { each_kind_refused '.timeout = 0' && each_kind_refused '.timeout = -1'; }

@test "CF-560: a hook that exceeds its timeout is killed, and has failed" {
  config '.hooks.createRuntime = [{"path": "/bin/sleep", "args": ["sleep", "8"], "timeout": 1}]'
  refused
}

# A program that only the machine has, and one that only the image has.
outside_program() {
  printf '#!/bin/sh\necho outside >>%s\n' "$HERE/ran" >"$HERE/program"
  chmod +x "$HERE/program"
  config --arg kind "$1" --arg path "$HERE/program" '.hooks[$kind] = [{path: $path}]'
  live
  holds "$HERE/ran" outside
}

@test "CF-561 CF-602: a prestart hook's path is on the host" { outside_program prestart; }
@test "CF-571 CF-609: a createRuntime hook's path is on the host" { outside_program createRuntime; }
@test "CF-575 CF-621: a createContainer hook's path is on the host" { outside_program createContainer; }
@test "CF-583 CF-641: a poststart hook's path is on the host" { outside_program poststart; }
@test "CF-587 CF-649: a poststop hook's path is on the host" { outside_program poststop; }

@test "CF-579 CF-633: a startContainer hook's path is in the container" {
  printf '#!/bin/sh\necho inside >>/data/ran\n' >"$ROOTFS/bin/only-inside"
  chmod +x "$ROOTFS/bin/only-inside"
  config '.hooks.startContainer = [{"path": "/bin/only-inside"}]'
  live
  holds "$ROOTFS/data/ran" inside
}

runs_outside() {
  namespaces_of "$1" "$HERE/ns"
  live
  [ "$(cat "$HERE/ns")" = "$(readlink /proc/self/ns/mnt)" ]
}

@test "CF-562 CF-603: prestart hooks run in the runtime's namespaces" { runs_outside prestart; }
@test "CF-572 CF-610: createRuntime hooks run in the runtime's namespaces" { runs_outside createRuntime; }
@test "CF-584 CF-642: poststart hooks run in the runtime's namespaces" { runs_outside poststart; }
@test "CF-588 CF-650: poststop hooks run in the runtime's namespaces" { runs_outside poststop; }

@test "CF-576 CF-622: createContainer hooks run in the container's namespaces" {
  namespaces_of createContainer "$ROOTFS/data/ns"
  args /bin/sleep 600
  create
  [ "$(cat "$ROOTFS/data/ns")" = "$(readlink "/proc/$(pid)/ns/mnt")" ]
}

@test "CF-580 CF-634: startContainer hooks run in the container's namespaces" {
  namespaces_of startContainer /data/ns
  args /bin/sleep 600
  begin
  [ "$(cat "$ROOTFS/data/ns")" = "$(readlink "/proc/$(pid)/ns/mnt")" ]
}

@test "CF-591: hooks of one kind run in their order" {
  local kind n
  for kind in "${KINDS[@]}"; do for n in 1 2 3; do order_hook "$kind" "$kind-$n"; done; done
  live
  for kind in "${KINDS[@]}"; do
    [ "$(grep "^$kind-" "$ROOTFS/data/order" | tr '\n' ' ')" = "$kind-1 $kind-2 $kind-3 " ]
  done
}

@test "CF-592: every hook gets the state on its standard input, with the status of the phase" {
  local kind file
  for kind in "${KINDS[@]}"; do
    file=$ROOTFS/data/$kind
    [ "$kind" != startContainer ] || file=/data/$kind
    hook "$kind" "cat >$file"
  done
  live
  for kind in "${KINDS[@]}"; do
    judge --arg id "$ID" --arg bundle "$BUNDLE" '.id == $id and .bundle == $bundle and (.ociVersion | type == "string")' \
      <"$ROOTFS/data/$kind" || { echo "$kind: $(cat "$ROOTFS/data/$kind")" && return 1; }
  done
  judge '.status == "creating"' <"$ROOTFS/data/createRuntime"
  judge '.status == "creating"' <"$ROOTFS/data/createContainer"
  judge '.status == "created"' <"$ROOTFS/data/startContainer"
  judge '.status == "running"' <"$ROOTFS/data/poststart"
  judge '.status == "stopped"' <"$ROOTFS/data/poststop"
}

@test "CF-592: startContainer's state has the PID as seen in the container" {
  hook startContainer 'cat >/data/state'
  args /bin/sleep 600
  begin
  judge '.pid == 1' <"$ROOTFS/data/state"
}

# What a hook outside sees of the container while it is in the making: its namespaces are there, the pivot is to come.
before_pivot() { # KIND
  hook "$1" "jq .pid | { read -r pid; readlink /proc/\$pid/ns/mnt >$HERE/ns
    readlink /proc/\$pid/root >$HERE/root-of-init; }"
  args /bin/sleep 600
  create
  [ "$(cat "$HERE/ns")" = "$(readlink "/proc/$(pid)/ns/mnt")" ]
  [ "$(cat "$HERE/ns")" != "$(readlink /proc/self/ns/mnt)" ]
}

@test "CF-596: prestart runs in create, after the namespaces were created" { before_pivot prestart; }
@test "CF-607: createRuntime runs in create, after the namespaces were created" { before_pivot createRuntime; }

@test "CF-618: createContainer runs in create, before the root is changed" {
  hook createContainer "ls / >$ROOTFS/data/root"
  args /bin/sleep 600
  create
  holds "$ROOTFS/data/root" usr # the image has none
}

@test "CF-598 CF-619: prestart comes before createRuntime, createContainer after it" {
  order_hook createContainer 3
  order_hook createRuntime 2
  order_hook prestart 1
  live
  [ "$(head -n 3 "$ROOTFS/data/order" | tr '\n' ' ')" = "1 2 3 " ]
}

@test "CF-630: startContainer runs in start, before the program" {
  order_hook startContainer hook
  args /bin/sh -c 'echo program >>/data/order; exec sleep 600'
  create
  [ ! -e "$ROOTFS/data/order" ]
  start
  wait_for holds "$ROOTFS/data/order" program
  [ "$(head -n 1 "$ROOTFS/data/order")" = hook ]
}

@test "CF-638: poststart runs after the program was started and before start returns" {
  hook poststart "sleep 0.3; echo x >$HERE/poststart"
  args /bin/sleep 600
  create
  [ ! -e "$HERE/poststart" ]
  start
  [ -e "$HERE/poststart" ]
}

@test "CF-646: poststop runs after the container is deleted and before delete returns" {
  hook poststop "sleep 0.3; ls $ROOT >$HERE/poststop"
  args /bin/true
  begin
  finish
  [ ! -e "$HERE/poststop" ]
  remove
  [ -e "$HERE/poststop" ]
  ! grep -qx "$ID" "$HERE/poststop"
}
