import { randomBytes } from "node:crypto";
import { TickwireError } from "../core/errors.js";
import type { StoredKind } from "../core/kind.js";
import { type KindInput, sameKind } from "./kind-input.js";
import type { ServiceParts } from "./parts.js";

export interface RegisterInput {
  readonly kind: KindInput;
  /** Takes the place of a different one. */
  readonly replace: boolean;
  /** Of the stored kind; empty: whatever it is. */
  readonly etag: string;
}

export interface Registered {
  readonly kind: StoredKind;
  /** False where it was stored before, equal. */
  readonly created: boolean;
}

/** Stores what holds for a kind. When it resolves, this server goes by it; others do within a poll. */
export async function registerKind(parts: ServiceParts, input: RegisterInput): Promise<Registered> {
  const { name } = input.kind;
  for (;;) {
    const stored = await parts.store.getKind(name);
    if (input.etag !== "" && input.etag !== stored?.etag) throw etagMismatch(name, stored);
    if (stored && sameKind(stored, input.kind)) return { kind: stored, created: false };
    if (stored && !input.replace) throw kindExists(name);
    const kind = written(parts, input.kind, stored);
    // False where somebody else wrote in between: look again.
    if (!(await parts.store.putKind(kind, stored?.etag))) continue;
    await parts.dispatch.kinds.refresh();
    return { kind, created: true };
  }
}

function written(parts: ServiceParts, kind: KindInput, stored: StoredKind | undefined): StoredKind {
  const now = parts.dispatch.now();
  return {
    ...kind,
    etag: randomBytes(8).toString("hex"),
    ...(stored?.pause && { pause: stored.pause }),
    createdAt: stored?.createdAt ?? now,
    updatedAt: now,
  };
}

function etagMismatch(name: string, stored: StoredKind | undefined): TickwireError {
  const found = stored ? `its etag is ${stored.etag} now` : "it is not registered";
  return new TickwireError("ETAG_MISMATCH", `the kind ${name} was changed: ${found}`, {
    kind: name,
    etag: stored?.etag ?? "",
  });
}

function kindExists(name: string): TickwireError {
  const message = `the kind ${name} is registered, and differs: set replace to take its place`;
  return new TickwireError("KIND_EXISTS", message, { kind: name });
}
