# A virtual machine: started, given jobs, ended. Sourced by build-image and run.
# shellcheck shell=bash
#
# Software emulation only, on purpose: KVM is missing on many machines that run tests, and hangs on some that nest it.
# A job goes in as one line of base64 and comes back as one line, its exit code; its output has two ports of its own.

# Images, downloaded packages, QEMU: several GB, which may be removed at any time.
CACHE=${TARE_VM_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/tare-vm}
MEMORY=2048 # MiB

MACHINE=   # the directory of the running machine: pipes, console, QEMU's words
QEMU_PID=
ARCHITECTURE= # Debian's name of it
JOBS='' ANSWERS='' MONITOR='' # descriptors

# QEMU of Debian trixie, from a directory of its own: Debian 12's crashes a guest of two CPUs now and then.
qemu() {
  local root=$CACHE/qemu
  TMPDIR=$MACHINE exec setpriv --pdeathsig KILL "$root/lib64/ld-linux-x86-64.so.2" \
    --library-path "$root/usr/lib/x86_64-linux-gnu" "$root/usr/bin/qemu-system-$(qemu_name)" \
    -L "$root/usr/share/qemu" -L "$root/usr/share/seabios" "$@"
}

qemu_name() { case $ARCHITECTURE in arm64) echo aarch64 ;; *) echo x86_64 ;; esac }

port() { printf '%s\n' -chardev "$2,id=$1,path=$MACHINE/$1" -device "virtserialport,chardev=$1,name=$1"; } # NAME KIND

# This CPU runs 32-bit programs, too, and has no pointer authentication, which takes much time under emulation.
board() {
  case $ARCHITECTURE in
    amd64)
      printf '%s\n' -cpu max,la57=off,svm=off -M q35,sata=off,smbus=off,i8042=off,usb=off,vmport=off -device vmgenid,guid=auto
      ;;
    arm64) printf '%s\n' -cpu cortex-a72 -M virt,gic-version=3,acpi=off ;;
  esac
}

# What the state of a machine fits to: changing any of it takes a new image, which is why images know this file.
hardware() { # SHARED-DIRECTORY
  board
  printf '%s\n' -accel tcg,thread=multi,tb-size=1024 -smp 2 -m "$MEMORY" -nodefaults -no-user-config -display none -no-reboot \
    -serial "file:$MACHINE/console" -chardev "pipe,id=monitor,path=$MACHINE/monitor" -mon chardev=monitor \
    -fsdev "local,id=share,path=$1,security_model=passthrough,multidevs=remap" \
    -device virtio-9p-pci,fsdev=share,mount_tag=share -device virtio-serial-pci
  port jobs pipe
  port out file
  port err file
  printf '%s\n' -device virtio-blk-pci,drive=disk
}

# Linux without what costs time under emulation and matters to no test.
KERNEL_WORDS='quiet loglevel=4 panic=-1 mitigations=off nowatchdog random.trust_cpu=on audit=0 systemd.show_status=0
  rcupdate.rcu_expedited=1 raid=noautodetect'
kernel_words() {
  case $ARCHITECTURE in
    amd64) echo "console=ttyS0 ${KERNEL_WORDS//$'\n'/} nopti tsc=reliable no_timer_check 8250.nr_uarts=1" ;;
    arm64) echo "console=ttyAMA0 ${KERNEL_WORDS//$'\n'/}" ;;
  esac
}

# restore: from the state saved in the image; boot: from its disk; both forget what they write. install: boot, and keep.
machine_start() { # restore|boot|install IMAGE-DIRECTORY SHARED-DIRECTORY
  local mode=$1 image=$2 disk="file=$2/disk,format=raw,if=none,id=disk,cache=unsafe" arguments
  ARCHITECTURE=$(cat "$image/architecture")
  MACHINE=$(mktemp -d "${TMPDIR:-/tmp}/tare-vm.XXXXXX")
  mkfifo "$MACHINE"/{jobs,monitor}.{in,out} "$MACHINE"/{out,err}
  mapfile -t arguments < <(hardware "$3")
  arguments+=(-kernel "$image/vmlinux" -initrd "$image/initrd" -append "$(kernel_words)")
  case $mode in
    restore) arguments+=(-drive "$disk,snapshot=on" -incoming "exec:cat '$image/state'") ;;
    boot) arguments+=(-drive "$disk,snapshot=on") ;;
    install) arguments+=(-drive "$disk") ;;
  esac
  cat "$MACHINE/out" &
  cat "$MACHINE/err" >&2 &
  cat "$MACHINE/monitor.out" >/dev/null &
  qemu "${arguments[@]}" </dev/null >"$MACHINE/qemu" 2>&1 &
  QEMU_PID=$!
  exec {JOBS}<>"$MACHINE/jobs.in" {ANSWERS}<>"$MACHINE/jobs.out" {MONITOR}<>"$MACHINE/monitor.in"
  case $mode in
    restore) machine_do 30 true ;; # the agent was waiting for a job
    boot | install) machine_answer 300 ;; # "ready"
  esac
}

machine_stop() {
  [ -n "$MACHINE" ] || return 0
  exec {JOBS}>&- {ANSWERS}>&- {MONITOR}>&-
  { kill -KILL "$QEMU_PID" && wait "$QEMU_PID"; } 2>/dev/null || true # quietly: the shell would tell of its death
  wait
  rm -rf "$MACHINE"
  MACHINE=
}

# The agent's next line is the REPLY. Status 124: none in time; 125: the machine has ended.
machine_answer() { # SECONDS
  local part deadline=$((SECONDS + $1))
  REPLY=
  until read -r -t 1 -u "$ANSWERS" part; do
    REPLY+=$part
    kill -0 "$QEMU_PID" 2>/dev/null || return 125
    [ "$SECONDS" -lt "$deadline" ] || return 124
  done
  REPLY+=$part
}

# Runs a shell script as root in the machine; its exit code is the REPLY.
machine_do() { # SECONDS SCRIPT
  { base64 --wrap 0 <<<"$2" && echo; } >&"$JOBS"
  machine_answer "$1"
}

machine_complain() { # WHAT-HAPPENED
  echo "tests/vm: $1; the last words of QEMU and of the console:" >&2
  tail -n 10 "$MACHINE/qemu" "$MACHINE/console" >&2 || true
}

# Writes the state of the machine into the image, and ends it.
machine_save() { # IMAGE-DIRECTORY
  printf '%s\n' 'migrate_set_parameter max-bandwidth 100G' "migrate \"exec:cat > '$1/state'\"" quit >&"$MONITOR"
  wait "$QEMU_PID"
}
