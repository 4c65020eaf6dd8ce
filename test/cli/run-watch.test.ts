import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import { Client, Worker } from "@tickwire/client";
import { Cli, run } from "./processes.js";
import { startServer, temporaryFolder } from "./tickwire-process.js";

it("tickwire run watch shows runs as they end, outlasts its server, ends with 0, and goes on from its cursor", {
  timeout: 120_000,
}, async (t) => {
  const store = `sqlite:${join(temporaryFolder(t), "store.db")}`;
  const words = ["--store", store, "--grace", "5s", "--ping", "500ms"];
  const [stays, dies] = [await startServer(t, words), await startServer(t, words)];
  await using client = new Client({ address: stays.grpc });
  await using running = new Worker({ address: stays.grpc })
    .handle("work", ({ slug }) => {
      if (slug === "bad") throw new Error("it broke");
      return "well done";
    })
    .start();
  await running.ready;
  const schedule = (slug: string) => client.scheduleJob({ slug, kind: "work", policy: { retry: { maxAttempts: 1 } } });

  await using lines = new Cli(["run", "watch", "--full", "--server", dies.grpc]);
  await using json = new Cli(["run", "watch", "--json", "--state", "succeeded", "--server", dies.grpc]);
  await client.scheduleJob({ slug: "again", kind: "work", trigger: { interval: { everyMs: 250 } } });
  for (const watch of [lines, json]) await watch.until("stdout", /again/);
  await client.deleteJob("again");
  await schedule("good");
  await schedule("bad");
  await lines.until("stdout", /^\d\d:\d\d:\d\d\.\d{3} {2}good +succeeded +\d+ ms late {2}well done$/m);
  await lines.until("stdout", /bad +failed +\d+ ms late {2}.*it broke/);
  const [good = ""] = await json.until("stdout", /^\{.*"slug":"good".*\}$/m);
  assert.equal(JSON.parse(good).state, "RUN_STATE_SUCCEEDED");

  dies.child.kill("SIGKILL");
  await dies.ended;
  await schedule("meanwhile");
  await startServer(t, [...words, "--grpc", dies.grpc]);
  for (const watch of [lines, json]) await watch.until("stdout", /meanwhile/);

  json.child.kill("SIGINT");
  const ended = await json.ended;
  assert.equal(ended.code, 0, ended.stderr);
  assert.doesNotMatch(ended.stdout, /"bad"/);
  const [, cursor = ""] = /--cursor (\S+)/.exec(ended.stderr) ?? [];
  await schedule("later");
  await lines.until("stdout", /later/);
  await using goesOn = new Cli([
    "run",
    "watch",
    "--json",
    "--state",
    "succeeded",
    "--cursor",
    cursor,
    "--server",
    stays.grpc,
  ]);
  await goesOn.until("stdout", /"later"/);
  lines.child.kill("SIGTERM");
  assert.equal((await lines.ended).code, 0);
  assert.doesNotMatch(lines.stderr, /missing/);

  const wrong = await run(["run", "watch", "--cursor", cursor, "--server", stays.grpc]);
  assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
  assert.match(wrong.stderr, /refused, BAD_FIELD:\n {2}--cursor: must be of an earlier watch with the same filter/);
  const nobody = await run(["run", "watch", "--server", "127.0.0.1:1", "--deadline", "2s"]);
  assert.equal(nobody.code, 3);
});
