# The words by which engines tell one failure from another. Docker makes exit codes of them (126, 127, 128), containerd and
# CRI-O "not found", and Podman its own errors. They look into the last line of the log, or at standard error.
load engine

# `create` and a start, whichever of them finds it, fail with one of the TEXTs. Docker reads them in small letters.
fails_with() { # TEXT...
  local text error
  if logged create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 <"$NULL"; then fails logged start "$ID"; fi
  error=$(last_error)
  for text; do [[ ${error,,} != *"$text"* ]] || return 0; done
  echo "none of: $* in: $error"
  return 1
}

@test "EN-801: a program that PATH does not find: executable file not found in \$PATH" {
  args none
  refuses_create 'exec: "none": executable file not found in $PATH'
}

@test "EN-802: a missing program with an absolute path: no such file or directory" {
  args /none
  refuses_create "/none" "no such file or directory"
}

@test "EN-803: a program in a missing directory: no such file or directory" {
  args /none/none
  refuses_create "no such file or directory"
}

@test "EN-804: a program that is not executable: permission denied" {
  install -m 644 "$ROOTFS/bin/probe" "$ROOTFS/data/probe"
  args /data/probe see
  refuses_create "permission denied"
}

@test "EN-805: a program that the user has no access to: permission denied" {
  chmod 700 "$ROOTFS/bin"
  config '.process.user = {uid: 1000, gid: 1000}'
  args /bin/probe see
  fails_with "permission denied"
}

@test "EN-806: a program that is a directory: permission denied, or is a directory" {
  args /tmp
  fails_with "permission denied" "is a directory"
}

@test "EN-807: a directory mounted over a file: not a directory" {
  mkdir "$HERE/directory"
  mount_entry /etc/passwd bind "$HERE/directory" bind
  refuses_create "not a directory"
}

@test "EN-808: a file mounted over a directory: not a directory" {
  echo words >"$HERE/file"
  mount_entry /tmp bind "$HERE/file" bind
  refuses_create "not a directory"
}

@test "EN-809: a missing bind source: no such file or directory" {
  mount_entry /mnt bind "$HERE/none" bind
  refuses_create "$HERE/none" "no such file or directory"
}

@test "EN-810: a script whose interpreter is missing: no such file or directory" {
  printf '#!/none/sh\n' >"$ROOTFS/bin/script"
  chmod 755 "$ROOTFS/bin/script"
  args /bin/script
  # Its error comes from the kernel, when the program begins: on standard error of the container, or from start.
  if logged create --bundle "$BUNDLE" "$ID" >"$OUT" 2>&1 <"$NULL"; then logged start "$ID" >>"$OUT" 2>&1 || true; fi
  wait_for holds "$OUT" "no such file or directory" >/dev/null || holds "$OUT" "no such file or directory"
}

@test "EN-811: exec of a program that PATH does not find: executable file not found in \$PATH" {
  running
  refuses exec "$ID" none -- 'executable file not found in $PATH'
}

@test "EN-812: exec of a missing program: no such file or directory" {
  running
  refuses exec "$ID" /none -- "no such file or directory"
}

@test "EN-813: exec of a program that is not executable: permission denied" {
  running
  refuses exec "$ID" /etc/passwd -- "permission denied"
}

@test "EN-814: exec in a missing directory: no such file or directory, or it is created" {
  running
  # runc makes the directory for init, not for exec.
  runtime exec --cwd /none "$ID" /bin/true || refuses exec --cwd /none "$ID" /bin/true -- "no such file or directory"
}

@test "EN-815: exec in an unknown container: does not exist" {
  refuses exec "$ID" /bin/true -- "does not exist"
}

@test "EN-816: an ID in use: already exists" {
  running
  refuses create --bundle "$BUNDLE" "$ID" -- "already exists"
  is running
}

@test "EN-817: a bundle without config.json: the error names the file" {
  rm "$BUNDLE/config.json"
  refuses_create config.json
}

@test "EN-818: a config.json that is not JSON is an error" {
  echo '{' >"$BUNDLE/config.json"
  refuses_create ""
}

@test "EN-819: a missing root: no such file or directory" {
  config '.root.path = "none"'
  refuses_create "no such file or directory"
}

@test "EN-820: an invalid ID: invalid" {
  local id
  for id in ../up a/b 'a b' ''; do
    fails logged create --bundle "$BUNDLE" "$id"
    [[ $(last_error) == *invalid* || $(last_error) == *empty* ]]
  done
}

@test "EN-821: a failing create exits with 1" {
  args /none
  ends_with 1 runtime create --bundle "$BUNDLE" "$ID"
}

@test "EN-822: the log and standard error have the same error text" {
  args /none
  fails logged create --bundle "$BUNDLE" "$ID"
  grep -qF "no such file or directory" "$HERE/fails"
  last_error | grep -qF "no such file or directory"
}

@test "EN-823: a failing hook: the error states that it was a hook" {
  hook createRuntime 'echo because-of-this >&2; exit 3'
  refuses_create hook "exit status 3" because-of-this
}

@test "EN-824: a sysctl outside of the container's namespaces is an error that names it" {
  config '.linux.sysctl = {"kernel.hostname.none": "1"}'
  refuses_create kernel.hostname.none
}

@test "EN-825: a missing namespace path is an error that names it" {
  config --arg path "$HERE/none" '(.linux.namespaces[] | select(.type == "network")).path = $path'
  refuses_create "$HERE/none"
}
