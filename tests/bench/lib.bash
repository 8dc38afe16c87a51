# What the parts of the bench share: programs, bundles, measuring, the table.
# shellcheck shell=bash
# shellcheck disable=SC2004,SC2016,SC2154 # path is an associative array; jq expands what is in single quotes; `run` sets build, here, json, work, state, names, path

PROFILE=/usr/share/containers/seccomp.json # of Debian's golang-github-containers-common

die() {
  echo "bench: $*" >&2
  exit 1
}

# --- programs and bundles -----------------------------------------------------------------------------------

program() { # program NAME: of this directory; the build's, or compiled now
  if [ -x "$build/tests/bench/$1" ]; then
    echo "$build/tests/bench/$1"
  else
    g++ -std=c++20 -O2 -D_GNU_SOURCE -static "$here/$1.cc" -o "$work/$1" && echo "$work/$1"
  fi
}

# A name without a slash is looked up in the build directory, then in PATH.
find_runtimes() { # find_runtimes RUNTIME...
  local runtime name
  for runtime; do
    name=${runtime##*/}
    path[$name]=$(command -v "$build/$runtime" || command -v "$runtime") || die "no runtime $runtime"
    names+=("$name")
  done
}

runtime() { # runtime NAME [ROOT]: the command with its own state directory
  echo "${path[$1]} --root ${2-$state/$1}"
}

# Docker's profile depends on capabilities and architectures; this is the result for a container here.
oci_profile() {
  jq --arg machine "SCMP_ARCH_$(uname -m | tr "[:lower:]" "[:upper:]")" '
    def here: (.caps // []) == [] and ((.arches // []) | length == 0 or index("amd64") or index("x86_64"));
    {defaultAction, defaultErrnoRet: (.defaultErrnoRet // 1),
     architectures: (.archMap | map(select(.architecture == $machine) | .architecture, .subArchitectures[])),
     syscalls: [.syscalls[] | select((.includes // {} | here) and ((.excludes.arches // []) | index("amd64") | not))
       | {names, action} + (if .errnoRet then {errnoRet} else {} end)
       + (if (.args // []) != [] then {args: [.args[] | {index, value, op} + (if .valueTwo then {valueTwo} else {} end)]} else {} end)]}' \
    "$PROFILE"
}

# crun 1.8 knows no later version than 1.0; a capability cannot be ambient without being inheritable.
make_bundle() { # make_bundle NAME JQ-FILTER [JQ-ARGUMENTS...]
  mkdir -p "$work/$1"
  local filter=$2
  jq '.ociVersion = "1.0.2" | .process.terminal = false | del(.process.capabilities.ambient) | .root.path = "'"$work"'/rootfs"
    | .process.args = ["/bin/true"] | '"$filter" "${@:3}" "$work/base/config.json" >"$work/$1/config.json"
}

# In the bundles true-* the process ends at once, in sleep-* it runs until it is killed.
make_bundles() {
  mkdir -p "$work/base" "$work/rootfs"/{bin,dev,proc,sys}
  cp "$(command -v busybox)" "$work/rootfs/bin/busybox"
  ln -s busybox "$work/rootfs/bin/true" && ln -s busybox "$work/rootfs/bin/sleep"
  (cd "$work/base" && "${path[${names[0]}]}" spec)
  oci_profile >"$work/profile.json"
  local confined=('.linux.seccomp = $profile[0]' --slurpfile profile "$work/profile.json")
  make_bundle true-plain .
  make_bundle true-seccomp "${confined[@]}"
  make_bundle sleep-plain '.process.args = ["/bin/sleep", "100000"]'
  make_bundle sleep-seccomp '.process.args = ["/bin/sleep", "100000"] | '"${confined[0]}" "${confined[@]:1}"
}

# A container to exec into. Runtimes must not have the same ID at the same time: it is also the cgroup's name.
keep_running() { # keep_running NAME BUNDLE
  # shellcheck disable=SC2046 # a command and its flags
  $(runtime "$1") run --detach --bundle "$work/$2" "$ID-$1" </dev/null >/dev/null 2>"$work/error" ||
    die "$1, $2: $(cat "$work/error")"
}

stop_running() { # those of all runtimes
  local name
  # shellcheck disable=SC2046 # a command and its flags
  for name in "${names[@]}"; do $(runtime "$name") delete --force "$ID-$name" >/dev/null || die "$name: cannot delete"; done
}

# --- measuring ----------------------------------------------------------------------------------------------

# A list of commands for measure.cc on standard input; its figures, a line for each name and case. A case is
# written as CASE or CASE/SETTING, with "_" for a space.
measured() { # measured ROUNDS
  "$measure" "$1" 2>"$work/error" || die "$(cat "$work/error")"
}

times() { # a line of JSON for each case, from the figures on standard input
  jq -sc 'def words: gsub("_"; " ");
    reduce .[] as $figure ({}; .[$figure.case] += [$figure]) | to_entries[].value | (.[0].case | split("/")) as $case
    | {case: ($case[0] | words), setting: ($case[1] // "plain" | words), unit: "ms",
       values: map({key: .name, value: .median}) | from_entries, p10: map({key: .name, value: .p10}) | from_entries}'
}

figure() { # figure CASE SETTING UNIT [NAME=VALUE...]
  local pair
  for pair in "${@:4}"; do jq -n --arg name "${pair%%=*}" --argjson value "${pair#*=}" '{($name): $value}'; done |
    jq -sc --arg case "$1" --arg setting "$2" --arg unit "$3" '{case: $case, setting: $setting, unit: $unit, values: add}'
}

# --- report -------------------------------------------------------------------------------------------------

# A machine is too loud if others use it, or if the floor, which always does the same, takes different times.
machine() { # machine FILE: about the figures in FILE
  local emulated=false
  if grep -q '^model name.*TCG' /proc/cpuinfo; then emulated=true; fi
  jq -sc --arg date "$(date +%F)" --arg kernel "$(uname -r)" --argjson processors "$(nproc)" --argjson load "$load" --argjson emulated "$emulated" '
    ([.[] | select(.p10.floor) | .values.floor / .p10.floor] | max) as $spread
    | {case: "machine", $date, $kernel, $processors, $load, $spread, $emulated,
       loud: ($load > 0.5 * $processors or ($spread // 1) > 1.3)}' "$1"
}

# Columns of words that are separated by tabs.
align() {
  awk -F '\t' '{
      for (i = 1; i <= NF; ++i) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) }
      columns[NR] = NF
    }
    END {
      for (row = 1; row <= NR; ++row) {
        line = ""
        for (i = 1; i <= columns[row]; ++i) line = line sprintf("%-" width[i] + 2 "s", cell[row, i])
        sub(/ +$/, "", line); print line
      }
    }'
}

# The first runtime's ratio to each other column is what the numbers are for.
table() { # table FILE
  jq -sr --arg names "floor ${names[*]}" '
    def rounded: if . == null then "-" else . * 100 | round / 100 end;
    ($names | split(" ")) as $columns | $columns[1] as $subject | ($columns | map(select(. != $subject))) as $others
    | (["", "", "", "unit"] + $columns + ($others | map("\($subject)/\(.)"))),
      (.[] | select(.values) | (if .p10 then ["p10", .p10], ["median", .values] else ["", .values] end) as [$statistic, $v]
        | [.case, .setting, $statistic, .unit] + ($columns | map($v[.] | rounded))
          + ($others | map(if $v[.] and $v[$subject] then $v[$subject] / $v[.] else null end | rounded)))
    | @tsv' "$1" | align
  jq -r 'select(.case == "machine") | "",
    "\(.date), Linux \(.kernel), \(.processors) processors; load average before the run: \(.load)",
    (if .spread then "The floor'"'"'s median is up to \(.spread * 100 | round / 100) times its 10th percentile." else empty end),
    if .loud then "THE MACHINE WAS TOO LOUD TO TELL. Run it again when nothing else runs." else "The machine was quiet enough." end,
    if .emulated then "The machine is emulated in software: only the ratios say something." else empty end' "$1"
}
