import type { JobJson } from "../answers.js";
import { calling } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";
import { requestOf } from "../request.js";

export async function pauseJob(given: Given): Promise<number> {
  const slug = given.argument("SLUG");
  const request = requestOf({ slug, reason: given.text("reason") });
  await calling(given, { slug: "SLUG", reason: "--reason" }, async ({ call }) => {
    const answer = await call<{ readonly job?: JobJson }>("PauseJob", request);
    if (given.has("json")) return await printJson(answer);
    const running = answer.job?.state === "JOB_STATE_RUNNING" ? "; its task that is out ends first" : "";
    await printLines([`paused ${slug}${running}`]);
  });
  return EXIT.done;
}
