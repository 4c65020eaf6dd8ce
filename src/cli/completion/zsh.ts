import type { Shell } from "./shell.js";

export const ZSH: Shell = {
  script: `#compdef tickwire
# tickwire in zsh: eval "$(tickwire completion zsh)"
_tickwire() {
  local -a found
  found=("\${(@f)$(\${words[1]} completion zsh -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ $found[1] == files ]]; then
    _files
  else
    shift found
    _describe tickwire found
  fi
}
if [[ $funcstack[1] == _tickwire ]]; then
  _tickwire "$@"
else
  compdef _tickwire tickwire
fi
`,
  wordsOf: (asked) => asked,
  linesOf: (candidates) =>
    candidates.map(({ word, help }) => {
      const name = word.replaceAll("\\", "\\\\").replaceAll(":", "\\:");
      return help === undefined ? name : `${name}:${help}`;
    }),
};
