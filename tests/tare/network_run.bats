#!/usr/bin/env bats
# `run --network` and `create --network`: containers in networks of CNI, with Debian's plugins and real traffic. All of it is
# in a network namespace of the test.
# shellcheck disable=SC2154,SC2016 # bats sets them; the shell of a container expands it
load ../integration/helper
load network

setup() {
  only_tare "runc has no --network"
  prepare_network
  for applet in head httpd ip nc timeout wget; do ln -s busybox "$ROOTFS/bin/$applet"; done
  update_config '.root.readonly = false | del(.linux.cgroupsPath)' # which several containers have
  make_list
}
teardown() {
  local directory
  for directory in "$ROOT"/*/; do
    [ ! -d "$directory" ] || tare_in_net delete --force "$(basename "$directory")" || true
  done
  remove_network_residue
  check_residue
}

make_list() {
  mkdir -p "$NETCONFPATH"
  jq -n --arg name "$NET" --arg leases "$BATS_TEST_TMPDIR/leases" '{cniVersion: "1.0.0", $name, plugins: [
    {type: "bridge", bridge: "tare0", isGateway: true, ipMasq: true, ipam: {type: "host-local", dataDir: $leases,
      ranges: [[{subnet: "10.77.0.0/24"}]], routes: [{dst: "0.0.0.0/0"}]}},
    {type: "portmap", capabilities: {portMappings: true}},
    {type: "firewall"}]}' >"$NETCONFPATH/10-test.conflist"
}

leases() { find "$BATS_TEST_TMPDIR/leases" -name '10.*' -printf '%f\n' 2>/dev/null | sort; }
records() { find "$TARE_NETWORK_DIR" -mindepth 2 -maxdepth 2 2>/dev/null; }
nothing_is_attached() { [ -z "$(leases)" ] && [ -z "$(records)" ]; }
no_rule_for() { [ -z "$(in_net iptables -t nat -S | grep -F -e "$1")" ]; } # TEXT
address() { tare_in_net state "$1" | jq -r '.network[0].addresses[0]' | cut -d/ -f1; } # ID

# A container that runs WORDS in the background.
run_container() { # NAME RUN-OPTION... -- WORD...
  local name=$ID-$1
  shift
  tare_in_net run --detach --bundle "$BUNDLE" --name "$name" "$@" >"$OUT.$name" 2>&1 </dev/null 3>&- ||
    { cat "$OUT.$name" && return 1; }
}
serve_page() { # NAME RUN-OPTION...
  local name=$1
  shift
  mkdir -p "$ROOTFS/www" && echo "page of $name" >"$ROOTFS/www/$name"
  run_container "$name" --network "$NET" "$@" -- httpd -f -p 80 -h /www
}
fetch() { in_net timeout 5 busybox wget -qO- "http://$1"; } # ADDRESS/PAGE
fetch_from() { tare_in_net exec "$ID-$1" timeout 5 wget -qO- "http://$2"; } # NAME ADDRESS/PAGE

@test "network: an address, a route and the files in /etc, shown by state and list, and gone at the end" {
  run -0 tare_in_net run --bundle "$BUNDLE" --network "$NET" --hostname web "$ID" -- \
    sh -c 'ip -4 addr show eth0; ip route; cat /etc/hosts /etc/hostname'
  expect "inet 10.77.0.2/24" "default via 10.77.0.1 dev eth0"
  expect_line $'127.0.0.1\tlocalhost' $'10.77.0.2\tweb '"$ID" web
  nothing_is_attached
  serve_page one --publish 8080:80
  tare_in_net state "$ID-one" | jq -e --arg net "$NET" '.ports == ["8080:80/tcp"]
    and (.network[0] | .name == $net and .interface == "eth0" and .addresses == ["10.77.0.3/24"])
    and .annotations["org.tare.network.addresses"] == "10.77.0.3/24"'
  run -0 tare_in_net list
  expect ADDRESSES 10.77.0.3
  [ "$(leases)" = 10.77.0.3 ]
  tare_in_net delete --force "$ID-one"
  nothing_is_attached
  no_rule_for 10.77.0.3
}

@test "network: a published port leads to the container: tcp, udp, ranges, from the host and from another container" {
  serve_page one --publish 8080-8081:80-81 --publish 127.0.0.1:8082:80
  run_container two --network "$NET" --publish 5353:53/udp -- sh -c 'probe receive-datagram 53 >/datagram; sleep 1000'
  wait_for fetch 10.77.0.1:8080/one
  [ "$(fetch 10.77.0.1:8080/one)" = "page of one" ]
  [ "$(fetch 127.0.0.1:8082/one)" = "page of one" ]
  [ "$(fetch_from two 10.77.0.1:8080/one)" = "page of one" ]
  run ! fetch 10.77.0.1:8082/one
  datagram_arrives() {
    in_net bash -c 'echo knock >/dev/udp/10.77.0.1/5353'
    says "$ROOTFS/datagram" knock
  }
  wait_for datagram_arrives
}

@test "network: a port of the host leads to one container only, also if several ask for it at once" {
  run_container one --network "$NET" --publish 8080:80 -- sleep 1000
  local ports
  for ports in 8080:81 127.0.0.1:8080:80 8079-8080:80-81; do
    run ! tare_in_net run --bundle "$BUNDLE" --network "$NET" --publish "$ports" "$ID" -- true
    expect "port 8080/tcp of the host is already published by container" "$ID-one"
  done
  tare_in_net run --bundle "$BUNDLE" --network "$NET" --publish 8080:80/udp "$ID" -- true
  tare_in_net kill "$ID-one" KILL
  is_stopped() { [ "$(tare_in_net state "$ID-one" | jq -r .status)" = stopped ]; }
  wait_for is_stopped
  run ! tare_in_net run --bundle "$BUNDLE" --network "$NET" --publish 8080:80 "$ID" -- true
  expect "still published by container" "$ID-one" "which has ended: delete it"
  tare_in_net delete "$ID-one"
  local n pids=()
  for n in two three four; do
    in_background "$OUT.$n" tare_in_net run --detach --bundle "$BUNDLE" --network "$NET" --publish 8080:80 "$ID-$n" -- sleep 1000
    pids+=($!)
  done
  wait "${pids[@]}" || true
  [ "$(grep -l "already published" "$OUT.two" "$OUT.three" "$OUT.four" | wc -l)" = 2 ]
  [ "$(tare_in_net list --quiet | wc -l)" = 1 ]
}

@test "network: a port that a program of the host listens on is not taken from it" {
  in_background /dev/null in_net busybox httpd -f -p 8080 -h /
  listens() { in_net ss -Hltn "sport = 8080" | grep -q .; }
  wait_for listens
  run ! tare_in_net run --bundle "$BUNDLE" --network "$NET" --publish 8080:80 "$ID" -- true
  expect "port 8080/tcp of the host is in use by a program of the host"
  nothing_is_attached
  no_rule_for 8080
}

@test "network: containers find each other by their names, as long as they exist" {
  serve_page one --hostname alpha
  run_container two --network "$NET" --hostname beta -- sleep 1000
  wait_for fetch_from two alpha/one
  [ "$(fetch_from two alpha/one)" = "page of one" ]
  run -0 tare_in_net exec "$ID-one" cat /etc/hosts
  expect "$(address "$ID-two")"$'\t'"beta $ID-two"
  tare_in_net exec "$ID-two" sh -c 'echo "10.9.9.9 mine" >>/etc/hosts'
  tare_in_net delete --force "$ID-one"
  run -0 tare_in_net exec "$ID-two" cat /etc/hosts
  refute alpha
  expect "10.9.9.9 mine" "beta $ID-two"
}

@test "network: a container that locks its /etc/hosts, or fills it, holds nobody up" {
  run_container one --network "$NET" -- probe keep-lock /locked /etc/hosts
  run_container two --network "$NET" -- sh -c 'while :; do echo 0123456789012345678901234567890123456789; done | head -c 2000000 >>/etc/hosts; touch /full; sleep 1000'
  wait_for test -e "$ROOTFS/full"
  wait_for test -s "$ROOTFS/locked"
  run -0 tare_in_net run --bundle "$BUNDLE" --network "$NET" "$ID" -- cat /etc/hosts
  expect "$ID-one" "container $ID-two: names of other containers"
}

@test "network: what the bundle mounts on /etc/hosts stays" {
  echo "10.9.9.9 ours" >"$BUNDLE/hosts"
  run -0 tare_in_net run --bundle "$BUNDLE" --network "$NET" --mount "type=bind,src=$BUNDLE/hosts,dst=/etc/hosts" "$ID" -- \
    cat /etc/hosts
  [ "$output" = "10.9.9.9 ours" ]
}

@test "network: name servers and lines of /etc/hosts are those that are given" {
  run -0 tare_in_net run --bundle "$BUNDLE" --network "$NET" --dns 10.9.9.1 --add-host db:10.9.9.2 "$ID" -- \
    cat /etc/hosts /etc/resolv.conf
  expect_line $'10.9.9.2\tdb' "nameserver 10.9.9.1"
}

@test "network: addresses and interfaces that are asked for" {
  jq '.name += "-2" | .plugins[0] |= (.bridge = "tare1" | .ipam.ranges = [[{subnet: "10.78.0.0/24"}]])' \
    "$NETCONFPATH/10-test.conflist" >"$NETCONFPATH/20-test.conflist"
  run -0 tare_in_net run --bundle "$BUNDLE" --network "$NET" --ip 10.77.0.99 --mac 02:00:5e:10:00:01 "$ID" -- ip addr show eth0
  expect "inet 10.77.0.99/24" "02:00:5e:10:00:01"
  run -0 tare_in_net run --bundle "$BUNDLE" --network "$NET" --network "$NET-2:ip=10.78.0.7,interface_name=db0" "$ID" -- ip addr
  expect "inet 10.77.0." "scope global eth0" "inet 10.78.0.7/24" "scope global db0"
  run ! tare_in_net run --bundle "$BUNDLE" --network "$NET" --ip 10.99.0.1 "$ID"
  expect "10.99.0.1"
  nothing_is_attached
}

# The list of `network create`, in place of the test's own.
created_list() { # NETWORK-CREATE-OPTION...
  rm "$NETCONFPATH/10-test.conflist"
  network create "$NET" "$@" >/dev/null
}
address6() { tare_in_net state "$1" | jq -r '.network[0].addresses[] | select(contains(":"))' | cut -d/ -f1; } # ID

@test "network: IPv4 and IPv6: containers reach each other, the host and published ports over both" {
  created_list --subnet 10.79.0.0/24 --subnet fd00:79::/64
  serve_page one --publish 8080:80
  run_container two --network "$NET" -- sleep 1000
  tare_in_net state "$ID-one" | jq -e '.network[0].addresses == ["10.79.0.2/24", "fd00:79::2/64"]'
  run -0 tare_in_net exec "$ID-two" sh -c 'ip -6 addr show eth0; ip -6 route; cat /etc/hosts'
  expect "inet6 fd00:79::3/64 scope global" "default via fd00:79::1 dev eth0" \
    "fd00:79::2"$'\t'"tare-test $ID-one" "fd00:79::3"$'\t'"tare-test $ID-two"
  wait_for fetch_from two "[$(address6 "$ID-one")]/one"
  [ "$(fetch_from two "[$(address6 "$ID-one")]/one")" = "page of one" ]
  [ "$(fetch_from two 10.79.0.2/one)" = "page of one" ]
  [ "$(fetch "[fd00:79::2]/one")" = "page of one" ]
  [ "$(fetch "[fd00:79::1]:8080/one")" = "page of one" ]
  [ "$(fetch 10.79.0.1:8080/one)" = "page of one" ]
  [ "$(fetch_from two "[fd00:79::1]:8080/one")" = "page of one" ]
  tare_in_net delete --force "$ID-one"
  [ -z "$(in_net ip6tables -t nat -S | grep -F -e fd00:79::2)" ]
  tare_in_net delete --force "$ID-two"
  network rm "$NET"
}

@test "network: --bandwidth limits each direction to its rate" {
  in_net ip link add ifb-test type ifb || skip "the kernel has no ifb, which egress needs"
  created_list
  run_container one --network "$NET" --bandwidth ingress=10m,egress=2m -- sleep 1000
  run_container two --network "$NET" -- sleep 1000
  [ "$(rates)" = $'ifb 2Mbit\nveth 10Mbit' ]
  tare_in_net delete --force "$ID-one"
  [ -z "$(rates)" ]
}
# Kind and rate of every interface with a token bucket. To the container is a veth, from it an ifb.
rates() {
  local name
  in_net tc qdisc show | sed -n 's/^qdisc tbf .* dev \([^ ]*\) .* rate \([^ ]*\) .*/\1 \2/p' | while read -r name rate; do
    echo "$(in_net ip -d -j link show "$name" | jq -r '.[0].linkinfo.info_kind') $rate"
  done | sort
}

@test "network: a container with a user namespace: its root owns the files" {
  update_config '.linux.namespaces += [{type: "user"}]
    | .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  touch "$ROOTFS"/etc/{hosts,resolv.conf,hostname} # which its root may not create
  run -0 tare_in_net run --bundle "$BUNDLE" --network "$NET" "$ID" -- \
    sh -c 'ls -ln /etc/hosts; echo "10.9.9.9 mine" >>/etc/hosts; ip -4 addr show eth0'
  expect " 0        0 " "inet 10.77.0.2/24"
}

@test "network: host, none and a namespace by its path" {
  run -0 tare_in_net run --bundle "$BUNDLE" --network none "$ID" -- ip -o link
  [ "$(wc -l <<<"$output")" = 1 ]
  serve_page one
  run -0 tare_in_net run --bundle "$BUNDLE" --network host "$ID" -- ip -4 addr show tare0
  expect "inet 10.77.0.1/24"
  run -0 tare_in_net run --bundle "$BUNDLE" --network "ns:/proc/$(tare_in_net state "$ID-one" | jq .pid)/ns/net" "$ID" -- \
    ip -4 addr show eth0
  expect "inet $(address "$ID-one")/24"
}

@test "network: a supervised container keeps its address and its port over a restart" {
  tare_in_net run --supervise --restart on-failure:2 --bundle "$BUNDLE" --network "$NET" --publish 80 "$ID" -- \
    sh -c '[ -e /ran ] && exec sleep 1000; touch /ran; exit 3' </dev/null
  restarted() { [ "$(tare_in_net state "$ID" | jq -r '"\(.supervision.restarts) \(.status)"')" = "1 running" ]; }
  wait_for test -e "$ROOTFS/ran"
  wait_for restarted
  tare_in_net state "$ID" | jq -e '.network[0].addresses == ["10.77.0.2/24"]'
  [ "$(leases)" = 10.77.0.2 ]
  tare_in_net delete --force "$ID"
  nothing_is_attached
}

@test "network: hooks find the networks and their addresses" {
  update_config '.hooks = {createRuntime: [{path: "/bin/sh", args: ["sh", "-c", $script]}],
    poststop: [{path: "/bin/sh", args: ["sh", "-c", $script]}]}' --arg script "cat >>$OUT.state"
  tare_in_net run --bundle "$BUNDLE" --network "$NET" "$ID" -- true
  [ "$(jq -rs 'map(.annotations["org.tare.network.addresses"]) | join(" ")' "$OUT.state")" = "10.77.0.2/24 10.77.0.2/24" ]
}

@test "network: what fails later takes the networks back" {
  update_config '.hooks.createRuntime = [{path: "/bin/false"}]'
  run ! tare_in_net run --bundle "$BUNDLE" --network "$NET" --publish 8080:80 "$ID"
  expect "createRuntime hook"
  nothing_is_attached
  no_rule_for 8080
  [ -z "$(ls -A "$ROOT")" ]
}

@test "network: delete --force releases what a killed creator has attached, also without the record" {
  update_config '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $script]}]' --arg script "touch $OUT.hook; exec sleep 1000"
  local damage
  for damage in keep remove; do
    rm -f "$OUT.hook"
    in_background /dev/null tare_in_net run --bundle "$BUNDLE" --network "$NET" "$ID"
    wait_for test -e "$OUT.hook"
    pkill -KILL -f -- "--network $NET $ID" || true
    [ -n "$(leases)" ]
    [ "$damage" = keep ] || rm "$ROOT/$ID"/creating.json
    tare_in_net delete --force "$ID"
    nothing_is_attached
  done
}

@test "network: delete --force releases what a plugin was making when the creator was killed, and the plugin ends" {
  mkdir "$OUT.cni"
  printf '#!/bin/sh\n[ "$CNI_COMMAND" != ADD ] || { touch %s.called; sleep 2; }\nexec %s/portmap\n' "$OUT" "$PLUGINS" >"$OUT.cni/portmap"
  chmod +x "$OUT.cni/portmap"
  CNI_PATH=$OUT.cni:$PLUGINS in_background /dev/null tare_in_net run --bundle "$BUNDLE" --network "$NET" --publish 8080:80 "$ID"
  wait_for test -e "$OUT.called"
  pkill -KILL -f -- "--network $NET --publish 8080:80 $ID" || true
  [ -n "$(leases)" ]
  tare_in_net delete --force "$ID"
  nothing_is_attached
  sleep 3 # the plugin would have added its rules by now
  no_rule_for 8080
}

@test "network: a network that does not exist is named, with those that do, and nothing is left" {
  run ! tare_in_net run --bundle "$BUNDLE" --network nowhere "$ID"
  expect nowhere "$NET"
  [ -z "$(ls -A "$ROOT")" ]
  run ! tare_in_net run --bundle "$BUNDLE" --publish 80:80 "$ID"
  expect "--publish needs --network NAME"
  update_config '.linux.namespaces |= map(if .type == "network" then .path = "/proc/1/ns/net" else . end)'
  run ! tare_in_net run --bundle "$BUNDLE" --network "$NET" "$ID"
  expect "config.json joins the network namespace /proc/1/ns/net"
  nothing_is_attached
}

@test "network: an address pool that is used up is an error, and what has an address keeps it" {
  jq '.plugins[0].ipam.ranges = [[{subnet: "10.77.0.0/29", rangeStart: "10.77.0.2", rangeEnd: "10.77.0.3"}]]' \
    "$NETCONFPATH/10-test.conflist" >"$OUT.list"
  mv "$OUT.list" "$NETCONFPATH/10-test.conflist"
  run_container one --network "$NET" -- sleep 1000
  run_container two --network "$NET" -- sleep 1000
  run ! tare_in_net run --bundle "$BUNDLE" --network "$NET" "$ID"
  expect "no IP addresses available"
  [ "$(leases)" = $'10.77.0.2\n10.77.0.3' ]
  tare_in_net delete --force "$ID-two"
  tare_in_net run --bundle "$BUNDLE" --network "$NET" "$ID" -- true
}

@test "network: plan shows the networks and what they change" {
  run -0 tare_in_net plan --network "$NET:mac=02:00:5e:10:00:01" --publish 8080:80 --format json "$BUNDLE"
  jq -e --arg net "$NET" '.networks == [{name: $net, mac: "02:00:5e:10:00:01", ports: ["8080:80/tcp"]}]
    and (.mounts | any(.destination == "/etc/hosts")) and .namespaces.network.from == "new"' <<<"$output"
  nothing_is_attached
}
