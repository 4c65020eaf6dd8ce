import type { StoredKind } from "../core/kind.js";
import { editKind } from "./edit-kind.js";
import type { ServiceParts } from "./parts.js";

/**
 * Stops handing out the kind's tasks; those that are out end first, and runs that RunJob asked for wait too. On a paused kind:
 * replaces the reason, and keeps the time; the same reason writes nothing. Registers a kind that is not yet.
 */
export async function pauseKind(parts: ServiceParts, name: string, reason: string): Promise<StoredKind> {
  const { kind } = await editKind(parts, name, (stored) => {
    if (stored?.pause?.reason === reason) return stored;
    const pause = { reason, at: stored?.pause?.at ?? parts.dispatch.now() };
    return { ...(stored ?? { name, description: "", policy: {}, maxRunning: 0 }), pause };
  });
  return kind;
}
