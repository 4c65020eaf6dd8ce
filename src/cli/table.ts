import { cut } from "./text.js";

/** A table for people. Cells are one line each. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

export interface Column {
  readonly title: string;
  readonly align?: "right";
}

/** Its lines, aligned, two spaces between columns; with a width, the last column is cut to it. */
export function tableLines({ columns, rows }: Table, width?: number): string[] {
  const titles = columns.map(({ title }) => title);
  const widths = titles.map((title, at) =>
    rows.reduce((widest, row) => Math.max(widest, lengthOf(row[at] ?? "")), title.length),
  );
  return [titles, ...rows].map((row) => {
    const cells = widths.map((size, at) => padded(row[at] ?? "", size, columns[at]?.align));
    const line = cells.join("  ").trimEnd();
    return width === undefined ? line : cut(line, width);
  });
}

function padded(text: string, size: number, align: "right" | undefined): string {
  const space = " ".repeat(Math.max(0, size - lengthOf(text)));
  return align === "right" ? space + text : text + space;
}

/** In characters, not in UTF-16 units. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length++;
  return length;
}

/** "name:  value" lines, the values in one column. Values of several lines are indented below each other. */
export function pairLines(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...pairs.map(([name]) => name.length)) + 3;
  return pairs.flatMap(([name, value]) => {
    const [first = "", ...rest] = value.split("\n");
    return [`${`${name}:`.padEnd(width)}${first}`.trimEnd(), ...rest.map((line) => " ".repeat(width) + line)];
  });
}
