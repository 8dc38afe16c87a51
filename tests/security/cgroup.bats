#!/usr/bin/env bats
# A container can only access its own cgroup, and names in the config lead to no other file.
load helper

@test "GHSA-5g49-rx9x-qfc6: a hugetlb page size cannot be used as a path" {
  concerns runc
  update_config '.linux.resources.hugepageLimits = [{pageSize: "../../../../tmp/x", limit: 1}]'
  run ! runtime run --bundle "$BUNDLE" "$ID"
}

# bats test_tags=v2
@test "CVE-2023-25809: a user's container without a cgroup namespace cannot write to the user's cgroups" {
  concerns runc
  prepare_for_user
  update_config '.linux.namespaces |= map(select(.type != "network" and .type != "cgroup")) |
    .mounts |= map(if .destination == "/sys" then {destination: "/sys", type: "bind", source: "/sys", options: ["rbind", "ro"]} else . end) +
      [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw"]}] |
    .linux.maskedPaths -= ["/sys/firmware"]'
  set_args sh -c 'for f in $(busybox find /sys/fs/cgroup -name cgroup.procs -o -name cgroup.subtree_control -o -name tasks); do
    (: >>"$f") 2>/dev/null && echo "writable: $f"; done; echo looked'
  run runtime run --bundle "$BUNDLE" "$ID"
  refute writable:
}

@test "CVE-2023-25809: mounts below a bound read-only sysfs are read-only, too" {
  concerns runc
  is_tare || skip "runc 1.1 does not start without a network namespace here"
  map_ids
  update_config '.linux.namespaces |= map(select(.type != "network"))'
  in_container probe mounts
  [ "$(grep -c ' /sys/fs/cgroup' <<<"$output")" -gt 0 ]
  run ! awk '$5 ~ "^/sys" && $6 !~ "^ro" { print; found = 1 } END { exit !found }' <<<"$output"
}

# bats test_tags=v2
@test "CVE-2024-3154: an annotation only sets systemd properties that are on the list" {
  [ -d /run/systemd/system ] || skip "no systemd here"
  only_tare "runc passes all on: CRI-O, whose advisory this is, filters them"
  update_config '.annotations = {"org.systemd.property.SuccessAction": "'"'none'"'"} |
    .linux.cgroupsPath = "system.slice:tare:'"$ID"'"'
  run ! runtime --systemd-cgroup run --bundle "$BUNDLE" "$ID"
  expect "org.systemd.property.SuccessAction"
}
