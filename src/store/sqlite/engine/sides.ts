import type { Context } from "./context.js";

/** What is done with side files, outside of transactions: a lease is written only under its lock. */

/** A new lease's id, with its lock. */
export function holdSide({ sides }: Context): string {
  return sides.hold();
}

/** The lease was perhaps not written: where it was, it is found dead. */
export function letGoSide({ sides }: Context, lease: string): void {
  sides.letGo(lease);
}

/** The lease has ended, by its owner's word. */
export function removeSide({ sides }: Context, lease: string): void {
  if (sides.holds(lease)) sides.remove(lease);
}

/** Removes what processes left that were killed, unless it is of a live lease. */
export function tidySides({ db, sides }: Context): void {
  // Read after the files: a file that is there before its lease is held, and so stays.
  const others = sides.others();
  if (others.length === 0) return;
  const live = new Set(db.all("SELECT id FROM leases WHERE state = 'live'").map(([id]) => id));
  for (const lease of others) if (!live.has(lease)) sides.remove(lease);
}
