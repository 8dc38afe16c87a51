# umoci unpacks an image into a bundle and writes its config.json; the runtime is then called by hand.
# shellcheck shell=bash

umoci_start() { :; }
umoci_stop() { :; }
umoci_clean() { :; }

bundle() { # bundle [UMOCI-FLAGS...]: without a terminal, as there is none
  umoci unpack "$@" --image "$STATE/image/oci:latest" "$STATE/$C" >/dev/null
  configure '.process.terminal = false'
}
configure() { # configure JQ-FILTER
  jq "$1" "$STATE/$C/config.json" >"$STATE/$C.json" && mv "$STATE/$C.json" "$STATE/$C/config.json"
}
runtime() { "$RUNTIME" --root "/run/$C" "$@"; }

umoci.run() { bundle && configure '.process.args = ["sh", "-c", "echo hello; exit 7"]' && attempt runtime run -b "$STATE/$C" "$C"; }
umoci.rootless_config() { # a config with a user namespace of one id and bind-mounted /sys, here run by root
  bundle --rootless && configure '.process.args = ["sh", "-c", "cat /proc/self/uid_map; cut -d\" \" -f5 /proc/self/mountinfo | sort"]'
  attempt runtime run -b "$STATE/$C" "$C"
}
umoci.terminal() {
  bundle && configure '.process.terminal = true | .process.args = ["sh", "-c", "tty; sleep 0.3; stty size"]'
  on_terminal "$RUNTIME" --root "/run/$C" run -b "$STATE/$C" "$C"
}
umoci.lifecycle() {
  bundle && configure '.process.args = ["sleep", "1000"]'
  runtime create -b "$STATE/$C" --pid-file "$STATE/$C.pid" "$C" && runtime state "$C" | jq -r .status
  runtime start "$C" && runtime state "$C" | jq -r .status
  attempt runtime exec "$C" sh -c 'cat /proc/1/comm; exit 3'
  runtime ps "$C" | awk 'END { print NR }'
  attempt runtime delete "$C"
  runtime kill "$C" KILL && await stopped && runtime delete "$C"
  attempt runtime state "$C"
}
stopped() { [ "$(runtime state "$C" | jq -r .status)" = stopped ]; }
umoci.repack() { # what the container wrote is what the image gains
  bundle && configure '.process.args = ["sh", "-c", "echo new >/data/new; rm /data/not-executable"] | .root.readonly = false'
  runtime run -b "$STATE/$C" "$C"
  cp -r "$STATE/image/oci" "$STATE/oci-$C" && umoci repack --image "$STATE/oci-$C:changed" "$STATE/$C" >/dev/null
  umoci stat --json --image "$STATE/oci-$C:changed" | jq '.history | length'
  find "$STATE/$C/rootfs/data" -printf '%P %m\n' | sort
}
