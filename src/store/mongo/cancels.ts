import type { CancelNotice } from "../../core/edit.js";
import { COMMAND_MS, type Context } from "./context.js";

export async function cancelsOf({ cancels }: Context, lease: string): Promise<CancelNotice[]> {
  const docs = await cancels.find({ lease }, { sort: { position: 1 }, maxTimeMS: COMMAND_MS }).toArray();
  return docs.map(({ _id, slug, reason }) => ({ token: _id, lease, slug, reason }));
}

export async function dropCancels({ cancels }: Context, tokens: readonly string[]): Promise<void> {
  if (tokens.length > 0) await cancels.deleteMany({ _id: { $in: [...tokens] } }, { maxTimeMS: COMMAND_MS });
}
