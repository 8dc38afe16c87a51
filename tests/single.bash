# `./dev test NAME [FILTER]`: finds the tests that have a name, builds what they need, and runs only those.
#
# A NAME is a room (its unit tests), a file of tests, or a stage of `./dev test`. "shim" is a room and a stage: both run.

rooms() { find src spec hooks -name '*_test.cc' | sed -E 's#^(src|hooks)/([^/]+)/.*#\2#; s|/.*||' | sort -u; }
test_files() { git ls-files --cached --others --exclude-standard '*.bats'; }
FILTERED_STAGES=(conformance deploy docs engines integration mutation package payloads security shim unit)
WHOLE_STAGES=(faults fuzz lint vm)

run_single() { # NAME [FILTER]
  local name=$1 filter=${2-} ran='' failed=0 file
  if grep -qxF -- "$name" < <(rooms); then
    run_selected room_tests room_test "$name" "$filter"
  fi
  while IFS= read -r file; do
    run_selected file_tests file_test "$file" "$filter"
  done < <(test_files | awk -v name="$name" '$0 == name || substr($0, length($0) - length(name)) == "/" name')
  if [[ " ${FILTERED_STAGES[*]} ${WHOLE_STAGES[*]} " == *" $name "* ]]; then
    ran=yes
    stage_test "$name" "$filter" || failed=1
  fi
  [ "$ran" ] || say_what_is_known "$name" "$filter"
  return "$failed"
}

say_what_is_known() { # NAME FILTER
  if [ "$2" ]; then die "no test of \"$1\" matches \"$2\", or there is no such room, file or stage"; fi
  die "\"$1\" is not a room, a file of tests or a stage; there are
  rooms:  $(rooms | paste -sd ' ')
  stages: ${FILTERED_STAGES[*]} ${WHOLE_STAGES[*]}
  files:  $(test_files | paste -sd ' ')"
}

# Several files may have one name, and the filter may select tests of one of them only.
run_selected() { # COUNT RUN WHAT FILTER
  [ "$("$1" "$3" "$4")" -gt 0 ] || return 0
  ran=yes
  "$2" "$3" "$4" || failed=1
}

# GoogleTest's pattern must match a whole name; a word without wildcards may be anywhere in it.
gtest_filter() { case $1 in '') echo '*' ;; *[*?:-]*) echo "$1" ;; *) echo "*$1*" ;; esac }

room_program() { # ROOM [PRESET]
  local directory
  for directory in src . hooks; do
    [ ! -d "$directory/$1" ] || echo "build/${2:-release}/$directory/$1/$1_test"
  done
}

# Also builds the program, which lists its tests.
room_tests() { # ROOM FILTER
  build_quietly "$1_test" >&2 || exit
  "$(room_program "$1")" --gtest_list_tests --gtest_filter="$(gtest_filter "$2")" | grep -c '^  '
}

room_test() { # ROOM FILTER
  "$(room_program "$1")" --gtest_brief=1 --gtest_filter="$(gtest_filter "$2")"
}

test_runtime() { as_root env RUNTIME="$TARE" PROBE="$PROBE" bats "$@"; } # BATS-ARGUMENT...

file_tests() { bats --count --filter "${2:-.}" "$1"; } # FILE FILTER

file_test() { # FILE FILTER
  build_quietly tare probe shim_client inject || return
  case $1 in
    conformance/broken/* | tests/single.bats | tests/stages.bats) as_root bats --filter "${2:-.}" "$1" ;;
    conformance/*) as_root conformance/run --runtime "$TARE" --format tap --filter "${2:-.}" "$1" ;;
    tests/package/*) make_and_test_packages --filter "${2:-.}" ;;
    tests/shim/calls/*) test_runtime "$1" --filter "${2:-.}" ;;
    tests/shim/*) as_root tests/shim/run --filter "${2:-.}" "$PWD/$1" ;;
    tests/deploy/*) as_root tests/deploy/run --filter "${2:-.}" "$PWD/$1" ;;
    *) test_runtime "$1" --filter "${2:-.}" ;;
  esac
}

stage_test() { # STAGE FILTER
  local stage=$1 filter=$2
  case $stage in lint | fuzz) ;; *) build_quietly all || return ;; esac
  case $stage in
    conformance) as_root conformance/run --runtime "$TARE" ${filter:+--filter "$filter"} ;;
    deploy) as_root tests/deploy/run --filter "${filter:-.}" ;;
    docs) as_root env RUNTIME="$TARE" tests/docs/run --filter "${filter:-.}" ;;
    engines) as_root tests/engines/run --runtime "$TARE" ${filter:+--only "$filter"} ;;
    faults) as_root tests/faults/run --runtime "$TARE" --sample 300 --seed 1 ;;
    fuzz) fuzz --seconds 3 ;;
    integration) test_runtime "${RUNTIME_TESTS[@]}" --filter "${filter:-.}" ;;
    lint) build release tare && tests/lint ;;
    mutation) as_root tests/mutation/run ${filter:+"$filter"} ;;
    package) make_and_test_packages ${filter:+--filter "$filter"} ;;
    payloads) as_root tests/payloads/fetch >/dev/null && test_runtime tests/payloads --filter "${filter:-.}" ;;
    security) as_root tests/security/run --runtime "$TARE" --filter "${filter:-.}" ;;
    shim) test_runtime tests/shim/calls --filter "${filter:-.}" && as_root tests/shim/run --filter "${filter:-.}" ;;
    unit) ctest --test-dir build/release --output-on-failure --no-tests=error ${filter:+-R "$filter"} ;;
    vm) install_packages "${VM_PACKAGES[@]}" && as_root tests/vm/run integration ;;
  esac
}

# Shows the compiler's output only if the build fails.
build_quietly() { # TARGET...
  local log=build/single.log
  mkdir -p build
  install_packages "${BUILD_PACKAGES[@]}" "${TEST_PACKAGES[@]}"
  if ! { configure release && cmake --build --preset release --target "$@"; } >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
}
