import type { JsonObject } from "@bufbuild/protobuf";
import { Client, type RunWatch, TickwireError } from "@tickwire/client";
import { type RunJson, timeOf, wordOf } from "../answers.js";
import { calling, refusal } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { note, print, printLines } from "../output.js";
import { addressesOf } from "../read.js";
import { type OptionOfField, requestOf } from "../request.js";
import { stopSignal } from "../stop-signal.js";
import { filterOf, RUN_FILTER_FIELDS } from "./filter.js";
import { runLine, type ShownRun } from "./run-line.js";

const OPTIONS: OptionOfField = { ...RUN_FILTER_FIELDS, cursor: "--cursor" };

/** Shows runs until SIGINT or SIGTERM; answers 0 then. A server that is away is waited for, but there has to be one at first. */
export async function watchRuns(given: Given): Promise<number> {
  const stopped = stopSignal();
  const filter = filterOf(given);
  const cursor = given.text("cursor");
  const view = given.has("full") ? "VIEW_FULL" : undefined;
  await calling(given, OPTIONS, async ({ call }) => await call("GetServerInfo", {}));
  const addresses = addressesOf(given, "server") ?? [];
  await using client = new Client({ address: addresses });
  const onGap = () => note("runs may be missing here: tickwire run list has what is kept");
  const watch = client.jsonWatch(requestOf({ filter, cursor, view }), { onGap });
  try {
    await Promise.race([stopped, given.has("json") ? showJson(watch) : showLines(watch)]);
  } catch (error) {
    throw error instanceof TickwireError ? refusal(error, addresses, OPTIONS) : error;
  } finally {
    await watch.close();
  }
  if (watch.cursor !== "") note(`go on from here: --cursor ${watch.cursor}`);
  return EXIT.done;
}

async function showJson(watch: RunWatch<JsonObject>): Promise<void> {
  for await (const run of watch) await print(`${JSON.stringify(run)}\n`);
}

async function showLines(watch: RunWatch<JsonObject>): Promise<void> {
  for await (const run of watch) await printLines([runLine(shownOf(run))]);
}

function shownOf(run: RunJson): ShownRun {
  return {
    slug: run.slug ?? "",
    kind: run.kind ?? "",
    state: wordOf("RUN_STATE", run.state) as ShownRun["state"],
    attempt: run.attempt ?? 0,
    dueTime: timeOf(run.dueTime),
    startTime: timeOf(run.startTime),
    error: run.error ?? "",
    result: Buffer.from(run.result ?? "", "base64"),
  };
}
