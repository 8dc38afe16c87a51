# A hundred containers started at once: how long it takes until all run.
# shellcheck shell=bash
# shellcheck disable=SC2154 # run sets ID, names, rounds, state, work

many_list() { # for measure.cc
  local name run at_once each="xargs -a $work/ids -I{}"
  for at_once in 2 10 100; do
    for name in "${names[@]}"; do
      run=$(runtime "$name")
      echo "$name start_100/$at_once"_at_once "$each -P $at_once $run run --detach --bundle $work/sleep-plain {}"
      echo "$name list/100_running $run list"
      echo "$name delete_100/$at_once"_at_once "$each -P $at_once $run delete --force {}"
    done
  done
}

seq -f "$ID-%.0f" 100 >"$work/ids"
many_list | measured "$((rounds / 20))" | times
