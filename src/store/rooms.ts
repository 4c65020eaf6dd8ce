import type { StoredJob } from "../core/job.js";
import type { LockRequest } from "./store.js";

export interface Part {
  readonly kind: string;
  /** Of the kind's room, what is asked for now. */
  readonly part: number;
}

/** Locks in rounds, until the limit is reached or no kind has more. `lockParts` locks no more than `most` in all. */
export async function lockByRooms(
  { room, limit }: Pick<LockRequest, "room" | "limit">,
  lockParts: (parts: readonly Part[], most: number) => Promise<StoredJob[]>,
): Promise<StoredJob[]> {
  const taken: StoredJob[] = [];
  let rooms = [...room].filter(([, left]) => left > 0);
  while (rooms.length > 0 && taken.length < limit) {
    const parts = partsOf(rooms, limit - taken.length);
    const got = await lockParts(parts, limit - taken.length);
    taken.push(...got);
    // What some kinds left of the limit goes to those that may have more.
    const counts = new Map<string, number>();
    for (const { kind } of got) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const asked = new Map(parts.map(({ kind, part }) => [kind, part]));
    rooms = rooms.flatMap(([kind, most]): [string, number][] => {
      const part = asked.get(kind) ?? 0;
      const left = most - part;
      return left > 0 && (counts.get(kind) ?? 0) >= part ? [[kind, left]] : [];
    });
  }
  return taken;
}

/** The whole rooms where they are within the limit; else an equal share each, beginning anywhere, so that no kind starves. */
function partsOf(rooms: readonly [string, number][], most: number): Part[] {
  const sum = rooms.reduce((all, [, room]) => all + room, 0);
  if (sum <= most) return rooms.map(([kind, part]) => ({ kind, part }));
  const first = Math.floor(Math.random() * rooms.length);
  const share = Math.max(1, Math.floor(most / rooms.length));
  return [...rooms.slice(first), ...rooms.slice(0, first)]
    .slice(0, most)
    .map(([kind, room]) => ({ kind, part: Math.min(room, share) }));
}
