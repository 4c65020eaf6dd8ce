import type { KindJson } from "../answers.js";
import { calling } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";
import { policyFields, policyOf } from "../policy.js";
import { wholeOf } from "../read.js";
import { type OptionOfField, requestOf } from "../request.js";
import { triggerFields, triggerOf } from "../trigger.js";

const FIELDS: OptionOfField = {
  "kind.name": "NAME",
  "kind.description": "--description",
  "kind.max_running": "--max-running",
  "kind.etag": "--etag",
  ...triggerFields("kind.trigger"),
  ...policyFields("kind.policy"),
};

export async function registerKind(given: Given): Promise<number> {
  const name = given.argument("NAME");
  const kind = requestOf({
    name,
    description: given.text("description"),
    trigger: triggerOf(given),
    policy: policyOf(given),
    maxRunning: wholeOf(given, "max-running", 0),
    etag: given.text("etag"),
  });
  await calling(given, FIELDS, async ({ call }) => {
    const request = requestOf({ kind, replace: given.has("replace") || undefined });
    const answer = await call<{ readonly kind?: KindJson; readonly created?: boolean }>("RegisterKind", request);
    if (given.has("json")) return await printJson(answer);
    await printLines([answer.created ? `registered ${name}` : `${name} is stored so already`]);
  });
  return EXIT.done;
}
