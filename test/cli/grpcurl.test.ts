import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Client } from "@tickwire/client";
import { schedulerProto } from "@tickwire/client/internal";
import { runBuf } from "../e2e/buf.js";
import { root } from "../repo/tree.js";
import { Cli, serve } from "./processes.js";

// docs/grpcurl.md: its buf commands are run as they stand, in their order, beside what `npm start` starts; its grpcurl commands must say
// the same.

interface Call {
  readonly buf: string;
  readonly grpcurl: string;
}

const text = readFileSync(join(root, "docs/grpcurl.md"), "utf8");
const calls: Call[] = [...text.matchAll(/^```sh\n(npx buf curl .+)\n(grpcurl .+)\n```$/gm)].map(
  ([, buf = "", grpcurl = ""]) => ({ buf, grpcurl }),
);

describe("docs/grpcurl.md", () => {
  let server: Awaited<ReturnType<typeof serve>>;
  let worker: Cli;
  let client: Client;
  before(async () => {
    server = await serve();
    client = new Client({ address: server.address });
    worker = new Cli(["worker", "--server", server.address, "--kinds", "print,shell"]);
    await worker.until("stderr", /"msg":"connected"/);
  });
  after(async () => {
    client.close();
    await worker[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  it("has every call of the contract, and no other", () => {
    const offered = Object.values(schedulerProto.SchedulerService).map(({ path }) => path.split("/")[2] ?? "");
    const given = new Set(calls.flatMap(({ buf }) => /Scheduler\/(\w+)$/.exec(buf)?.[1] ?? []));
    assert.deepEqual([...given].sort(), offered.sort());
    assert.equal(calls.length, text.match(/^```sh$/gm)?.length, "a block is of another form");
  });

  it("says the same to buf and to grpcurl", () => {
    for (const { buf, grpcurl } of calls) {
      if (buf.includes("--list-")) continue;
      const [, data = "", address, method] =
        /^npx buf curl --protocol grpc --http2-prior-knowledge( -d '.+')? http:\/\/(\S+?)\/(\S+)$/.exec(buf) ?? [];
      assert.equal(grpcurl, `grpcurl -plaintext${data} ${address} ${method}`);
    }
  });

  it("has buf commands that work", { timeout: 60_000 }, async () => {
    for (const batch of batchesOf(calls.map(({ buf }) => buf))) {
      if (batch[0]?.endsWith("/CancelRun")) await untilRunning("demo/sleep");
      await Promise.all(
        batch.map(async (line) => {
          const { code, output } = await run(line.replaceAll("127.0.0.1:7070", server.address), client);
          assert.equal(code, 0, `${line}\n${output}`);
        }),
      );
    }
  });

  /** The next command in the document needs it: a person's hands take longer than a dispatch. */
  async function untilRunning(slug: string): Promise<void> {
    while ((await client.getJob(slug)).state !== "running") await new Promise((resolve) => setImmediate(resolve));
  }
});

/** As a shell would split it: words, and words in single quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

/** Calls that change nothing, and may be made beside others. */
function isRead(line: string): boolean {
  return /--list-\w+|\/(Get|List|Preview|Check)\w*$/.test(line);
}

/** The lines in their order, with neighbours that only read together. */
function batchesOf(lines: readonly string[]): string[][] {
  const batches: string[][] = [];
  for (const line of lines) {
    const last = batches.at(-1);
    if (last && isRead(line) && isRead(last[0] ?? "")) last.push(line);
    else batches.push([line]);
  }
  return batches;
}

/** Runs a command to its end, by reflection as it says; a watch until it shows a run, which is asked for once the watch is open. */
async function run(line: string, client: Client): Promise<{ code: number | null; output: string }> {
  const [, , ...words] = wordsOf(line.replace(" curl ", " curl --reflect "));
  const isWatch = line.endsWith("/WatchRuns");
  let output = "";
  const hasRun = (): boolean => isWatch && output.includes('"slug": "demo/list"');
  const { code } = await runBuf(words, (text, kill) => {
    if (isWatch && output === "") client.runJob("demo/list").catch(() => {});
    output += text;
    if (hasRun()) kill();
  });
  return { code: hasRun() ? 0 : code, output };
}
