#!/usr/bin/env bats
# The command line: output that engines parse, typing errors, and where errors go.
load helper

@test "--version: prints name, commit and spec version" {
  run -0 --separate-stderr "$RUNTIME" --version
  [[ ${lines[0]} =~ ^(tare|runc)\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
  grep -qE '^commit: ' <<<"$output"
  grep -qE '^spec: 1\.[0-9]+\.[0-9]+' <<<"$output"
  # shellcheck disable=SC2154
  [ -z "$stderr" ]
  run -0 "$RUNTIME" -v
}

# Scripts parse the lines of runc's output.
@test "--version and --help are laid out like runc's" {
  run -0 "$RUNTIME" --version
  [[ ${lines[0]} =~ ^(tare|runc)\ version\ [0-9]+\.[0-9]+\.[0-9]+ ]]
  [[ ${lines[1]} == "commit: "* && ${lines[2]} == "spec: "* ]]
  run -0 "$RUNTIME" --help
  [ "${lines[0]}" = NAME: ]
  [[ ${lines[1]} =~ ^\ \ \ (tare|runc)\ -\ Open\ Container\ Initiative\ runtime$ ]]
  grep -qxE 'USAGE:|VERSION:|COMMANDS:|GLOBAL OPTIONS:' <<<"$output"
  grep -qE '^commit: ' <<<"$output"
}

@test "--help: a closed standard output is not reported" {
  "$RUNTIME" --help 2>"$OUT.err" | true
  "$RUNTIME" features 2>>"$OUT.err" | true
  [ ! -s "$OUT.err" ]
}

@test "help --help: prints the general help" {
  local word
  for word in help h --help -h; do
    run -0 "$RUNTIME" help "$word"
    [ "$output" = "$("$RUNTIME" --help)" ]
  done
}

@test "--help: every command has one" {
  local command
  run -0 "$RUNTIME" --help
  for command in create start state kill delete run exec list ps pause resume update spec features; do
    expect "$command"
  done
  only_tare "runc's are Go's"
  for command in create start state kill delete run exec list ps pause resume update spec features; do
    run -0 --separate-stderr "$RUNTIME" $command --help
    expect "$command"
  done
}

@test "unknown commands and flags are errors that name them" {
  run ! runtime nonesuch
  run ! runtime create --nonesuch "$ID"
  expect nonesuch
  run ! "$RUNTIME" --nonesuch list
  expect nonesuch
  only_tare "runc 1.1 says it in other words"
  run ! runtime nonesuch
  expect nonesuch
}

@test "a missing container ID is an error" {
  local command
  for command in create start state kill delete exec ps pause resume update; do
    run ! runtime $command
  done
}

@test "too many arguments are an error" {
  local command
  for command in start state; do
    run ! runtime $command "$ID" more
  done
}

@test "flags: take one dash or two, and a value after = or a space" {
  set_args true
  run -0 "$RUNTIME" -root="$ROOT" run -bundle "$BUNDLE" "$ID"
  run -0 "$RUNTIME" --root="$ROOT" run --bundle="$BUNDLE" "$ID"
  run -0 "$RUNTIME" --root "$ROOT" run -b "$BUNDLE" "$ID"
}

@test "invalid IDs are refused, and nothing is created" {
  local id
  set_args true
  for id in "" . .. .seccomp .supervise ../x a/b / "a b" $'a\nb' 'a*' 'ä' ".hidden/../x" "$(printf 'a%.0s' {1..2000})"; do
    run ! runtime run --bundle "$BUNDLE" "$id"
    run ! runtime create --bundle "$BUNDLE" "$id"
    run ! runtime state "$id"
    run ! runtime kill "$id" KILL
    run ! runtime delete "$id"
    [ -z "$(ls -A "$ROOT")" ]
  done
  [ ! -e "$ROOT/../x" ]
}

@test "IDs as engines use them are accepted" {
  local id
  for id in "$ID-$(printf '0123456789abcdef%.0s' {1..4})" "$ID.a_b-c+d" "$ID.1" ".$ID"; do
    set_args true
    run -0 runtime run --bundle "$BUNDLE" "$id"
  done
}

@test "an ID may begin with a dot" {
  runtime create --bundle "$BUNDLE" ".$ID" >"$OUT" 2>&1 </dev/null 3>&-
  run runtime list --quiet
  runtime delete --force ".$ID"
  expect_line ".$ID"
  only_tare "its own directories in the root directory"
  run ! runtime run --bundle "$BUNDLE" .seccomp
  expect "invalid container ID format"
  run ! runtime run --bundle "$BUNDLE" .supervise
  expect "invalid container ID format"
}

@test "an empty directory below --root is not a container" {
  mkdir "$ROOT/$ID"
  run ! runtime state "$ID"
  run ! runtime kill "$ID" KILL
  rmdir "$ROOT/$ID"
}

@test "--log: errors go there, as text and as JSON, and to standard error" {
  update_config '.process.args = ["/nonesuch"]'
  run ! --separate-stderr runtime --log "$BATS_TEST_TMPDIR/log" run --bundle "$BUNDLE" "$ID"
  says "$BATS_TEST_TMPDIR/log" "level=error"
  says "$BATS_TEST_TMPDIR/log" "/nonesuch"
  # shellcheck disable=SC2154
  [[ $stderr == *"/nonesuch"* ]]
  run ! runtime --log "$BATS_TEST_TMPDIR/log.json" --log-format json run --bundle "$BUNDLE" "$ID"
  tail -n 1 "$BATS_TEST_TMPDIR/log.json" |
    jq -e '.level == "error" and (.msg | contains("/nonesuch")) and (.time | test("^20[0-9-]+T[0-9:]+"))'
}

@test "--log: every line of a JSON log is valid JSON, whatever the message contains" {
  update_config '.process.args = ["/none\"such\n\u0001ü"]'
  run ! runtime --log "$BATS_TEST_TMPDIR/log" --log-format json run --bundle "$BUNDLE" "$ID"
  jq -e . <"$BATS_TEST_TMPDIR/log"
}

@test "--log: appends" {
  echo first >"$BATS_TEST_TMPDIR/log"
  run ! runtime --log "$BATS_TEST_TMPDIR/log" state "$ID"
  [ "$(head -n 1 "$BATS_TEST_TMPDIR/log")" = first ]
  says "$BATS_TEST_TMPDIR/log" "does not exist"
}

@test "--log: a missing directory is an error" {
  run ! runtime --log "$BATS_TEST_TMPDIR/none/log" list
}

@test "--log-format: must be text or json" {
  run ! runtime --log-format xml list
}

@test "--debug: reports each step" {
  set_args true
  run -0 runtime --debug --log "$BATS_TEST_TMPDIR/log" run --bundle "$BUNDLE" "$ID"
  says "$BATS_TEST_TMPDIR/log" "level=debug"
}

@test "--log: without --debug a successful run writes nothing" {
  set_args true
  run -0 --separate-stderr runtime --log "$BATS_TEST_TMPDIR/log" run --bundle "$BUNDLE" "$ID"
  [ ! -s "$BATS_TEST_TMPDIR/log" ]
  [ -z "$stderr" ]
}

@test "--root: containers of one root directory are unknown in another" {
  start sleep 100
  run ! "$RUNTIME" --root "$BATS_TEST_TMPDIR/other" state "$ID"
  expect "does not exist"
  mkdir -p "$BATS_TEST_TMPDIR/other" # runc 1.1 has made it
  run -0 "$RUNTIME" --root "$BATS_TEST_TMPDIR/other" list --quiet
  [ -z "$output" ]
}

@test "--root: list fails if the directory does not exist" {
  only_tare "runc 1.1 makes it"
  run ! "$RUNTIME" --root "$BATS_TEST_TMPDIR/none" list
  expect "$BATS_TEST_TMPDIR/none" "no such file or directory"
  run ! "$RUNTIME" --root "$BATS_TEST_TMPDIR/none" list --quiet
  [ ! -e "$BATS_TEST_TMPDIR/none" ]
}

@test "IDs after -- may begin with a dash" {
  set_args sleep 1000
  runtime create --bundle "$BUNDLE" -- "-$ID" >"$OUT" 2>&1 </dev/null 3>&-
  runtime start -- "-$ID"
  run -0 runtime list --quiet
  [ "$output" = "-$ID" ]
  runtime state -- "-$ID" | jq -e --arg id "-$ID" '.id == $id and .status == "running"'
  run -0 runtime exec -- "-$ID" echo -n inside
  [ "$output" = inside ]
  runtime pause -- "-$ID"
  runtime resume -- "-$ID"
  runtime ps --format json -- "-$ID" | jq -e 'length == 1'
  runtime kill -- "-$ID" KILL
  stopped() { runtime state -- "-$ID" | jq -e '.status == "stopped"' >/dev/null; }
  wait_for stopped
  runtime delete -- "-$ID"
}

@test "errors of create and run begin as in runc, and do not name the container" {
  local command
  update_config --arg source "$BATS_TEST_TMPDIR/none" \
    '.mounts += [{destination: "/mnt", type: "bind", source: $source, options: ["bind"]}]'
  for command in create run; do
    run ! runtime "$command" --bundle "$BUNDLE" "$ID" </dev/null 3>&-
    expect "$command failed: unable to start container process: "
    refute "$ID"
  done
  update_config 'del(.mounts[-1]) | .process.args = ["/nonesuch"]'
  for command in create run; do
    run ! runtime "$command" --bundle "$BUNDLE" "$ID" </dev/null 3>&-
    expect "$command failed: unable to start container process: " /nonesuch
    refute "$ID"
  done
}

@test "a config.json of 50 MB is accepted" {
  set_args echo read
  # Not only with jq, because a virtual machine has little memory.
  jq -c '.annotations.large = "LARGE"' <"$BUNDLE/config.json" >"$BUNDLE/small.json"
  {
    sed 's/LARGE.*//' "$BUNDLE/small.json" | tr -d '\n'
    head -c 50000000 /dev/zero | tr '\0' x
    sed 's/.*LARGE//' "$BUNDLE/small.json"
  } >"$BUNDLE/config.json"
  rm "$BUNDLE/small.json"
  run -0 runtime run --bundle "$BUNDLE" "$ID"
  rm "$BUNDLE/config.json"
  [ "$output" = read ]
}

@test "--root: is created for its owner alone" {
  set_args sleep 100
  "$RUNTIME" --root "$BATS_TEST_TMPDIR/new/root" run --detach --bundle "$BUNDLE" "$ID" >/dev/null 2>&1 3>&-
  [ "$(stat -c %a "$BATS_TEST_TMPDIR/new/root/$ID")" != 755 ]
  (($(stat -c 0%a "$BATS_TEST_TMPDIR/new/root/$ID") & 04)) && return 1
  "$RUNTIME" --root "$BATS_TEST_TMPDIR/new/root" delete --force "$ID"
}

@test "spec: writes a config that runs" {
  rm "$BUNDLE/config.json"
  runtime spec --bundle "$BUNDLE"
  update_config '.process.terminal = false'
  in_container echo "from spec"
  [ "$output" = "from spec" ]
  rm "$BUNDLE/config.json"
  cd "$BUNDLE"
  runtime spec
  jq -e '.process.terminal and .process.args == ["sh"] and (.ociVersion | test("^1\\."))' config.json
}

@test "spec: does not overwrite a config.json" {
  run ! runtime spec --bundle "$BUNDLE"
  jq -e '.hostname == "tare-test"' "$BUNDLE/config.json"
}

@test "spec --rootless: writes a config with a user namespace" {
  rm "$BUNDLE/config.json"
  runtime spec --rootless --bundle "$BUNDLE"
  jq -e '(.linux.namespaces | map(.type) | index("user") != null) and .linux.uidMappings[0].size == 1' \
    "$BUNDLE/config.json"
}

@test "features: one JSON document and nothing else" {
  only_tare "runc 1.1's says less"
  run -0 "$RUNTIME" features
  jq -e '
    .ociVersionMin == "1.0.0" and (.ociVersionMax | test("^1\\.")) and
    (.hooks | sort) ==
      (["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] | sort) and
    (.mountOptions | index("rro") != null and index("tmpcopyup") != null) and
    (.linux.namespaces | length) == 8 and (.linux.capabilities | index("CAP_SYS_ADMIN") != null) and
    .linux.cgroup.v1 and .linux.cgroup.v2 and .linux.seccomp.enabled and
    (.linux.seccomp.actions | index("SCMP_ACT_NOTIFY") != null) and
    (.linux.seccomp.archs | index("SCMP_ARCH_LOONGARCH64") != null) and
    (.annotations | .["org.opencontainers.runc.version"] == .["org.opencontainers.tare.version"] and
      .["org.opencontainers.runc.commit"] == .["org.opencontainers.tare.commit"] and
      .["org.opencontainers.runc.checkpoint.enabled"] == "true") and
    .linux.mountExtensions.idmap.enabled' <<<"$output"
}

@test "features: every mount option named is accepted" {
  only_tare "the kernel refuses what runc 1.1 makes of ratime"
  mkdir "$BATS_TEST_TMPDIR/source"
  run -0 --separate-stderr "$RUNTIME" features
  update_config --arg source "$BATS_TEST_TMPDIR/source" --argjson features "$output" '
    .mounts += ($features.mountOptions | map(select(test("^r?idmap$|^remount$|^mand$|^tmpcopyup$") | not) |
      {destination: ("/mnt/" + .), type: "bind", source: $source, options: ["bind", .]}))'
  in_container true
}
