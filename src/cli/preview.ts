import { timeOf } from "./answers.js";
import { calling } from "./call.js";
import { EXIT, usageError } from "./exit.js";
import type { Given } from "./given.js";
import { note, printJson, printLines } from "./output.js";
import { instantOf, wholeOf } from "./read.js";
import { type OptionOfField, requestOf } from "./request.js";
import { type Table, tableLines } from "./table.js";
import { oneLine } from "./text.js";
import { relative } from "./time.js";
import { triggerFields, triggerOf } from "./trigger.js";
import { wallClock } from "./wall-clock.js";

const FIELDS: OptionOfField = { ...triggerFields("trigger"), after_time: "--after", count: "--count" };

interface Answer {
  readonly times?: readonly string[];
  readonly description?: string;
}

/** When a trigger would run. */
export async function preview(given: Given): Promise<number> {
  const trigger = triggerOf(given);
  if (!trigger) throw usageError("--cron, --every, --at or --once is missing: what to preview");
  const request = requestOf({
    trigger,
    count: wholeOf(given, "count", 1),
    afterTime: instantOf(given, "after")?.toISOString(),
  });
  await calling(given, FIELDS, async ({ call }) => {
    const answer = await call<Answer>("PreviewTrigger", request);
    if (given.has("json")) return await printJson(answer);
    const times = (answer.times ?? []).flatMap((text) => timeOf(text) ?? []);
    await printLines([oneLine(answer.description ?? "")]);
    if (times.length === 0) return note("no times: it has ended");
    await printLines(tableLines(timeTable(times, given.text("tz"), new Date())));
  });
  return EXIT.done;
}

function timeTable(times: readonly Date[], zone: string | undefined, now: Date): Table {
  const clock = zone === undefined ? undefined : wallClock(zone);
  return {
    columns: [{ title: "UTC" }, ...(clock && zone ? [{ title: oneLine(zone) }] : []), { title: "" }],
    rows: times.map((time) => [
      time.toISOString().replace(".000Z", "Z"),
      ...(clock ? [clock(time)] : []),
      relative(time, now),
    ]),
  };
}
