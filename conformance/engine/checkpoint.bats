# checkpoint and restore: how engines ask whether there are any, and the flags that they pass. None of these needs CRIU.
load engine

# COMMAND knows the flags: of a container that is not there it says something else.
knows() { # COMMAND FLAG...
  fails runtime "$@" "$ID"
  ! grep -qiE "not defined|unknown (flag|option)|unrecognized|Incorrect Usage" "$HERE/fails" || { cat "$HERE/fails" && return 1; }
}

@test "EN-1001: checkpoint --help exits 0" {
  ends_with 0 runtime checkpoint --help
  [[ $output == *image-path* ]]
}

@test "EN-1002: restore --help exits 0" {
  ends_with 0 runtime restore --help
  [[ $output == *image-path* ]]
}

@test "EN-1003: restore --lsm-mount-context without a value: flag needs an argument" {
  fails runtime restore --lsm-mount-context
  grep -qE "flag needs an argument|requires an argument" "$HERE/fails"
}

@test "EN-1004: checkpoint: containerd's flags" {
  knows checkpoint --image-path "$HERE/image" --work-path "$HERE/work" --parent-path ../parent --tcp-established --ext-unix-sk \
    --shell-job --file-locks --empty-ns network --leave-running
}

@test "EN-1005: checkpoint: Podman's and CRI-O's flags" {
  knows checkpoint --image-path "$HERE/image" --work-path "$HERE/work" --leave-running --tcp-established --file-locks --pre-dump \
    --parent-path ../parent
}

@test "EN-1006: checkpoint: the flags of migrations" {
  knows checkpoint --lazy-pages --status-fd 5 --page-server 127.0.0.1:1 --manage-cgroups-mode soft --auto-dedup
}

@test "EN-1007: restore: containerd's flags, one of them with one dash" {
  mkdir "$HERE/image"
  knows restore --image-path "$HERE/image" --work-path "$HERE/work" --detach --pid-file "$HERE/pid" --no-pivot -no-subreaper \
    --bundle "$BUNDLE"
}

@test "EN-1008: restore: conmon's flags" {
  mkdir "$HERE/image"
  knows restore --bundle "$BUNDLE" --pid-file "$HERE/pid" --no-pivot --detach --image-path "$HERE/image" --work-path "$HERE/work" \
    --tcp-established --file-locks
}

@test "EN-1009: restore: the other flags" {
  mkdir "$HERE/image"
  knows restore --image-path "$HERE/image" --bundle "$BUNDLE" --ext-unix-sk --shell-job --manage-cgroups-mode soft --empty-ns network \
    --auto-dedup --lazy-pages --detach
}

@test "EN-1010: restore --lsm-profile and --lsm-mount-context are taken" {
  mkdir "$HERE/image"
  knows restore --image-path "$HERE/image" --bundle "$BUNDLE" --detach --lsm-profile apparmor:none --lsm-mount-context none
}

@test "EN-1011: checkpoint of an unknown container, and restore without an image, are errors" {
  fails runtime checkpoint --image-path "$HERE/image" "$ID"
  fails runtime restore --image-path "$HERE/none" --bundle "$BUNDLE" --detach "$ID"
  nothing_left
}
