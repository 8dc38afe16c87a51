# Buildah with OCI isolation: it calls the runtime itself, without conmon, and polls `state` while the command runs.
# shellcheck shell=bash

# shellcheck source-path=SCRIPTDIR source=podman.bash
. "$(dirname "${BASH_SOURCE[0]}")/podman.bash"

buildah_start() { containers_start; }
buildah_stop() { :; }
buildah_clean() { buildah rm --all; }

working() { buildah from --pull-never --name "$C" "$@" localhost/busybox >/dev/null; }
run() { buildah run --isolation oci --runtime "$RUNTIME" --network none "$@"; }

buildah.run() { working && run "$C" -- echo hello; }
buildah.exit_code() { working && attempt run "$C" -- sh -c 'exit 7'; }
buildah.stdin() { working && echo input | run "$C" -- cat; }
# Without a warning of newer runc versions than Debian's.
buildah.terminal() {
  working && on_terminal buildah run -t --isolation oci --runtime "$RUNTIME" --network none "$C" -- sh -c "$SEE_TERMINAL" |
    grep -vF "can't raise ambient capability"
}
buildah.status_seen() {
  working && run --user user --workingdir /data "$C" -- \
    sh -c 'pwd; id -u; grep -E "^(Cap...|Seccomp|Umask|SigIgn):" /proc/self/status; ls -1 /proc/self/fd'
}
buildah.mounts_seen() { working && run -v "$STATE/image:/image:ro" "$C" -- sh -c "$MOUNTS_SEEN"; }
buildah.host_network() {
  working && buildah run --isolation oci --runtime "$RUNTIME" --network host "$C" -- readlink /proc/self/ns/net
}
buildah.limits() {
  working --memory 32m --memory-swap 32m --cpu-quota 50000 --cpu-shares 512
  run -v /sys/fs/cgroup:/cg:ro "$C" -- sh -c '
    at() { grep ":$1:" /proc/self/cgroup | cut -d: -f3; }
    cat "/cg/memory$(at memory)/memory.limit_in_bytes" "/cg/cpu$(at cpu)/cpu.cfs_quota_us" "/cg/cpu$(at cpu)/cpu.shares"'
}
buildah.missing_command() { working && attempt run "$C" -- no-such-command; }
buildah.not_executable() { working && attempt run "$C" -- /data/not-executable; }
buildah.build() {
  printf 'FROM localhost/busybox\nRUN echo built >/made\nUSER user\nRUN test -s /made && id -u >/tmp/uid\n' |
    buildah bud -q --no-cache --isolation oci --runtime "$RUNTIME" --network none -t "built-$SIDE" - >/dev/null
  buildah from --pull-never --name "$C" "localhost/built-$SIDE" >/dev/null && run "$C" -- cat /made /tmp/uid
}
buildah.build_failure() {
  printf 'FROM localhost/busybox\nRUN exit 9\n' |
    attempt buildah bud -q --no-cache --isolation oci --runtime "$RUNTIME" --network none -
}
