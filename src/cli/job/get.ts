import type { JobJson } from "../answers.js";
import { calling } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";
import { jobLines } from "./show.js";

export async function getJob(given: Given): Promise<number> {
  await calling(given, { slug: "SLUG" }, async ({ call }) => {
    const answer = await call<{ readonly job?: JobJson }>("GetJob", { slug: given.argument("SLUG") });
    if (given.has("json")) return await printJson(answer);
    await printLines(jobLines(answer.job ?? {}, new Date()));
  });
  return EXIT.done;
}
