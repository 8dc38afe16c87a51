# The commands into which faults are injected: for each COMMAND its preparation (prepare), the arguments that follow
# the runtime's name (words), and the check that it has done its work (done). $CODE, $DIR/out and $DIR/err
# are its exit status and its output.
# shellcheck disable=SC2034 # those who read this use COMMANDS and WORDS

COMMANDS=(create start run run-userns run-detach exec exec-detach kill delete delete-force pause resume update state list ps events)

runtime() { timeout --signal KILL 20 "$RUNTIME" --root "$ROOT" "$@"; }

# A separate bundle, because the container's files contain its ID; program: begun | sleeping.
bundle() { # PROGRAM [VARIANT]
  mkdir -p "$BUNDLE" "$ROOT"
  cp -al "$WORK/rootfs" "$BUNDLE/rootfs"
  sed "s/@ID@/$ID/g" "$WORK/$1${2:-}.json" >"$BUNDLE/config.json"
}

# Waits for what the container does by itself, which happens soon or never.
soon() { # COMMAND...
  local end=$((SECONDS + 10))
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.02
  done
}

status_is() { [ "$(runtime state "$ID" 2>/dev/null | jq -r .status)" = "$1" ]; }
has_begun() { grep -qx begun "$DIR/container"; }
running() { bundle sleeping && runtime run --detach --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/container" 2>&1 && soon has_begun; }
says() { [ "$CODE" = "$1" ] && grep -qx "$2" "$DIR/out"; } # CODE LINE

# The output is the same as without a fault, except that an owner whose name cannot be read is a number.
remember() { runtime "$@" >"$DIR/clean" 2>/dev/null; }
shows_the_same() { [ "$CODE" = 0 ] && cmp -s <(sed -E "s/#0(\"?)\$/root\1/" "$DIR/out") "$DIR/clean"; }

prepare_create() { bundle sleeping; }
words_create() { WORDS=(create --bundle "$BUNDLE" --pid-file "$DIR/pid" "$ID"); }
done_create() {
  [ "$CODE" = 0 ] && status_is created && [ "$(cat "$DIR/pid")" = "$(runtime state "$ID" | jq .pid)" ] &&
    runtime start "$ID" && soon grep -qx begun "$DIR/out"
}

prepare_start() { bundle sleeping && runtime create --bundle "$BUNDLE" "$ID" </dev/null >"$DIR/container" 2>&1; }
words_start() { WORDS=(start "$ID"); }
done_start() { [ "$CODE" = 0 ] && soon has_begun && status_is running; }

prepare_run() { bundle begun; }
words_run() { WORDS=(run --bundle "$BUNDLE" "$ID"); }
done_run() { says 7 begun && ! runtime state "$ID" 2>/dev/null; }

prepare_run-userns() { bundle begun -userns; }
words_run-userns() { words_run; }
done_run-userns() { done_run; }

prepare_run-detach() { bundle sleeping; }
words_run-detach() { WORDS=(run --detach --bundle "$BUNDLE" "$ID"); }
done_run-detach() { [ "$CODE" = 0 ] && soon grep -qx begun "$DIR/out" && status_is running; }

prepare_exec() { running; }
words_exec() { WORDS=(exec --user 1:1 "$ID" sh -c "echo said; exit 7" "$ID"); }
done_exec() { says 7 said; }

prepare_exec-detach() { running; }
words_exec-detach() { WORDS=(exec --detach --pid-file "$DIR/pid" "$ID" sh -c "echo said; sleep 1000; true" "$ID"); }
done_exec-detach() { [ "$CODE" = 0 ] && soon grep -qx said "$DIR/out" && grep -q "$ID" "/proc/$(cat "$DIR/pid")/cmdline"; }

prepare_kill() { running; }
words_kill() { WORDS=(kill "$ID" KILL); }
done_kill() { [ "$CODE" = 0 ] && soon status_is stopped; }

prepare_delete() { running && runtime kill "$ID" KILL && soon status_is stopped; }
words_delete() { WORDS=(delete "$ID"); }
done_delete() { [ "$CODE" = 0 ] && [ -z "$(leftovers)" ]; }

prepare_delete-force() { running; }
words_delete-force() { WORDS=(delete --force "$ID"); }
done_delete-force() { done_delete; }

prepare_pause() { running; }
words_pause() { WORDS=(pause "$ID"); }
done_pause() { [ "$CODE" = 0 ] && status_is paused; }

prepare_resume() { running && runtime pause "$ID"; }
words_resume() { WORDS=(resume "$ID"); }
done_resume() { [ "$CODE" = 0 ] && status_is running; }

prepare_update() { running; }
words_update() { WORDS=(update --memory 64m --pids-limit 77 --cpu-share 512 "$ID"); }
limit_is() { grep -qsx "$1" "/sys/fs/cgroup/"{,*/}"$ID/"{"$2","$3"}; } # VALUE FILE-OF-V1 FILE-OF-V2
done_update() {
  [ "$CODE" = 0 ] && limit_is 67108864 memory.limit_in_bytes memory.max && limit_is 77 pids.max pids.max &&
    limit_is '512\|20' cpu.shares cpu.weight
}

prepare_state() { running && remember state "$ID"; }
words_state() { WORDS=(state "$ID"); }
done_state() { shows_the_same; }

prepare_list() { running && remember list; }
words_list() { WORDS=(list); }
# A container that cannot be read is left out and reported.
done_list() { shows_the_same || { [ "$CODE" = 0 ] && names_the_step; }; }

prepare_ps() { running && remember ps --format json "$ID"; }
words_ps() { WORDS=(ps --format json "$ID"); }
done_ps() { shows_the_same; }

# Only the names are compared: the numbers change while the container runs.
shape() { jq -c '[paths | map(tostring) | join(".")]' "$1"; }
prepare_events() { running && remember events --stats "$ID"; }
words_events() { WORDS=(events --stats "$ID"); }
done_events() { [ "$CODE" = 0 ] && [ "$(shape "$DIR/clean")" = "$(shape "$DIR/out")" ]; }
