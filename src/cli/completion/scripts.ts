export type Shell = (typeof shells)[number]

export const shells = ['bash', 'zsh', 'fish', 'kubectl'] as const

/** The completion scripts; each runs `pillion __complete` when the user presses Tab. */
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of pillion in bash: source <(pillion completion bash)
_pillion() {
  local word description
  COMPREPLY=()
  while IFS=$'\\t' read -r word description; do
    [[ $word == :* ]] || COMPREPLY+=("$word")
    # The value of a parameter follows at once.
    [[ $word == *= ]] && compopt -o nospace 2>/dev/null
  done < <("\${COMP_WORDS[0]}" __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
# Without a match, bash completes file names.
complete -o bashdefault -o default -F _pillion pillion
`,
  zsh: `#compdef pillion
# Completion of pillion in zsh: source <(pillion completion zsh)
_pillion() {
  local line
  local -a found
  for line in "\${(@f)$("$words[1]" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ $line == :* ]] || found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done
  if (( $#found )); then _describe pillion found; else _files; fi
}
compdef _pillion pillion
`,
  fish: `# Completion of pillion in fish: pillion completion fish | source
function __pillion_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l found (pillion __complete -- $words[2..] 2>/dev/null)
  if test "$found[-1]" = :0
    __fish_complete_path (commandline -ct)
  end
  string match -v ':*' -- $found
end
complete -c pillion -f -a '(__pillion_complete)'
`,
  kubectl: `#!/bin/sh
# Completion of kubectl pillion: an executable kubectl_complete-pillion on the PATH.
exec kubectl-pillion __complete -- "$@"
`,
}
