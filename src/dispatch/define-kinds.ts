import { randomBytes } from "node:crypto";
import { type KindInput, sameKind } from "../core/kind.js";
import type { Store } from "../store/store.js";
import type { Kinds } from "./parts.js";

/**
 * Registers the kinds that a hello defines. One that is stored is left as it is, whoever stored it; answers the names of those
 * that differ. What is known is read once for all of them, and together with other hellos: a fleet that comes back defines
 * the same kinds from every worker.
 */
export async function defineKinds(
  store: Store,
  kinds: Kinds,
  define: readonly KindInput[],
  now: () => Date,
): Promise<string[]> {
  if (define.length === 0) return [];
  await kinds.refresh();
  const missing = define.filter(({ name }) => !kinds.get(name));
  if (missing.length > 0) {
    await Promise.all(missing.map((kind) => register(store, kind, now())));
    // Also where another worker was first: that one's holds.
    await kinds.refresh();
  }
  return define.flatMap((kind) => {
    const stored = kinds.get(kind.name);
    return stored && !sameKind(stored, kind) ? [kind.name] : [];
  });
}

async function register(store: Store, kind: KindInput, now: Date): Promise<void> {
  const etag = randomBytes(8).toString("hex");
  await store.putKind({ ...kind, etag, createdAt: now, updatedAt: now }, undefined);
}
