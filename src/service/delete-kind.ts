import { TickwireError } from "../core/errors.js";
import { type StoredJob, stateOf } from "../core/job.js";
import { kindNotFound } from "./kinds.js";
import type { ServiceParts } from "./parts.js";

/**
 * Removes what holds for a kind, where no job of it exists. A job that is stored between the look and the removal is one of a
 * kind that is not registered, which is legal: it has its trigger, copied, and goes by the server's defaults.
 */
export async function deleteKind(parts: ServiceParts, name: string): Promise<void> {
  const { store, dispatch } = parts;
  for (;;) {
    const kind = await store.getKind(name);
    if (!kind) throw kindNotFound(name);
    const job = await anyJob(parts, name);
    if (job) throw inUse(name, job);
    // Not over what somebody has written since the look: that may be what its next jobs rely on.
    if (await store.deleteKind(name, kind.etag)) return await dispatch.kinds.refresh();
  }
}

async function anyJob({ store }: ServiceParts, kind: string): Promise<StoredJob | undefined> {
  const { items } = await store.list({ filter: { kinds: [kind] }, limit: 1, payloads: false });
  return items[0];
}

function inUse(kind: string, job: StoredJob): TickwireError {
  const state = stateOf(job).toUpperCase();
  const message = `jobs of the kind ${kind} exist, such as ${job.slug}, which is ${state}: delete them first`;
  return new TickwireError("KIND_IN_USE", message, { kind, slug: job.slug, state });
}
