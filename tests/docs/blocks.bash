# What happens to a block: its commands run, its configuration is checked, the engines that it needs are started.
# shellcheck shell=bash disable=SC2154 # variables of `run` and pages.bash

check_block() { # check_block NUMBER
  case ${LANGUAGE[$1]} in
    sh) run_block "$1" ;;
    *) check_configuration "$1" ;;
  esac
}

# --- the machine ------------------------------------------------------------------------------------------------------

# What the pages assume: an installed tare, directories of /etc that hold nothing yet, an image in a layout of OCI's.
prepare_machine() {
  local directory
  if [ "$machine" = host ]; then
    for directory in /usr/local/bin /etc/containerd /etc/docker /etc/crio; do
      mkdir -p "$directory" && mount -t tmpfs -o mode=755 docs "$directory"
    done
    make_images
  fi
  install -m 755 "${RUNTIME:-$tree/build/release/tare}" /usr/local/bin/tare
  touch "$STATE/before" # for what engines were started with
}

enter_page() { SCRATCH=$(mktemp -d "$STATE/page.XXXXXX") && [ ! -d "$STATE/image/oci" ] || cp -r "$STATE/image/oci" "$SCRATCH/busybox"; }

# What the blocks of a page have left, so that the next page begins with nothing.
leave_page() {
  local id
  for id in $(tare list --quiet 2>/dev/null); do tare delete --force "$id" || true; done
  [ -e "$STATE/containerd.started" ] || return 0
  for id in $(ctr tasks ls -q); do ctr tasks rm --force "$id"; done
  for id in $(ctr containers ls -q); do ctr containers rm "$id"; done
} >/dev/null 2>&1

# --- commands ---------------------------------------------------------------------------------------------------------

# The comment of a line may say how a reader ends the command.
as_a_reader() {
  sed -E -e 's/^([^#]+[^# ]) +# .*Ctrl-C.*/interrupted \1/' -e 's/^([^#]+[^# ]) +# .*Ctrl-P Ctrl-Q.*/typing "\\x10\\x11" \1/' \
    -e 's/^([^#]+[^# ]) +# .*type exit.*/typing "exit\\n" \1/'
}

interrupted() { timeout --signal=INT 2 "$@" || [ $? = 124 ]; }

# For what comes before a block: the symptom that the text describes.
fails_with() { # fails_with TEXT COMMAND...
  local output
  ! output=$("${@:2}" 2>&1 </dev/null) || { echo "succeeded: ${*:2}" && return 1; }
  [[ $output == *"$1"* ]] || { echo "$output" && return 1; }
}

# At a terminal, over and over: the command may not listen yet.
typing() { # typing TEXT COMMAND...
  local text=$1 command
  printf -v command '%q ' "${@:2}"
  rm -f .typed
  while [ ! -e .typed ]; do printf "$text" && sleep 0.2; done 2>/dev/null |
    { script -qec "$command" /dev/null && touch .typed || { touch .typed && false; }; }
}

run_block() { # run_block NUMBER
  local engine
  for engine in $(mark_of "$1" needs); do [ "$engine" = systemd ] || start_engine "$engine" || return; done
  export -f interrupted typing fails_with
  { mark_of "$1" first || true; as_a_reader <<<"${BLOCKS[$1]}"; } >"$STATE/block"
  (cd "$SCRATCH" && timeout --kill-after=5 60 bash -eu -o pipefail "$STATE/block")
}

# --- configuration ----------------------------------------------------------------------------------------------------

check_configuration() { # check_configuration NUMBER
  local file
  [ "${LANGUAGE[$1]}" != json ] || jq -e . <<<"${BLOCKS[$1]}" || return
  if file=$(mark_of "$1" from); then
    [[ $(cat "$file") == *"${BLOCKS[$1]%$'\n'}"* ]] || { echo "$PAGE:${LINE[$1]}: not the text of $file" && return 1; }
  fi
  if file=$(mark_of "$1" file); then
    mkdir -p "$(dirname "$file")" && printf '%s' "${BLOCKS[$1]}" >"$file"
  fi
  [ "${LANGUAGE[$1]}" = json ] || mark_of "$1" from >/dev/null || mark_of "$1" file >/dev/null ||
    { echo "$PAGE:${LINE[$1]}: nothing reads this block: mark it with \"from\" or \"file\"" && return 1; }
}

# --- engines ----------------------------------------------------------------------------------------------------------

# An engine is started anew when its configuration is newer.
start_engine() { # start_engine NAME
  if [ -e "$STATE/$1.started" ] && [ -z "$(find "/etc/$1" -newer "$STATE/$1.started" -type f 2>/dev/null)" ]; then return; fi
  [ ! -e "$STATE/$1.started" ] || "stop_$1"
  touch "$STATE/$1.started"
  "start_$1"
}

start_containerd() {
  start_daemon containerd containerd
  await ctr version
  ctr images import --base-name docker.io/library/busybox "$STATE/image/oci.tar" >/dev/null
}
stop_containerd() { stop_daemon containerd; }

start_docker() {
  start_engine containerd
  start_daemon docker dockerd --bridge none --iptables=false --containerd /run/containerd/containerd.sock
  await docker version
  docker import --change 'CMD ["sh"]' "$STATE/image/layer.tar" busybox >/dev/null
}
stop_docker() { stop_daemon docker; }

start_podman() { # the default ulimits may be above a machine's
  echo '{"default": [{"type": "insecureAcceptAnything"}]}' >/etc/containers/policy.json
  printf '[containers]\ndefault_ulimits = []\n[network]\nnetwork_backend = "netavark"\n[engine]\nevents_logger = "file"\n' >/etc/containers/containers.conf
  podman import --quiet --change CMD=sh --change ENV=PATH=/bin "$STATE/image/layer.tar" localhost/busybox >/dev/null
}
stop_podman() { :; }

# Lists of networks go to a directory of the sandbox. podman brings /etc/cni.
start_cni() { mount -t tmpfs etc /etc/cni; }
stop_cni() { :; }

stop_engines() {
  local engine
  for engine in docker containerd podman; do [ ! -e "$STATE/$engine.started" ] || "stop_$engine"; done
}
