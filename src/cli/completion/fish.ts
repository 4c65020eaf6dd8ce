import type { Shell } from "./shell.js";

export const FISH: Shell = {
  script: `# tickwire in fish: tickwire completion fish > ~/.config/fish/completions/tickwire.fish
function __tickwire_complete
    set -l words (commandline -opc)
    set -l found ($words[1] completion fish -- $words[2..-1] (commandline -ct) 2>/dev/null)
    if test "$found[1]" = files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $found[2..-1]
    end
end
complete -c tickwire -f -a '(__tickwire_complete)'
`,
  wordsOf: (asked) => asked,
  linesOf: (candidates) => candidates.map(({ word, help }) => (help === undefined ? word : `${word}\t${help}`)),
};
