import type { JobJson } from "../answers.js";
import { calling } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";
import { summaryOf } from "./show.js";

export async function resumeJob(given: Given): Promise<number> {
  await calling(given, { slug: "SLUG" }, async ({ call }) => {
    const answer = await call<{ readonly job?: JobJson }>("ResumeJob", { slug: given.argument("SLUG") });
    if (given.has("json")) return await printJson(answer);
    await printLines([`resumed ${summaryOf(answer.job ?? {}, new Date())}`]);
  });
  return EXIT.done;
}
