# What the attacks share, in addition to the helpers of the integration tests: a bundle, the runtime from outside, the probe.
load ../integration/helper

# Leftovers are not a successful attack; only tare promises to leave nothing.
teardown() {
  if is_tare; then check_residue; else check_residue || true; fi
}

# A race is lost or won by chance: so many containers are started against each.
ROUNDS=${ROUNDS:-12}

# What a test asks of tare alone comes after what it asks of all: "is_tare || return 0".
is_tare() { [[ $(basename "$RUNTIME") == tare* ]]; }

# Whose advisory it is: what another runtime does there is not for us to tell.
concerns() { # NAME...
  local name
  for name in tare "$@"; do [[ $(basename "$RUNTIME") != "$name"* ]] || return 0; done
  skip "an advisory of $*"
}

# A directory of the host that nothing may touch.
setup_victim() {
  VICTIM=$BATS_TEST_TMPDIR/victim
  mkdir "$VICTIM"
  echo untouched >"$VICTIM/file"
}

victim_is_untouched() { [ "$(ls -A "$VICTIM")" = file ] && [ "$(cat "$VICTIM/file")" = untouched ]; }

# /dev is the image's own.
no_mounts_on_dev() { update_config '.mounts |= map(select(.destination | startswith("/dev") | not))'; }

map_ids() {
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  chown -R 100000:100000 "$ROOTFS"
}

# A user without privileges, who reaches the runtime by a copy of it.
as_user() {
  setpriv --reuid 4242 --regid 4243 "$USER_GROUPS" \
    env HOME=/ XDG_RUNTIME_DIR="$BATS_TEST_TMPDIR/runtime" "$@"
}

# One that others may reach, or overwrite.
copy_runtime() {
  [[ $RUNTIME != "$BATS_TEST_TMPDIR"/* ]] || return 0
  mkdir "$BATS_TEST_TMPDIR/copy"
  cp "$RUNTIME" "$BATS_TEST_TMPDIR/copy/"
  RUNTIME=$BATS_TEST_TMPDIR/copy/$(basename "$RUNTIME")
}

# The bundle is the user's, and so is the container, as root of a user namespace that maps no other user.
prepare_for_user() { # [GROUPS, as setpriv has them]
  USER_GROUPS=${1:---clear-groups}
  local own_ids='[{containerID: 0, hostID: 4242, size: 1}]'
  copy_runtime
  mkdir "$BATS_TEST_TMPDIR/runtime"
  chown -R 4242:4243 "$ROOT" "$BUNDLE" "$BATS_TEST_TMPDIR/runtime" "$BATS_TEST_TMPDIR/copy"
  update_config ".linux.namespaces += [{type: \"user\"}] | .linux.uidMappings = $own_ids |
    .linux.gidMappings = (.linux.uidMappings | map(.hostID = 4243)) | del(.linux.resources, .linux.cgroupsPath) |
    .mounts |= map(if .type == \"devpts\" then .options -= [\"gid=5\"] else . end)"
  runtime() { as_user timeout --foreground --signal KILL 60 "$RUNTIME" --root "$ROOT" "$@"; }
}
