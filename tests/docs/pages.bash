# How a page of the documentation is read: its fenced blocks, and the marks before them.
# shellcheck shell=bash disable=SC2034 # the other files use the variables
#
# A mark is an HTML comment before a block, which a reader of the page does not see. A block may have several.
#
#   <!-- first                      commands that run before the block, such as making a container that the text assumes
#   COMMANDS
#   -->
#   <!-- needs ENGINE... -->        start these before: containerd, docker, podman, or make CNI's directory
#   <!-- needs systemd -->          run in the virtual machine
#   <!-- not run: WHY -->           shown only
#   <!-- file PATH -->              a block of json or toml: is written to PATH, for the engine that the next block needs
#   <!-- from FILE -->              a block of json, toml or yaml: the same text is in FILE, which another test loads
#
# A comment in a line of commands can say how the reader ends it, and the test does so: "Ctrl-C", "Ctrl-P Ctrl-Q", "type exit".

LANGUAGES=' sh json toml yaml text '

# Without git: there is none in the virtual machine.
all_pages() { (cd "$tree" && find README.md CONTRIBUTING.md SECURITY.md conformance/README.md docs packaging -name '*.md' 2>/dev/null | sort); }

# Fills BLOCKS, LANGUAGE, MARKS and LINE, by the number of the block.
read_page() { # read_page PAGE
  local line number=0 marks='' mark='' place=text count=0
  PAGE=$1 BLOCKS=() LANGUAGE=() MARKS=() LINE=()
  while IFS= read -r line || [ -n "$line" ]; do
    count=$((count + 1))
    case $place:$line in
      block:'```') place=text && number=$((number + 1)) && marks='' ;;
      block:*) BLOCKS[number]+=$line$'\n' ;;
      mark:'-->') place=text && marks+=$mark$'\x1e' ;;
      mark:*) mark+=$line$'\n' ;;
      text:'```'*) place=block && BLOCKS[number]='' LANGUAGE[number]=${line#'```'} MARKS[number]=$marks LINE[number]=$count ;;
      text:'<!-- '*' -->') line=${line#'<!-- '} && marks+=${line%' -->'}$'\x1e' ;;
      text:'<!-- '*) place=mark mark=${line#'<!-- '}$'\n' ;;
      text:) ;;
      text:*) marks='' ;;
    esac
  done <"$1"
  [ "$place" = text ] || die "$1: a block or a mark is not closed"
}

# The text of a mark after its first word; fails if the block has no mark of that kind.
mark_of() { # mark_of NUMBER WORD
  local mark found=1
  while IFS= read -rd $'\x1e' mark; do
    [[ $mark == "$2"[$' \n']* ]] || continue
    printf '%s\n' "${mark#"$2"?}" && found=0
  done <<<"${MARKS[$1]}"
  return "$found"
}

block_name() { # block_name NUMBER: unique on its page, and not the line, which changes too easily
  local first=${BLOCKS[$1]%%$'\n'*}
  first=${first%%  *}
  [ "${LANGUAGE[$1]}" = sh ] || first=${LANGUAGE[$1]}
  echo "$PAGE, $(($1 + 1)): ${first:0:60}" | tr -d '\\`"$#'"'" # TAP and --filter are to read the same
}

# What is wrong with a block's language or marks. A block of an unknown kind would not be checked.
mark_errors() { # mark_errors NUMBER
  local mark
  [[ $LANGUAGES == *" ${LANGUAGE[$1]} "* ]] || echo "$PAGE:${LINE[$1]}: unknown kind of block \"${LANGUAGE[$1]}\""
  while IFS= read -rd $'\x1e' mark; do
    case $mark in
      first$'\n'* | 'needs '* | 'not run: '* | 'file /'* | 'from '*) ;;
      *) echo "$PAGE:${LINE[$1]}: unknown mark \"$mark\"" ;;
    esac
  done <<<"${MARKS[$1]}"
}

# Where a block is checked: on this machine (host), in the virtual one, nowhere, or unknown.
place_of() { # place_of NUMBER
  if [ -n "$(mark_errors "$1")" ]; then
    echo unknown
  elif [ "${LANGUAGE[$1]}" = text ] || mark_of "$1" not >/dev/null; then
    echo nowhere
  elif mark_of "$1" needs | grep -qw systemd; then
    echo virtual
  else
    echo host
  fi
}
