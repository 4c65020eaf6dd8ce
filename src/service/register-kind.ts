import { TickwireError } from "../core/errors.js";
import { type KindInput, type StoredKind, sameKind } from "../core/kind.js";
import { editKind } from "./edit-kind.js";
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

/** Stores what holds for a kind; one that is paused stays so. */
export async function registerKind(parts: ServiceParts, input: RegisterInput): Promise<Registered> {
  const { name } = input.kind;
  const { kind, written } = await editKind(parts, name, (stored) => {
    if (input.etag !== "" && input.etag !== stored?.etag) throw etagMismatch(name, stored);
    if (!stored) return input.kind;
    if (sameKind(stored, input.kind)) return stored;
    if (!input.replace) throw kindExists(name);
    return { ...input.kind, ...(stored.pause && { pause: stored.pause }) };
  });
  return { kind, created: written };
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
