import { eachItem, type FieldShape, readItem } from "./field.js";

/** A field's values, each once, in their order from the field's start. Throws TickwireError (BAD_CRON). */
export function valuesOf(shape: FieldShape, text: string): number[] {
  const values = new Set<number>();
  eachItem(shape, text, (item) => {
    readItem(shape, item, (value) => values.add(((value - shape.min) % shape.span) + shape.min));
  });
  return [...values].sort((a, b) => a - b);
}

/** "a", "a and b", "a, b and c". */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? "";
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}

/** They follow each other without a gap. */
export function isRun(values: readonly number[]): boolean {
  return values.every((value, at) => at === 0 || value === (values[at - 1] ?? 0) + 1);
}
