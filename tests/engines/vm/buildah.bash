# Buildah with OCI isolation, which calls the runtime itself. A setting is buildah or rootless-buildah.
# shellcheck shell=bash

set_up() { :; }
clean() { buildah rm --all; }

working() { buildah from --pull-never --name "$C" "$@" "$IMAGE" >/dev/null; }
run() { buildah run --isolation oci --runtime "/usr/local/bin/$SIDE" --network none "$@"; }
build() { buildah bud -q --no-cache --isolation oci --runtime "/usr/local/bin/$SIDE" --network none "$@" -; }

buildah.run() { working && run "$C" -- echo hello && attempt run "$C" -- sh -c 'exit 7'; }
buildah.missing_command() { working && attempt run "$C" -- no-such-command; }
buildah.seen() { working && run "$C" -- sh -c "cat /proc/self/uid_map; grep -E '^(Cap...|Seccomp):' /proc/self/status; $MOUNTS_SEEN"; }
buildah.build() {
  printf 'FROM %s\nRUN echo built >/made\nUSER 1\nRUN test -s /made && test $(id -u) = 1\n' "$IMAGE" | build -t "built-$SIDE" >/dev/null
  buildah from --pull-never --name "$C" "localhost/built-$SIDE" >/dev/null && run "$C" -- cat /made
}
buildah.build_failure() { printf 'FROM %s\nRUN exit 9\n' "$IMAGE" | attempt build; }
