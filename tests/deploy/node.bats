# packaging/kubernetes/node.sh, which installs tare on a node and removes it, on a root directory in place of a node's.
bats_require_minimum_version 1.5.0
# shellcheck source-path=SCRIPTDIR source=host.bash
load host.bash

setup_file() {
  export SKELETON=$BATS_FILE_TMPDIR/skeleton
  make_skeleton "$SKELETON"
}

setup() { setup_node; }

KUBEADM_V2='version = 2
root = "/var/lib/containerd"
[plugins]
  [plugins."io.containerd.grpc.v1.cri"]
    sandbox_image = "registry.k8s.io/pause:3.10"
    [plugins."io.containerd.grpc.v1.cri".containerd]
      default_runtime_name = "runc"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
        runtime_type = "io.containerd.runc.v2"
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
          SystemdCgroup = true'

IMPORTING_V3="version = 3
imports = [\"/etc/containerd/conf.d/*.toml\"]
[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = 'runc'
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = true"

containerd_1() { with_engine containerd containerd 1.7.27 && with_file /etc/containerd/config.toml <<<"$KUBEADM_V2"; }
containerd_2() { with_engine containerd containerd v2.1.4 && with_file /etc/containerd/config.toml <<<"$IMPORTING_V3"; }
crio() {
  with_engine crio crio 1.34.0
  printf '[crio.runtime.runtimes.crun]\nmonitor_path = "/usr/libexec/crio/conmon"\n' | with_file /etc/crio/crio.conf.d/10-crio.conf
}

installed() {
  node check install
  [ -e "$ROOT/run/loaded" ]
  engine_is_current
  cmp "$IMAGE/tare" "$ROOT/usr/local/bin/tare"
  [ "$(readlink "$ROOT/usr/local/bin/containerd-shim-tare-v2")" = tare ]
  [ "$(labelled)" = '{"metadata":{"labels":{"tare/ready":"true"}}}' ]
}

# Installs, checks that the node's files contain the WORDS, and uninstalls: the node is as it was.
there_and_back() { # FILE WORD...
  local before file=$1
  before=$(snapshot)
  shift
  node install
  installed
  for word; do grep -qF -- "$word" "$ROOT$file"; done
  [ "$(restarts)" = 1 ]
  node install
  [ "$(restarts)" = 1 ]
  node uninstall
  node check uninstall
  [ "$(restarts)" = 2 ]
  diff <(echo "$before") <(snapshot)
  [ "$(labelled)" = '{"metadata":{"labels":{"tare/ready":null}}}' ]
}

@test "node: containerd 1 gets lines at the end of its config.toml" {
  containerd_1
  there_and_back /etc/containerd/config.toml '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tare]' 'SystemdCgroup = true' \
    'runtime_path = "/usr/local/bin/containerd-shim-tare-v2"'
}

@test "node: uninstall restores a config.toml without a newline at its end" {
  containerd_1
  printf %s "$KUBEADM_V2" | with_file /etc/containerd/config.toml
  there_and_back /etc/containerd/config.toml '# BEGIN tare'
}

@test "node: containerd 2 that imports a directory gets a file there" {
  containerd_2
  there_and_back /etc/containerd/conf.d/tare.toml 'version = 3' '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.tare]' \
    'SystemdCgroup = true'
}

@test "node: containerd 2 with a version 2 configuration gets lines of version 2" {
  with_engine containerd containerd v2.1.4
  with_file /etc/containerd/config.toml <<<"$KUBEADM_V2"
  there_and_back /etc/containerd/config.toml '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.tare]'
}

@test "node: containerd without a configuration gets one, which uninstall removes" {
  with_engine containerd containerd v2.1.4
  there_and_back /etc/containerd/config.toml 'version = 3' 'SystemdCgroup = false'
}

@test "node: a directory that is imported in a list of several lines is found" {
  containerd_2
  printf 'version = 3\nimports = [\n  "/etc/containerd/one.toml",\n  "/etc/containerd/more/*.toml",\n]\n' |
    with_file /etc/containerd/config.toml
  with_file /etc/containerd/one.toml <<<''
  node install
  [ -e "$ROOT/etc/containerd/more/tare.toml" ]
}

@test "node: Debian's containerd loads the new configuration" {
  with_real_containerd
  with_file /etc/containerd/config.toml <<<"$KUBEADM_V2"
  there_and_back /etc/containerd/config.toml '# BEGIN tare'
}

@test "node: Debian's containerd keeps runc if its configuration does not name it" {
  with_real_containerd
  printf 'version = 2\n[plugins."io.containerd.grpc.v1.cri".cni]\n  bin_dir = "/usr/lib/cni"\n' | with_file /etc/containerd/config.toml
  there_and_back /etc/containerd/config.toml '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]'
}

@test "node: CRI-O gets its own file, with the conmon of its other runtimes" {
  crio
  there_and_back /etc/crio/crio.conf.d/99-tare.conf 'runtime_path = "/usr/local/bin/tare"' 'monitor_path = "/usr/libexec/crio/conmon"'
}

@test "node: k3s gets a file in the directory that it imports, and its service is restarted" {
  with_engine k3s
  printf 'version = 3\nimports = ["/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.d/*.toml"]\nSystemdCgroup = true\n' |
    with_file /var/lib/rancher/k3s/agent/etc/containerd/config.toml
  there_and_back /var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.d/tare.toml 'SystemdCgroup = true'
  grep -qx 'restart k3s' "$ROOT/run/calls"
}

@test "node: a generated configuration that imports nothing is not changed" {
  with_engine k3s-agent
  echo 'version = 2' | with_file /var/lib/rancher/k3s/agent/etc/containerd/config.toml
  run ! node install
  [[ $output == *"imports no directory"* ]]
  [ "$(restarts)" = 0 ]
}

# --- the default runtime ----------------------------------------------------------------------------------------------

@test "node: as the default runtime, the line that names it is replaced, and restored by uninstall" {
  containerd_1
  DEFAULT_RUNTIME=yes there_and_back /etc/containerd/config.toml \
    '      default_runtime_name = "tare" # before tare:       default_runtime_name = "runc"'
}

@test "node: as the default runtime of Debian's containerd" {
  with_real_containerd
  grep -v default_runtime_name <<<"$KUBEADM_V2" | with_file /etc/containerd/config.toml
  local before
  before=$(snapshot)
  DEFAULT_RUNTIME=yes node install
  chroot "$ROOT" containerd config dump | grep -q 'default_runtime_name = "tare"'
  node install
  chroot "$ROOT" containerd config dump | grep -q 'default_runtime_name = "runc"'
  node uninstall
  diff <(echo "$before") <(snapshot)
}

@test "node: as the default runtime in an imported file, and of CRI-O" {
  containerd_2
  DEFAULT_RUNTIME=yes there_and_back /etc/containerd/conf.d/tare.toml 'default_runtime_name = "tare"'
  rm "$ROOT/run/units/containerd"
  crio
  : >"$ROOT/run/calls"
  DEFAULT_RUNTIME=yes there_and_back /etc/crio/crio.conf.d/99-tare.conf 'default_runtime = "tare"'
}

@test "node: uninstall first stops being the default, then waits for the containers" {
  containerd_2
  DEFAULT_RUNTIME=yes node install
  mkdir -p "$ROOT/run/containerd/tare/k8s.io/0123"
  run ! node uninstall
  [[ $output == *"waiting for containers"*"/run/containerd/tare/k8s.io/0123"* ]]
  run ! grep -q default_runtime_name "$ROOT/etc/containerd/conf.d/tare.toml"
  grep -q runtimes.tare "$ROOT/etc/containerd/conf.d/tare.toml"
  [ -x "$ROOT/usr/local/bin/containerd-shim-tare-v2" ]
  run ! node check uninstall
  rmdir "$ROOT/run/containerd/tare/k8s.io/0123"
  node uninstall
  node check uninstall
}

# --- what can go wrong ------------------------------------------------------------------------------------------------

@test "node: a program of the same name that another installer has placed is not replaced" {
  containerd_2
  echo other >"$ROOT/usr/local/bin/tare"
  run ! node install
  [[ $output == *"/usr/local/bin/tare exists on the node"* ]]
  node uninstall
  [ "$(cat "$ROOT/usr/local/bin/tare")" = other ]
}

@test "node: an executable that does not run on the node is removed" {
  containerd_2
  program "$IMAGE/tare" <<<'exit 1'
  local before
  before=$(snapshot)
  run ! node install
  [[ $output == *"does not run in /usr/local/bin"* ]]
  [ ! -e "$ROOT/usr/local/bin/tare" ] && [ ! -e "$ROOT/usr/local/bin/tare.tare-new" ]
  [ "$(restarts)" = 0 ]
  node uninstall
  diff <(echo "$before") <(snapshot)
}

@test "node: an engine that would not load its configuration is not restarted" {
  containerd_2
  with_engine containerd containerd v2.1.4
  sed -i 's/cat $file;/:;/' "$ROOT/usr/bin/containerd" # an import that is ignored
  run ! node install
  [[ $output == *"does not see the runtime"*"was not restarted"* ]]
  [ ! -e "$ROOT/etc/containerd/conf.d/tare.toml" ]
  [ "$(restarts)" = 0 ]
  run ! node check install
  [ ! -e "$BATS_TEST_TMPDIR/requests" ]
}

@test "node: settings that an import would hide keep containerd from being restarted" {
  containerd_2
  # As containerd 1 does, and containerd 2 with a file of another version.
  program "$ROOT/usr/bin/containerd" <<<'case "$*" in --version) echo x x v2.0 ;; *) cat /etc/containerd/conf.d/tare.toml 2>/dev/null || cat "$2" ;; esac'
  run ! node install
  [[ $output == *"would lose settings"* ]]
  [ "$(restarts)" = 0 ]
}

@test "node: if an engine does not restart, its configuration is restored and it is not tried again" {
  containerd_1
  sed -i 's/refused/BEGIN/' "$ROOT/usr/bin/systemctl" # refuses our lines
  local before
  before=$(sha256sum "$ROOT/etc/containerd/config.toml")
  run -3 node install
  [[ $output == *"did not start with the runtime"* ]]
  [ "$(restarts)" = 2 ]
  [ "$(sha256sum "$ROOT/etc/containerd/config.toml")" = "$before" ]
  run ! node check install
}

@test "node: a config.toml without a version, or that is a symbolic link, is not changed" {
  containerd_1
  sed -i 1d "$ROOT/etc/containerd/config.toml"
  run ! node install
  [[ $output == *"does not state its version"* ]]
  mv "$ROOT/etc/containerd/config.toml" "$ROOT/etc/other.toml"
  ln -s ../other.toml "$ROOT/etc/containerd/config.toml"
  run ! node install
  [[ $output == *"symbolic link"* ]]
  [ "$(restarts)" = 0 ]
}

@test "node: without a supported engine nothing happens" {
  local before
  before=$(snapshot)
  run ! node install
  [[ $output == *"no supported engine"* ]]
  diff <(echo "$before") <(snapshot)
}

@test "node: check finds removed or changed files, and install repairs them" {
  containerd_1
  node install
  sed -i '/BEGIN tare/,$d' "$ROOT/etc/containerd/config.toml"
  run ! node check install
  node install && node check install
  rm "$ROOT/usr/local/bin/containerd-shim-tare-v2"
  run ! node check install
  node install && node check install
}

@test "node: an upgrade keeps the file of a running program and does not restart the engine" {
  containerd_2
  cp "$(command -v busybox)" "$IMAGE/tare" # its own copy of sleep, as a shim that runs
  rm "$ROOT/bin/env"
  program "$ROOT/bin/env" <<<'shift 2; case $1 in */tare*) echo tare 1 ;; *) exec "$@" ;; esac'
  node install
  (exec -a sleep "$ROOT/usr/local/bin/tare" 1000) 3>&- &
  local shim=$!
  cp "$(type -P true)" "$IMAGE/tare"
  node install
  cmp "$ROOT/usr/local/bin/tare" "$(type -P true)"
  cmp "/proc/$shim/exe" "$(command -v busybox)"
  [ "$(restarts)" = 1 ]
  kill "$shim"
}

@test "node: if containerd imports a directory later, the lines are moved there" {
  containerd_1
  node install
  with_engine containerd containerd v2.1.4
  sed -i '1a imports = ["/etc/containerd/conf.d/*.toml"]' "$ROOT/etc/containerd/config.toml"
  node install
  run ! grep -q 'BEGIN tare' "$ROOT/etc/containerd/config.toml"
  grep -q runtimes.tare "$ROOT/etc/containerd/conf.d/tare.toml"
  node uninstall
  diff "$ROOT/etc/containerd/config.toml" <(sed '1a imports = ["/etc/containerd/conf.d/*.toml"]' <<<"$KUBEADM_V2")
}

# --- stopped at any moment --------------------------------------------------------------------------------------------

# Counts commands that change files, and kills node.sh at the Nth, in the middle of a copy.
with_killer() {
  local name
  for name in cp mv ln rm rmdir mkdir chroot; do
    program "$BATS_TEST_TMPDIR/path/$name" <<END
[ "\$1" != -p ] || exec $(type -P "$name") "\$@" # a copy that is only prepared
count=\$((\$(cat "$BATS_TEST_TMPDIR/count") + 1))
echo "\$count" >"$BATS_TEST_TMPDIR/count"
if [ "\$count" = "\$(cat "$BATS_TEST_TMPDIR/kill-at")" ]; then
  [ $name != cp ] || head -c 7 "\$1" >"\$2"
  kill -KILL 0
fi
exec $(type -P "$name") "\$@"
END
  done
}

killed_at() { # N COMMAND: 1 if it was done before
  echo 0 >"$BATS_TEST_TMPDIR/count"
  echo "$1" >"$BATS_TEST_TMPDIR/kill-at"
  setsid --wait bash -c '. "$0"; node "$1"' "$BATS_TEST_DIRNAME/host.bash" "$2" >/dev/null 2>&1 || return 0
  return 1
}

# Any command works afterwards, and in the end the node is as it was.
at_each_step() { # COMMAND-TO-KILL [STRIDE]
  local n=0 before
  export ROOT IMAGE BATS_TEST_TMPDIR BATS_TEST_DIRNAME
  before=$(snapshot)
  [ "$1" = install ] || node install
  cp -a "$ROOT" "$ROOT.before"
  with_killer
  while n=$((n + ${2:-1})) && rm -rf "$ROOT" && cp -a "$ROOT.before" "$ROOT" && killed_at "$n" "$1"; do
    echo 0 >"$BATS_TEST_TMPDIR/kill-at"
    if ((n % 2)); then node install && installed; fi
    node uninstall
    engine_is_current
    diff <(echo "$before") <(snapshot)
  done
  echo "$n moments"
  [ "$n" -gt 10 ]
}

@test "node: install that is killed at any step can be run again and undone, config.toml" { containerd_1 && at_each_step install; }
@test "node: install that is killed at any step can be run again and undone, imported file" { containerd_2 && at_each_step install 3; }
@test "node: after uninstall was killed at any step, uninstall or install can be run" { containerd_1 && at_each_step uninstall; }
