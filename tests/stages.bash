# The stages of `./dev test`: their output, the verdicts that are read from it, and the totals.
#
# A verdict is a line of passed|failed|unsteady|skipped, the test's name and, for a skip, the reason; with tabs between them.
# $LOGS has for each stage NAME.log and NAME.results, and for all of them `results` and `times`.

# Runs the command, shows its output, and keeps the verdicts that FORMAT_results finds in it. A stage that ended badly without
# naming a failed test (it crashed, say), or that ran fewer tests than it planned, has failed as well.
stage() { # NAME FORMAT TITLE COMMAND...
  local name=$1 format=$2 log="$LOGS/$1.log" results="$LOGS/$1.results" status=0 begin=$SECONDS used
  count_cpu used
  say "$3"
  shift 3
  "$@" </dev/null 2>&1 | tee "$log" | sed -uE "$NOT_SHOWN" || status=$?
  "${format}_results" "$log" >"$results"
  "${format}_missing" "$log" "$results" >"$LOGS/$name.missing"
  sed "s/^/failed\t$name: /" "$LOGS/$name.missing" >>"$results"
  [ "$status" = 0 ] || grep -q '^failed' "$results" || printf 'failed\t%s: exit code %s\n' "$name" "$status" >>"$results"
  [ "$format" != tap ] || [ "$name" = lint ] || try_again "$name" "$@"
  cat "$results" >>"$LOGS/results"
  took "$name" "$begin" "$used"
}

took() { # NAME BEGIN USED
  local seconds=$((SECONDS - $2)) cpu
  count_cpu cpu
  cpu=$((cpu - $3))
  [ ! -d "$LOGS" ] || printf '%s\t%s\t%s\n' "$1" "$seconds" "$cpu" >>"$LOGS/times"
  echo "$1 took $seconds s, $cpu s of processors"
}

# The seconds of processors that this shell's ended children have used go to VARIABLE.
count_cpu() { # VARIABLE
  local fields
  read -ra fields <"/proc/$BASHPID/stat"
  printf -v "$1" %d $(((fields[15] + fields[16]) / $(getconf CLK_TCK)))
}

# Runs the few tests that failed in NAME a second time, alone. One that passes then is reported as unsteady: something in it
# or in tare depends on how fast the machine is, which must be fixed, but need not block everything else. A stage with
# more than three of them is broken.
try_again() { # NAME COMMAND...
  local results="$LOGS/$1.results" log="$LOGS/$1.again.log" names
  mapfile -t names < <(sed -n 's/^failed\t//p' "$results")
  [ ${#names[@]} -ge 1 ] && [ ${#names[@]} -le 3 ] || return 0
  say "$1: ${#names[@]} failed, once more"
  "${@:2}" --filter "^($(printf '%s\n' "${names[@]}" | sed 's/[][\\.*^$+?(){}|]/\\&/g' | paste -sd '|'))\$" </dev/null 2>&1 |
    tee "$log" | sed -uE "$NOT_SHOWN" || true
  tap_results "$log" | awk -F '\t' -v OFS='\t' 'FILENAME == "-" { if ($1 == "passed") again[$2]; next }
    $1 == "failed" && $2 in again { $1 = "unsteady" } { print }' - "$results" >"$results.new"
  mv "$results.new" "$results"
}

# Totals are only shown at the end, and GoogleTest's lines on passed tests not at all.
NOT_SHOWN='/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/d; /^\[( RUN |       OK |---|===)/d'

# --- what a log says ------------------------------------------------------------------------------------------------

# bats 1.8 prints "not ok ... # skip" when the teardown of a skipped test fails: the test has failed.
tap_results() { # LOG
  sed -nE 's/^((not )?ok) [0-9]+ (.*) in [0-9]+ms/\1 0 \3/; s/^ok [0-9]+ (.*) # skip ?(.*)/skipped\t\1\t\2/p
    s/^ok [0-9]+ /passed\t/p; s/^not ok [0-9]+ /failed\t/p' "$1"
}

gtest_results() { # LOG...
  awk -v OFS='\t' '
    /^\[       OK \] / { print "passed", $4 }
    /^\[  FAILED  \] .* ms\)$/ { print "failed", $4 }
    /: Skipped$/ { getline reason }
    /^\[  SKIPPED \] .* ms\)$/ { print "skipped", $4, reason }' "$@" || true # ctest left no log
}

# What ctest itself shows leaves out the tests that went well.
CTEST_LOGS='build/*/Testing/Temporary/LastTest.log'
# shellcheck disable=SC2086 # a pattern
ctest_results() { gtest_results $CTEST_LOGS; }

# Engines, fuzzers and faults at system calls.
engines_results() { # LOG
  sed -nE 's/^ok    /passed\t/p; s/^FAIL  /failed\t/p; s/^skip  ([^ ]+) \((.*)\)$/skipped\t\1\t\2/p' "$1"
}

mutation_results() { # LOG
  sed -nE 's/^killed( \(timed out\))? +([^ ]+).*/passed\tfault \2/p; s/^(SURVIVED|STALE|BROKEN) +([^ ,]+).*/failed\tfault \2: \1/p' "$1"
}

# --- what it does not say -------------------------------------------------------------------------------------------

# Each prints a line if tests that should have run have no verdict, and nothing if all have one.
# bats 1.8 ends a file whose setup_file skips with fewer verdicts than it planned; a program that does not know one of its
# --gtest flags runs no test, and succeeds.
tap_missing() { # LOG RESULTS
  awk '/^1\.\.[0-9]+$/ { planned += substr($0, 4); plans = 1 } /^(not )?ok [0-9]+/ { ++ran }
    END { if (!plans) print "no plan of tests"; else if (ran + 0 != planned || !ran) print ran + 0 " of " planned + 0 " tests ran" }' "$1"
}

gtest_missing() { # LOG RESULTS
  [ -s "$2" ] || echo "no test ran"
  awk '/^\[==========\] Running / { ++begun; planned += $3 } /^\[==========\] .* ran\. \(/ { ++ended }
    END { if (ended + 0 != begun + 0) print begun - ended " of " begun " programs ended early" }' "$1"
  awk 'NR == FNR { ++ran; next } /^\[==========\] Running / { planned += $3 }
    END { if (ran + 0 < planned) print ran + 0 " of " planned " tests ran" }' "$2" "$1"
  sed -n 's/^This program contains tests written using Google Test.*/a program was asked for its help/p' "$1" | head -n 1
}

# shellcheck disable=SC2086 # a pattern
ctest_missing() { # LOG RESULTS
  local tests
  for tests in $CTEST_LOGS; do [ ! -e "$tests" ] || gtest_missing "$tests" "$2"; done
  awk '/Start +[0-9]+: / { ++begun } / Test +#[0-9]+: / { ++ended }
    END { if (!begun || begun != ended) print ended + 0 " of " begun + 0 " programs ended" }' "$1"
}

engines_missing() { # LOG RESULTS
  awk 'NR == FNR { ++ran; next } /^[0-9]+ planned$/ { planned += $1; plans = 1 }
    END { if (!plans) print "no plan of tests"; else if (ran + 0 < planned || !ran) print ran + 0 " of " planned " tests ran" }' "$2" "$1"
}

mutation_missing() { # LOG RESULTS
  awk 'NR == FNR { ++ran; next } /^[0-9]+ of [0-9]+ faults/ { planned = $1 }
    END { if (!planned) print "no plan of tests"; else if (ran < planned) print ran + 0 " of " planned " faults were tried" }' "$2" "$1"
}

# --- all together ---------------------------------------------------------------------------------------------------

# A test that was skipped in one place and ran in another, this machine or the virtual one, was not skipped.
skipped_everywhere() {
  awk -F '\t' '$1 == "skipped" { why[$2] = $3; next } { ran[$2] } END { for (name in why) if (!(name in ran)) print name ": " why[name] }' \
    "$LOGS/results" | sort
}

# The failed tests, and what they printed, once more: at the end of a long output they are found. A line of bats that follows
# "not ok" begins with "#"; GoogleTest prints what failed before its name.
show_failures() {
  local failed
  failed=$(sed -n 's/^failed\t//p' "$LOGS/results")
  [ -n "$failed" ] || return 0
  say "failed" && echo "$failed"
  awk 'FNR == 1 { shown = 0 } /^(not )?ok / { failing = /^not ok/ } /^FAIL|: Failure$/ { failing = 1 } /^\[ +OK \]/ { failing = 0 }
    failing && ++shown <= 60' "$LOGS"/*.log
}

show_totals() {
  local skips unsteady cpu
  skips=$(skipped_everywhere)
  unsteady=$(sed -n 's/^unsteady\t//p' "$LOGS/results")
  [ -z "$skips" ] || { say "skipped" && echo "$skips"; }
  [ -z "$unsteady" ] || { say "unsteady: failed, and passed when run again" && echo "$unsteady"; }
  say "seconds, and those of processors; virtual machines and conformance run beside the rest"
  sort -t $'\t' -rnk 2 "$LOGS/times" | awk -F '\t' '{ printf "%5d %5d  %s\n", $2, $3, $1 }'
  count_cpu cpu
  printf '%5d %5d  %s\n' "$SECONDS" "$cpu" "all"
  show_failures
  say "total"
  awk -F '\t' -v skipped="$(grep -c . <<<"$skips")" '{ count[$1]++ } END {
    print count["passed"] + count["unsteady"] " passed, " count["failed"] + 0 " failed, " skipped " skipped" }' "$LOGS/results"
  ! grep -q '^failed' "$LOGS/results"
}
