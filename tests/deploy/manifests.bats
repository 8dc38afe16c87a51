# The objects of packaging/kubernetes, as kubectl makes them, and the image that their pods run.
bats_require_minimum_version 1.5.0

KUBERNETES=$BATS_TEST_DIRNAME/../../packaging/kubernetes

checked() { /usr/bin/python3 "$BATS_TEST_DIRNAME/manifests.py"; }

@test "manifests: each file has known kinds, fields, names and labels" {
  cd "$KUBERNETES"
  run -0 checked < <(for file in namespace access runtimeclass; do cat $file.yaml && echo ---; done)
  [ "$output" = "5 objects, 0 mistakes" ]
}

@test "manifests: what kubectl makes of them is consistent" {
  command -v kubectl >/dev/null || skip "no kubectl"
  kubectl kustomize "$KUBERNETES" >"$BATS_TEST_TMPDIR/all.yaml"
  run -0 checked <"$BATS_TEST_TMPDIR/all.yaml"
  [ "$output" = "8 objects, 0 mistakes" ]
  [ "$(grep -c '^ *tare/node: \(install\|default\|uninstall\)$' "$BATS_TEST_TMPDIR/all.yaml")" = 3 ]
  [ "$(grep -c 'DEFAULT_RUNTIME' "$BATS_TEST_TMPDIR/all.yaml")" = 1 ]
}

@test "manifests: a misspelt field is found" {
  run -1 checked < <(sed 's/handler/handlr/' "$KUBERNETES/runtimeclass.yaml")
  [[ $output == *"RuntimeClass tare.handlr: no such field"* ]]
}

@test "manifests: the label and the handler are those of the script and of the snippets" {
  local label
  label=$(sed -n 's/^LABEL=//p' "$KUBERNETES/node.sh")
  grep -qx "    $label: \"true\"" "$KUBERNETES/runtimeclass.yaml"
  grep -q 'handler: tare$' "$KUBERNETES/runtimeclass.yaml"
}
