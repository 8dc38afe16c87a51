#!/usr/bin/env bats
# Flags that change config.json for one container: what Podman calls --env, --mount, --user ...
load ../integration/helper

setup() {
  prepare
  only_tare "no other runtime has these flags"
  sum=$(sha256sum "$BUNDLE/config.json")
}

teardown() {
  [ -z "${sum-}" ] || [ "$sum" = "$(sha256sum "$BUNDLE/config.json")" ] # the file in the bundle is never changed
  check_residue
}

run_with() { # FLAG... -- WORD...
  run runtime run --bundle "$BUNDLE" "$ID" "$@"
  [ "$status" = 0 ] || { echo "exit status $status: $output" && return 1; }
}

refused() { # TEXT FLAG...
  local text=$1
  shift
  for command in run create "run --dry-run"; do
    # shellcheck disable=SC2086 # words
    run ! runtime $command --bundle "$BUNDLE" "$ID" "$@"
    output=${output//\\\"/\"} # the log escapes them
    expect "$text"
  done
  [ -z "$(ls "$ROOT")" ]
}

@test "shell: a program after -- takes the place of process.args" {
  run_with -- probe args -x "a b" -- ""
  expect_line "arg -x" "arg a b" "arg --" "arg "
  run -0 runtime run --bundle "$BUNDLE" --name "$ID" -- echo named
  expect_line named
  run -1 runtime run --bundle "$BUNDLE" "$ID" echo
  expect "requires exactly 1 argument(s)"
  run -1 runtime run --bundle "$BUNDLE" --name "$ID" other
  expect "\"other\" and --name \"$ID\" are both given"
}

@test "shell: environment variables come from flags, files and the caller" {
  printf '# comment\nA=file\nB=file\nFROM_*\n' >"$BUNDLE/variables"
  FROM_CALLER=caller FROM_FILE=caller run_with --env-file "$BUNDLE/variables" --env A=flag -e FROM_CALLER -e NONE \
    --env PATH=/bin:/elsewhere -- probe env
  expect_line "env A=flag" "env B=file" "env FROM_CALLER=caller" "env FROM_FILE=caller" "env PATH=/bin:/elsewhere"
  refute NONE A=file
  refused "--env-file: open(/none): no such file or directory" --env-file /none
}

@test "shell: a user is looked up in the root filesystem, with groups" {
  echo 'web:x:100:101::/:/bin/sh' >>"$ROOTFS/etc/passwd"
  printf 'www:x:101:\nextra:x:300:other,web\nmore:x:301:\n' >"$ROOTFS/etc/group"
  run_with --user web -- id
  expect "uid=100(web) gid=101(www) groups=101(www),300(extra)"
  run_with --user web:more --group-add 77 -- id
  expect "uid=100(web) gid=301(more) groups=77,301(more)"
  run_with --user 5:6 -- id
  expect "uid=5 gid=6 groups=6"
  refused "--user: unable to find user nobody: no matching entries in passwd file" --user nobody
}

@test "shell: a link in the image does not make --user read the host's files" {
  echo 'secret:x:7:7::/:' >"$BUNDLE/passwd"
  ln -sf ../../passwd "$ROOTFS/etc/passwd"
  refused "--user: unable to find user secret" --user secret
  ln -sf "$BUNDLE/passwd" "$ROOTFS/etc/passwd"
  refused "--user: unable to find user secret" --user secret
}

@test "shell: working directory, host name, read-only root" {
  run_with --workdir /made/here --hostname web -- sh -c 'echo $PWD; cat /proc/sys/kernel/hostname'
  expect_line /made/here web
  run_with --read-only -- sh -c 'touch /x || touch /tmp/y /run/z && echo wrote'
  expect "Read-only file system"
  expect_line wrote
  run_with --read-only --read-only-tmpfs=false -- sh -c 'touch /tmp/x || echo refused'
  expect_line refused
}

@test "shell: mounts" {
  mkdir -p "$BUNDLE/data/below" "$ROOTFS/data"
  echo data >"$BUNDLE/data/file"
  mkdir "$ROOTFS/scratch"
  touch "$ROOTFS/scratch/from-the-image"
  cd "$BUNDLE"
  run_with --mount type=bind,src=data,dst=/data,ro,noexec --mount type=tmpfs,dst=/scratch,tmpfs-size=64k,tmpfs-mode=700 \
    -v ./data:/other -- sh -c 'cat /data/file /other/file; ls /scratch; probe mounts'
  expect_line data from-the-image
  mount_has /data ro noexec
  mount_has /scratch rw nosuid nodev size=64k mode=700
  mount_has /other rw
  refused "--mount: type=bind,src=/none,dst=/x: stat(/none): no such file or directory" --mount type=bind,src=/none,dst=/x
  refused "--volume: data:/x: \"data\" is the name of a volume" -v data:/x
  refused "\"Z\" is not supported" --mount type=bind,src=/tmp,dst=/x,Z
}

@test "shell: a mount takes the place of the config's, and hides none of them" {
  run_with --mount type=tmpfs,dst=/dev,notmpcopyup,dev --mount type=tmpfs,dst=/dev/shm,tmpfs-size=64k -- probe mounts
  mount_has /dev/pts gid
  mount_has /dev/shm size=64k
  [ "$(grep -cE '^[^ ]+ [^ ]+ [^ ]+ [^ ]+ /dev ' <<<"$output")" = 1 ]
}

@test "shell: capabilities" {
  run_with --cap-drop all --cap-add net_admin -- probe caps
  expect_line "bounding 0000000000001000" "effective 0000000000001000" "ambient 0000000000000000"
  run_with --user 100 --cap-add NET_ADMIN --cap-drop ALL -- probe caps
  expect_line "bounding 0000000000001000" "effective 0000000000001000" "ambient 0000000000001000"
  refused "--cap-add: unknown capability \"CAP_NOPE\"" --cap-add nope
}

# bats test_tags=v2
@test "shell: limits are written to the cgroup" {
  refused "--memory-swap: it limits memory and swap together, so it needs --memory" --memory-swap 1g
  refused "--cpus: " --cpus many
  local flags=(--memory 64m --memory-swap 80m --cpus 0.5 --cpu-shares 512 --pids-limit 50)
  runtime run --detach --bundle "$BUNDLE" "${flags[@]}" "$ID" -- sleep 100 >/dev/null 2>&1 3>&-
  if on_v2; then
    [ "$(cat "/sys/fs/cgroup/$ID"/{memory.max,memory.swap.max,cpu.max,pids.max} | xargs)" = "67108864 16777216 50000 100000 50" ]
  else
    [ "$(limit memory.limit_in_bytes memory.memsw.limit_in_bytes cpu.cfs_quota_us cpu.shares pids.max)" = "67108864 83886080 50000 512 50" ]
  fi
}

limit() { # FILE...
  local file
  for file; do cat /sys/fs/cgroup/*/"$ID/$file" | head -1; done | xargs
}

@test "shell: a terminal is given and taken away" {
  update_config '.process.terminal = true'
  sum=$(sha256sum "$BUNDLE/config.json")
  run_with --tty=false -- sh -c 'test -t 0 || echo none'
  expect_line none
  run -0 runtime run --dry-run --format json --bundle "$BUNDLE" --tty "$ID"
  [ "$(jq .process.terminal <<<"$output")" = true ]
}

@test "shell: exec and checkpoints see the changed config, and state the annotations" {
  runtime run --detach --bundle "$BUNDLE" --env A=flag --annotation org.example/x=y=z "$ID" -- sleep 100 >"$OUT" 2>&1 3>&-
  run -0 runtime exec "$ID" probe env
  expect_line "env A=flag"
  [ "$(runtime state "$ID" | jq -r '.annotations["org.example/x"]')" = y=z ]
}

@test "shell: plan shows what the flags change" {
  run -0 runtime plan --format json --hostname web --read-only --mount type=tmpfs,dst=/x "$BUNDLE" -- other program
  [ "$(jq -r '.hostname, .process.args[]' <<<"$output" | xargs)" = "web other program" ]
  [ "$(jq -r '[.mounts[] | select(.destination == "/x" or .destination == "/run") | .kind] | join(" ")' <<<"$output")" = "tmpfs tmpfs" ]
}

@test "shell: a fault of the config is still reported with its place" {
  update_config '.process.env = "text"'
  sum=$(sha256sum "$BUNDLE/config.json")
  refused "config.json: /process/env: must be an array" --env A=1
  echo '{"ociVersion": oops' >"$BUNDLE/config.json"
  sum=$(sha256sum "$BUNDLE/config.json")
  refused "config.json: line 1, column 16" --env A=1
}

@test "shell: --rm deletes a supervised container when it has ended" {
  runtime run --supervise --rm --bundle "$BUNDLE" "$ID" -- sh -c 'echo out; sleep 1; exit 3' >"$OUT" 2>&1 3>&-
  run -3 runtime wait "$ID"
  expect_line 3
  wait_for gone_from_state
  run -1 runtime state "$ID"
}

gone_from_state() { ! runtime state "$ID" >/dev/null 2>&1 && [ -z "$(ls -A "$ROOT/.supervise")" ]; }

@test "shell: --rm without something that could delete the container is an error" {
  run ! runtime run --detach --rm --bundle "$BUNDLE" "$ID" -- true
  expect "--rm requires --supervise"
  run ! runtime create --rm --bundle "$BUNDLE" "$ID" -- true
  expect "--rm requires --supervise"
  run ! runtime run --rm --keep --bundle "$BUNDLE" "$ID" -- true
  expect "--rm and --keep contradict each other"
  run ! runtime run --supervise --rm --restart always --bundle "$BUNDLE" "$ID" -- true
  expect "--rm and --restart contradict each other"
  run -0 runtime run --rm --bundle "$BUNDLE" "$ID" -- true
  [ -z "$(ls "$ROOT")" ]
}

@test "shell: a supervised container is restarted with the changed config" {
  runtime run --supervise --restart on-failure:1 --bundle "$BUNDLE" --env A=flag "$ID" -- sh -c 'echo run $A; exit 1' \
    >"$OUT" 2>&1 3>&-
  run runtime wait "$ID"
  [ "$(runtime logs "$ID" | grep -cx 'run flag')" = 2 ]
}
