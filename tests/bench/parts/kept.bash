# Commands while many stopped containers are kept. One container of each runtime is real; the others are copies of its
# files with another ID, because creating thousands would take most of an hour.
# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets ID, large, names, rounds, state, work

keep_one() { # keep_one NAME ROOT
  # shellcheck disable=SC2046 # a command and its flags
  $(runtime "$1" "$2") run --detach --bundle "$work/true-plain" "$ID-$1-0" </dev/null >/dev/null 2>"$work/error" || die "$1: $(cat "$work/error")"
  # shellcheck disable=SC2046 # a command and its flags
  until [ "$($(runtime "$1" "$2") state "$ID-$1-0" | jq -r .status)" = stopped ]; do sleep 0.01; done
}

copy_kept() { # copy_kept NAME FIRST LAST: containers -FIRST to -LAST
  local root=$state/kept-$1 id=$ID-$1 file text number files=()
  for file in "$root/$id-0"/*; do if [ -f "$file" ]; then files+=("$file"); fi; done
  seq -f "$root/$id-%.0f" "$2" "$3" | xargs mkdir -m 711
  for file in "${files[@]}"; do
    text=$(<"$file")
    for ((number = $2; number <= $3; ++number)); do
      printf %s "${text//"$id-0"/$id-$number}" >"$root/$id-$number/${file##*/}"
    done
  done
}

kept_list() { # kept_list NUMBER: for measure.cc
  local name run
  for name in "${names[@]}"; do
    run=$(runtime "$name" "$state/kept-$name")
    echo "$name list/$1_kept $run list"
    echo "$name state/$1_kept $run state $ID-$name-0"
    echo "$name create/$1_kept $run create --bundle $work/true-plain $ID-new"
    echo "$name - $run start $ID-new"
    echo "- - wait"
    echo "$name delete/$1_kept $run delete $ID-new"
  done
}

kept=0
for name in "${names[@]}"; do keep_one "$name" "$state/kept-$name"; done
for number in 10 100 1000 ${large:+10000}; do
  for name in "${names[@]}"; do copy_kept "$name" $((kept + 1)) $((number - 1)); done
  kept=$((number - 1))
  kept_list "$number" | measured "$((number > 1000 ? 3 : number > 100 ? 10 : rounds / 4))"
done | times | jq -sc 'sort_by(.case)[]'
for name in "${names[@]}"; do # the copies have nothing but files
  find "$state/kept-$name" -mindepth 1 -maxdepth 1 -name "$ID-*" ! -name "$ID-$name-0" -exec rm -rf {} +
done
