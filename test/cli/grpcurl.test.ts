import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Client } from "@tickwire/client";
import { schedulerProto } from "@tickwire/client/internal";
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
/** What this version answers UNIMPLEMENTED. */
const LATER = ["UpdateJob", "BackfillJob"];
const BUF = join(root, "node_modules/@bufbuild/buf/bin/buf");

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

  it("has every call that this version offers, and no other", () => {
    const offered = Object.values(schedulerProto.SchedulerService)
      .map(({ path }) => path.split("/")[2] ?? "")
      .filter((name) => !LATER.includes(name));
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
    for (const { buf } of calls) {
      if (buf.endsWith("/CancelRun")) await untilRunning("demo/sleep");
      const { code, output } = await runBuf(buf.replaceAll("127.0.0.1:7070", server.address), client);
      assert.equal(code, 0, `${buf}\n${output}`);
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

/** Runs a command to its end; a watch until it shows a run, which is asked for once the watch is open. */
async function runBuf(line: string, client: Client): Promise<{ code: number | null; output: string }> {
  const args = [BUF, ...wordsOf(line).slice(2)];
  // A group of its own: buf's package starts the program itself as a child.
  const child = spawn(process.execPath, args, { cwd: root, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const isWatch = line.endsWith("/WatchRuns");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      if (isWatch && output === "") client.runJob("demo/list").catch(() => {});
      output += chunk;
      if (isWatch && output.includes('"slug": "demo/list"')) process.kill(-(child.pid ?? 0), "SIGKILL");
    });
  }
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code: isWatch && output.includes('"slug": "demo/list"') ? 0 : code, output };
}
