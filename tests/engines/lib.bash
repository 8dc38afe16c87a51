# What all scenarios share: outcomes made comparable, waiting, terminals, daemons, the image.
# shellcheck shell=bash disable=SC2034 # the scenarios use the variables

UNSUPPORTED=77 # exit status of a scenario that this machine or engine cannot run; its last line gives the reason

die() {
  echo "run: $*" >&2
  exit 2
}

unsupported() {
  echo "$*" >&2
  exit "$UNSUPPORTED"
}

install_packages() {
  local package missing=()
  for package; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] || DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
}

# The names of the scenarios of ENGINE in FILE that match PATTERN.
scenarios_of() { # FILE ENGINE PATTERN
  sed -n "s/^\($2\.[a-z0-9_]*\)() .*/\1/p" "$1" | grep -E -- "$3"
}

# Runs a scenario with the reference and with tare; the outcomes must be the same. Both suites have their own `observe`, which
# writes an outcome, and `verdict`, which reports one.
compare() { # SCENARIO
  local out=$STATE/outcomes/$1 status=0
  observe reference "$1" || status=$?
  case $status in
    0) ;;
    "$UNSUPPORTED") verdict skip "$1" "$(tail -n 1 "$out.reference.err")" && return ;;
    *) verdict skip "$1" "the reference fails here: $(tail -n 1 "$out.reference.err")" && return ;;
  esac
  observe subject "$1" || true
  if cmp -s "$out.reference" "$out.subject"; then
    verdict ok "$1"
  else
    verdict FAIL "$1"
    diff --label reference --label tare -u "$out.reference" "$out.subject" | cut -c1-240 | sed 's/^/      | /' || true
    tail -n 5 "$out.subject.err" | cut -c1-240 | sed 's/^/      > /'
  fi
}

# Ids, what terminals add and the two names of the sides differ between any two runs.
normalise() {
  sed -E -e 's/\r|\x00|\^@|\x1b\[[0-9;]*[a-zA-Z]//g' -e 's/(subject|reference)/SIDE/g' \
    -e 's/\b([0-9a-f]{64}|[0-9a-f]{12})\b/ID/g'
}

# Runs a command that may fail, and shows how it ended as the engines understand it: code and class of the error text.
# The text itself differs between runtimes and is not compared, even if an engine prints it on standard output.
attempt() {
  local status=0 out error class=
  out=$STATE/outcomes/attempt-$C
  error=$("$@" 2>&1 >"$out") || status=$?
  grep -v '^OCI runtime' "$out" || true
  error+=$(grep '^OCI runtime' "$out" || true)
  error=$(grep -vF "can't raise ambient capability" <<<"$error" || true) # a warning that Debian's runc does not know
  echo "$error" >&2
  [ "$status" = 0 ] || [ -z "$error" ] || class=": $(class_of "$error")"
  echo "exit $status$class"
}

# The texts that containerd, moby and podman look for in a runtime's message.
class_of() {
  case ${1,,} in
    *"executable file not found"* | *"no such file or directory"*) echo "not found" ;;
    *"permission denied"* | *"operation not permitted"*) echo "not permitted" ;;
    *"not running"* | *"no such process"* | *"already finished"*) echo "not running" ;;
    *"does not exist"* | *"not found"*) echo "no such container" ;;
    *) echo "another error" ;;
  esac
}

# A program that counts, and a wait until it has counted some more. A restored one goes on; one that starts over is seen.
COUNT='i=0; while :; do i=$((i + 1)); echo $i >/count; sleep 0.1; done'
need_criu() { criu check >/dev/null 2>&1 || unsupported "no CRIU that works on this kernel"; }
goes_on() { # AT-LEAST COMMAND...: the command shows the count
  local least=$1
  shift
  await "$@" && await test -n "$("$@")" && [ "$("$@")" -ge "$least" ] && echo "goes on"
}

await() { # await COMMAND...: until it succeeds, 15 seconds at most
  local tries
  for tries in $(seq 150); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "still not true after $((tries / 10)) s: $*" >&2
  return 1
}

# Runs a command on a new terminal. Engines set its size some time after the start, so SEE_TERMINAL waits.
SEE_TERMINAL='tty; sleep 0.5; stty size'
on_terminal() {
  local command
  printf -v command '%q ' "$@"
  script -qec "stty rows 24 cols 80; $command" /dev/null
}

# A container's mounts as seen inside: place, type, read-only by mount or superblock, and restrictions. Masks
# are only named, because runtimes make them differently; so is the tmpfs above v1 hierarchies, writable with runc.
MOUNTS_SEEN='awk '\''{
  for (dash = 7; $dash != "-"; ) dash++
  access = ("," $6 "," $(dash + 3) ",") ~ /,ro,/ && $5 != "/sys/fs/cgroup" ? "ro" : "rw"
  flags = ""
  for (i = split("nosuid nodev noexec", names, " "); i; i--) if (("," $6 ",") ~ ("," names[i] ",")) flags = names[i] " " flags
  masked = $4 == "/null" || ($(dash + 1) == "tmpfs" && $5 ~ "^/(proc|sys)/" && $5 != "/sys/fs/cgroup")
  print $5, masked ? "masked" : $(dash + 1) " " access " " flags
}'\'' /proc/self/mountinfo | sort'

start_daemon() { # start_daemon NAME COMMAND...
  local name=$1
  shift
  "$@" >"$STATE/$name.log" 2>&1 </dev/null &
  echo $! >"$STATE/$name.pid"
}

stop_daemon() { # stop_daemon NAME: SIGTERM, and SIGKILL after 10 s
  local pid tries
  pid=$(cat "$STATE/$1.pid" 2>/dev/null) || return 0
  rm "$STATE/$1.pid"
  kill "$pid" 2>/dev/null || return 0
  for tries in $(seq 100); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  echo "$1 did not stop after $tries tries, killed" >&2
  kill -KILL "$pid"
}

# One image for all: busybox, a few users and files that scenarios ask about.
make_images() {
  local root=$STATE/image/root
  mkdir -p "$root"/{bin,etc,tmp,proc,sys,dev,run,root,data}
  cp "$(command -v busybox)" "$root/bin/busybox"
  chroot "$root" /bin/busybox --install -s /bin
  printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\nuser:x:1000:\nextra:x:2000:user\n' >"$root/etc/group"
  echo plain >"$root/data/not-executable"
  chmod 1777 "$root/tmp"
  tar -C "$root" --numeric-owner -cf "$STATE/image/layer.tar" .
  (
    cd "$STATE/image" || exit
    umoci init --layout oci
    umoci new --image oci:latest
    umoci raw add-layer --image oci:latest layer.tar
    umoci config --image oci:latest --config.cmd /bin/sh --config.env PATH=/bin
    tar -C oci -cf oci.tar .
  ) >"$STATE/image/log" 2>&1
}
