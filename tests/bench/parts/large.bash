# Configurations that are much larger than an engine's usual ones.
# shellcheck shell=bash
# shellcheck disable=SC2016,SC2154 # jq's variables; run sets ID, names, rounds, state, work

make_large_bundles() {
  mkdir -p "$work/source"
  seq -f "$work/rootfs/mnt/%.0f" 1000 | xargs mkdir -p
  # crun has a descriptor open for each mount, and sets the limits first.
  make_bundle mounts 'del(.process.rlimits) | .mounts += [range(1; 1001) | {destination: "/mnt/\(.)", source: "'"$work"'/source", type: "bind", options: ["bind", "ro"]}]'
  make_bundle variables '.process.env += [range(10000) | "VARIABLE_\(.)=\(. * .)"] | .process.args = ["/bin/sleep", "100000"]'
  # Numbers that differ only below bit 32 of one argument: most of the 4,096 instructions that the kernel accepts.
  make_bundle rules '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64"],
    syscalls: [range(4000) | {names: ["ioctl"], action: "SCMP_ACT_ERRNO", args: [{index: 1, value: (. * 2 + 100000), op: "SCMP_CMP_EQ"}]}]}'
  make_bundle deep '.linux.cgroupsPath = "/'"$ID"'-deep" + ([range(300) | "/d"] | add)'
}

large_list() { # for measure.cc
  local name run
  for name in "${names[@]}"; do
    run=$(runtime "$name")
    echo "$name run/1,000_mounts $run run --bundle $work/mounts $ID"
    echo "$name run/10,000_variables $run run --bundle $work/variables-run $ID"
    echo "$name exec/10,000_variables $run exec $ID-$name /bin/true"
    echo "$name - rm -rf $state/$name/.seccomp"
    echo "$name run/4,000_rules,_new $run run --bundle $work/rules $ID"
    echo "$name run/4,000_rules,_again $run run --bundle $work/rules $ID"
    echo "$name run/cgroup_300_deep $run run --bundle $work/deep $ID"
  done
}

make_large_bundles
make_bundle variables-run '.process.env = $long[0].process.env' --slurpfile long "$work/variables/config.json"
for name in "${names[@]}"; do keep_running "$name" variables; done
large_list | measured "$((rounds / 10))" | times
stop_running
