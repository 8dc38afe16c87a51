# Packages of other Debian releases and architectures than this machine's. Sourced by build-image and tests/criu/fetch, which set
# LOG, a file, and define `doing`, which reports progress, and by cmake/sysroot.
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

# apt for another release or architecture: its lists and archives are below DIRECTORY, and no package is installed there. What
# this machine has installed, and its apt's own lists, stay as they are. The lines of sources.list come in as input.
other_apt() { # DIRECTORY ARCHITECTURE
  mkdir -p "$1"/{debs,cache/archives/partial,state/lists/partial}
  cat >"$1/sources.list"
  cat >"$1/apt.conf" <<EOF
APT::Architecture "$2";
APT::Architectures { "$2"; };
APT::Sandbox::User "root";
Acquire::Retries "3";
Dir::State "$1/state";
Dir::State::status "/dev/null";
Dir::Cache "$1/cache";
Dir::Etc::SourceList "$1/sources.list";
Dir::Etc::SourceParts "/dev/null";
EOF
  APT_CONFIG=$1/apt.conf apt-get -q update
}

# Packages of it, as files in DIRECTORY/debs, without those that they depend on.
other_apt_download() { # DIRECTORY PACKAGE...
  (cd "$1/debs" && APT_CONFIG=$1/apt.conf apt-get -q download "${@:2}")
}

other_apt_depends() { # DIRECTORY PACKAGE...
  APT_CONFIG=$1/apt.conf apt-cache depends "${@:2}" | sed -n 's/^ *Depends: //p'
}

# A program of Debian trixie with all that it needs, in the directory NAME of the cache, which may have others already.
fetch_from_trixie() { # NAME PACKAGE
  local directory=$CACHE/$1
  [ ! -e "$directory/usr/share/doc/$2" ] || [ ! -e "$directory/complete" ] || return 0
  doing "$2 of Debian trixie"
  if [ -e "$directory/complete" ]; then
    # shellcheck disable=SC2016 # expanded there
    chroot "$directory" sh -c 'apt-get -q update && apt-get -q -y --no-install-recommends --no-upgrade install "$1"' sh "$2" >>"$LOG" 2>&1
    return
  fi
  rm -rf --one-file-system "$directory"
  debootstrap --variant=minbase --include="$2" trixie "$directory" "$MIRROR" >>"$LOG" 2>&1
  touch "$directory/complete"
}
