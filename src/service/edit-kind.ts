import { randomBytes } from "node:crypto";
import type { StoredKind } from "../core/kind.js";
import type { ServiceParts } from "./parts.js";

/** What a caller may change of a kind; the rest is drawn with each write. */
export type KindContent = Omit<StoredKind, "etag" | "createdAt" | "updatedAt">;

export interface EditedKind {
  readonly kind: StoredKind;
  /** False where the stored one is as it was. */
  readonly written: boolean;
}

/**
 * Reads a kind, asks `change` what it shall be, and writes that only over what was read; where somebody else wrote in between,
 * once more. What `change` throws is the answer; the stored kind itself from it writes nothing. When it resolves, this server
 * goes by what is stored, also where another one wrote it a moment ago; others do within a poll.
 */
export async function editKind(
  parts: ServiceParts,
  name: string,
  change: (stored: StoredKind | undefined) => KindContent,
): Promise<EditedKind> {
  for (;;) {
    const stored = await parts.store.getKind(name);
    const content = change(stored);
    const written = content !== stored;
    const kind = stored && !written ? stored : drawn(parts, content, stored);
    if (written && !(await parts.store.putKind(kind, stored?.etag))) continue;
    await parts.dispatch.kinds.refresh();
    return { kind, written };
  }
}

function drawn(parts: ServiceParts, content: KindContent, stored: StoredKind | undefined): StoredKind {
  const now = parts.dispatch.now();
  const etag = randomBytes(8).toString("hex");
  return { ...content, etag, createdAt: stored?.createdAt ?? now, updatedAt: now };
}
