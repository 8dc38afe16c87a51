#!/usr/bin/env bats
# Output for people at a terminal, as opposed to programs: plain errors, hints and suggestions.
load ../integration/helper

setup() {
  prepare
  only_tare "the words and the layout are its own"
  unset NO_COLOR
}

# Runs tare on a terminal; its output is in $output, without carriage returns.
at_terminal() { # WORD...
  local command
  printf -v command '%q ' "$RUNTIME" --root "$ROOT" "$@"
  run timeout 60 script --quiet --return --echo never --command "$command" /dev/null </dev/null 3>&-
  output=${output//$'\r'/}
}

plain_terminal() { TERM=dumb at_terminal "$@"; }

@test "terminal output: an error is one plain line" {
  update_config '.process.args = ["/nonesuch"]'
  plain_terminal create --bundle "$BUNDLE" "$ID"
  [ "$status" = 1 ]
  [[ $output == "tare: cannot create \"$ID\": exec: \"/nonesuch\": "*"no such file or directory" ]]
  [ "${#lines[@]}" = 1 ]
  plain_terminal run --bundle "$BUNDLE" "$ID"
  [[ $output == "tare: cannot run \"$ID\": "* ]]
}

@test "terminal output: without a terminal, and with --log or --log-format, an error has the text that programs match" {
  update_config '.process.args = ["/nonesuch"]'
  run -1 runtime create --bundle "$BUNDLE" "$ID"
  [[ $output == 'time="'*'" level=error msg="tare create failed: unable to start container process: '* ]]
  plain_terminal --log "$BATS_TEST_TMPDIR/log" create --bundle "$BUNDLE" "$ID"
  [[ $output == "tare create failed: unable to start container process: "* ]]
  [[ $(cat "$BATS_TEST_TMPDIR/log") == 'time="'* ]]
  plain_terminal --log /dev/stderr create --bundle "$BUNDLE" "$ID"
  [[ $output == 'time="'* ]]
  plain_terminal --log-format json create --bundle "$BUNDLE" "$ID"
  [[ $output == '{"level":"error","msg":"tare create failed: '* ]]
}

@test "terminal output: no colors with NO_COLOR or on a dumb terminal" {
  TERM=xterm at_terminal state "$ID"
  [[ $output == $'\e[1;31mtare:\e[0m '* ]]
  TERM=xterm NO_COLOR=1 at_terminal state "$ID"
  [[ $output == "tare: "* ]]
  TERM=xterm NO_COLOR="" at_terminal state "$ID"
  [[ $output == $'\e['* ]]
  TERM=dumb at_terminal state "$ID"
  [[ $output == "tare: "* ]]
}

@test "terminal output: a warning is marked as a warning" {
  update_config '.process.capabilities.bounding += ["CAP_NONESUCH"] | .process.args = ["true"]'
  plain_terminal run --bundle "$BUNDLE" "$ID"
  [ "$status" = 0 ]
  [[ $output == "tare: warning: "*CAP_NONESUCH* ]]
}

@test "terminal output: a hint is on its own line" {
  update_config '.process.terminal = true'
  plain_terminal run --detach --bundle "$BUNDLE" "$ID"
  [ "$status" = 1 ]
  [[ ${lines[0]} == "tare: cannot run \"$ID\": cannot allocate tty "* ]]
  [[ ${lines[1]} == "hint: "*"tare spec --detached"* ]]
  run ! runtime run --detach --bundle "$BUNDLE" "$ID"
  refute "tare spec --detached"
}

@test "terminal output: for a directory without a config.json, a hint says how to make one" {
  rm "$BUNDLE/config.json"
  plain_terminal run --bundle "$BUNDLE" "$ID"
  [ "$status" = 1 ]
  [[ ${lines[0]} == "tare: cannot run \"$ID\": JSON specification file $BUNDLE/config.json not found"* ]]
  [[ ${lines[1]} == "hint: "*"tare bundle"*"tare spec"* ]]
}

@test "terminal output: control characters in names and files are escaped" {
  update_config '.process.args = ["/none\u001b[2Jsuch\u009b2J"]'
  plain_terminal run --bundle "$BUNDLE" "$ID"
  expect '/none\u001b[2Jsuch\u009b2J'
  refute $'\e'
}

@test "terminal output: an unknown flag gets a suggestion and the name of the help" {
  plain_terminal list --fromat json
  [ "$status" = 1 ]
  [ "$output" = $'tare: unknown flag --fromat; did you mean --format?\nSee \'tare list --help\'.' ]
  plain_terminal list --nonesuch
  [ "$output" = $'tare: unknown flag --nonesuch\nSee \'tare list --help\'.' ]
  plain_terminal start
  [ "$output" = $'tare: "start" takes 1 argument: ID\nSee \'tare start --help\'.' ]
}

@test "terminal output: a bad value of a flag or an operand says what is expected, and refers to the help" {
  plain_terminal --log-level x list
  [ "$status" = 1 ]
  [ "$output" = $'tare: invalid value "x" for --log-level: use debug, info, warning or error\nSee \'tare --help\'.' ]
  plain_terminal --rootless x list
  [ "$output" = $'tare: invalid --rootless value "x": use true, false or auto\nSee \'tare --help\'.' ]
  plain_terminal completion csh
  [ "$output" = $'tare: unknown shell "csh": use bash, zsh or fish\nSee \'tare completion --help\'.' ]
  plain_terminal events --interval x "$ID"
  [ "$output" = $'tare: invalid value "x" for --interval: use a duration such as 5s or 1m30s\nSee \'tare events --help\'.' ]
  plain_terminal events --interval 0s "$ID"
  [ "$output" = $'tare: invalid value "0s" for --interval: it must be greater than 0\nSee \'tare events --help\'.' ]
  plain_terminal run --preserve-fds -1 "$ID"
  [ "$output" = $'tare: invalid value "-1" for --preserve-fds: the number is out of range\nSee \'tare run --help\'.' ]
}

@test "without a terminal, the same mistakes are one error in the log, and nothing on standard output" {
  run -1 --separate-stderr "$RUNTIME" --log-level x list
  [ -z "$output" ]
  [[ $stderr == 'time="'*' level=error msg="invalid log-level: x"' ]]
  run -1 --separate-stderr "$RUNTIME" completion csh
  [ -z "$output" ]
  [[ $stderr == 'time="'*' level=error msg="unknown shell \"csh\": use bash, zsh or fish"' ]]
  run -1 --separate-stderr "$RUNTIME" events --interval x "$ID"
  [ -z "$output" ]
  [[ $stderr == 'time="'*' level=error msg="invalid value \"x\" for flag -interval: use a duration such as 5s or 1m30s"' ]]
}

@test "terminal output: an unknown command gets a suggestion and exit status 3" {
  plain_terminal lst
  [ "$status" = 3 ]
  [ "$output" = $'tare: unknown command "lst"; did you mean "list"?\nSee \'tare --help\'.' ]
  plain_terminal rm
  [[ $output == 'tare: unknown command "rm"; did you mean "delete"?'* ]]
  plain_terminal help nonesuch
  [ "$status" = 3 ]
  [[ $output == 'tare: unknown command "nonesuch"'$'\n'* ]]
}

@test "terminal output: without a terminal a usage error has runc's text and the name of the help" {
  run -1 --separate-stderr "$RUNTIME" list --fromat json
  [ "$output" = $'Incorrect Usage: flag provided but not defined: -fromat\n\nDid you mean --format?\nSee \'tare list --help\'.' ]
  # shellcheck disable=SC2154
  [[ $stderr == 'time="'*' level=error msg="flag provided but not defined: -fromat"' ]]
  run -3 --separate-stderr "$RUNTIME" lst
  [ -z "$output" ]
  [[ $stderr == 'time="'*" level=error msg=\"No help topic for 'lst'\"" ]]
}
