# A CRIU for tests. Sourced, with TREE set.
# shellcheck shell=bash

# Puts a CRIU that can dump a process into PATH; fails if there is none.
use_criu() {
  local directory
  criu check >/dev/null 2>&1 && return
  directory=$("$TREE/tests/criu/fetch" --cached) || return
  export PATH=$directory:$PATH
  criu check >/dev/null 2>&1
}

require_criu() { use_criu || skip "no CRIU that works on this kernel; tests/criu/fetch gets one"; }
