#!/bin/bash
# CNI plugins 1.1.1 (Debian 12): a DEL of the plugin bridge whose network namespace is gone (CNI_NETNS is empty) succeeds and
# releases the address, but leaves the masquerading rules of the container in iptables, although prevResult names the address.
# The good guess was that DEL takes back what ADD did, because the specification wants DEL to work without the namespace.
# A runtime must keep the namespace until DEL has been called.
#
# Seen: after ADD, DEL with CNI_NETNS= and removal of the namespace: exit code 0, and a chain CNI-... and the rule of 10.99.0.2
# remain in the table nat. With CNI_NETNS=PATH, nothing remains.
#
# Needs Debian 12's package sources, root, iptables and jq; works in network namespaces of its own, and leaves nothing behind.
# Fails if the behaviour changes.
set -euo pipefail
self=$(realpath "$0")

if [ "${1-}" != inside ]; then
  directory=$(mktemp -d)
  trap 'rm -rf "$directory"' EXIT
  cd "$directory"
  apt-get download -q containernetworking-plugins=1.1.1+ds1-3+b5 >/dev/null 2>&1
  dpkg-deb -x ./containernetworking-plugins_*.deb .
  unshare --net --mount -- "$self" inside "$directory" # mounts end with their namespace
  exit
fi

directory=$2
cd "$directory"
ip link set lo up

export CNI_PATH=$directory/usr/lib/cni CNI_IFNAME=eth0
cat >list.json <<END
{"cniVersion": "1.0.0", "name": "test", "type": "bridge", "bridge": "test0", "isGateway": true, "ipMasq": true,
 "ipam": {"type": "host-local", "dataDir": "$directory/leases", "ranges": [[{"subnet": "10.99.0.0/24"}]]}}
END

call() { # COMMAND ID NETNS <CONFIG
  CNI_COMMAND=$1 CNI_CONTAINERID=$2 CNI_NETNS=$3 "$CNI_PATH/bridge"
}
new_namespace() { touch "$1" && unshare --net="$directory/$1" true; } # FILE
rules() { iptables -t nat -S POSTROUTING | grep -c -e "-s $1" || true; } # ADDRESS

new_namespace a
call ADD a "$directory/a" <list.json >a.result
umount a
jq --slurpfile result a.result '.prevResult = $result[0]' list.json | call DEL a ''
without=$(rules 10.99.0.2)

new_namespace b
call ADD b "$directory/b" <list.json >b.result
address=$(jq -r '.ips[0].address | split("/")[0]' b.result)
jq --slurpfile result b.result '.prevResult = $result[0]' list.json | call DEL b "$directory/b"
with=$(rules "$address")

echo "rules left: without the namespace $without, with it $with; leases: $(find leases -name '10.*' | wc -l)"
[ "$without" = 1 ] && [ "$with" = 0 ] && [ -z "$(find leases -name '10.*')" ]
