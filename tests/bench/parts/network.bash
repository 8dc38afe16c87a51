# A container in a network of CNI, from the command line to the end of `true`, beside Podman with a bridge of netavark and with the
# same network. All of it is in a network namespace of its own.
# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets ID, measure, path, rounds, work

in_network_namespace() { unshare --net -- sh -c 'ip link set lo up && exec "$@"' sh "$@"; }

network_files() {
  mkdir -p "$work/net.d" "$work/podman"
  export NETCONFPATH=$work/net.d TARE_NETWORK_DIR=$work/records CNI_PATH=/usr/lib/cni
  jq -n --arg leases "$work/leases" '{cniVersion: "1.0.0", name: "bench", plugins: [
    {type: "bridge", bridge: "bench0", isGateway: true, ipMasq: true, ipam: {type: "host-local", dataDir: $leases,
      ranges: [[{subnet: "10.97.0.0/24"}]], routes: [{dst: "0.0.0.0/0"}]}},
    {type: "portmap", capabilities: {portMappings: true}}, {type: "firewall"}]}' >"$NETCONFPATH/bench.conflist"
  podman_settings netavark "$work/podman/networks"
  podman_settings cni "$NETCONFPATH"
}

podman_settings() { # podman_settings BACKEND DIRECTORY
  printf '[containers]\ndefault_ulimits = []\n[network]\nnetwork_backend = "%s"\nnetwork_config_dir = "%s"\ncni_plugin_dirs = ["%s"]\n' \
    "$1" "$2" "$CNI_PATH" >"$work/$1.conf"
}

podman_run() { # podman_run BACKEND NETWORK
  echo "env CONTAINERS_CONF=$work/$1.conf podman --root $work/podman/root --runroot $work/podman/run --tmpdir $work/podman/tmp" \
    "--events-backend none --cgroup-manager cgroupfs --runtime runc --log-level error run --rm --network $2 --rootfs $work/rootfs true"
}

network_list() {
  echo "tare run_in_a_network $(runtime tare) run --bundle $work/true-plain --network bench $ID"
  echo "tare run_without $(runtime tare) run --bundle $work/true-plain $ID"
  echo "podman-netavark run_in_a_network $(podman_run netavark bridge)"
  echo "podman-netavark run_without $(podman_run netavark none)"
  echo "podman-cni run_in_a_network $(podman_run cni bench)"
}

# What the plugins take of it, by tare's own steps: ADD and DEL of each, in ms.
plugin_time() {
  # shellcheck disable=SC2046 # a command and its flags
  in_network_namespace $(runtime tare) --debug run --bundle "$work/true-plain" --network bench "$ID" 2>&1 </dev/null |
    sed -nE 's/.*CNI: (ADD|DEL) of .*; ([0-9]+) us.*/\2/p' | awk '{ sum += $1 } END { print sum / 1000 }'
}

network_files
network_list | in_network_namespace "$measure" "$rounds" 2>"$work/error" | times || die "$(cat "$work/error")"
figure "of it in CNI plugins" plain ms "tare=$(for ((i = 0; i < 5; ++i)); do plugin_time; done | sort -n | sed -n 3p)"
names+=(podman-netavark podman-cni) # for the table
# shellcheck disable=SC2034 # run uses it
for backend in netavark cni; do path["podman-$backend"]=podman; done
