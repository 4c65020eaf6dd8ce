import type { KindJson } from "../answers.js";
import { calling } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { whenOf } from "../job/show.js";
import { printJson, printLines } from "../output.js";
import { showPolicy } from "../policy.js";
import { pairLines } from "../table.js";
import { oneLine } from "../text.js";
import { showTrigger } from "../trigger.js";

export async function getKind(given: Given): Promise<number> {
  await calling(given, { name: "NAME" }, async ({ call }) => {
    const answer = await call<{ readonly kind?: KindJson }>("GetKind", { name: given.argument("NAME") });
    if (given.has("json")) return await printJson(answer);
    await printLines(kindLines(answer.kind ?? {}, new Date()));
  });
  return EXIT.done;
}

function kindLines(kind: KindJson, now: Date): string[] {
  const pairs: (readonly [string, string | undefined])[] = [
    ["name", kind.name],
    ["description", oneLine(kind.description ?? "")],
    ["paused", kind.pause && `${whenOf(kind.pause.pauseTime, now)} ${oneLine(kind.pause.reason ?? "")}`.trim()],
    ["trigger", oneLine(showTrigger(kind.trigger))],
    ["policy", showPolicy(kind.policy ?? {})],
    ["max running", kind.maxRunning ? String(kind.maxRunning) : "no limit"],
    ["created", whenOf(kind.createTime, now)],
    ["updated", whenOf(kind.updateTime, now)],
    ["etag", kind.etag],
  ];
  return pairLines(pairs.flatMap(([name, value]) => (value ? [[name, value] as const] : [])));
}
