#!/usr/bin/env bats
# tare-cni, the hook program, under several runtimes: containers on networks of Debian's CNI plugins, with real traffic. All
# of it is in a network namespace that the test makes.
# shellcheck disable=SC2016,SC2154 # a shell in a container expands it; bats sets the others
load ../integration/helper
load network

setup() {
  only_tare "the hook program is tare's"
  prepare_network
  HOOK=$BATS_TEST_TMPDIR/tare-cni
  ln -s "$RUNTIME" "$HOOK"
}
teardown() {
  local id
  for id in "$ID" "$ID-2"; do in_net runc --root "$ROOT.runc" delete --force "$id" >/dev/null 2>&1 || true; done
  for id in "$ID" "$ID-2"; do in_net crun --root "$ROOT.crun" delete --force "$id" >/dev/null 2>&1 || true; done
  check_residue_of_networks
}

check_residue_of_networks() {
  local failed=0
  # While the host's namespace is there, deleting must leave nothing in it.
  for_all_containers
  nothing_recorded || { echo "recorded: $(find "$TARE_NETWORK_DIR")" && failed=1; }
  remove_network_residue
  check_residue || failed=1
  return "$failed"
}
# Of containers; what plugins have answered to VERSION stays.
nothing_recorded() { [ -z "$(ls "$TARE_NETWORK_DIR" 2>/dev/null)" ]; }
for_all_containers() {
  local directory
  for directory in "$ROOT"/*/; do
    [ ! -d "$directory" ] || tare_in_net delete --force -- "$(basename "$directory")"
  done
}

# The bundle of container NAME, on the network with these annotations (a JSON object of more of them).
bundle_for() { # NAME ANNOTATIONS WORD...
  local bundle=$BATS_TEST_TMPDIR/$1
  mkdir "$bundle"
  cp -a "$ROOTFS" "$bundle/rootfs"
  jq --arg hook "$HOOK" --argjson more "$2" --arg net "$NET" --arg cgroup "/$1" --arg path "PATH=$PATH" \
    --arg conf "NETCONFPATH=$NETCONFPATH" --arg records "TARE_NETWORK_DIR=$TARE_NETWORK_DIR" --arg plugins "CNI_PATH=$CNI_PATH" \
    '.process.args = $ARGS.positional | .linux.cgroupsPath = $cgroup
      | .annotations = {"org.tare.network": $net} + $more
      | ([{path: $hook, env: [$conf, $records, $plugins, $path]}]) as $hooks
      | .hooks = {createRuntime: $hooks, poststop: $hooks}
      | .linux.namespaces = [.linux.namespaces[] | select(.type != "network")] + [{type: "network"}]' \
    --args -- "${@:3}" <"$BUNDLE/config.json" >"$bundle/config.json"
}
# Whole networks: the name in the test is that of the container.
begin_in() { # RUNTIME ROOT NAME
  in_net timeout 60 "$1" --root "$2" run --detach --bundle "$BATS_TEST_TMPDIR/$3" "$3" >"$OUT" 2>&1 </dev/null 3>&- ||
    { cat "$OUT" && return 1; }
}
address_of() { jq -r '.attachments[0].result | fromjson | .ips[0].address | sub("/.*"; "")' "$TARE_NETWORK_DIR"/*/"$1"/record.json; } # NAME
answers() { [ "$(in_net timeout 5 busybox wget -qO- "http://$1/index.html" 2>&1)" = hello ]; }                                         # HOST:PORT

serve() { # NAME ANNOTATIONS
  bundle_for "$1" "$2" /bin/busybox httpd -f -p 80 -h /www
  mkdir "$BATS_TEST_TMPDIR/$1/rootfs/www"
  echo hello >"$BATS_TEST_TMPDIR/$1/rootfs/www/index.html"
}

rules() { in_net iptables-save | grep -v '^[#:*]' | grep -c "$ID" || true; }

published_and_released_under() { # RUNTIME ROOT
  network create "$NET"
  serve "$ID" '{"org.tare.publish": "8080:80/tcp"}'
  begin_in "$1" "$2" "$ID"
  wait_for answers "$(address_of "$ID"):80"
  # From the host by its own address; the one of the bridge is in the container's subnet.
  in_net ip link add up0 type veth peer name up1
  in_net ip addr add 192.0.2.1/24 dev up0
  in_net ip link set up0 up
  wait_for answers 192.0.2.1:8080
  [ "$(rules)" -gt 0 ]
  in_net "$1" --root "$2" delete --force "$ID"
  nothing_recorded
  [ "$(rules)" = 0 ]
  network rm "$NET"
  [ ! -e "/var/lib/cni/networks/$NET" ]
}

@test "tare-cni: under tare, a published port answers, and deleting releases everything" {
  published_and_released_under "$RUNTIME" "$ROOT"
}

@test "tare-cni: under runc, a published port answers, and deleting releases everything" {
  command -v runc >/dev/null || skip "runc is not installed"
  published_and_released_under runc "$ROOT.runc"
}

# crun refuses cgroup v1 beside v2, so it sees only v2, in a mount namespace of its own. The hooks leave that, because the
# network namespace that createRuntime mounts must be there for poststop.
make_crun_on_v2() {
  printf '#!/bin/sh\nexec unshare --mount sh -c "%s" crun "$@"\n' \
    'mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec crun --cgroup-manager=disabled \"\$@\"' >"$BATS_TEST_TMPDIR/crun-on-v2"
  printf '#!/bin/sh\nexec nsenter --mount=/proc/%s/ns/mnt -- "%s"\n' "$BASHPID" "$HOOK" >"$BATS_TEST_TMPDIR/hook"
  chmod +x "$BATS_TEST_TMPDIR/crun-on-v2" "$BATS_TEST_TMPDIR/hook"
  HOOK=$BATS_TEST_TMPDIR/hook
}

@test "tare-cni: under crun, a published port answers, and deleting releases everything" {
  command -v crun >/dev/null || skip "crun is not installed"
  make_crun_on_v2
  published_and_released_under "$BATS_TEST_TMPDIR/crun-on-v2" "$ROOT.crun"
}

@test "tare-cni: two containers talk, with a requested address and MAC address" {
  network create "$NET" --subnet 10.7.0.0/24
  serve "$ID" '{"org.tare.ip": "10.7.0.77", "org.tare.mac": "02:00:5e:10:00:01"}'
  bundle_for "$ID-2" '{}' /bin/busybox sh -c \
    'until wget -qO- http://10.7.0.77/index.html; do sleep 0.1; done; grep . /proc/net/arp'
  begin_in "$RUNTIME" "$ROOT" "$ID"
  run -0 tare_in_net run --bundle "$BATS_TEST_TMPDIR/$ID-2" "$ID-2"
  expect hello "10.7.0.77 " 02:00:5e:10:00:01
  tare_in_net delete "$ID-2" || true
}

@test "tare-cni: a pool of addresses that is used up is an error, and creates nothing" {
  network create "$NET" --subnet 10.7.0.0/30
  bundle_for "$ID" '{}' sleep 1000
  bundle_for "$ID-2" '{}' sleep 1000
  begin_in "$RUNTIME" "$ROOT" "$ID"
  run ! begin_in "$RUNTIME" "$ROOT" "$ID-2"
  expect "tare-cni: network" "ADD: failed to allocate for range 0: no IP addresses available"
  [ "$(find "$TARE_NETWORK_DIR" -name record.json | wc -l)" = 1 ]
  [ "$(rules)" -gt 0 ]
  [ "$(find "/var/lib/cni/networks/$NET" -name '10.*' | wc -l)" = 1 ]
}

@test "tare-cni: wrong annotations are errors that name them" {
  local annotations
  network create "$NET"
  declare -A errors=(
    ['{"org.tare.network": "nonesuch"}']='there are: '
    ['{"org.tare.network": "../x"}']='org.tare.network: invalid network name'
    ['{"org.tare.publish": "80"}']='org.tare.publish: '
    ['{"org.tare.publish": "0:80"}']='org.tare.publish: '
    ['{"org.tare.publish": "80:80/icmp"}']='protocol '
    ['{"org.tare.ip": "10.89.0.300"}']='is not an IP address'
    ['{"org.tare.ip": "10.200.0.2"}']='ADD: '
    ['{"org.tare.mac": "01:00:5e:00:00:01"}']='is not the MAC address of an interface'
  )
  for annotations in "${!errors[@]}"; do
    bundle_for "$ID" "$annotations" true
    run ! begin_in "$RUNTIME" "$ROOT" "$ID"
    expect "${errors[$annotations]}"
    rm -rf "${BATS_TEST_TMPDIR:?}/$ID"
  done
  nothing_recorded
  [ "$(find "/var/lib/cni/networks/$NET" -name '10.*' 2>/dev/null | wc -l)" = 0 ]
}

@test "network gc: a container whose runtime was killed and forgotten is released; one that runs is kept" {
  network create "$NET"
  bundle_for "$ID" '{"org.tare.publish": "8081:80"}' sleep 1000
  bundle_for "$ID-2" '{}' sleep 1000
  begin_in "$RUNTIME" "$ROOT" "$ID"
  begin_in "$RUNTIME" "$ROOT" "$ID-2"
  run -0 network gc
  [ -z "$output" ]
  network check "$ID" 2>/dev/null || true
  run ! network rm "$NET"
  expect "is in use by $ID, $ID-2"
  kill -KILL "$(tare_in_net state "$ID" | jq .pid)"
  wait_for container_ended
  run -0 network gc
  [[ $output == "released $ID: $NET 10.89.0.2/24" ]]
  run -0 network ls --format json
  [ "$(jq -r '.[0].containers | map(.id) | join(" ")' <<<"$output")" = "$ID-2" ]
  [ "$(find "/var/lib/cni/networks/$NET" -name '10.*' | wc -l)" = 1 ]
}
container_ended() { [ "$(tare_in_net state "$ID" | jq -r .status)" = stopped ]; }

# A plugin of the test's own, beside Debian's.
own_plugin() { # NAME SHELL-COMMANDS-OF-ADD
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  printf '%s\n' '#!/bin/sh' 'case $CNI_COMMAND in' \
    "VERSION) echo '{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"1.0.0\"]}' ;;" "ADD) $2 ;;" "esac" >"$BATS_TEST_TMPDIR/bin/$1"
  chmod +x "$BATS_TEST_TMPDIR/bin/$1"
  export CNI_PATH=$BATS_TEST_TMPDIR/bin:$PLUGINS
}
append_plugin() { # JSON
  jq --argjson plugin "$1" '.plugins += [$plugin]' "$NETCONFPATH/90-$NET.conflist" >"$BATS_TEST_TMPDIR/list"
  mv "$BATS_TEST_TMPDIR/list" "$NETCONFPATH/90-$NET.conflist"
}

@test "network gc: a creator that was killed in the middle of a chain is cleaned up after" {
  local creator hook
  network create "$NET"
  own_plugin slow 'echo $PPID >'"$BATS_TEST_TMPDIR/slow.hook; echo "'$$ >'"$BATS_TEST_TMPDIR/slow.pid; exec sleep 1000"
  append_plugin '{"type": "slow"}'
  bundle_for "$ID" '{"org.tare.publish": "8082:80"}' sleep 1000
  in_background "$OUT" in_net "$RUNTIME" --root "$ROOT" create --bundle "$BATS_TEST_TMPDIR/$ID" "$ID"
  wait_for test -s "$BATS_TEST_TMPDIR/slow.pid"
  hook=$(<"$BATS_TEST_TMPDIR/slow.hook")
  creator=$(awk '/^PPid:/ { print $2 }' "/proc/$hook/status")
  [ "$(rules)" -gt 0 ]
  kill -KILL "$creator"
  kill -KILL "$hook"
  kill -KILL "$(<"$BATS_TEST_TMPDIR/slow.pid")"
  wait_for released
  [ "$(rules)" = 0 ]
  [ "$(find "/var/lib/cni/networks/$NET" -name '10.*' | wc -l)" = 0 ]
}
# init ends after its creator.
released() { [[ $(network gc) == "released $ID: $NET 10.89.0.2/24" ]]; }

@test "tare-cni: a plugin that hangs is killed at its deadline, and the container is not created" {
  network create "$NET"
  own_plugin slow 'echo waiting >&2; exec sleep 1000'
  append_plugin '{"type": "slow"}'
  bundle_for "$ID" '{}' sleep 1000
  sed -i 's|"NETCONFPATH=|"TARE_NETWORK_TIMEOUT=1", &|g' "$BATS_TEST_TMPDIR/$ID/config.json"
  run ! begin_in "$RUNTIME" "$ROOT" "$ID"
  expect 'CNI plugin \"slow\", ADD: it did not end within 1s and was killed (stderr: waiting)'
  [ "$(rules)" = 0 ]
  [ "$(find "/var/lib/cni/networks/$NET" -name '10.*' | wc -l)" = 0 ]
}

@test "tare-cni: lists with macvlan, tuning and loopback" {
  in_net ip link add up0 type veth peer name up1
  in_net ip link set up0 up
  in_net ip link set up1 up
  mkdir -p "$NETCONFPATH"
  jq -n --arg name "$NET" '{cniVersion: "0.4.0", $name, plugins: [
    {type: "macvlan", master: "up0", ipam: {type: "host-local", subnet: "10.8.0.0/24"}},
    {type: "tuning", sysctl: {"net.core.somaxconn": "501"}}]}' >"$NETCONFPATH/10-macvlan.conflist"
  echo '{"cniVersion": "1.0.0", "name": "just-lo", "type": "loopback"}' >"$NETCONFPATH/20-lo.conf"
  bundle_for "$ID" "{\"org.tare.network\": \"$NET just-lo:lo\"}" /bin/busybox sh -c \
    'ip -4 addr show eth0; cat /proc/sys/net/core/somaxconn; ip link show lo'
  run -0 tare_in_net run --bundle "$BATS_TEST_TMPDIR/$ID" "$ID"
  expect "inet 10.8.0.2/24" 501 "LOOPBACK,UP"
}

@test "tare-cni: a hundred containers on one bridge have different addresses, and release them" {
  network create "$NET"
  bundle_for "$ID" '{}' sleep 1000
  update_bundle 'del(.linux.cgroupsPath)'
  for_100 'tare_in_net create --bundle "$BATS_TEST_TMPDIR/$ID" "$ID-n$i" </dev/null >/dev/null 2>&1 3>&-'
  [ "$(jq -r '.attachments[0].result | fromjson | .ips[0].address' "$TARE_NETWORK_DIR"/*/*/record.json | sort -u | wc -l)" = 100 ]
  run -0 network ls
  [[ $output == *" 100" ]]
  for_100 'tare_in_net delete --force "$ID-n$i" >/dev/null'
  nothing_recorded
  [ "$(rules)" = 0 ]
  network rm "$NET"
}
update_bundle() { # FILTER
  jq "$1" "$BATS_TEST_TMPDIR/$ID/config.json" >"$BATS_TEST_TMPDIR/new.json"
  mv "$BATS_TEST_TMPDIR/new.json" "$BATS_TEST_TMPDIR/$ID/config.json"
}
# Four at a time.
for_100() { # COMMANDS that use $i
  local first i pids=()
  for first in 1 2 3 4; do
    (for ((i = first; i <= 100; i += 4)); do eval "$1" || exit; done) &
    pids+=($!)
  done
  for i in "${pids[@]}"; do wait "$i"; done
}
