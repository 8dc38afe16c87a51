# What bats said, and how it is shown. A result is a line: passed, failed or skipped; the chapter; the test's name; the reason.
# Tabs are between them, and the lines of a reason are joined by LINE.
LINE=$'\x1f'

failed_file() { # CHAPTER REASON
  printf 'failed\t%s\tthe file itself\t%s\n' "$1" "$2"
}

# How many tests bats has to run of a file. With a filter only bats knows, and its plan counts.
tests_expected() { # FILE FILTER
  [ -n "$2" ] || grep -c '^@test ' "$1"
}

# bats says "not ok ... # skip" of a skipped test whose teardown failed, and fails a whole file, with one line, when its
# setup_file skips. Both are failures, and so is a file that ran fewer tests than it has.
results_of() { # CHAPTER EXPECTED TAP-FILE
  tr -d '\000-\010\013-\037' <"$3" | awk -v OFS='\t' -v chapter="$1" -v expected="$2" -v line="$LINE" '
    function tell() { if (verdict != "") print verdict, chapter, name, reason; verdict = "" }
    /^1\.\.[0-9]+$/ { planned = substr($0, 4); next }
    /^(not )?ok [0-9]+ / {
      tell()
      ++ran
      verdict = /^not/ ? "failed" : "passed"
      name = $0; sub(/^(not )?ok [0-9]+ /, "", name); gsub(/\t/, " ", name)
      reason = ""
      if (at = index(name, " # skip")) {
        reason = substr(name, at + 8); name = substr(name, 1, at - 1)
        if (verdict == "passed") verdict = "skipped"
        else reason = "skipped (" reason "), and its end failed"
      }
      next
    }
    { gsub(/\t/, " "); sub(/^# ?/, ""); if (verdict == "failed") reason = reason (reason == "" ? "" : line) $0; else if (verdict == "") stray = stray line $0 }
    END {
      tell()
      if (expected == "") expected = planned
      if (planned == "") print "failed", chapter, "the file itself", "bats did not run it" stray
      else if (ran + 0 < expected + 0) print "failed", chapter, "the file itself", ran + 0 " of " expected " tests ran" stray
    }'
}

counts_of() { # RESULTS
  awk -F '\t' '{ ++n[$1] } END { printf "%d passed, %d failed, %d skipped", n["passed"], n["failed"], n["skipped"] }' "$1"
}

show_table() { # RESULTS
  awk -F '\t' '{ if (!($2 in seen)) { seen[$2]; order[++n] = $2 } ++count[$2, $1]; ++count["total", $1] }
    END { order[++n] = "total"
      printf "%-24s %7s %7s %7s\n", "chapter", "passed", "failed", "skipped"
      for (i = 1; i <= n; ++i)
        printf "%-24s %7d %7d %7d\n", order[i], count[order[i], "passed"], count[order[i], "failed"], count[order[i], "skipped"] }' "$1"
  awk -F '\t' -v line="$LINE" '$1 == "failed" { print "\nfailed: " $2 ": " $3; gsub(line, "\n    ", $4); print "    " $4 }' "$1"
}

show_tap() { # RESULTS
  awk -F '\t' -v line="$LINE" '{ text[NR] = ($1 == "failed" ? "not ok " : "ok ") NR " " $3
      if ($1 == "skipped") text[NR] = text[NR] " # skip " $4
      if ($1 == "failed" && $4 != "") { gsub(line, "\n# ", $4); text[NR] = text[NR] "\n# " $4 } }
    END { print "1.." NR; for (i = 1; i <= NR; ++i) print text[i] }' "$1"
}

show_markdown() { # RESULTS
  printf '| chapter | statement | result |\n|---|---|---|\n'
  sed 's/|/\\|/g' "$1" | awk -F '\t' '{ print "| " $2 " | " $3 " | " $1 ($1 == "skipped" ? " (" $4 ")" : "") " |" }'
}

show_junit() { # RESULTS
  jq -rRn --arg line "$LINE" '[inputs | split("\t")] | "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
    "<testsuites tests=\"\(length)\" failures=\"\(map(select(.[0] == "failed")) | length)\">",
    (group_by(.[1])[] | "<testsuite name=\"\(.[0][1] | @html)\" tests=\"\(length)\" failures=\"\(
        map(select(.[0] == "failed")) | length)\" skipped=\"\(map(select(.[0] == "skipped")) | length)\">",
      (.[] | "<testcase classname=\"\(.[1] | @html)\" name=\"\(.[2] | @html)\">" +
        (if .[0] == "failed" then "<failure>\(.[3] // "" | split($line) | join("\n") | @html)</failure>"
         elif .[0] == "skipped" then "<skipped message=\"\(.[3] // "" | @html)\"/>" else "" end) +
        "</testcase>"), "</testsuite>"), "</testsuites>"' "$1"
}
