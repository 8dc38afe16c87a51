#!/usr/bin/env bats
# Intel RDT on a machine without resctrl. Writing to resctrl is tested by src/resctrl/resctrl_test.cc, in a directory.
load helper

setup() {
  ! grep -qw resctrl /proc/self/mountinfo || skip "this machine has resctrl"
  prepare
}

@test "intelRdt: an empty object is accepted without resctrl" {
  only_tare "runc 1.5 refuses it"
  update_config '.linux.intelRdt = {}'
  in_container true
}

@test "intelRdt: anything else without resctrl is an error with runc's text, and nothing is left" {
  only_tare "runc 1.1 ignores it"
  local member
  for member in '{"closID": "x"}' '{"closID": "/"}' '{"l3CacheSchema": "L3:0=f"}' '{"memBwSchema": "MB:0=50"}' \
    '{"schemata": ["L2:0=f"]}' '{"enableMonitoring": true}'; do
    update_config --argjson rdt "$member" '.linux.intelRdt = $rdt'
    refuses "intelRdt is specified in config, but Intel RDT is not enabled" "resctrl is not mounted"
    [ -z "$(leftovers)" ]
  done
}

@test "update --l3-cache-schema, --mem-bw-schema: an error with runc's text, and no other limit is changed" {
  update_config '.linux.resources.pids.limit = 33'
  start sleep 1000
  run ! runtime update --pids-limit 44 --l3-cache-schema "L3:0=f" "$ID"
  expect "Intel RDT/CAT: l3 cache schema is not enabled"
  run ! runtime update --pids-limit 44 --mem-bw-schema "MB:0=50" "$ID"
  expect "Intel RDT/MBA: memory bandwidth schema is not enabled"
  run -0 runtime events --stats "$ID"
  [ "$(jq .data.pids.limit <<<"$output")" = 33 ]
}

@test "update --mem-bw-schema: an invalid schema is an error that shows it" {
  only_tare "runc leaves it to the kernel"
  start sleep 1000
  run ! runtime update --mem-bw-schema "L3:0=f" "$ID"
  expect "invalid value for mem-bw-schema" "L3:0=f"
}
