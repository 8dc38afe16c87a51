# Takes away, from outside, what tests that were interrupted have left: all of it carries the name of the run's directory.

# Asks each job to end, and ends it.
stop_jobs() { # PROCESS-GROUP...
  local job tries
  disown -a # so that the shell says nothing of their ends
  for job; do kill -TERM -- "-$job" 2>/dev/null || true; done
  for ((tries = 0; tries < 20; ++tries)); do
    pgrep -g "$(IFS=, && echo "${*:-0}")" >/dev/null || break
    sleep 0.1
  done
  for job; do kill -KILL -- "-$job" 2>/dev/null || true; done
}

sweep_run() { # DIRECTORY
  local name=${1##*/}
  stop_background "$1"
  delete_containers "$1"
  kill_containers "$name"
  remove_cgroups "$name"
  # Those below come first.
  awk -v name="/$name/" 'index($5, name) { print $5 }' /proc/self/mountinfo | sort -r | xargs -r -n 1 umount -l 2>/dev/null || true
  rm -rf --one-file-system "$1" "/dev/$name-null"
}

# The processes that the tests have started beside the runtime, by the files in which they noted them.
stop_background() { # DIRECTORY
  find "$1" -xdev -maxdepth 4 -name background -type f -exec cat {} + 2>/dev/null | while read -r pid; do
    grep -qF "$1" "/proc/$pid/environ" 2>/dev/null && kill -KILL "$pid" 2>/dev/null
  done
  return 0
}

delete_containers() { # DIRECTORY
  local directory
  for directory in "$1"/bats-run-*/test/*/root/*/; do
    [ -d "$directory" ] || continue
    timeout --signal KILL 20 "$RUNTIME" --root "$(dirname "$directory")" ${RUNTIME_FLAGS:+"$RUNTIME_FLAGS"} \
      delete --force "$(basename "$directory")" >/dev/null 2>&1 </dev/null || true
  done
}

# Processes with mounts of their own in which the run's directory is seen: a container, whatever its namespaces.
kill_containers() { # NAME
  local own pid
  own=$(readlink /proc/self/ns/mnt)
  { grep -lsF "/$1/" /proc/[0-9]*/mountinfo || true; } | cut -d / -f 3 | while read -r pid; do
    [ "$(readlink "/proc/$pid/ns/mnt")" = "$own" ] || kill -KILL "$pid" 2>/dev/null || true
  done
}

remove_cgroups() { # NAME
  local directory tries
  find /sys/fs/cgroup -depth -type d -path "*$1*" 2>/dev/null | while read -r directory; do
    [ ! -e "$directory/cgroup.kill" ] || echo 1 >"$directory/cgroup.kill" 2>/dev/null || true
    { xargs -r -n 1 kill -KILL <"$directory/cgroup.procs"; } 2>/dev/null || true
    for ((tries = 0; tries < 50; ++tries)); do
      rmdir "$directory" 2>/dev/null && break
      [ -d "$directory" ] || break
      sleep 0.1
    done
  done
}
