# The sandbox of one run: namespaces, a cgroup subtree and a directory for everything that the engines create.
# shellcheck shell=bash

# Runs a program in the sandbox and removes what the kernel does not: the cgroups and the directory.
sandbox() { # sandbox KEEP PROGRAM [ARGS...]
  local keep=$1 status=0 child
  shift
  STATE=$(mktemp -d "${TMPDIR:-/tmp}/tare-engines.XXXXXX")
  chmod 711 "$STATE" # remapped users look up paths in it
  SUBTREE=tare-engines-${TEST_RUN:-$$}
  export STATE SUBTREE
  (
    join_subtree
    exec unshare --mount --net --ipc --pid --cgroup --fork --kill-child --mount-proc "$@"
  ) &
  child=$!
  leave_subtree "$child"
  # shellcheck disable=SC2064
  trap "leave_sandbox $child '$keep'" EXIT
  trap 'exit 130' INT TERM
  wait "$child" || status=$?
  return "$status"
}

leave_sandbox() { # leave_sandbox PID KEEP
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
  local tries
  for ((tries = 0; tries < 50; tries++)); do # cgroups empty a moment after their processes are gone
    find /sys/fs/cgroup/*/"$SUBTREE" /sys/fs/cgroup/"$SUBTREE" -depth -type d -exec rmdir {} + 2>/dev/null || true
    compgen -G "/sys/fs/cgroup/*/$SUBTREE" >/dev/null || break
    sleep 0.1
  done
  if [ -n "$2" ]; then echo "kept: $STATE"; else rm -rf --one-file-system "$STATE"; fi
}

hierarchies() { findmnt --noheadings --raw --types cgroup,cgroup2 --output TARGET; }

# Moves this shell into a new cgroup in every hierarchy, which becomes the root of its cgroup namespace.
join_subtree() {
  local top file
  for top in $(hierarchies); do
    mkdir "$top/$SUBTREE"
    for file in cpuset.cpus cpuset.mems; do # a v1 cpuset takes no process before it has both
      if [ -e "$top/$file" ] && [ ! -e "$top/cgroup.controllers" ]; then cat "$top/$file" >"$top/$SUBTREE/$file"; fi
    done
    echo "$BASHPID" >"$top/$SUBTREE/cgroup.procs"
  done
}

# unshare(1) itself only waits, and cgroup v2 wants no process in a cgroup that has controllers below it.
leave_subtree() { # leave_subtree PID
  local top
  for top in $(hierarchies); do
    [ -s "$top/$SUBTREE/cgroup.controllers" ] || continue
    until [ -s "/proc/$1/task/$1/children" ]; do sleep 0.05; done
    echo "$1" >"$top/cgroup.procs"
  done
}

# Inside the new namespaces: the engines' default directories are empty, the root of cgroup mounts is the sandbox's subtree.
enter_sandbox() {
  mount --make-rprivate /
  local top
  mkdir -p "$STATE/swap"
  for top in $(hierarchies); do
    mount --bind "$top/$SUBTREE" "$STATE/swap"
    umount "$top"
    mount --move "$STATE/swap" "$top"
    delegate "$top"
  done
  mkdir "$STATE/lib"
  mount --bind "$STATE/lib" /var/lib
  mount -t tmpfs -o mode=755 etc /etc/containers
  mount -t tmpfs -o mode=755 run /run
  mount -t tmpfs -o mode=1777 shm /dev/shm
  mkdir /run/lock /run/netns
  printf 'daemon:200000:65536\n' >"$STATE/subids" # for dockerd --userns-remap
  mount --bind "$STATE/subids" /etc/subuid
  mount --bind "$STATE/subids" /etc/subgid
  ip link set lo up
  sysctl -q net.ipv4.ip_forward=1
}

# cgroup v2 gives controllers only to the children of a cgroup without processes.
delegate() { # delegate CGROUP
  local controllers pid
  controllers=$(cat "$1/cgroup.controllers" 2>/dev/null) || return 0
  [ -n "$controllers" ] || return 0 # hybrid: v1 has them all
  mkdir "$1/init"
  while grep -qx 0 "$1/cgroup.procs"; do sleep 0.05; done # leave_subtree
  while read -r pid; do echo "$pid" >"$1/init/cgroup.procs"; done <"$1/cgroup.procs"
  echo "+${controllers// / +}" >"$1/cgroup.subtree_control"
}
