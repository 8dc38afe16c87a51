#!/usr/bin/env bats
# Values that are longer than some runtime once expected.
load helper

@test "CVE-2021-43784: values of more than 64 KiB are not cut" {
  concerns runc
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [range(5000) | {containerID: ., hostID: (100000 + . * 2), size: 1}] |
    .linux.gidMappings = [{containerID: 0, hostID: 100000, size: 1}]'
  set_args true
  run runtime run --bundle "$BUNDLE" "$ID"
  ((status > 0 && status < 126)) # more than the kernel takes (340): an error, not a crash
  update_config '.linux.namespaces |= map(select(.type != "user")) | del(.linux.uidMappings, .linux.gidMappings) |
    .annotations = {"a.long": ("x" * 100000)} | .process.env += ["LONG=" + ("y" * 100000)] |
    .linux.maskedPaths += [range(3000) | "/nonesuch/with/a/long/name/\(.)"]'
  in_container sh -c 'echo ${#LONG}'
  [ "$output" = 100000 ]
}

@test "CVE-2021-43784: a namespace path of more than 64 KiB is not cut" {
  concerns runc
  update_config '.linux.namespaces |= map(if .type == "ipc" then .path = "/" + ("x" * 70000) else . end)'
  run runtime run --bundle "$BUNDLE" "$ID"
  ((status > 0 && status < 126))
}
