/**
 * A command line as a shell splits it, up to the cursor: quotes and backslashes are taken off, and one that is still open ends with the
 * line. The last word is the one that is being typed: empty behind a blank. Nothing is expanded.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word = "";
  let quote = "";
  let begun = false;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (character === "\\" && quote !== "'") {
      word += line.charAt(++at);
      begun = true;
    } else if (quote === "" ? character === "'" || character === '"' : character === quote) {
      quote = quote === "" ? character : "";
      begun = true;
    } else if (quote === "" && /\s/.test(character)) {
      if (begun) words.push(word);
      [word, begun] = ["", false];
    } else {
      word += character;
      begun = true;
    }
  }
  return [...words, word];
}
