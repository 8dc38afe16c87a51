# A fault is a patch whose header states what it leaves out, and the test that must fail.
# shellcheck shell=bash

# Lists faults as AREA/NAME, one a line: all, those of AREA, or those with the NAMES, which need not contain the area.
faults() { # AREA [NAME...]
  local name
  if [ $# -gt 1 ]; then
    for name in "${@:2}"; do one_fault "$name"; done
  else
    (cd "$FAULTS" && find . -path "./${1:-*}/*.patch") | sed 's|^\./||; s|\.patch$||' | sort
  fi
}

one_fault() { # NAME
  local name=${1%.patch}
  name=${name##*faults/}
  (cd "$FAULTS" && find . -path "./$name.patch" -o -path "./*/$name.patch") | sed 's|^\./||; s|\.patch$||' | grep . ||
    { echo "no such fault: $1" >&2 && return 1; }
}

header() { sed -n "/^--- /q; s/^$2: //p" "$FAULTS/$1.patch"; } # FAULT FIELD

# Applies to the tree in the current directory; lines may have moved.
apply() { patch --strip 1 --batch --forward --silent --no-backup-if-mismatch --reject-file=- "${@:2}" <"$FAULTS/$1.patch"; } # FAULT [OPTION...]

# A unit test program; hooks and spec are beside src.
unit_test() { # ROOM
  local directory
  for directory in src . hooks; do
    [ ! -d "$directory/$1" ] || echo "build/release/$directory/$1/$1_test"
  done
}
