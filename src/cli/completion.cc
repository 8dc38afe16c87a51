#include "absl/strings/string_view.h"
#include "base/status.h"
#include "cli/commands.h"
#include "line/output.h"
#include "line/usage.h"

namespace tare::cli {
namespace {

// The scripts know neither commands nor flags. They ask `tare __complete WORD...` (line/completion_words.h),
// which takes about a millisecond and always matches the installed program.
constexpr char kBash[] = R"(# bash completion for tare(8)

_tare() {
  local cur=${COMP_WORDS[COMP_CWORD]} word words=()
  [[ $cur != [=:]* ]] || cur=''
  # Readline splits "--root=/run/x" and "80:80" into three words.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ ${#words[@]} -gt 0 && ($word == [=:]* || ${words[-1]} == *[=:]) ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  # What comes before $cur in a value that Readline has split: "vendor.com/class=" of a device.
  local before=${words[-1]%"$cur"}
  [[ $before != -*=* ]] || before=${before#*=}
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    word=${word#"$before"}
    case $word in
      :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
      :directories) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
      "$cur"*) COMPREPLY+=("$word") ;;
    esac
  done < <("$1" __complete "${words[@]}" 2>/dev/null)
} 2>/dev/null

complete -F _tare tare
)";

constexpr char kZsh[] = R"(#compdef tare
# zsh completion for tare(8)

_tare() {
  local line tab=$'\t'
  local -a offered
  [[ $PREFIX == -*=* ]] && compset -P 1 '*='
  for line in "${(@f)$("${(Q)words[1]}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :files) _files ;;
      :directories) _files -/ ;;
      ?*) offered+=("${${line//:/\\:}/$tab/:}") ;;
    esac
  done
  (( $#offered )) && _describe 'tare' offered
}

if [[ $funcstack[1] == _tare ]]; then
  _tare "$@"
else
  compdef _tare tare
fi
)";

constexpr char kFish[] = R"(# fish completion for tare(8)

function __tare_complete
    set -l words (commandline -opc)
    set -l token (commandline -ct)
    set -l flag (string match -r '^-[^=]*=' -- $token)
    set -l value (string replace -- "$flag" '' "$token")
    for line in ($words[1] __complete $words[2..] "$token" 2>/dev/null)
        switch $line
            case ':files'
                printf '%s\n' "$flag"(__fish_complete_path $value)
            case ':directories'
                printf '%s\n' "$flag"(__fish_complete_directories $value)
            case '*'
                printf '%s\n' "$flag$line"
        end
    end
end

complete -c tare -f -a '(__tare_complete)'
)";

struct Script {
  absl::string_view shell;
  absl::string_view text;
};
constexpr Script kScripts[] = {{"bash", kBash}, {"zsh", kZsh}, {"fish", kFish}};

StatusOr<int> Run(const lifecycle::Runtime&, const Arguments& arguments) {
  const std::string& shell = arguments.words()[0];
  for (const Script& script : kScripts) {
    if (script.shell != shell) continue;
    TARE_RETURN_IF_ERROR(Print(script.text));
    return 0;
  }
  return UsageError(absl::StrCat("unknown shell \"", shell, "\": use bash, zsh or fish"));
}

}  // namespace

constinit const Command kCompletionCommand = {
    .name = "completion",
    .group = Group::kOther,
    .summary = "print a shell completion script",
    .operands = "bash|zsh|fish",
    .description =
        "The script completes commands, flags, their values and container IDs. Load it with "
        "\"source <(tare completion bash)\", or install it where the shell looks for "
        "completions, see tare-completion(8).\n",
    .completes = Completes::kWords,
    .run = Run,
};

}  // namespace tare::cli
