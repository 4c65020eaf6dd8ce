/** A job's labels as lines of JSON, each closed by line ends on both sides, so that one is found as a part of the text. */
export function labelsText(labels: Readonly<Record<string, string>>): string | null {
  const lines = Object.entries(labels).map(([key, value]) => lineOf(key, value));
  return lines.length === 0 ? null : `\n${lines.join("\n")}\n`;
}

/** What `labelsText` contains where the label is there: JSON holds no line end. */
export function labelLine(key: string, value: string): string {
  return `\n${lineOf(key, value)}\n`;
}

function lineOf(key: string, value: string): string {
  return JSON.stringify([key, value]);
}
