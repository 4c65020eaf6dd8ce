import { TickwireError } from "../core/errors.js";
import type { StoredKind } from "../core/kind.js";
import type { Page } from "../store/store.js";
import { fillPage, type PageRequest, SMALL } from "./page.js";
import type { ServiceParts } from "./parts.js";
import { sizeOfKind } from "./sizes.js";

/** A registered kind. */
export async function getKind(parts: ServiceParts, name: string): Promise<StoredKind> {
  const kind = await parts.store.getKind(name);
  if (!kind) throw kindNotFound(name);
  return kind;
}

export function kindNotFound(name: string): TickwireError {
  return new TickwireError("KIND_NOT_FOUND", `the kind ${name} is not registered`, { kind: name });
}

/** A page of kinds in the order of their names. */
export async function listKinds(parts: ServiceParts, request: PageRequest): Promise<Page<StoredKind>> {
  const kinds = await parts.store.listKinds();
  return fillPage(async (after, count) => pageAfter(kinds, after, count), sizeOfKind, request, SMALL);
}

function pageAfter(kinds: readonly StoredKind[], after: string | undefined, count: number): Page<StoredKind> {
  const rest = after === undefined ? kinds : kinds.filter((kind) => kind.name > after);
  const items = rest.slice(0, count);
  const last = items.at(-1);
  return { items, ...(last && rest.length > count && { next: last.name }) };
}
