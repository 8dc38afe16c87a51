# Packages of Debian releases that are newer than the one of this machine. Sourced by build-image and tests/criu/fetch,
# which set LOG, a file, and define `doing`, which reports progress.
# shellcheck shell=bash

need_tools() {
  local tool
  for tool; do
    command -v "$tool" >/dev/null || { echo "no $tool here; \`./dev test\` installs what this takes" >>"$LOG" && return 1; }
  done
}

# Where this machine's apt has Debian from.
debian_mirror() {
  # shellcheck disable=SC2016 # apt's words
  apt-get indextargets --format '$(ORIGIN) $(LABEL) $(REPO_URI)' 'Created-By: Packages' |
    sed -n 's/^Debian Debian //p' | head -n 1
}

find_mirror() {
  doing "looking for a mirror of Debian"
  MIRROR=$(debian_mirror)
  [ -n "$MIRROR" ] || { apt-get update -q >>"$LOG" 2>&1 && MIRROR=$(debian_mirror); }
  [ -n "$MIRROR" ] || { echo "apt has no source whose origin is Debian" >>"$LOG" && return 1; }
}

use_proxy_of_apt() {
  local proxy=''
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  [ -z "$proxy" ] || [ "$proxy" = DIRECT ] || export http_proxy=$proxy
}

# A program of Debian trixie with all that it needs, in the directory NAME of the cache.
fetch_from_trixie() { # NAME PACKAGE
  local directory=$CACHE/$1
  [ ! -e "$directory/complete" ] || return 0
  doing "$2 of Debian trixie"
  rm -rf --one-file-system "$directory"
  debootstrap --variant=minbase --include="$2" trixie "$directory" "$MIRROR" >>"$LOG" 2>&1
  touch "$directory/complete"
}
