import type { StoredKind } from "../core/kind.js";
import { editKind } from "./edit-kind.js";
import { kindNotFound } from "./kinds.js";
import type { ServiceParts } from "./parts.js";

/** Lets a paused kind go on; what came due meanwhile runs as the misfire policies say. On another kind it changes nothing. */
export async function resumeKind(parts: ServiceParts, name: string): Promise<StoredKind> {
  const { kind } = await editKind(parts, name, (stored) => {
    if (!stored) throw kindNotFound(name);
    if (!stored.pause) return stored;
    const { pause, ...rest } = stored;
    return rest;
  });
  return kind;
}
