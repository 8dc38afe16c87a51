#!/usr/bin/env bats
# `network`: configuration lists of CNI are listed, created and removed.
# shellcheck disable=SC2154 # bats sets them
load ../integration/helper
load network

setup() {
  only_tare "runc has no such command"
  prepare_network
}
teardown() {
  remove_network_residue
  check_residue
}

list_of() { cat "$NETCONFPATH/90-$1.conflist"; } # NAME
conflist() { # FILE NAME JSON-OF-PLUGINS
  mkdir -p "$NETCONFPATH"
  jq -n --arg name "$2" --argjson plugins "$3" '{cniVersion: "1.0.0", $name, $plugins}' >"$NETCONFPATH/$1"
}

@test "network create: a list that other programs can read, with a free subnet, a gateway and a default route" {
  run -0 network create "$NET"
  [ "$output" = "$NETCONFPATH/90-$NET.conflist" ]
  [ "$(stat -c %a "$output")" = 644 ]
  list_of "$NET" | jq -e --arg name "$NET" '.name == $name and .cniVersion == "1.0.0"
    and [.plugins[].type] == ["bridge", "portmap", "firewall", "bandwidth"]
    and .plugins[0].ipam.ranges == [[{subnet: "10.89.0.0/24", gateway: "10.89.0.1"}]]
    and .plugins[0].ipam.routes == [{dst: "0.0.0.0/0"}]
    and .plugins[1].capabilities.portMappings'
}

@test "network create: the subnet that is chosen is used by no list and no route of the host" {
  in_net ip link add br0 type bridge
  in_net ip addr add 10.89.1.7/24 dev br0
  in_net ip link set br0 up
  conflist 10-old.conf old '[{"type": "ptp", "ipam": {"type": "host-local", "subnet": "10.89.0.0/24"}}]'
  network create "$NET"
  [ "$(list_of "$NET" | jq -r '.plugins[0].ipam.ranges[0][0].subnet')" = 10.89.2.0/24 ]
  run ! network create "$NET-2" --subnet 10.89.1.128/25
  expect "subnet 10.89.1.128/25 overlaps with 10.89.1.0/24, which is used by a route of the host"
  run ! network create "$NET-2" --subnet 10.89.0.0/16
  expect "which is used by network \\\"old\\\""
  [ ! -e "$NETCONFPATH/90-$NET-2.conflist" ]
}

@test "network create: --subnet for IPv4 and IPv6, --gateway, --interface" {
  network create "$NET" --subnet 10.1.2.0/24 --subnet fd00:1::/64 --gateway 10.1.2.254 --interface br-test
  list_of "$NET" | jq -e '.plugins[0] | .bridge == "br-test"
    and .ipam.ranges == [[{subnet: "10.1.2.0/24", gateway: "10.1.2.254"}], [{subnet: "fd00:1::/64", gateway: "fd00:1::1"}]]
    and .ipam.routes == [{dst: "0.0.0.0/0"}, {dst: "::/0"}]'
}

@test "network create: what cannot work is refused, and nothing is written" {
  declare -A refusals=(
    ["/x"]="invalid network name"
    ["-x"]="invalid network name"
    ["x y"]="invalid network name"
    ["none"]="--network none has another meaning"
    ["pasta --subnet 10.1.2.0/24"]="--network pasta has another meaning"
    ["x --subnet 10.1.2.3/24"]="has bits set after the prefix: use 10.1.2.0/24"
    ["x --subnet 10.1.2.0/31"]="too small"
    ["x --subnet fd00::/127"]="too small"
    ["x --subnet 10.1.2.0"]="must be a network"
    ["x --subnet 10.1.2.0/33"]="must be a network"
    ["x --subnet 10.1.0.0/16 --subnet 10.1.2.0/24"]="overlap"
    ["x --subnet 10.1.2.0/24 --gateway 10.1.3.1"]="is in no given subnet"
    ["x --subnet 10.1.2.0/24 --gateway 10.1.2.0"]="is the address of the subnet itself"
    ["x --subnet 10.1.2.0/24 --gateway 10.1.2.255"]="is the broadcast address"
    ["x --subnet 10.1.2.0/24 --gateway x"]="is not an IP address"
    ["x --interface lo"]="already used by an interface of the host"
    ["x --interface a-name-that-is-too-long"]="invalid interface name"
    ["x --interface a --bridge b"]="give one of them"
  )
  local words
  for words in "${!refusals[@]}"; do
    if [ "$words" = "x y" ]; then run ! network create "$words"; else
      # shellcheck disable=SC2086 # words
      run ! network create $words
    fi
    expect "${refusals[$words]}"
  done
  [ -z "$(ls "$NETCONFPATH" 2>/dev/null)" ]
  NETCONFPATH=/proc/self run ! network create x
  expect "/proc/self/90-x.conflist: "
}

@test "network create: an existing network, file or bridge is not replaced" {
  network create "$NET"
  run ! network create "$NET"
  expect "already exists: $NETCONFPATH/90-$NET.conflist"
  echo mine >"$NETCONFPATH/90-other.conflist"
  run ! network create other
  expect "90-other.conflist already exists"
  [ "$(cat "$NETCONFPATH/90-other.conflist")" = mine ]
  run ! network create third --bridge "$(list_of "$NET" | jq -r '.plugins[0].bridge')"
  expect "is already used by network \\\"$NET\\\""
  [ "$(find "$NETCONFPATH" -type f | wc -l)" = 2 ]
}

@test "network create: several at one time choose different subnets" {
  local i pids=()
  for i in 1 2 3 4; do
    network create "$NET-$i" &
    pids+=($!)
  done
  wait "${pids[@]}"
  [ "$(jq -r '.plugins[0].ipam.ranges[0][0].subnet' "$NETCONFPATH"/*.conflist | sort -u | wc -l)" = 4 ]
  [ "$(jq -r '.plugins[0].bridge' "$NETCONFPATH"/*.conflist | sort -u | wc -l)" = 4 ]
}

@test "network ls: lists in the order of their files, and a warning for what cannot be used" {
  conflist 20-b.conflist bbb '[{"type": "bridge", "ipam": {"type": "host-local", "subnet": "10.2.0.0/16"}}, {"type": "portmap"}]'
  conflist 10-c.conflist ccc '[{"type": "loopback"}]'
  conflist 30-again.conflist bbb '[{"type": "ptp"}]'
  echo '{"cniVersion": "0.4.0", "name": "single", "type": "macvlan"}' >"$NETCONFPATH/40-s.conf"
  echo '{"cniVersion": "1.0.0", "name": "none", "plugins": []}' >"$NETCONFPATH/50-none.conflist"
  echo '{"cniVersion": "1.0.0", "name": "out", "type": "../../bin/sh"}' >"$NETCONFPATH/55-out.conf"
  echo '{' >"$NETCONFPATH/60-bad.json"
  echo ignored >"$NETCONFPATH/README"
  run -0 --separate-stderr network ls
  [ "$output" = 'NAME     SUBNETS       PLUGINS          CONTAINERS
ccc      -             loopback         0
bbb      10.2.0.0/16   bridge,portmap   0
single   -             macvlan          0' ]
  [[ $stderr == *"30-again.conflist: the name "*"bbb"*" is already that of $NETCONFPATH/20-b.conflist, which is used"* ]]
  [[ $stderr == *"50-none.conflist: /plugins: must be an array with at least one plugin"* ]]
  [[ $stderr == *"must be the name of a program, without a slash"* ]]
  [[ $stderr == *"60-bad.json: line 2, column 1"* ]]
  run -0 --separate-stderr network ls --quiet
  [ "$output" = $'ccc\nbbb\nsingle' ]
  run -0 --separate-stderr network ls --format json
  [ "$(jq -r '.[1] | .name + " " + .subnets[0] + " " + .plugins[1].type' <<<"$output")" = "bbb 10.2.0.0/16 portmap" ]
}

@test "network ls: no directory has no networks" {
  run -0 network ls
  [ "$output" = "NAME   SUBNETS   PLUGINS   CONTAINERS" ]
}

@test "network inspect: the list as it is written, and its plugins, installed or missing" {
  conflist 10-net.conflist "$NET" '[{"type": "loopback", "x": 1.50}, {"type": "nonesuch"}]'
  run -0 network inspect "$NET"
  jq -e --arg file "$NETCONFPATH/10-net.conflist" '.file == $file and .list.plugins[0].x == 1.5
    and .plugins[0].installed and (.plugins[0].versions | index("1.0.0"))
    and (.plugins[1].installed | not) and (.plugins[1].error | test("containernetworking-plugins"))' <<<"$output"
  run ! network inspect nonesuch
  expect "network \\\"nonesuch\\\" not found in $NETCONFPATH: there are: $NET"
}

# A plugin of CNI 1.1.0 that keeps what it is given. It prints the document for STATUS, and fails.
own_plugin() { # NAME [DOCUMENT]
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  cat >"$BATS_TEST_TMPDIR/bin/$1" <<EOF
#!/bin/sh
echo "\$CNI_COMMAND of $1 for '\${CNI_CONTAINERID-}\${CNI_NETNS-}\${CNI_IFNAME-}'" >>$BATS_TEST_TMPDIR/calls
case \$CNI_COMMAND in
  VERSION) echo '{"cniVersion": "1.1.0", "supportedVersions": ["1.0.0", "1.1.0"]}' ;;
  STATUS) cat >$BATS_TEST_TMPDIR/input.$1; echo '${2-}'; [ -z '${2-}' ] ;;
esac
EOF
  chmod +x "$BATS_TEST_TMPDIR/bin/$1"
  export CNI_PATH=$BATS_TEST_TMPDIR/bin:$PLUGINS
}
calls_of_status() { sed -n 's/^STATUS of //p' "$BATS_TEST_TMPDIR/calls" 2>/dev/null || true; }
of_version() { # FILE VERSION [VERSIONS]
  jq --arg version "$2" --argjson more "${3-null}" '.cniVersion = $version | if $more then .cniVersions = $more else . end' \
    "$NETCONFPATH/$1" >"$BATS_TEST_TMPDIR/list"
  mv "$BATS_TEST_TMPDIR/list" "$NETCONFPATH/$1"
}

@test "network check: plugins of CNI 1.1.0 that are not ready are named, with code and message" {
  own_plugin fit
  own_plugin busy '{"cniVersion": "1.1.0", "code": 50, "msg": "the pool is empty", "details": "0 of 9"}'
  own_plugin limp '{"cniVersion": "1.1.0", "code": 51, "msg": "the uplink is down"}'
  conflist 10-net.conflist "$NET" '[{"type": "fit", "x": 1}, {"type": "busy"}, {"type": "limp"}]'
  of_version 10-net.conflist 1.1.0
  run ! network check "$NET"
  expect "network \\\"$NET\\\": CNI plugin \\\"busy\\\", STATUS: the pool is empty; 0 of 9 (code 50: the plugin is not available)" \
    "network \\\"$NET\\\": CNI plugin \\\"limp\\\", STATUS: the uplink is down (code 51:"
  refute "\\\"fit\\\""
  [ "$(calls_of_status)" = "fit for ''"$'\n'"busy for ''"$'\n'"limp for ''" ]
  jq -e --arg name "$NET" '. == {type: "fit", x: 1, cniVersion: "1.1.0", $name}' "$BATS_TEST_TMPDIR/input.fit"
  run -0 network inspect "$NET"
  jq -e '(.plugins | map(.ready)) == [true, false, false] and (.plugins[0] | has("error") | not)
    and (.plugins[1].error | test("code 50")) and (.plugins[2].error | test("code 51"))' <<<"$output"
  own_plugin busy
  own_plugin limp
  run -0 network check "$NET"
  [ -z "$output" ]
}

@test "network check: STATUS is not asked in a version before CNI 1.1.0; a missing plugin is an error" {
  own_plugin busy '{"cniVersion": "1.1.0", "code": 50, "msg": "the pool is empty"}'
  conflist 10-old.conflist "$NET" '[{"type": "busy"}]'
  run -0 network check "$NET"
  # Debian's loopback supports 1.0.0.
  conflist 20-mixed.conflist "$NET-2" '[{"type": "busy"}, {"type": "loopback"}]'
  of_version 20-mixed.conflist 1.0.0 '["1.0.0", "1.1.0"]'
  run -0 network check "$NET-2"
  run -0 network inspect "$NET-2"
  jq -e '.cniVersion == "1.0.0" and all(.plugins[]; has("ready") | not)' <<<"$output"
  [ -z "$(calls_of_status)" ]
  conflist 30-missing.conflist "$NET-3" '[{"type": "busy"}, {"type": "nonesuch"}]'
  run ! network check "$NET-3"
  expect "network \\\"$NET-3\\\": CNI plugin \\\"nonesuch\\\" not found"
  run ! network check nobody
  expect "container \\\"nobody\\\" is not attached to a network, and network \\\"nobody\\\" not found"
}

@test "network rm: the list and an unused bridge are removed; a bridge with ports is kept" {
  network create "$NET" --bridge br-gone
  network create "$NET-2" --bridge br-used
  in_net ip link add br-gone type bridge
  in_net ip link add br-used type bridge
  in_net ip link add port type veth peer name other
  in_net ip link set port master br-used
  network rm "$NET"
  network rm "$NET-2"
  [ -z "$(ls -A "$NETCONFPATH")" ]
  run ! in_net ip link show br-gone
  in_net ip link show br-used
  run ! network rm "$NET"
  expect "there are no networks"
}

@test "network rm: a network with a leased address is refused" {
  network create "$NET"
  mkdir -p "/var/lib/cni/networks/$NET"
  echo someone >"/var/lib/cni/networks/$NET/10.89.0.2"
  run ! network rm "$NET"
  expect "is in use: the address 10.89.0.2 is leased, see /var/lib/cni/networks/$NET/10.89.0.2"
  rm "/var/lib/cni/networks/$NET/10.89.0.2"
  touch "/var/lib/cni/networks/$NET/"{last_reserved_ip.0,lock}
  network rm "$NET"
  [ ! -e "/var/lib/cni/networks/$NET" ]
}

@test "network: unknown actions, and flags and operands of others, are errors" {
  run ! network frob
  expect "unknown action" "use ls, inspect, create, rm, check or gc"
  run ! network rm
  expect "takes one argument: NETWORK"
  run ! network ls x
  expect "takes no argument"
  run ! network rm x --subnet 10.0.0.0/8
  expect "--subnet cannot be used with network rm"
  TARE_NETWORK_TIMEOUT=0 run ! network ls
  expect "TARE_NETWORK_TIMEOUT=0: must be a number of seconds from 1 to 86400"
}

@test "network: TAB offers actions, networks and containers" {
  network create "$NET"
  start sleep 1000
  [[ $(network_words network "") == *rm* ]]
  [ "$(network_words network rm "")" = "$NET" ]
  [ "$(network_words network inspect "")" = "$NET" ]
  [ "$(network_words --root "$ROOT" network check "")" = "$NET"$'\n'"$ID" ]
  [ -z "$(network_words network create "")" ]
}

@test "network: TAB offers networks as values of --network" {
  local command
  network create "$NET"
  for command in run create plan; do
    [ "$(network_words "$command" --network "")" = $'host\nnone\npasta\nslirp4netns\n'"$NET" ]
    [ "$(network_words "$command" --network=)" = $'host\nnone\npasta\nslirp4netns\n'"$NET" ]
  done
}
network_words() { tare_in_net __complete "$@"; } # WORD...
