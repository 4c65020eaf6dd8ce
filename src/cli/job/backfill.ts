import { calling } from "../call.js";
import { EXIT, usageError } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";
import { instantOf, wholeOf } from "../read.js";
import { requestOf } from "../request.js";

const FIELDS = { slug: "SLUG", start_time: "--from", end_time: "--to", max_runs: "--max-runs" };

interface Answer {
  readonly slugs?: readonly string[];
  readonly createdCount?: number;
}

export async function backfillJob(given: Given): Promise<number> {
  const slug = given.argument("SLUG");
  const [from, to] = [instantOf(given, "from"), instantOf(given, "to")];
  if (!from || !to) throw usageError("--from and --to are needed: the span whose occurrences run again");
  const request = requestOf({
    slug,
    startTime: from.toISOString(),
    endTime: to.toISOString(),
    maxRuns: wholeOf(given, "max-runs", 1),
  });
  await calling(given, FIELDS, async ({ call }) => {
    const answer = await call<Answer>("BackfillJob", request);
    if (given.has("json")) return await printJson(answer);
    const { slugs = [], createdCount = 0 } = answer;
    const before = slugs.length - createdCount;
    const there = before > 0 ? `, ${before} ${before === 1 ? "was" : "were"} there before` : "";
    const shown = slugs.length > 0 ? `: tickwire job list --prefix ${slug}@ shows them` : "";
    await printLines([`stored ${createdCount} of ${slugs.length} jobs${there}${shown}`]);
  });
  return EXIT.done;
}
