#!/usr/bin/env bats
# With --debug, every step is logged with what it did and how long it took.
load ../integration/helper

setup() {
  prepare
  only_tare "the steps are tare's own"
  LOG=$BATS_TEST_TMPDIR/log
  set_args sleep 1000
}

logged() { runtime --debug --log "$LOG" --log-format "${FORMAT:-json}" "$@" >"$OUT" 2>&1 </dev/null 3>&-; } # WORD...

lacks() { # FILE TEXT
  if says "$@"; then echo "\"$2\" is in:" && cat "$1" && return 1; fi
}

# No descriptor of the process is the log.
log_is_closed_in() { # PID
  local fd
  for fd in "/proc/$1/fd"/*; do
    [ "$(readlink "$fd")" != "$LOG" ] || return 1
  done
}

# The log has a step whose words match each REGEX, with a time.
has_steps() { # REGEX...
  local regex
  for regex; do
    jq -es --arg regex "$regex" 'any(.level == "debug" and (.us | type) == "number" and (.msg | test($regex)))' \
      "$LOG" >/dev/null || { echo "no step $regex in:" && jq -r .msg "$LOG" && return 1; }
  done
}

@test "debug: create, start and delete log each step with its time" {
  mkdir "$BATS_TEST_TMPDIR/source"
  add_mount /data bind "$BATS_TEST_TMPDIR/source" bind ro rprivate
  update_config '.linux.maskedPaths = ["/proc/keys"] | .linux.readonlyPaths = ["/proc/sys"] | .linux.resources.pids.limit = 77'
  update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapon"], action: "SCMP_ACT_ERRNO"}]}'
  update_config '.hooks.createRuntime = [{path: "/bin/true"}]'
  logged create --bundle "$BUNDLE" "$ID"
  has_steps "^config.json of bundle $BUNDLE" "^make the directory $ROOT/$ID$" "^clone init with new namespaces: .*pid" \
    "^cgroup: make .*$ID" "^cgroup: write 77 to .*pids.max$" \
    "^init: mount [0-9]+: bind $BATS_TEST_TMPDIR/source on /data, ro, rprivate$" "^init: mount [0-9]+: proc on /proc" \
    "^init: device /dev/null" "^init: pivot_root" "^init: mask /proc/keys$" "^init: make /proc/sys read-only$" \
    "^init: look for the program sleep$" "^createRuntime hook #0: /bin/true$" "^seccomp: look for the filter in the cache" \
    "^seccomp: put the filter into the cache" "^wait for the other process: ready$" "^the record is final"
  says "$LOG" "what follows: capabilities: bounding CAP_"
  says "$LOG" "what follows: a seccomp filter of"
  logged start "$ID"
  has_steps "^open the gate" "^wait until init has executed the program$"
  logged delete --force "$ID"
  has_steps "^wait for the end of process" "^cgroup: remove .*$ID" "^remove $ROOT/$ID$"
}

@test "debug: the cache of seccomp filters is used the second time, and the log says so" {
  update_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [{names: ["swapoff"], action: "SCMP_ACT_ERRNO"}]}'
  logged create --bundle "$BUNDLE" "$ID"
  says "$LOG" "seccomp: compiling the filter"
  runtime delete --force "$ID"
  rm "$LOG"
  logged create --bundle "$BUNDLE" "$ID"
  says "$LOG" "seccomp: the cache has the filter: "
  lacks "$LOG" "seccomp: compiling the filter"
}

@test "debug: exec and kill log each step with its time" {
  start sleep 1000
  logged exec "$ID" true
  has_steps "^load the record of container $ID" "^clone the process into the container's cgroup$" \
    "^process: join the namespaces of process" "^process: enter the working directory /$" "^process: look for the program true$"
  says "$LOG" "process: what follows: execute " || says "$LOG" "what follows: execute "
  logged kill "$ID" KILL
  says "$LOG" "sending signal 9"
}

@test "debug: pause and resume log the freezer's steps" {
  start sleep 1000
  logged pause "$ID"
  has_steps "^freeze the cgroup "
  logged resume "$ID"
  has_steps "^cgroup: write (0|THAWED) to "
}

@test "debug: in the text format the time is at the end of the message" {
  FORMAT=text logged create --bundle "$BUNDLE" "$ID"
  grep -qE '^time="[^"]+" level=debug msg="init: mount [0-9]+: proc on /proc; [0-9]+ us"$' "$LOG"
  run ! grep -vE '^time="20[0-9TZ:-]+" level=(debug|info|warning) msg=".+"$' "$LOG"
}

@test "debug: without it, nothing is logged" {
  runtime --log "$LOG" --log-format json create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 </dev/null 3>&-
  [ ! -s "$LOG" ]
  [ ! -s "$OUT" ]
}

@test "debug: the last error of the log is that of the command" {
  update_config '.process.args = ["/nonesuch"]'
  run ! logged create --bundle "$BUNDLE" "$ID"
  jq -es 'map(select(.level == "error")) | length == 1 and (.[-1].msg | contains("/nonesuch"))' "$LOG"
}

@test "debug: values of environment variables and passwords of mounts are not logged" {
  update_config '.process.env += ["PASSWORD=hunter2"] | .hooks.createRuntime = [{path: "/bin/true", env: ["TOKEN=hunter3"]}]'
  logged create --bundle "$BUNDLE" "$ID"
  CALLERS=hunter4 logged exec --env WORD=hunter5 "$ID" true || true
  [ "$(grep -c hunter "$LOG")" -eq 0 ]
  runtime delete --force "$ID"
  add_mount /share tmpfs tmpfs password=hunter6
  run ! logged create --bundle "$BUNDLE" "$ID"
  has_steps "^init: mount [0-9]+: tmpfs on /share, password=...$"
  jq -r 'select(.level == "debug") | .msg' "$LOG" >"$OUT"
  lacks "$OUT" hunter6
}

@test "debug: no process of the container has the log open" {
  logged create --bundle "$BUNDLE" "$ID"
  local pid
  pid=$(init_pid)
  log_is_closed_in "$pid"
  logged start "$ID"
  logged exec --detach "$ID" sleep 1000
  wait_for eval '[ "$(runtime ps --format json "$ID" | jq length)" -eq 2 ]'
  for pid in $(runtime ps --format json "$ID" | jq '.[]'); do
    log_is_closed_in "$pid"
  done
}

# bats test_tags=v2
@test "debug: with systemd, each call over D-Bus is logged" {
  [ -d /run/systemd/system ] || skip "systemd does not run here"
  update_config --arg id "$ID" '.linux.cgroupsPath = "system.slice:tare:" + $id'
  logged --systemd-cgroup create --bundle "$BUNDLE" "$ID"
  has_steps "^D-Bus: connect to " "^D-Bus: org.freedesktop.systemd1.Manager.StartTransientUnit$" "^systemd: wait for the job"
  logged --systemd-cgroup delete --force "$ID"
  has_steps "^D-Bus: org.freedesktop.systemd1.Manager.StopUnit$"
}
