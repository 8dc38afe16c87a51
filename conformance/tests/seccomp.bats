# config-linux.md: seccomp.
load ../lib/harness

seccomp() { config ".linux.seccomp = $1"; }

# What getpriority(2), which nothing needs, answers: the probe says its errno.
calls() { inside /bin/probe call "$GETPRIORITY"; }

@test "CL-885: without defaultAction it is an error" {
  seccomp '{"syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO"}]}'
  refused
}

@test "CL-886: a call fails with EPERM or the given errno" {
  seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO"}]}'
  calls
  [ "$output" = 1 ]
  seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}]}'
  calls
  [ "$output" = 95 ]
}

@test "CL-886: a call kills the process" {
  seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_KILL_PROCESS"}]}'
  args /bin/probe call "$GETPRIORITY"
  fails run_container
}

@test "CL-887: the filter applies to the program" {
  seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO"}]}'
  look
  seen '.status.Seccomp == "2"'
}

@test "CL-888: defaultErrnoRet with an action that has no errno is reported" {
  seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 5, "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO"}]}'
  refused_or_told
}

@test "CL-963: errnoRet with an action that has no errno is reported" {
  seccomp '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ALLOW", "errnoRet": 5}]}'
  refused_or_told
}

@test "CL-939: listenerMetadata without listenerPath is an error" {
  seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x", "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO"}]}'
  refused
}

@test "CL-946: a rule without names is an error" {
  seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"action": "SCMP_ACT_ERRNO"}]}'
  refused
}

@test "CL-947: a rule with no name is an error, or reported" {
  seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": [], "action": "SCMP_ACT_ERRNO"}]}'
  refused_or_told
}

@test "CL-948: a rule without action is an error" {
  seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpriority"]}]}'
  refused
}

@test "CL-969 CL-970 CL-972: a condition needs index, value and op" {
  local member
  for member in index value op; do
    seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO",
      "args": [{"index": 1, "value": 1, "op": "SCMP_CMP_EQ"}]}]}'
    config "del(.linux.seccomp.syscalls[0].args[0].$member)"
    refused || { echo "$member" && return 1; }
  done
}

@test "CL-969: a condition is applied" {
  seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95,
    "args": [{"index": 1, "value": 0, "op": "SCMP_CMP_EQ"}]}]}'
  calls
  [ "$output" = 95 ]
  config '.linux.seccomp.syscalls[0].args[0].value = 3'
  calls
  [ "$output" = 0 ]
}

# --- the listener -----------------------------------------------------------------------------------------------------

notify() {
  needs kernel 5.9
  seccomp '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_NOTIFY"}]}'
  config --arg path "$HERE/agent.sock" '.linux.seccomp.listenerPath = $path'
}

# An agent that takes COUNT connections and says what came: a line a connection with the JSON, then "fds N", then "closed".
agent() { # COUNT
  background "$PROBE" agent "$HERE/agent.sock" "$1"
  wait_for test -S "$HERE/agent.sock"
}

@test "CL-927 CL-928 CL-929a CL-929b CL-1007a CL-1007b CL-1009: each connection carries one state with descriptors, and is then closed" {
  notify
  agent 1
  args /bin/sleep 600
  begin
  wait_for holds "$HERE/background.out" closed
  [ "$(grep -c '^{' "$HERE/background.out")" = 1 ]
  holds "$HERE/background.out" "fds 1" "late fds 0"
}

@test "CL-935 CL-1013 CL-1016 CL-1018: the state has ociVersion, fds with seccompFd, pid, state" {
  notify
  agent 1
  config '.linux.seccomp.listenerMetadata = "some words"'
  args /bin/sleep 600
  begin
  wait_for holds "$HERE/background.out" closed
  sed '/^fds /,$d' "$HERE/background.out" | judge --arg id "$ID" --argjson pid "$(pid)" '(.ociVersion | type == "string")
    and (.fds | index("seccompFd") == 0) and .pid == $pid and .state.id == $id and .metadata == "some words"'
}

@test "CL-930: a missing agent is an error" {
  notify
  works
  args /bin/sleep 600
  if create 2>/dev/null; then
    fails runtime start "$ID"
    remove --force
  fi
  nothing_left
}
