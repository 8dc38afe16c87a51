#!/usr/bin/env bats
# --network pasta and --network slirp4netns: networks of a user without privileges.
#
# The machine of these tests is a network namespace with a router in another one; the container's traffic goes nowhere else.
# shellcheck disable=SC2016 # the shells of the container expand what is in single quotes
load ../integration/helper

# A user of this test alone, so that its processes are those of the test.
USER_ID=$((10000 + $$ % 50000))

setup() {
  only_tree_has_programs
  prepare
  cp "$RUNTIME" "$BATS_TEST_TMPDIR/tare"
  rm "$BUNDLE/config.json"
  chown -R $USER_ID:$USER_ID "$BUNDLE" "$ROOT"
  as_user "$BATS_TEST_TMPDIR/tare" spec --rootless --bundle "$BUNDLE"
  update_config '.process.terminal = false | .root.readonly = false | .process.env = ["PATH=/bin"]'
  chown -R $USER_ID:$USER_ID "$BUNDLE"
  USER_PATH=$PATH
  mknod -m 666 "$BATS_TEST_TMPDIR/tun" c 10 200
  make_machine
  make_get
}

only_tree_has_programs() {
  only_tare "runc knows no networks"
  command -v pasta >/dev/null || skip "pasta is not installed (passt)"
  command -v slirp4netns >/dev/null || skip "slirp4netns is not installed"
}

as_user() { setpriv --reuid $USER_ID --regid $USER_ID --clear-groups env HOME=/ XDG_RUNTIME_DIR="$ROOT" PATH="$PATH" "$@"; }

# $machine and $router are processes in the two namespaces; their addresses are 10.77.0.1 and 10.77.0.2.
make_machine() {
  in_background /dev/null unshare --net sleep 1000
  machine=$!
  in_background /dev/null unshare --net sleep 1000
  router=$!
  wait_for other_namespace "$machine"
  wait_for other_namespace "$router"
  nsenter --net --target "$machine" ip link add m0 type veth peer name r0 netns $router
  for end in "$machine m0 1" "$router r0 2"; do
    # shellcheck disable=SC2086 # three words
    set -- $end
    nsenter --net --target "$1" sh -c "ip link set lo up; ip addr add 10.77.0.$3/24 dev $2; ip link set $2 up"
  done
  nsenter --net --target "$machine" ip route add default via 10.77.0.2
}
other_namespace() { [ "$(readlink "/proc/$1/ns/net")" != "$(readlink /proc/self/ns/net)" ]; }

# tare as the user, on that machine, whose /dev/net/tun every user may open, as udev has it.
tare() {
  nsenter --net --target "$machine" unshare --mount sh -c 'mount --bind "$1" /dev/net/tun && shift && exec "$@"' sh \
    "$BATS_TEST_TMPDIR/tun" setpriv --reuid $USER_ID --regid $USER_ID --clear-groups env HOME=/ XDG_RUNTIME_DIR="$ROOT" \
    PATH="$USER_PATH" "$(command -v timeout)" --foreground 100 "$BATS_TEST_TMPDIR/tare" --root "$ROOT" "$@"
}

# `get HOST PORT [SECONDS]` in the container prints what a web server has at /page. Its side of the connection stays open for writing until
# then, because pasta of 2023-03-09 (Debian 12) would otherwise send the answer again and again.
make_get() {
  cat >"$ROOTFS/bin/get" <<'EOF'
#!/bin/sh
busybox mkfifo /tmp/request && exec 3<>/tmp/request && rm /tmp/request || exit 1
printf 'GET /page HTTP/1.0\r\n\r\n' >&3
busybox timeout "${3:-20}" busybox nc "$1" "$2" <&3
EOF
  chmod +x "$ROOTFS/bin/get"
}

serve_page() { # PID ADDRESS TEXT
  mkdir "$BATS_TEST_TMPDIR/www-$1"
  echo "$3" >"$BATS_TEST_TMPDIR/www-$1/page"
  in_background /dev/null nsenter --net --target "$1" busybox httpd -f -p "$2" -h "$BATS_TEST_TMPDIR/www-$1"
  wait_for fetches "$1" "http://$2/page" "$3"
}
fetches() { [ "$(nsenter --net --target "$1" curl --silent --max-time 5 "$2")" = "$3" ]; } # PID URL TEXT

run_detached() { # RUN-OPTION...
  tare run --detach "$@" --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&- || { cat "$OUT" && return 1; }
}

programs() { pgrep --runstates D,R,S,T -u $USER_ID 'pas|slirp4ne' || true; } # pasta, or passt.avx2
programs_run() { [ -n "$(programs)" ]; }
no_programs() { [ -z "$(programs)" ]; }

# Each of these for both programs.
for_each_program() { # FUNCTION
  local program
  for program in pasta slirp4netns; do
    echo "with $program:"
    "$1" $program
    no_programs
  done
}

has_an_interface() {
  set_args sh -c 'busybox ip -4 addr show; busybox ip route; cat /etc/resolv.conf'
  run -0 tare run --network "$1" --bundle "$BUNDLE" "$ID"
  expect "inet " "default via"
  [ "$1" = pasta ] || expect "nameserver 10.0.2.3"
}

@test "user networks: the program runs when the interface is ready, and nothing is left when it has exited" {
  for_each_program has_an_interface
}

@test "user networks: that /dev/net/tun cannot be opened is said" {
  chmod 600 "$BATS_TEST_TMPDIR/tun"
  set_args true
  run ! tare run --network slirp4netns --bundle "$BUNDLE" "$ID"
  expect "slirp4netns has exited: open(" "/dev/net/tun" "ermission denied"
  no_programs
}

reaches_the_router() {
  set_args get 10.77.0.2 7000
  run -0 tare run --network "$1" --bundle "$BUNDLE" "$ID"
  expect "from the router"
}

@test "user networks: the container reaches others" {
  serve_page "$router" 10.77.0.2:7000 "from the router"
  for_each_program reaches_the_router
}

does_not_reach_loopback() {
  # shellcheck disable=SC2016 # the shell of the container expands it
  set_args sh -c 'gateway=$(busybox ip route | busybox awk "/default/ { print \$3 }"); echo to $gateway
    get 127.0.0.1 7000 2; get $gateway 7000 2; true'
  run -0 tare run --network "$1" --bundle "$BUNDLE" "$ID"
  expect "to 10."
  refute "from loopback"
}

@test "user networks: the container does not reach what listens on the host's loopback address" {
  serve_page "$machine" 127.0.0.1:7000 "from loopback"
  for_each_program does_not_reach_loopback
}

serves_on_published_ports() {
  set_args sh -c 'probe receive-datagram 53 >/datagram & exec busybox httpd -f -p 80 -h /www'
  run_detached --network "$1" --publish 8080:80 --publish 10.77.0.1:8053:53/udp
  wait_for fetches "$router" http://10.77.0.1:8080/page "from the container"
  fetches "$machine" http://127.0.0.1:8080/page "from the container"
  wait_for knock_arrives
  run -0 tare state "$ID"
  expect '"8080:80/tcp"' '"10.77.0.1:8053:53/udp"'
  tare delete --force "$ID"
  rm "$ROOTFS/datagram"
}
# The receiver may not listen yet.
knock_arrives() {
  nsenter --net --target "$router" bash -c "echo knock >/dev/udp/10.77.0.1/8053"
  says "$ROOTFS/datagram" knock
}

@test "user networks: ports of the container are published" {
  mkdir "$ROOTFS/www"
  echo "from the container" >"$ROOTFS/www/page"
  for_each_program serves_on_published_ports
}

# The owner of the files in /proc tells whether a process is dumpable.
is_shown() {
  local keeper
  set_args sleep 100
  run_detached --network "$1"
  run -0 tare state "$ID"
  expect "\"$1\"" "/24"
  [ "$(programs | wc -l)" = 1 ]
  keeper=$(jq '.processes[1].pid' "$ROOT/$ID/usernet.json")
  [ "$(stat -c %u "/proc/$keeper/maps")" = 0 ]
  tare delete --force "$ID"
  [ ! -e "/proc/$keeper/exe" ]
}

@test "user networks: the network is shown by state, and ends with delete; the container cannot trace its keeper" {
  for_each_program is_shown
}

@test "user networks: containers with the same program are not in one network" {
  set_args sleep 100
  run_detached --network slirp4netns
  set_args cat /etc/hosts
  run -0 tare run --network slirp4netns --bundle "$BUNDLE" "$ID-2"
  expect_line "10.0.2.100	runc $ID-2"
  refute "container $ID"
  tare delete --force "$ID"
}

@test "user networks: a supervisor that restarts the container gives it a network and its port again" {
  local before
  set_args sh -c 'busybox test -e /tmp/again && exec sleep 100; while ! busybox test -e /tmp/again; do sleep 0.1; done; exit 1'
  tare run --supervise --restart on-failure --network pasta --publish 80 --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&- || { cat "$OUT" && return 1; }
  before=$(programs)
  tare state "$ID" | jq -c '.ports, .network[].addresses' >"$BATS_TEST_TMPDIR/before"
  touch "$ROOTFS/tmp/again"
  wait_for restarted "$before"
  tare state "$ID" | jq -c '.ports, .network[].addresses' | diff "$BATS_TEST_TMPDIR/before" -
  tare delete --force "$ID"
  no_programs
}
restarted() { [ "$(programs | wc -l)" = 1 ] && [ "$(programs)" != "$1" ] && status_is running; }

ends_with_init() {
  set_args sleep 100
  run_detached --network "$1"
  kill -KILL "$(init_pid)"
  wait_for no_programs
  tare delete "$ID"
}

@test "user networks: the network ends when the container's init is killed" {
  for_each_program ends_with_init
}

survives_its_creator() {
  set_args true
  update_config --arg name "hook-$1" '.hooks.createRuntime = [{path: "/bin/sleep", args: [$name, "100"]}]'
  tare create --network "$1" --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&- &
  wait_for pgrep -u $USER_ID -f "^hook-$1 100" >/dev/null
  pkill -KILL -u $USER_ID -f "create --network $1"
  tare delete --force "$ID"
  no_programs
  pkill -KILL -u $USER_ID -f "^hook-$1 100"
}

@test "user networks: nothing is left of a container whose creator is killed" {
  for_each_program survives_its_creator
}

@test "user networks: a missing program is an error that names the package" {
  set_args true
  USER_PATH=/nonexistent
  run -1 tare run --network pasta --bundle "$BUNDLE" "$ID"
  expect "--network pasta: there is no program pasta in PATH; Debian has it in the package passt"
  run -1 tare run --network slirp4netns --bundle "$BUNDLE" "$ID"
  expect "in the package slirp4netns"
  [ ! -e "$ROOT/$ID" ]
}

# The port of the host is in use.
fails_with_its_words() {
  run -1 tare run --network "$1" --publish 8080:80 --bundle "$BUNDLE" "$ID"
  expect "--network $1: " "$2"
  no_programs
  [ ! -e "$ROOT/$ID" ]
}

@test "user networks: the error quotes what the program says, and nothing is left" {
  set_args true
  serve_page "$machine" 10.77.0.1:8080 "in use"
  fails_with_its_words pasta ""
  fails_with_its_words slirp4netns "slirp4netns: "
}

@test "user networks: what the programs cannot do is refused" {
  set_args true
  run -1 tare run --network pasta --publish 8080:80/sctp --bundle "$BUNDLE" "$ID"
  expect "pasta cannot forward ports of sctp"
  run -1 tare run --network pasta --bandwidth ingress=1m --bundle "$BUNDLE" "$ID"
  expect "--bandwidth: pasta cannot limit the traffic"
  run -1 runtime run --network pasta --bundle "$BUNDLE" "$ID"
  expect "--network pasta: this is for users without privileges"
  run -1 tare run --network bridge --bundle "$BUNDLE" "$ID"
  expect "networks of CNI need root" "--network pasta"
}
