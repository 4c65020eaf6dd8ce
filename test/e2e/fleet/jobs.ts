import type { Client, Run } from "@tickwire/client";

/** Stores jobs of kind `work` that run once and are due now, in batches, over any restart of the server. */
export async function scheduleAll(client: Client, slugs: readonly string[], batch: number): Promise<void> {
  for (let from = 0; from < slugs.length; from += batch) {
    const results = await client.scheduleJobs(
      slugs
        .slice(from, from + batch)
        .map((slug) => ({ slug, kind: "work", policy: { retry: { initialBackoffMs: 100 } } })),
    );
    for (const { error } of results) if (error) throw error;
  }
}

/** Resolves once `count` more runs have ended. The promise inside settles when the watch is open. */
export async function afterRuns(client: Client, count: number): Promise<{ reached: Promise<void> }> {
  const watch = client.watchRuns({ filter: { kinds: ["work"] } }, { retry: false });
  const reached = (async () => {
    let seen = 0;
    for await (const _ of watch) if (++seen >= count) return;
  })();
  await watch.opened;
  return { reached };
}

/** Resolves once no job is left: each ran, and is gone. Rejects, with what is left, where they don't go. */
export async function untilAllGone(client: Client, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const { items, nextPageToken } = await client.listJobsPage({ pageSize: 5 });
    if (items.length === 0 && nextPageToken === "") return;
    if (performance.now() > deadline)
      throw new Error(
        `jobs are left: ${JSON.stringify(items, (_, value) => (typeof value === "bigint" ? String(value) : value))}`,
      );
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

export async function runsBySlug(client: Client): Promise<Map<string, Run[]>> {
  const runs = new Map<string, Run[]>();
  for await (const run of client.listRuns({ filter: { kinds: ["work"] }, pageSize: 1_000 })) {
    runs.set(run.slug, [...(runs.get(run.slug) ?? []), run]);
  }
  return runs;
}
