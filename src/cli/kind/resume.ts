import type { KindJson } from "../answers.js";
import { calling } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";

export async function resumeKind(given: Given): Promise<number> {
  const name = given.argument("NAME");
  await calling(given, { name: "NAME" }, async ({ call }) => {
    const answer = await call<{ readonly kind?: KindJson }>("ResumeKind", { name });
    await (given.has("json") ? printJson(answer) : printLines([`resumed ${name}`]));
  });
  return EXIT.done;
}
