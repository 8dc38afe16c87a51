# The checks of the documentation notice what is wrong with a page. Part of tests/lint; needs root and a release build.
bats_require_minimum_version 1.5.0

HERE=$BATS_TEST_DIRNAME

setup() {
  [ "$(id -u)" = 0 ] || skip "needs root: containers do"
  PAGE=$BATS_TEST_TMPDIR/page.md
  [ -x "${RUNTIME:=$HERE/../../build/release/tare}" ] || skip "tare is not built"
  export RUNTIME
}

page() { sed "s/'''/\`\`\`/" >"$PAGE"; }

@test "docs: a block passes if all its commands do, and the next block finds its files" {
  page <<'END'
<!-- first
echo prepared >file
-->
'''sh
[ "$(cat file)" = prepared ]
tare --version    # a comment
'''
Text.

'''sh
rm file
'''
END
  "$HERE/run" "$PAGE"
}

@test "docs: a block with a command that fails has failed, wherever it is" {
  page <<'END'
'''sh
false
true
'''

'''sh
false | true
'''
END
  run "$HERE/run" "$PAGE"
  [ "$status" = 1 ]
  [ "$(grep -c '^not ok' <<<"$output")" = 2 ]
}

@test "docs: a block or a mark of an unknown kind has failed" {
  page <<'END'
'''
no language
'''

<!-- no such mark -->
'''sh
true
'''

'''toml
read = "by nothing"
'''

'''json
{ "no": JSON }
'''
END
  run "$HERE/run" "$PAGE"
  [ "$status" = 1 ]
  [ "$(grep -c '^not ok' <<<"$output")" = 4 ]
}

@test "docs: a configuration that differs from its file has failed" {
  page <<'END'
<!-- from tests/docs/no-such-file -->
'''toml
key = 1
'''

<!-- from cmake/version.cmake -->
'''toml
key = 1
'''
END
  run "$HERE/run" "$PAGE"
  [ "$(grep -c '^not ok' <<<"$output")" = 2 ]
}

@test "docs: commands can be interrupted, left running and typed into" {
  page <<'END'
'''sh
sleep 100       # until Ctrl-C
sh -c 'read -r word && [ "$word" = exit ]'   # type exit
'''
END
  "$HERE/run" "$PAGE"
}

@test "docs: a picture of the bench has a bar for each program, as long as its figure" {
  cat >"$BATS_TEST_TMPDIR/bench.json" <<'END'
[ {"case": "run", "setting": "plain", "unit": "ms", "values": {"floor": 1, "tare": 2, "runc": 20}},
  {"case": "run", "setting": "seccomp", "unit": "ms", "values": {"floor": 1, "tare": 200, "runc": 20}},
  {"case": "exec", "setting": "plain", "unit": "ms", "values": {"floor": 1, "tare": 2, "runc": 4}},
  {"case": "memory limit", "setting": "plain", "unit": "KiB", "values": {"tare": 512, "runc": 1024}} ]
END
  "$HERE/../bench/picture" "$BATS_TEST_TMPDIR/bench.json" "a note & more" >"$BATS_TEST_TMPDIR/bench.svg"
  diff <(sed -n 's/.*<rect x="110".* width="\([0-9]*\)".*/\1/p' "$BATS_TEST_TMPDIR/bench.svg") <(printf '%s\n' 18 36 360 90 180 360 180 360)
  grep -q '>0.5 MiB<' "$BATS_TEST_TMPDIR/bench.svg"
  grep -q 'a note &amp; more' "$BATS_TEST_TMPDIR/bench.svg"
}
