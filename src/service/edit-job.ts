import type { Edit } from "../core/edit.js";
import type { StoredJob } from "../core/job.js";
import type { ServiceParts } from "./parts.js";

/** One caller's write of one job: what `change` answered last. */
export async function editJob<A>(
  { store }: ServiceParts,
  slug: string,
  change: (job: StoredJob | undefined) => Edit<A>,
): Promise<A> {
  const answers = await store.edit([slug], change);
  if (answers.length !== 1) throw new Error(`one slug, and ${answers.length} answers`);
  return answers[0] as A;
}
