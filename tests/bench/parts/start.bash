# A container, and a process in it, from the command line to the end of `true`.
# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets ID, floor, names, rounds, state, work

start_list() { # start_list SETTING: for measure.cc
  local name
  echo "floor run/$1 $floor run $work/rootfs /bin/true"
  for name in "${names[@]}"; do echo "$name run/$1 $(runtime "$name") run --bundle $work/true-$1 $ID"; done
  echo "floor cycle/$1 $floor run $work/rootfs /bin/true" # the same work for the kernel
  for name in "${names[@]}"; do
    echo "$name cycle/$1 $(runtime "$name") create --bundle $work/true-$1 $ID"
    echo "$name cycle/$1 $(runtime "$name") start $ID"
    echo "- - wait"
    echo "$name cycle/$1 $(runtime "$name") delete $ID"
  done
  # shellcheck disable=SC2046 # a command and its flags
  echo "floor exec/$1 $floor exec $($(runtime "${names[0]}") state "$ID-${names[0]}" | jq .pid) /bin/true"
  for name in "${names[@]}"; do echo "$name exec/$1 $(runtime "$name") exec $ID-$name /bin/true"; done
}

# What the measured runs have used besides time.
start_uses() {
  jq -sc 'def named($key): map({key: .name, value: .[$key]}) | from_entries;
    group_by(.case)[] | (.[0].case | split("/")) as [$case, $setting] | select($case == "run")
    | {case: "page faults of run", $setting, unit: "", values: named("faults")},
      {case: "peak RSS of run", $setting, unit: "KiB", values: named("rss")}'
}

calls_of() { # calls_of COMMAND...: system calls of all its processes
  strace --follow-forks --quiet=all --signal=none --output="$work/calls" "$@" >/dev/null 2>&1 </dev/null || die "strace $*"
  grep -c -v resumed "$work/calls"
}

start_calls() {
  local name counts=("floor=$(calls_of "$floor" run "$work/rootfs" /bin/true)")
  # shellcheck disable=SC2046 # a command and its flags
  for name in "${names[@]}"; do counts+=("$name=$(calls_of $(runtime "$name") run --bundle "$work/true-plain" "$ID")"); done
  figure "system calls of run" plain "" "${counts[@]}"
}

for setting in plain seccomp; do
  for name in "${names[@]}"; do keep_running "$name" "sleep-$setting"; done
  start_list "$setting" | measured "$rounds" >"$work/start-$setting"
  stop_running
done
cat "$work"/start-{plain,seccomp} | times | jq -sc 'sort_by([.case != "run", .case])[]'
cat "$work"/start-{plain,seccomp} | start_uses
if command -v strace >/dev/null; then start_calls; fi
