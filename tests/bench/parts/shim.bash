# containerd with tare's shim and with its own.
# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets here, path, rounds

if command -v containerd >/dev/null; then
  RUNTIME=${path[tare]} "$here/shim" --runs "$((rounds / 2))"
else
  echo "bench: no containerd: part shim is left out" >&2
fi
