# Prints what zsh offers for a command line when TAB is pressed at its end, one word per line.
#
#   zsh -f offers.zsh COMPLETION-SCRIPT COMMAND-LINE DUMP
#
# DUMP is a file in which zsh keeps what it has read of its completion functions, for the next time.
zmodload zsh/zpty
zpty shell zsh -f -i

tell() {
  local answer
  zpty -w shell "$1; print '@''done'" # what is typed is echoed, and is not to be taken for the answer
  zpty -r shell answer '*@done*'
}

tell "autoload -Uz compinit && compinit -u -d ${(q)3} && source ${(q)1}"
# Says what is added to the offers, unless it is only compared with what was typed (-O, -A, -D).
tell 'compadd() {
  local -a matches
  if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
    builtin compadd -A matches "$@"
    print -rl -- "" "@offer "$^matches
  fi
  builtin compadd "$@"
}'
tell "say_ended() { print '@''ended' }; zle -N say_ended; LISTMAX=9999; bindkey '^X' say_ended; bindkey '^I' complete-word"
zpty -n -w shell "$2"$'\t\x18'
zpty -r shell answer '*@ended*'
print -r -- "$answer" | tr -d '\r' | sed -n 's/^@offer //p' | sort -u
