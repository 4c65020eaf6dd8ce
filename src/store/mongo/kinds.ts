import { TickwireError } from "../../core/errors.js";
import type { StoredKind } from "../../core/kind.js";
import { kindDoc, kindOf } from "./codec.js";
import { COMMAND_MS, type Context } from "./context.js";
import { insist, isDuplicate } from "./failure.js";

export async function getKind({ kinds }: Context, name: string): Promise<StoredKind | undefined> {
  const doc = await kinds.findOne({ _id: name }, { maxTimeMS: COMMAND_MS });
  return doc ? kindOf(doc) : undefined;
}

export async function listKinds({ kinds }: Context): Promise<StoredKind[]> {
  const docs = await kinds.find({}, { sort: { _id: 1 }, batchSize: 5_000, maxTimeMS: COMMAND_MS }).toArray();
  return docs.map(kindOf);
}

export async function putKind(context: Context, kind: StoredKind, expectedEtag: string | undefined): Promise<boolean> {
  if (kind.maxRunning > 0 && context.sharded) {
    const why = "its jobs are spread over shards, where MongoDB can't keep the numbered places of a kind unique";
    throw new TickwireError("NOT_IMPLEMENTED", `max_running is not to be had on this store: ${why}`, {
      field: "kind.max_running",
    });
  }
  const written = await insist(() => writeKind(context, kind, expectedEtag));
  if (written) await context.waker.kindsChanged();
  return written;
}

/** Etags are drawn anew for each write: one that is found was written by this call, by a try whose answer was lost. */
async function writeKind({ kinds }: Context, kind: StoredKind, expectedEtag: string | undefined): Promise<boolean> {
  const doc = kindDoc(kind);
  if (expectedEtag === undefined) {
    try {
      await kinds.insertOne(doc, { maxTimeMS: COMMAND_MS });
      return true;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  } else {
    const options = { projection: { _id: 1 }, maxTimeMS: COMMAND_MS } as const;
    if (await kinds.findOneAndReplace({ _id: kind.name, etag: expectedEtag }, doc, options)) return true;
  }
  const filter = { _id: kind.name, etag: kind.etag };
  return (await kinds.findOne(filter, { projection: { _id: 1 }, maxTimeMS: COMMAND_MS })) !== null;
}

export async function deleteKind(context: Context, name: string, expectedEtag: string): Promise<boolean> {
  const { kinds } = context;
  const gone = await insist(async () => {
    const { deletedCount } = await kinds.deleteOne({ _id: name, etag: expectedEtag }, { maxTimeMS: COMMAND_MS });
    return deletedCount > 0 || (await kinds.countDocuments({ _id: name }, { limit: 1, maxTimeMS: COMMAND_MS })) === 0;
  });
  if (gone) await context.waker.kindsChanged();
  return gone;
}
