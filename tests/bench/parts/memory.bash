# The smallest memory limit under which a container starts `true`.
# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets ID, names, work

starts_within() { # starts_within RUNTIME KIB: three times of three
  local try
  # shellcheck disable=SC2016 # jq's variable
  make_bundle small '.linux.resources.memory.limit = $kib * 1024' --argjson kib "$2"
  for try in 1 2 3; do
    # shellcheck disable=SC2046 # a command and its flags
    timeout 10 $(runtime "$1") run --bundle "$work/small" "$ID-$try" </dev/null >/dev/null 2>&1 && continue
    # shellcheck disable=SC2046 # a command and its flags
    $(runtime "$1") delete --force "$ID-$try" >/dev/null 2>&1 || true
    return 1
  done
}

smallest_limit() { # smallest_limit RUNTIME: in KiB, to a page
  local low=0 high=64 middle
  until starts_within "$1" "$high"; do
    low=$high high=$((high * 2))
    [ "$high" -le 262144 ] || die "$1 starts under no limit"
  done
  while [ $((high - low)) -gt 4 ]; do
    middle=$(((low + high) / 2 / 4 * 4))
    if starts_within "$1" "$middle"; then high=$middle; else low=$middle; fi
  done
  echo "$high"
}

limits=()
for name in "${names[@]}"; do limits+=("$name=$(smallest_limit "$name")"); done
figure "memory limit" plain KiB "${limits[@]}"
