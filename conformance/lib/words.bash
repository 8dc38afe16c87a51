# The program of a config.json, replaced by the shell itself: jq takes longer to start than a container does.
# shellcheck shell=bash

# In FILE, MARK ("args":[...], as it is written there) becomes the WORDS. Fails if it is not there, or if a word has characters
# that are left to jq.
replace_words() { # FILE MARK WORD...
  local text words word
  IFS= read -r -d '' text <"$1" || true # there is no NUL to end at
  [[ $text == *"$2"* && ${*:3} != *[[:cntrl:]]* ]] || return
  for word in "${@:3}"; do
    word=${word//\\/\\\\}
    words+=,\"${word//\"/\\\"}\"
  done
  printf '%s' "${text/"$2"/"\"args\":[${words:1}]"}" >"$1"
}
