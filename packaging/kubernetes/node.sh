#!/bin/sh
# Installs tare on the Kubernetes node whose root directory is mounted at $HOST, or removes it again.
#
#   node.sh install      copy the executable, configure the container engine, label the node
#   node.sh uninstall    undo all of that; refuses while containers of tare exist
#   node.sh check        succeed if the node is as `install` left it (or with "uninstall": free of tare)
#   node.sh serve WHAT   install or uninstall, try again until it succeeds, then wait for SIGTERM: what a pod runs
#
# It can be stopped at any moment and run again. Each file is replaced by a rename, and what is made is written down in
# $STATE/manifest before it is made, so `uninstall` restores the node as it was. Stopping a pod changes nothing.
set -eu

HOST=${HOST-/host}
SOURCE=${SOURCE:-/opt/tare}             # directory of the executable in the image
BIN=${BIN:-/usr/local/bin}              # directory for it on the node
DEFAULT_RUNTIME=${DEFAULT_RUNTIME:-}    # "yes" makes tare the default runtime of the node as well
STATE=${STATE:-/var/lib/tare-installer} # on the node
LABEL=tare/ready
SHIM=containerd-shim-tare-v2
HOST_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENGINE_FAILED=3 # exit code: the engine did not come back; trying again would only restart it once more

say() { echo "tare installer: $*"; }
die() { say "$*" >&2 && exit 1; }
on_host() { chroot "$HOST" env PATH="$HOST_PATH" SYSTEMD_IGNORE_CHROOT=1 "$@"; }

# --- what was made: a line "KIND PATH" for each file, directory and edited configuration ------------------------------

noted() { grep -qxF "$1" "$HOST$STATE/manifest" 2>/dev/null; }
entries() { sed -n "s/^$1 //p" "$HOST$STATE/manifest" 2>/dev/null || true; }
entries_backwards() { entries "$1" | sed '1!G;h;$!d'; }

note() { noted "$1" || replace "$STATE/manifest" with_entry "$1"; } # ENTRY
forget() { replace "$STATE/manifest" without_entry "$1"; }          # ENTRY
with_entry() { { cat "$HOST$STATE/manifest" 2>/dev/null || true; } && echo "$1"; }
without_entry() { grep -vxF "$1" "$HOST$STATE/manifest" || true; }

# A file that somebody else put there is never replaced.
claim() { # KIND FILE
  ! noted "$1 $2" || return 0
  if [ -e "$HOST$2" ] || [ -L "$HOST$2" ]; then
    die "$2 exists on the node and is not from this installer; move it away"
  fi
  note "$1 $2"
}

make_directory() { # DIRECTORY
  [ ! -d "$HOST$1" ] || return 0
  make_directory "$(dirname "$1")"
  note "directory $1"
  mkdir "$HOST$1"
}

# Replaces a file, keeping owner and mode, by the output of a command.
replace() { # FILE COMMAND...
  replaced=$HOST$1
  shift
  rm -f "$replaced.tare-new"
  [ ! -e "$replaced" ] || cp -p "$replaced" "$replaced.tare-new"
  "$@" >"$replaced.tare-new"
  sync "$replaced.tare-new"
  mv -f "$replaced.tare-new" "$replaced"
}

# --- the engine -------------------------------------------------------------------------------------------------------

# Sets unit, config, and how the engine shows the configuration that it would load (nothing if it cannot).
find_engine() {
  for unit in ${ENGINE_UNIT:-crio k3s k3s-agent rke2-server rke2-agent containerd}; do
    if on_host systemctl is-active --quiet "$unit"; then
      say "the engine is $unit"
      find_config
      return
    fi
  done
  die "no supported engine is running: tried containerd, CRI-O, k3s and RKE2 under systemd (ENGINE_UNIT names another)"
}

find_config() {
  generated=''
  case $unit in
    crio) config='' program=crio ;;
    k3s*) config=/var/lib/rancher/k3s/agent/etc/containerd/config.toml generated=yes
      program=/var/lib/rancher/k3s/data/current/bin/containerd ;;
    rke2*) config=/var/lib/rancher/rke2/agent/etc/containerd/config.toml generated=yes
      program=/var/lib/rancher/rke2/bin/containerd ;;
    *) config=$(on_host systemctl show --property ExecStart "$unit" | sed -nE 's/.* (--config[= ]|-c )([^ ;]*).*/\2/p')
      config=${config:-/etc/containerd/config.toml} program=containerd ;;
  esac
  config=${ENGINE_CONFIG:-$config}
}

# The containerd inside k3s and RKE2 need not be a program that can be asked.
can_dump() { on_host sh -c "command -v $program" >/dev/null 2>&1 && { [ -z "$generated" ] || dump >/dev/null; }; }
dump() {
  if [ "$unit" = crio ]; then on_host crio config 2>/dev/null; else on_host "$program" --config "$config" config dump 2>/dev/null; fi
}

# The configuration must load, have our runtime, and have lost nothing: an imported file of another version, or of any
# version with containerd 1, makes containerd forget settings without an error.
check_engine_config() {
  can_dump || return 0
  dump >"$TEMPORARY/after" || { say "$program does not load its configuration" >&2 && return 1; }
  grep -q 'runtimes\.tare\]' "$TEMPORARY/after" || { say "$program does not see the runtime" >&2 && return 1; }
  if grep -vE "imports|default_runtime|tare|= (\"\"|''|0|false|\[\])$" "$HOST$STATE/before" | grep -vxF -f "$TEMPORARY/after" >"$TEMPORARY/lost"; then
    say "$program would lose settings, the first is: $(head -n 1 "$TEMPORARY/lost")" >&2
    return 1
  fi
}

# Containers run on while their engine restarts: they belong to shims.
restart_engine() {
  say "restarting $unit"
  on_host systemctl restart "$unit" || return 1
  tries=0
  until on_host systemctl is-active --quiet "$unit"; do
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || return 1
    sleep 2
  done
  rm -f "$HOST$STATE/restart"
}

# --- its configuration ------------------------------------------------------------------------------------------------

# Sets target, the file to write, and kind: "dropin" for a file of ours, "block" for lines of ours at the end of one.
# - CRI-O reads a directory.
# - containerd 2 merges what it imports, so if a directory is imported our file goes there.
# - Else the lines go into config.toml: containerd 1 lets an imported file replace all that config.toml says of the CRI
#   plugin, and without an import there would have to be an edit anyway.
choose_target() {
  if [ "$unit" = crio ]; then
    kind=dropin target=/etc/crio/crio.conf.d/99-tare.conf
    return
  fi
  version=$(sed -n 's/^ *version *= *\([0-9][0-9]*\).*/\1/p' "$HOST$config" 2>/dev/null | head -n 1)
  major=$(on_host "$program" --version 2>/dev/null | awk '{ sub(/^v/, "", $3); sub(/\..*/, "", $3); print $3 }')
  major=${major:-$version} # no program to ask: version 2 is that of containerd 1, version 3 came with containerd 2
  directory=$(imported_directory)
  if [ "${major:-0}" -ge 2 ] && [ -n "$directory" ]; then
    kind=dropin target=$directory/tare.toml
    return
  fi
  [ -z "$generated" ] || die "$config is generated and imports no directory: this needs a k3s or RKE2 with containerd 2"
  [ ! -L "$HOST$config" ] || die "$config is a symbolic link; add the lines of packaging/containerd to what makes it"
  kind=block target=$config
}

# The directory of the first pattern DIRECTORY/*.toml among the imports, if any.
imported_directory() {
  awk '/^ *imports *=/ { inside = 1 } inside { print } inside && /\]/ { exit }' "$HOST$config" 2>/dev/null |
    tr ',' '\n' | sed -n "s/.*[\"']\(\/.*\)\/\*\.toml[\"'].*/\1/p" | head -n 1
}

# What the target is to contain.
wanted() {
  if [ "$unit" = crio ]; then
    crio_tables
  elif [ "$kind" = dropin ]; then
    printf '# Written by the installer of tare, which also removes it.\nversion = %s\n\n' "${version:-2}"
    containerd_tables
    [ -z "$DEFAULT_RUNTIME" ] || default_table
  else
    with_block
  fi
}

containerd_tables() {
  cat <<END
[plugins.$(cri_plugin).containerd.runtimes.tare]
  runtime_type = "io.containerd.tare.v2"
  runtime_path = "$BIN/$SHIM"
  [plugins.$(cri_plugin).containerd.runtimes.tare.options]
    SystemdCgroup = $(systemd_cgroup)
END
}

systemd_cgroup() { if grep -q 'SystemdCgroup *= *true' "$HOST$STATE/before"; then echo true; else echo false; fi; }

# Once a runtime has a table, containerd 1 does not add the one of runc by itself any more.
runc_table() {
  [ "${major:-0}" -lt 2 ] && ! grep -q 'runtimes\.runc\]' "$TEMPORARY/base" || return 0
  cat <<END

[plugins.$(cri_plugin).containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"
  [plugins.$(cri_plugin).containerd.runtimes.runc.options]
    SystemdCgroup = $(systemd_cgroup)
END
}

default_table() { printf '\n[plugins.%s.containerd]\n  default_runtime_name = "tare"\n' "$(cri_plugin)"; }
cri_plugin() { if [ "${version:-2}" -ge 3 ]; then echo '"io.containerd.cri.v1.runtime"'; else echo '"io.containerd.grpc.v1.cri"'; fi; }

crio_tables() {
  printf '# Written by the installer of tare, which also removes it.\n'
  [ -z "$DEFAULT_RUNTIME" ] || printf '[crio.runtime]\ndefault_runtime = "tare"\n\n'
  printf '[crio.runtime.runtimes.tare]\nruntime_path = "%s"\nruntime_type = "oci"\nruntime_root = "/run/tare"\n' "$BIN/tare"
  # Packages keep conmon in a directory of their own and say so for each of their runtimes.
  sed -n 's/^[# ]*monitor_path *= *"\(..*\)".*/monitor_path = "\1"/p' "$HOST$STATE/before" | head -n 1
}

# config.toml with our lines. The default runtime is a line within it that is swapped, and keeps what it was in a comment.
with_block() {
  without_block "$HOST$config" >"$TEMPORARY/base"
  bare='' table=''
  [ -z "$(tail -c 1 "$TEMPORARY/base")" ] || bare=' (no newline before)'
  header="[plugins.$(cri_plugin).containerd]"
  if [ -z "$DEFAULT_RUNTIME" ]; then
    cat "$TEMPORARY/base"
  elif grep -q '^[[:space:]]*default_runtime_name *=' "$TEMPORARY/base"; then
    sed 's/^\([[:space:]]*\)default_runtime_name *=.*/\1default_runtime_name = "tare" # before tare: &/' "$TEMPORARY/base"
  elif tr "'" '"' <"$TEMPORARY/base" | grep -qF "$header"; then
    awk -v header="$header" '{ print; line = $0; gsub("\047", "\"", line) }
      index(line, header) { print "default_runtime_name = \"tare\" # added by tare" }' "$TEMPORARY/base"
  else
    cat "$TEMPORARY/base"
    table=yes
  fi
  [ -z "$bare" ] || echo
  echo "# BEGIN tare$bare: written by its installer, which also removes it"
  [ -s "$TEMPORARY/base" ] || printf 'version = %s\n\n' "$version"
  containerd_tables
  runc_table
  [ -z "$table" ] || default_table
  echo "# END tare"
}

without_block() { # FILE
  [ -e "$1" ] || return 0
  grep -q '^# BEGIN tare' "$1" || { cat "$1" && return; }
  awk '/^# BEGIN tare/ { inside = 1; bare = /no newline before/; next }
    /^# END tare$/ { inside = 0; next }
    inside || / # added by tare$/ { next }
    { sub(/^.* # before tare: /, ""); if (lines++) printf "\n"; printf "%s", $0 }
    END { if (lines && !bare) printf "\n" }' "$1"
}

current() {
  if can_dump; then
    dump || die "$program does not load its configuration, to which the installer has added nothing yet"
  else
    cat "$HOST$config"
  fi
}

configure() {
  choose_target
  # What the engine has now, to compare with; not asked again if a run was cut short after it changed something.
  [ -e "$HOST$STATE/restart" ] || replace "$STATE/before" current
  [ "$kind" = dropin ] || set_version
  wanted >"$TEMPORARY/wanted"
  if ! noted "$kind $target" || ! cmp -s "$TEMPORARY/wanted" "$HOST$target"; then
    : >"$HOST$STATE/restart"
    undo_configuration "$kind $target" # of an earlier version of the engine, say, which wanted it elsewhere
    write_configuration
  fi
  [ -e "$HOST$STATE/restart" ] || return 0
  if ! check_engine_config; then
    undo_configuration
    rm -f "$HOST$STATE/restart"
    die "$target was restored, and $unit was not restarted"
  fi
  if ! restart_engine; then
    undo_configuration
    restart_engine || true
    say "$unit did not start with the runtime; $target was restored" >&2
    exit "$ENGINE_FAILED"
  fi
}

# A config.toml has to say its version; where there is none yet, ours does.
set_version() {
  [ -z "$version" ] || return 0
  if [ -s "$HOST$config" ] && [ -n "$(without_block "$HOST$config")" ]; then
    die "$config does not state its version: if it is version 2, put 'version = 2' at the top"
  fi
  if [ "${major:-0}" -ge 2 ]; then version=3; else version=2; fi
}

write_configuration() {
  make_directory "$(dirname "$target")"
  if [ "$kind" = dropin ]; then
    claim dropin "$target"
  else
    [ -e "$HOST$target" ] || note "made $target"
    note "block $target"
  fi
  replace "$target" cat "$TEMPORARY/wanted"
}

# Takes our configuration away, all but the one that is named.
undo_configuration() { # [ENTRY]
  for file in $(entries dropin); do
    [ "dropin $file" != "${1-}" ] || continue
    rm -f "$HOST$file" "$HOST$file.tare-new"
    forget "dropin $file"
  done
  for file in $(entries block); do
    [ "block $file" != "${1-}" ] || continue
    remove_block "$file"
    forget "block $file"
  done
}

remove_block() { # FILE
  rm -f "$HOST$1.tare-new"
  [ -e "$HOST$1" ] || return 0
  without_block "$HOST$1" >"$TEMPORARY/base"
  cmp -s "$TEMPORARY/base" "$HOST$1" || replace "$1" cat "$TEMPORARY/base"
  if noted "made $1" && [ ! -s "$HOST$1" ]; then rm -f "$HOST$1"; fi
}

# --- the executable ---------------------------------------------------------------------------------------------------

# By rename: a shim that runs keeps the file that it was started from.
install_executable() {
  make_directory "$BIN"
  claim file "$BIN/tare"
  claim file "$BIN/$SHIM"
  if ! cmp -s "$SOURCE/tare" "$HOST$BIN/tare"; then
    cp "$SOURCE/tare" "$HOST$BIN/tare.tare-new"
    chmod 755 "$HOST$BIN/tare.tare-new"
    sync "$HOST$BIN/tare.tare-new"
    runs "$BIN/tare.tare-new" || { rm -f "$HOST$BIN/tare.tare-new" && die "tare does not run in $BIN on this node"; }
    mv -f "$HOST$BIN/tare.tare-new" "$HOST$BIN/tare"
  fi
  runs "$BIN/tare" || die "$BIN/tare does not run on this node"
  if [ "$(readlink "$HOST$BIN/$SHIM")" != tare ]; then
    ln -sf tare "$HOST$BIN/$SHIM.tare-new"
    mv -f "$HOST$BIN/$SHIM.tare-new" "$HOST$BIN/$SHIM"
  fi
}

runs() { on_host "$1" --version >/dev/null && on_host "$1" features >/dev/null; }

# --- the label --------------------------------------------------------------------------------------------------------

label() { # '"true"' or null
  [ -n "${NODE_NAME:-}" ] || { say "NODE_NAME is not set, so the node is not labelled" && return; }
  credentials=${CREDENTIALS:-/var/run/secrets/kubernetes.io/serviceaccount}
  server=$KUBERNETES_SERVICE_HOST
  case $server in *:*) server="[$server]" ;; esac
  # The API server may be down for a moment: with k3s it was just restarted.
  curl --silent --show-error --fail --retry 10 --retry-delay 3 --retry-all-errors --max-time 30 --output /dev/null \
    --cacert "$credentials/ca.crt" --header "Authorization: Bearer $(cat "$credentials/token")" \
    --request PATCH --header 'Content-Type: application/merge-patch+json' --data "{\"metadata\":{\"labels\":{\"$LABEL\":$1}}}" \
    "https://$server:${KUBERNETES_SERVICE_PORT:-443}/api/v1/nodes/$NODE_NAME"
}

# --- commands ---------------------------------------------------------------------------------------------------------

install() {
  find_engine
  mkdir -p "$HOST$STATE"
  install_executable
  configure
  label '"true"'
  say "$(on_host "$BIN/tare" --version | head -n 1) is ready"
}

# The label goes first and then the default, so that no new pod runs with tare.
uninstall() {
  label null
  left=$(containers)
  if [ -n "$left" ]; then
    ! is_default || { find_engine && DEFAULT_RUNTIME='' && configure; }
    die "waiting for containers that run with tare (this pod may be one: then delete it):" "$(echo "$left" | head -n 3)"
  fi
  if [ -n "$(entries dropin)$(entries block)" ]; then : >"$HOST$STATE/restart"; fi
  undo_configuration
  if [ -e "$HOST$STATE/restart" ]; then
    find_engine
    restart_engine || { say "$unit did not start again with its original configuration" >&2 && exit "$ENGINE_FAILED"; }
  fi
  for file in $(entries_backwards file); do rm -f "$HOST$file" "$HOST$file.tare-new"; done
  for directory in $(entries_backwards directory); do rmdir "$HOST$directory" 2>/dev/null || true; done
  rm -rf "${HOST:?}$STATE"
  say "everything is undone"
}

is_default() {
  for file in $(entries dropin) $(entries block); do
    ! grep -q '^ *default_runtime[a-z_]* = "tare"' "$HOST$file" 2>/dev/null || return 0
  done
  return 1
}

# The state directories of containers: of shims, by containerd's namespaces, and of CRI-O.
containers() {
  for directory in "$HOST"/run/containerd/tare/*/* "$HOST"/run/tare/*; do
    [ ! -d "$directory" ] || echo "${directory#"$HOST"}"
  done
}

check() { # [uninstall]
  if [ "${1-}" = uninstall ]; then
    [ ! -e "$HOST$STATE" ]
    return
  fi
  [ ! -e "$HOST$STATE/restart" ] && cmp -s "$SOURCE/tare" "$HOST$BIN/tare" && [ -x "$HOST$BIN/$SHIM" ] &&
    [ -n "$(entries dropin)$(entries block)" ] || return 1
  for file in $(entries dropin); do [ -s "$HOST$file" ] || return 1; done
  for file in $(entries block); do grep -q '^# BEGIN tare' "$HOST$file" || return 1; done
}

serve() { # install|uninstall
  trap 'exit 0' TERM INT
  while :; do
    status=0
    sh "$0" "$1" || status=$?
    case $status in 0 | "$ENGINE_FAILED") break ;; esac
    sleep 30 &
    wait $!
  done
  [ "$status" = 0 ] || say "giving up: look at the engine's log on the node, then delete this pod to try again" >&2
  while :; do
    sleep 3600 &
    wait $!
  done
}

# One at a time on a node: a pod that installs may still be ending while the one that uninstalls begins.
exclusively() { # COMMAND
  TEMPORARY=$(mktemp -d)
  trap 'rm -rf "$TEMPORARY"' EXIT
  exec 9<"$HOST/run"
  flock 9
  "$1"
}

case ${1-} in
  install | uninstall) exclusively "$1" ;;
  check | serve) "$@" ;;
  *) sed -n '2,/^set/{ /^set/!s/^# \{0,1\}//p }' "$0" >&2 && exit 2 ;;
esac
