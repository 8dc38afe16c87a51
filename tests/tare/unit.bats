#!/usr/bin/env bats
# `unit` prints a systemd service, and systemd runs it.
# shellcheck disable=SC2016 # the variables are the container's
load ../integration/helper

setup() {
  only_tare "no other runtime has this command"
  prepare
}

teardown() {
  if [ -d /run/systemd/system ] && [ -n "${ID-}" ]; then
    systemctl stop "$ID" 2>/dev/null || true
    systemctl reset-failed "$ID" 2>/dev/null || true
    # `systemctl disable` takes seconds in the virtual machine, because it starts programs for System V scripts.
    rm -f /etc/systemd/system{,/multi-user.target.wants}/"$ID.service"
    systemctl daemon-reload
  fi
  check_residue
}

shown() { systemctl show --value --property "$1" "$ID"; }              # PROPERTY
is_shown() { [ "$(shown "$1")" = "$2" ]; }                             # PROPERTY VALUE
journal_has() { journalctl --quiet --output cat --unit "$ID" | grep -qxF -e "$1"; } # LINE

# Creates a container with these flags, prints its service, deletes it, and installs the service.
install_unit() { # FLAG... -- WORD...
  [ -d /run/systemd/system ] || skip "systemd does not run here"
  make "$@"
  runtime unit "${UNIT[@]}" "$ID" >"$OUT.service"
  runtime delete --force "$ID"
  cp "$OUT.service" "/etc/systemd/system/$ID.service"
  systemctl daemon-reload
}

make() { # FLAG... -- WORD...
  runtime create --bundle "$BUNDLE" --name "$ID" "$@" >"$OUT" 2>&1 </dev/null 3>&- || { cat "$OUT" && return 1; }
}

UNIT=()
WAITS='trap "echo stopped; exit 0" TERM INT; echo "up $A"; while :; do sleep 0.1; done'

@test "unit: of a container, with the flags that it was created with" {
  cd "$BUNDLE"
  FROM_CALLER=caller runtime create --env 'A=1 2%' --env FROM_CALLER --mount type=bind,src=rootfs,dst=/x --memory 64m "$ID" \
    -- sh -c 'echo "$A"' >/dev/null 2>&1 </dev/null 3>&-
  run -0 runtime unit --stop-timeout 3 "$ID"
  expect_line "WorkingDirectory=$BUNDLE" TimeoutStopSec=3 Restart=no KillSignal=SIGTERM Type=notify Delegate=yes
  expect " --bundle=$BUNDLE " '"--env=A=1 2%%"' --env=FROM_CALLER=caller --mount=type=bind,src=rootfs,dst=/x --memory=64m \
    " $ID -- sh -c \"echo \\\"\$\$A\\\"\""
}

@test "unit: networks and devices are in it as they were given" {
  update_config '.linux.namespaces |= map(select(.type != "network"))'
  make --network host --device /dev/zero:/dev/nil:r --cap-drop CHOWN --read-only -- true
  run -0 runtime unit "$ID"
  expect " --network=host " --device=/dev/zero:/dev/nil:r --cap-drop=CHOWN --read-only=true " $ID -- true"
}

@test "unit: of a bundle, and of a supervised container with its policy" {
  update_config '.annotations["org.opencontainers.image.stopSignal"] = "SIGINT" | .process.terminal = true'
  run -0 runtime unit --bundle "$BUNDLE" --user "$ID"
  expect_line KillSignal=SIGINT SuccessExitStatus=130 WantedBy=default.target
  expect " --tty=false $ID"
  update_config '.process.terminal = false'
  runtime create --supervise --restart on-failure:3 --bundle "$BUNDLE" "$ID"
  run -0 runtime unit "$ID"
  expect_line Restart=on-failure StartLimitBurst=4
  run -0 runtime unit --restart always "$ID"
  expect_line Restart=always
}

@test "unit: bad input is an error" {
  run -1 runtime unit "$ID"
  expect "container does not exist"
  run -1 runtime unit --bundle "$BUNDLE/none" "$ID"
  expect "no such file or directory"
  run -1 runtime unit --bundle "$BUNDLE" --restart often "$ID"
  expect often
  run -1 runtime unit --bundle "$BUNDLE" --stop-timeout 0 "$ID"
  expect "must be at least 1"
  run -1 runtime unit --bundle "$BUNDLE" --sdnotify ignore "$ID"
  expect "use container or conmon"
  run -1 runtime unit --bundle "$BUNDLE" a/b
  expect "invalid"
}

# bats test_tags=v2
@test "unit: systemd starts, restarts and stops the container, in the service's cgroup" {
  install_unit --env A=1 --memory 64m -- sh -c "$WAITS"
  systemd-analyze verify --man=no "$OUT.service"
  systemctl start "$ID"
  is_shown ActiveState active
  wait_for journal_has "up 1"
  [ "$(sed 's/^0:://' "/proc/$(init_pid)/cgroup")" = "/system.slice/$ID.service/$ID" ]
  [ "$(cat "/sys/fs/cgroup/system.slice/$ID.service/$ID/memory.max")" = 67108864 ]
  local first
  first=$(init_pid)
  systemctl daemon-reexec
  systemctl restart "$ID"
  wait_for journal_has stopped
  is_shown ActiveState active
  [ "$(init_pid)" != "$first" ]
  systemctl stop "$ID"
  is_shown Result success
  is_shown ActiveState inactive
  [ -z "$(ls "$ROOT")" ]
}

# bats test_tags=v2
@test "unit: after a crash of the program, and of tare itself, systemd starts the container again" {
  UNIT=(--restart always)
  install_unit -- sh -c "$WAITS"
  systemctl start "$ID"
  local before
  before=$(init_pid)
  kill -KILL "$before"
  wait_for restarted "$before"
  before=$(init_pid)
  kill -KILL "$(shown MainPID)"
  wait_for restarted "$before"
  is_shown NRestarts 2
}

restarted() { # OLD-PID
  local pid
  pid=$(init_pid 2>/dev/null) && [ -n "$pid" ] && [ "$pid" != "$1" ] && [ "$pid" != 0 ] && status_is running && is_shown ActiveState active
}

# bats test_tags=v2
@test "unit: an enabled service starts at boot, though the machine went down while it ran" {
  install_unit -- sh -c "$WAITS"
  # What a reboot leaves if the state directory is on disk: the record of a container that has ended.
  make -- true
  kill -KILL "$(init_pid)"
  wait_for status_is stopped
  ln -s "/etc/systemd/system/$ID.service" /etc/systemd/system/multi-user.target.wants/ # as `systemctl enable`
  systemctl daemon-reload
  systemctl start multi-user.target
  wait_for is_shown ActiveState active
  status_is running
}

# bats test_tags=v2
@test "unit: a program that ignores the stop signal is killed after the timeout" {
  UNIT=(--stop-timeout 1)
  install_unit -- sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'
  systemctl start "$ID"
  systemctl stop "$ID"
  is_shown Result timeout
  [ -z "$(ls "$ROOT")" ]
}

# bats test_tags=v2
@test "unit: quotes, signs and line feeds reach the program, and on-failure:N restarts it N times" {
  UNIT=(--restart on-failure:1)
  install_unit --env 'A=50% of $HOME' -- sh -c $'echo "[$A]"\necho \'it is; "so" \\ ${A}\'\nexit 3'
  run ! systemctl start --wait "$ID"
  wait_for is_shown ActiveState failed
  [ "$(journalctl --quiet --output cat --unit "$ID" | grep -cxF '[50% of $HOME]')" = 2 ]
  journal_has 'it is; "so" \ ${A}'
}

# bats test_tags=v2
@test "unit: a running container of the same name is left alone" {
  install_unit -- sh -c "$WAITS"
  start sleep 100
  local before
  before=$(init_pid)
  run ! systemctl start "$ID"
  is_shown ActiveState failed
  [ "$(init_pid)" = "$before" ]
  status_is running
}

# bats test_tags=v2
@test "unit: with --sdnotify=container, the service is active when the program says so" {
  UNIT=(--sdnotify container)
  install_unit -- sh -c 'until [ -e /go ]; do sleep 0.05; done; probe notify READY=1; exec sleep 100'
  systemctl start --no-block "$ID"
  wait_for status_is running
  is_shown ActiveState activating
  touch "$ROOTFS/go"
  wait_for is_shown ActiveState active
}
