# The stages of `./dev test`: a verdict is read from each runner's own words, and a test that did not run is one that failed.

setup() {
  LOGS=$BATS_TEST_TMPDIR
  say() { :; }
  # shellcheck source=stages.bash
  . "$BATS_TEST_DIRNAME/stages.bash"
  LOG=$BATS_TEST_TMPDIR/log RESULTS=$BATS_TEST_TMPDIR/results
  cd "$BATS_TEST_TMPDIR" || return
  set -o pipefail
}

# What bats prints for a file of its own, whose tests begin with %test.
bats_of() { # TEXT
  printf '%s\n' "$1" | sed 's,^%test,@test,' >inner.bats
  env -i PATH=/usr/local/bin:/usr/bin:/bin TMPDIR="$BATS_TEST_TMPDIR" bats --formatter tap inner.bats >"$LOG" 2>&1 </dev/null 3>&- || true
  tap_results "$LOG" >"$RESULTS"
}

lines() { printf '%b\n' "$@"; }

@test "stages: reads the verdicts of bats" {
  bats_of '%test "good" { :; }
%test "bad" { false; }
%test "left out" { skip "for a reason"; }'
  diff <(lines 'passed\tgood' 'failed\tbad' 'skipped\tleft out\tfor a reason') "$RESULTS"
  [ -z "$(tap_missing "$LOG" "$RESULTS")" ]
}

@test "stages: a skipped test whose teardown fails has failed" {
  bats_of 'teardown() { false; }
%test "left out" { skip "for a reason"; }'
  grep -q '^failed' "$RESULTS"
}

@test "stages: a file whose setup_file skips has failed" {
  bats_of 'setup_file() { skip "not here"; }
%test "one" { :; }
%test "two" { :; }'
  grep -q '^failed' "$RESULTS" || [ -n "$(tap_missing "$LOG" "$RESULTS")" ]
}

@test "stages: notices that bats was killed" {
  bats_of '%test "one" { :; }
%test "two" { kill -KILL $PPID; }
%test "three" { :; }'
  [[ $(tap_missing "$LOG" "$RESULTS") == *" of 3 tests ran" ]]
}

@test "stages: a stage without any test has failed" {
  truncate -s 0 "$LOG" "$RESULTS"
  for format in tap gtest ctest engines; do [ -n "$("${format}_missing" "$LOG" "$RESULTS")" ]; done
  echo 1..0 >"$LOG"
  [ -n "$(tap_missing "$LOG" "$RESULTS")" ]
  echo '0 planned' >"$LOG"
  [ -n "$(engines_missing "$LOG" "$RESULTS")" ]
}

# What a program of GoogleTest says, and what is read from it.
gtest_of() { # ARGUMENT...
  local program
  for program in "$BATS_TEST_DIRNAME"/../build/{debug,release}/src/base/base_test; do [ ! -x "$program" ] || break; done
  [ -x "$program" ] || skip "no unit test is built"
  "$program" "$@" >"$LOG" 2>&1 || true
  gtest_results "$LOG" >"$RESULTS"
}

@test "stages: reads the verdicts of GoogleTest" {
  gtest_of
  [ "$(grep -c '^passed' "$RESULTS")" -gt 3 ]
  [ -z "$(gtest_missing "$LOG" "$RESULTS")" ]
}

@test "stages: an unknown flag of GoogleTest and a filter that selects nothing are failures" {
  gtest_of --gtest_nonesuch
  [ -n "$(gtest_missing "$LOG" "$RESULTS")" ]
  gtest_of '--gtest_filter=None.such'
  [ -n "$(gtest_missing "$LOG" "$RESULTS")" ]
}

@test "stages: notices a program that ends early" {
  lines '[==========] Running 2 tests from 1 test suite.' '[ RUN      ] A.b' '[       OK ] A.b (0 ms)' '[ RUN      ] A.c' >"$LOG"
  gtest_results "$LOG" >"$RESULTS"
  diff <(lines '1 of 1 programs ended early' '1 of 2 tests ran') <(gtest_missing "$LOG" "$RESULTS")
}

@test "stages: reads the verdicts of engines, and notices missing ones" {
  lines '3 planned' 'ok    docker.run' 'FAIL  docker.exec' 'skip  docker.top (not here)' >"$LOG"
  engines_results "$LOG" >"$RESULTS"
  diff <(lines 'passed\tdocker.run' 'failed\tdocker.exec' 'skipped\tdocker.top\tnot here') "$RESULTS"
  [ -z "$(engines_missing "$LOG" "$RESULTS")" ]
  sed -i 's/^3 /4 /' "$LOG"
  [ "$(engines_missing "$LOG" "$RESULTS")" = "3 of 4 tests ran" ]
}

@test "stages: a stage that crashes has failed, and a test that passes the second time is unsteady" {
  crash() { lines 1..1 'ok 1 one' && return 3; }
  stage crashed tap "" crash >/dev/null
  grep -q 'failed.crashed: exit code 3' "$LOGS/crashed.results"
  once() { if [ "$#" = 0 ]; then lines 1..1 'not ok 1 one'; else lines 1..1 'ok 1 one'; fi; }
  stage unsteady tap "" once >/dev/null
  [ "$(cat "$LOGS/unsteady.results")" = $'unsteady\tone' ]
}

@test "stages: what failed, and what it printed, is shown again at the end" {
  say() { echo "==> $1"; }
  bats_of '%test "good" { echo fine; }
%test "bad" { echo "the reason"; false; }
%test "also good" { :; }'
  cp "$LOG" some.log
  printf 'some\t1\t2\n' >"$LOGS/times"
  output=$(show_totals) && return 1
  after=${output#*"==> failed"}
  [[ $after == *bad*"the reason"*"==> total"*"2 passed, 1 failed, 0 skipped" ]]
  [[ $after != *good* ]]
}
