#!/usr/bin/env bats
# The examples of the manual pages work as printed.
load ../integration/helper

# The pages, by what their examples need. Those of tare(8) need an image, those of tare-shim(8) a containerd.
ONCE=(tare-run)
CREATED=(tare-start)
RUNNING=(tare-delete tare-events tare-exec tare-kill tare-list tare-mounts tare-pause tare-ps tare-resume tare-state tare-top
  tare-update)
SUPERVISED=(tare-logs tare-stop tare-wait)
ECHOING=(tare-attach)
NOTHING=(tare-bundle tare-check tare-completion tare-create tare-devices tare-doctor tare-features tare-network tare-plan tare-spec tare-unit tare-version)
ELSEWHERE=(tare tare-cni tare-shim)

setup() {
  only_tare "these are its pages"
  prepare
  set_args sleep 1000
  cd "$BATS_TEST_TMPDIR" || return
  ln -s bundle web
  mkdir bin
  printf '#!/bin/sh\nexec "%s" --root "%s" "$@"\n' "$RUNTIME" "$ROOT" >bin/tare
  chmod +x bin/tare
  PATH=$PWD/bin:$PATH
  export NETCONFPATH=$PWD/net.d TARE_NETWORK_DIR=$PWD/networks
}

# The displays in the section EXAMPLES.
examples() { # PAGE
  awk '/^\.Sh / { wanted = $2 == "EXAMPLES" }
    /^\.Ed/ { inside = 0 }
    wanted && inside
    /^\.Bd -literal/ { inside = 1 }' "$TREE/man/$1.8" | sed 's/\\-/-/g; s/\\e/\\/g'
}

# Commands begin with "# " and may continue in indented lines. Other lines are output; "> " is another shell's prompt.
work() { # PAGE...
  local page line
  for page; do
    examples "$page" | sed -n '/exec --tty/d; s/^# //p; /^ /p' >commands # a shell waits for what is typed
    [ -s commands ]
    run timeout --foreground 60 bash -e -o pipefail commands </dev/null
    [ "$status" = 0 ] || { echo "$page: exit status $status: $output" && return 1; }
    while read -r line; do
      grep -qxF -e "$line" <<<"$output" || { printf '%s: no "%s" in: %s\n' "$page" "$line" "$output" && return 1; }
    done < <(examples "$page" | grep -v '^[#> ]')
    runtime delete --force --regex .
  done
}

begin() { tare "$@" web >out 2>&1 </dev/null 3>&-; }

@test "manual: examples that only need a bundle work" {
  work "${NOTHING[@]}"
}

@test "manual: examples that run a container to its end work" {
  set_args echo hello
  work "${ONCE[@]}"
}

@test "manual: examples with a created container work" {
  begin create --bundle web
  work "${CREATED[@]}"
}

@test "manual: examples with a running container work" {
  for page in "${RUNNING[@]}"; do
    begin run --detach --bundle web
    work "$page"
  done
}

@test "manual: examples with a supervised container work" {
  for page in "${SUPERVISED[@]}"; do
    begin run --supervise --bundle web
    work "$page"
  done
}

@test "manual: examples with a container that echoes its input work" {
  set_args cat
  ln -s bundle cat
  work "${ECHOING[@]}"
}

@test "manual: every page with examples is tested" {
  diff <(grep -l '^\.Sh EXAMPLES' "$TREE"/man/*.8 | xargs -n 1 basename -s .8 | sort) \
    <(printf '%s\n' "${ONCE[@]}" "${CREATED[@]}" "${RUNNING[@]}" "${SUPERVISED[@]}" "${ECHOING[@]}" "${NOTHING[@]}" \
      "${ELSEWHERE[@]}" | sort)
}
