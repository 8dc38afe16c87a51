#!/usr/bin/env bats
# systemd as the program of a container, with its own cgroups (docs/init-systems.md). The container's root is an
# overlay over the root of the machine that the tests run on.
# bats file_tags=v2,init
# shellcheck disable=SC2016 # jq and the shells of the container expand what is in single quotes
load helper

V2=$(stat -f -c %T /sys/fs/cgroup | grep -x cgroup2fs || true)

setup() {
  [ "$V2" ] || skip "systemd wants cgroup v2"
  [ -x /lib/systemd/systemd ] || skip "no systemd in this root to run"
  prepare
  MACHINE=$BATS_TEST_TMPDIR/machine
  mkdir "$MACHINE"
  mount -t tmpfs tare-test "$MACHINE"
  mkdir "$MACHINE"/{lower,upper,work,root}
}

teardown() {
  [ ! -d "${MACHINE-}" ] || runtime delete --force "$ID"
  unmount_all
  check_residue
}

unmount_all() { grep -F " $BATS_TEST_TMPDIR/machine" /proc/self/mountinfo | cut -d' ' -f5 | sort -r | xargs -r umount; }

# The host's root, with the changes that a second system needs.
overlay() { # LOWER
  mount -t overlay -o "lowerdir=$1,upperdir=$MACHINE/upper,workdir=$MACHINE/work" tare-test "$MACHINE/root"
  rm -f "$MACHINE"/root/etc/{machine-id,fstab,hostname}
  touch "$MACHINE/root/etc/machine-id"
  chown --reference "$MACHINE/root/etc/passwd" "$MACHINE/root/etc/machine-id"
  # Services for the surrounding virtual machine and for hardware.
  local unit
  for unit in agent.service systemd-networkd.service systemd-resolved.service apparmor.service console-getty.service; do
    ln -sf /dev/null "$MACHINE/root/etc/systemd/system/$unit"
  done
}

# The configuration of docs/init-systems.md.
machine_config() {
  update_config --arg root "$MACHINE/root" --arg cgroup "/$ID" '
    .root = {path: $root} | .hostname = "machine" |
    .process.args = ["/sbin/init"] | .process.cwd = "/" | .process.noNewPrivileges = false |
    .process.env = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "container=oci"] |
    .process.capabilities |= map_values(["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID",
      "CAP_IPC_OWNER", "CAP_KILL", "CAP_MKNOD", "CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE", "CAP_NET_RAW", "CAP_SETFCAP",
      "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_ADMIN", "CAP_SYS_CHROOT", "CAP_SYS_NICE", "CAP_SYS_PTRACE",
      "CAP_SYS_RESOURCE", "CAP_SYS_TTY_CONFIG", "CAP_AUDIT_WRITE", "CAP_LEASE"]) |
    .process.rlimits = [] |
    .mounts += [
      {destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["rw", "nosuid", "noexec", "nodev"]},
      {destination: "/run", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "mode=755"]},
      {destination: "/run/lock", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "noexec", "mode=1777"]},
      {destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "nodev", "mode=1777"]}] |
    .linux.namespaces += [{type: "cgroup"}] | .linux.cgroupsPath = $cgroup |
    .linux.maskedPaths = ["/proc/kcore", "/proc/keys", "/proc/timer_list"] |
    .linux.readonlyPaths = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"]'
}

# systemd boots in seconds, but not on a shared emulated processor.
in_machine() { timeout --foreground --signal KILL 300 "$RUNTIME" --root "$ROOT" exec "$ID" "$@"; }

boots() {
  runtime run --detach --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  wait_for in_machine test -S /run/systemd/private
  run in_machine timeout 240 systemctl is-system-running --wait
  [ "$output" = running ] || { echo "$output" && in_machine systemctl --failed --no-pager && return 1; }
}

runs_services() {
  run -0 in_machine sh -c 'systemctl show --property=Virtualization --value; hostname; cat /proc/1/comm /proc/self/cgroup'
  expect_line container-other machine systemd
  # Beside init, if systemd has enabled controllers by now: it does so when a unit needs them, not at boot.
  [[ $output =~ $'\n'0::/(init\.scope)?$ ]]
  run -0 in_machine systemd-run --quiet --wait --pipe -p MemoryMax=32M sh -c 'cat /proc/self/cgroup; cat "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/memory.max"'
  expect 0::/system.slice/run- 33554432
  # 32 hexadecimal digits, made at the first boot.
  run -0 in_machine cat /etc/machine-id
  [[ $output =~ ^[0-9a-f]{32}$ ]]
  [ "$output" != "$(cat /etc/machine-id)" ]
}

stops() {
  runtime kill "$ID" SIGRTMIN+3
  wait_for status_is stopped
  runtime delete "$ID"
  [ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "init system: systemd boots, runs services and shuts down" {
  overlay /
  machine_config
  boots
  runs_services
  stops
}

@test "init system: systemd runs in a user namespace" {
  mount --bind -o X-mount.idmap=b:0:100000:65536 / "$MACHINE/lower" || skip "mount(8) cannot idmap"
  chown 100000:100000 "$MACHINE"/{upper,work}
  overlay "$MACHINE/lower"
  machine_config
  update_config '.linux.namespaces += [{type: "user"}] |
    .linux.uidMappings = [{containerID: 0, hostID: 100000, size: 65536}] | .linux.gidMappings = .linux.uidMappings'
  boots
  runs_services
  [ "$(stat -c %u "/sys/fs/cgroup/$ID" "/sys/fs/cgroup/$ID/cgroup.procs" | xargs)" = "100000 100000" ]
  stops
}

@test "init system: systemd can be paused, limited and killed" {
  overlay /
  machine_config
  boots
  runtime pause "$ID"
  status_is paused
  runtime resume "$ID"
  runtime update --pids-limit 500 "$ID"
  [ "$(cat "/sys/fs/cgroup/$ID/pids.max")" = 500 ]
  run -0 runtime ps "$ID"
  expect systemd-journald
  runtime delete --force "$ID"
  [ ! -e "/sys/fs/cgroup/$ID" ]
}

@test "init system: systemd runs in a scope of the host's systemd" {
  [ -d /run/systemd/system ] || skip "systemd does not run here"
  overlay /
  machine_config
  update_config --arg name "$ID" '.linux.cgroupsPath = "machine.slice:tare:" + $name'
  runtime() { timeout --foreground --signal KILL 60 "$RUNTIME" --systemd-cgroup --root "$ROOT" "$@"; }
  boots
  runs_services
  systemctl daemon-reload
  run -0 in_machine systemctl is-system-running
  [[ $(cat "/proc/$(init_pid)/cgroup") == "0::/machine.slice/tare-$ID.scope/"* ]]
  stops
  run ! systemctl is-active "tare-$ID.scope"
}
