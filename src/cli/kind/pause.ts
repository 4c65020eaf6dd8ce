import type { KindJson } from "../answers.js";
import { calling } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";
import { requestOf } from "../request.js";

export async function pauseKind(given: Given): Promise<number> {
  const name = given.argument("NAME");
  const request = requestOf({ name, reason: given.text("reason") });
  await calling(given, { name: "NAME", reason: "--reason" }, async ({ call }) => {
    const answer = await call<{ readonly kind?: KindJson }>("PauseKind", request);
    await (given.has("json") ? printJson(answer) : printLines([`paused ${name}`]));
  });
  return EXIT.done;
}
