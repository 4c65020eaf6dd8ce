import { calling } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";

export async function deleteKind(given: Given): Promise<number> {
  const name = given.argument("NAME");
  await calling(given, { name: "NAME" }, async ({ call }) => {
    const answer = await call("DeleteKind", { name });
    await (given.has("json") ? printJson(answer) : printLines([`deleted ${name}`]));
  });
  return EXIT.done;
}
