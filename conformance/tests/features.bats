# features.md, features-linux.md. What a runtime says of itself is held against what it does.
load ../lib/harness

setup() {
  prepare
  works
  runtime features >"$HERE/features" 2>/dev/null || skip "the runtime has no command \"features\""
}

feature() { judge "$1" <"$HERE/features" || { echo "not so: $1" && return 1; }; }
list() { jq -r "$1 // [] | .[]" <"$HERE/features"; }

@test "FE-10: every given property has its type, empty or not" {
  feature '[.hooks, .mountOptions, .linux.namespaces, .linux.capabilities] | all(. == null or type == "array")'
  feature '[.linux.cgroup // {} | .v1, .v2, .systemd, .systemdUser, .rdma] | all(. == null or type == "boolean")'
}

@test "FE-14 FE-15: a config of ociVersionMin is accepted" {
  feature '.ociVersionMin | type == "string"'
  config --arg version "$(jq -r .ociVersionMin "$HERE/features")" '.ociVersion = $version'
  accepted
}

@test "FE-17 FE-18: a config of ociVersionMax is accepted" {
  feature '.ociVersionMax | type == "string"'
  config --arg version "$(jq -r .ociVersionMax "$HERE/features")" '.ociVersion = $version'
  accepted
}

@test "FE-19: ociVersionMax is not below ociVersionMin" {
  local versions
  versions=$(jq -r '.ociVersionMin, .ociVersionMax' "$HERE/features")
  [ "$(sort -V <<<"$versions")" = "$versions" ]
}

@test "FE-20: no property is newer than ociVersionMax" {
  newer_than() { [ "$(printf '%s\n' "$1" "$(jq -r '.ociVersionMax | sub("[-+].*"; "")' "$HERE/features")" | sort -V | tail -n 1)" = "$1" ]; }
  ! newer_than 1.3.0 || [ "$(jq -r '.ociVersionMax | sub("[-+].*"; "")' "$HERE/features")" = 1.3.0 ] ||
    feature '.linux.memoryPolicy == null and .linux.netDevices == null'
  ! newer_than 1.2.0 || [ "$(jq -r '.ociVersionMax | sub("[-+].*"; "")' "$HERE/features")" = 1.2.0 ] ||
    feature '.linux.mountExtensions == null and .potentiallyUnsafeConfigAnnotations == null'
}

@test "FE-32: every listed hook is run" {
  local kind
  args /bin/true
  for kind in $(list .hooks); do
    if [ "$kind" = startContainer ]; then hook "$kind" "echo x >/data/$kind"; else hook "$kind" "echo x >$ROOTFS/data/$kind"; fi
  done
  begin
  finish
  remove
  for kind in $(list .hooks); do [ -e "$ROOTFS/data/$kind" ] || { echo "$kind" && return 1; }; done
}

@test "FE-49: every listed mount option is known" {
  local option n=0
  mkdir "$HERE/mine"
  for option in $(list .mountOptions); do
    # A word that is not known would be given to tmpfs as its own, and refused.
    case $option in
      idmap | ridmap | remount | bind | rbind | copy-symlink | src-nofollow | dest-nofollow) continue ;; # of binds; tested there
      mand | nomand | iversion | noiversion) continue ;; # of some file systems and kernels alone
    esac
    mount_entry "/data/$((n += 1))" tmpfs tmpfs "$option"
  done
  look
}

@test "FE-131: annotations map strings to strings, without an empty key" {
  feature '.annotations // {} | to_entries | all(.key != "" and (.value | type == "string"))'
}

@test "FL-8: every listed namespace can be created" {
  local type
  config '.linux.namespaces = []'
  for type in $(list .linux.namespaces); do
    case $type in
      user) user_namespace ;;
      *) config --arg type "$type" '.linux.namespaces += [{type: $type}]' ;;
    esac
  done
  look
}

@test "FL-27: every listed capability is known" {
  config --argjson all "$(jq -c '.linux.capabilities // []' "$HERE/features")" '.process.capabilities.bounding = $all'
  create
  ! grep -qi 'capabilit' "$HERE/err"
}

@test "FL-107: every listed seccomp action is known" {
  local action
  for action in $(list .linux.seccomp.actions); do
    [ "$action" != SCMP_ACT_NOTIFY ] || continue # needs an agent; tested there
    config --arg action "$action" '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpriority"], "action": $action}]}'
    # Some runtimes refuse a rule that is the default.
    accepted || [ "$action" = SCMP_ACT_ALLOW ]
  done
}

@test "FL-109: every listed operator is known" {
  local operator
  for operator in $(list .linux.seccomp.operators); do
    config --arg op "$operator" '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["getpriority"],
      "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 9, "valueTwo": 9, "op": $op}]}]}'
    accepted
  done
}

@test "FL-111: every listed architecture is known" {
  local arch
  for arch in $(list .linux.seccomp.archs); do
    config --arg arch "$arch" '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_NATIVE", $arch],
      "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO"}]}'
    create || { [[ $arch == @(SCMP_ARCH_NATIVE|SCMP_ARCH_X86_64) ]] || grep -qi 'endian\|arch' "$HERE/err"; }
    remove --force
  done
}

@test "FL-113 FL-116: every supported seccomp flag works" {
  local flag
  for flag in $(list .linux.seccomp.supportedFlags); do
    [ "$flag" != SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV ] || continue # needs a listener
    config --arg flag "$flag" '.linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "flags": [$flag],
      "syscalls": [{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO"}]}'
    accepted
  done
}

@test "FL-203 FL-206: every listed memory policy is known" {
  local mode
  for mode in $(list .linux.memoryPolicy.modes); do
    config --arg mode "$mode" '.linux.memoryPolicy = {"mode": $mode} + (if ($mode | IN("MPOL_DEFAULT", "MPOL_LOCAL")) then {} else {"nodes": "0"} end)'
    accepted
  done
}

@test "FL-257: mountExtensions.idmap states what is recognised" {
  feature '.linux.mountExtensions.idmap.enabled | . == null or . == true or . == false'
  if judge '.linux.mountExtensions.idmap.enabled == true' <"$HERE/features"; then
    mount_entry /data none "$HERE" bind
    config '.mounts[-1].uidMappings = [{"containerID": 0, "hostID": 5000, "size": 1}]'
    refused # half a mapping is seen
  fi
}
