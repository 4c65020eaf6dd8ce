import { calling } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";
import { requestOf } from "../request.js";

export async function cancelRun(given: Given): Promise<number> {
  const slug = given.argument("SLUG");
  const request = requestOf({ slug, runId: given.text("run") });
  await calling(given, { slug: "SLUG", run_id: "--run" }, async ({ call }) => {
    const answer = await call<{ readonly runId?: string }>("CancelRun", request);
    await (given.has("json") ? printJson(answer) : printLines([`cancelling ${slug}, run ${answer.runId ?? ""}`]));
  });
  return EXIT.done;
}
