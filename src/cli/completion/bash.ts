import type { Shell } from "./shell.js";
import { splitWords } from "./split-words.js";

/**
 * Bash splits words at ":" and "=" too, which slugs and options hold, and takes candidates for the last piece alone. So it asks with
 * the line, and with the characters that it splits at.
 */
export const BASH: Shell = {
  script: `# tickwire in bash: eval "$(tickwire completion bash)"
_tickwire() {
  local line kind
  COMPREPLY=()
  {
    read -r kind
    while IFS= read -r line; do COMPREPLY+=("$line"); done
  } < <("$1" completion bash -- "\${COMP_LINE:0:COMP_POINT}" "$COMP_WORDBREAKS" 2>/dev/null)
  if [[ $kind == files ]]; then compopt -o default 2>/dev/null; fi
}
complete -F _tickwire tickwire
`,
  wordsOf: ([line = ""]) => splitWords(line).slice(1),
  linesOf: (candidates, [line = "", breaks = ""]) => {
    const typed = splitWords(line).at(-1) ?? "";
    const at = Math.max(...[..."@:="].map((one) => (breaks.includes(one) ? typed.lastIndexOf(one) : -1)));
    // Of these, "@" alone belongs to the piece behind it.
    const from = typed.charAt(at) === "@" ? at : at + 1;
    return candidates.map(({ word }) => word.slice(from));
  },
};
