import { calling } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";
import { requestOf } from "../request.js";

export async function runJob(given: Given): Promise<number> {
  const request = requestOf({ slug: given.argument("SLUG"), requestId: given.text("request-id") });
  await calling(given, { slug: "SLUG", request_id: "--request-id" }, async ({ call }) => {
    const answer = await call<{ readonly occurrenceId?: string }>("RunJob", request);
    await (given.has("json") ? printJson(answer) : printLines([`will run as ${answer.occurrenceId ?? ""}`]));
  });
  return EXIT.done;
}
