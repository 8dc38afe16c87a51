# The objects of packaging/kubernetes, as kubectl makes them, and the image that their pods run.
bats_require_minimum_version 1.5.0

# shellcheck source-path=SCRIPTDIR source=image.bash
load image.bash

KUBERNETES=$BATS_TEST_DIRNAME/../../packaging/kubernetes

checked() { /usr/bin/python3 "$BATS_TEST_DIRNAME/manifests.py"; }

@test "manifests: each file has known kinds, fields, names and labels" {
  cd "$KUBERNETES"
  run -0 checked < <(for file in namespace access runtimeclass; do cat $file.yaml && echo ---; done)
  [ "$output" = "5 objects, 0 mistakes" ]
}

@test "manifests: kubectl renders them consistently" {
  command -v kubectl >/dev/null || skip "no kubectl"
  kubectl kustomize "$KUBERNETES" >"$BATS_TEST_TMPDIR/all.yaml"
  run -0 checked <"$BATS_TEST_TMPDIR/all.yaml"
  [ "$output" = "8 objects, 0 mistakes" ]
  [ "$(grep -c '^ *tare/node: \(install\|default\|uninstall\)$' "$BATS_TEST_TMPDIR/all.yaml")" = 3 ]
  [ "$(grep -c 'DEFAULT_RUNTIME' "$BATS_TEST_TMPDIR/all.yaml")" = 1 ]
}

@test "manifests: a misspelt field is an error" {
  run -1 checked < <(sed 's/handler/handlr/' "$KUBERNETES/runtimeclass.yaml")
  [[ $output == *"RuntimeClass tare.handlr: no such field"* ]]
}

# The image of Dockerfile, with the privileges that the DaemonSets give it, on a root directory in place of a node's.
@test "manifests: the image can install and uninstall with the privileges that its pods have" {
  load host.bash
  make_skeleton "$BATS_TEST_TMPDIR/root"
  ROOT=$BATS_TEST_TMPDIR/root
  with_engine containerd containerd v2.1.4
  : >"$ROOT/run/calls"
  local before
  before=$(snapshot)
  make_installer_image
  run_installer "$ROOT" install
  run_installer "$ROOT" check install
  cmp "$ROOT/usr/local/bin/tare" "$TARE"
  [ "$(restarts)" = 1 ]
  run_installer "$ROOT" uninstall
  diff <(echo "$before") <(snapshot)
}

@test "manifests: the privileges in that test are those of the DaemonSets" {
  local daemonset=$KUBERNETES/node/daemonset.yaml
  grep -q 'drop: \[ALL\]' "$daemonset" && grep -q 'add: \[SYS_CHROOT\]' "$daemonset"
  grep -q 'readOnlyRootFilesystem: true' "$daemonset" && grep -q 'allowPrivilegeEscalation: false' "$daemonset"
  grep -q 'hostPID: true' "$daemonset" && grep -q 'mountPropagation: HostToContainer' "$daemonset"
}

@test "manifests: the label and the handler are those of the script and of the snippets" {
  local label
  label=$(sed -n 's/^LABEL=//p' "$KUBERNETES/node.sh")
  grep -qx "    $label: \"true\"" "$KUBERNETES/runtimeclass.yaml"
  grep -q 'handler: tare$' "$KUBERNETES/runtimeclass.yaml"
}
