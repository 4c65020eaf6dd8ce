/** Which statuses are a success: one (204), a class ("2xx"), or several of them. */
export class Expected {
  readonly #wanted: ReadonlySet<string>;

  constructor(wanted: Iterable<string>) {
    this.#wanted = new Set(wanted);
  }

  has(status: number): boolean {
    return this.#wanted.has(String(status)) || this.#wanted.has(`${Math.floor(status / 100)}xx`);
  }

  toString(): string {
    return [...this.#wanted].join(", ");
  }
}

/** Undefined where it is none of that. */
export function parseExpected(value: unknown): Expected | undefined {
  const items = Array.isArray(value) ? value : [value];
  const isRight = items.length > 0 && items.every((item) => typeof item === "number" || typeof item === "string");
  const words = items.map((item) => String(item).toLowerCase());
  return isRight && words.every((word) => /^[1-5](\d\d|xx)$/.test(word)) ? new Expected(words) : undefined;
}
