import type { Connection } from "./connection.js";

/**
 * Kinds as small numbers, so that the indexes which every claim writes stay small. A name keeps its number for ever, in every
 * process, so what was read once holds; only a number drawn in a transaction that was rolled back must be forgotten.
 */
export class KindIds {
  readonly #ids = new Map<string, number>();
  readonly #names = new Map<number, string>();

  constructor(private readonly db: Connection) {}

  /** Inside a write: draws a number where the name has none. */
  take(name: string): number {
    const known = this.find(name);
    if (known !== undefined) return known;
    this.db.run("INSERT INTO kind_names (name) VALUES (?)", [name]);
    const drawn = this.find(name);
    if (drawn === undefined) throw new Error("a kind's number was not stored");
    return drawn;
  }

  /** Undefined: no job ever had this kind. */
  find(name: string): number | undefined {
    const cached = this.#ids.get(name);
    if (cached !== undefined) return cached;
    const id = this.db.get("SELECT id FROM kind_names WHERE name = ?", [name])?.[0];
    if (typeof id !== "number") return undefined;
    this.#keep(id, name);
    return id;
  }

  name(id: number): string {
    const cached = this.#names.get(id);
    if (cached !== undefined) return cached;
    const name = this.db.get("SELECT name FROM kind_names WHERE id = ?", [id])?.[0];
    if (typeof name !== "string") throw new Error(`the kind number ${id} has no name`);
    this.#keep(id, name);
    return name;
  }

  /** After a rollback. */
  forget(): void {
    this.#ids.clear();
    this.#names.clear();
  }

  #keep(id: number, name: string): void {
    this.#ids.set(name, id);
    this.#names.set(id, name);
  }
}
