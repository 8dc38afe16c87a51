#!/usr/bin/env bats
# `tare completion`: each shell loads its script, and is asked what it offers for a command line.
load ../integration/helper

setup() {
  only_tare "they are its scripts"
  prepare
  cd "$BATS_TEST_TMPDIR" || return
  mkdir bin home home/else
  touch home/file
  ln -s "$RUNTIME" bin/tare
  PATH=$PWD/bin:$PATH HOME=$PWD/home
  for shell in bash zsh fish; do tare completion $shell >"tare.$shell"; done
}

# What each shell offers for the last word of LINE, one word per line.
bash_offers() { # LINE
  # shellcheck disable=SC2016 # the other bash expands it
  bash --norc -c '
    source ./tare.bash
    COMP_WORDS=(${2//=/ = }) COMP_CWORD=${#COMP_WORDS[@]} # as Readline splits it
    case $2 in *[\ ]) COMP_WORDS+=("") ;; *) ((COMP_CWORD--)) ;; esac
    "$(complete -p tare | sed "s/.*-F \([^ ]*\) .*/\1/")" tare
    printf "%s\n" "${COMPREPLY[@]}"' bash - "$1"
}
zsh_offers() { timeout 30 zsh -f "$TREE/tests/tare/offers.zsh" ./tare.zsh "$1" "$BATS_FILE_TMPDIR/zcompdump"; }
fish_offers() { fish --no-config -c 'source tare.fish; complete -C $argv[1]' -- "$1" | cut -f 1; }

# In every shell LINE is offered each WORD, or nothing if there are none; the shell prints no error.
offers() { # LINE WORD...
  local shell word line=$1
  shift
  for shell in bash zsh fish; do
    command -v $shell >/dev/null || { echo "no $shell" && return 1; }
    run --separate-stderr ${shell}_offers "$line"
    # shellcheck disable=SC2154 # set by run
    [ -z "$stderr" ] || { echo "$shell said: $stderr" && return 1; }
    [ $# -gt 0 ] || [ -z "$output" ] || { echo "$shell offers: $output" && return 1; }
    for word; do
      # fish offers "--flag=WORD" and "DIRECTORY/", zsh the last part of a path.
      grep -qxF -e "$word" -e "${line##* }$word" -e "$word/" -e "${word##*/}" <<<"$output" || {
        printf '%s offers for "%s" no "%s", but:\n%s\n' "$shell" "$line" "$word" "$output" && return 1
      }
    done
  done
}

@test "completion: offers the commands" {
  offers "tare " run exec completion help
  offers "tare --debug r" run resume restore
}

@test "completion: offers the flags of the command, and global flags before it" {
  offers "tare run --" --bundle --detach --help
  offers "tare --" --root --systemd-cgroup
  run bash_offers "tare run --root"
  [ -z "$output" ]
}

@test "completion: offers the values of a flag, also after an equals sign" {
  offers "tare run --restart " no on-failure always
  offers "tare --log-format=" text json
}

@test "completion: offers directories or files for flags that take them" {
  offers "tare run --bundle home/" "home/else"
  offers "tare --log home/" "home/file" "home/else"
  for shell in bash zsh fish; do
    run ${shell}_offers "tare run --bundle home/"
    [[ $output != *file* ]] || { echo "$shell offers: $output" && return 1; }
  done
}

@test "completion: offers the containers below the --root of the line, and signals" {
  start sleep 1000
  offers "tare --root $ROOT state " "$ID"
  offers "tare --root=$ROOT exec --tty " "$ID"
  offers "tare --root $ROOT kill $ID " TERM KILL
  offers "tare --root $ROOT mounts " add remove
  offers "tare --root $ROOT mounts add " "$ID"
  offers "tare --root $ROOT mounts add $ID home/" home/file home/else
  ln -s "$ROOT" home/state
  offers "tare --root ~/state state " "$ID"
  runtime delete --force "$ID"
}

@test "completion: offers CDI devices, and paths of devices" {
  mkdir cdi
  echo '{"cdiVersion": "0.5.0", "kind": "vendor.com/class", "devices": [{"name": "a:0"}, {"name": "b"}]}' >cdi/x.json
  offers "tare run --cdi-spec-dir cdi --device " "vendor.com/class=a:0" vendor.com/class=b
  offers "tare run --cdi-spec-dir ~/../cdi --device=" "vendor.com/class=a:0" vendor.com/class=b
  offers "tare create --device /dev/nul" /dev/null
  # Readline replaces only what comes after the last = or :
  [ "$(bash_offers "tare run --cdi-spec-dir cdi --device vendor.com/class=")" = $'a:0\nb' ]
  for shell in zsh fish; do
    run ${shell}_offers "tare run --cdi-spec-dir cdi --device=vendor.com/class="
    expect class=a:0 class=b
  done
}

@test "completion: offers networks" {
  mkdir net.d
  echo '{"cniVersion": "1.0.0", "name": "web", "type": "bridge"}' >net.d/10-web.conf
  export NETCONFPATH=$PWD/net.d TARE_NETWORK_DIR=$PWD/records
  offers "tare run --network " web host none
  offers "tare create --network=" web pasta
  offers "tare network check " web
}

@test "completion: prints no error and offers nothing where nothing is known" {
  offers "tare --root /nonexistent state "
  offers "tare nonsense "
  offers "tare --root $ROOT/nothing --nonsense delete "
}

@test "completion: the script for bash passes shellcheck" {
  shellcheck --shell=bash tare.bash
}

@test "completion: an unknown shell is an error" {
  run ! tare completion tcsh
  expect 'unknown shell' 'bash, zsh or fish'
}
