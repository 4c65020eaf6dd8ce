import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Client, type Run } from "@tickwire/client";
import { untilDead } from "./liveness.js";
import { NamedPipe } from "./named-pipe.js";
import { Cli, run, serve, temporaryFolder } from "./processes.js";
import { selfSigned } from "./self-signed.js";

let server: Awaited<ReturnType<typeof serve>>;
let client: Client;
before(async () => {
  server = await serve();
  client = new Client({ address: server.address });
});
after(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

async function startWorker(
  kinds: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Cli> {
  const words = ["worker", "--server", server.address, "--kinds", kinds, "--log-format", "json", ...args];
  const worker = new Cli(words, { env });
  await worker.until("stderr", /"msg":"connected"/);
  return worker;
}

/** Runs a job once, and answers the run that ended first. */
async function runOnce(kind: string, payload: string | Uint8Array, slug: string): Promise<Run> {
  await using watch = client.watchRuns({ filter: { slug }, view: "full" });
  await watch.opened;
  await client.scheduleJob({ slug, kind, payload, policy: { retry: { maxAttempts: 1 } } });
  for await (const ended of watch) return ended;
  assert.fail("the watch ended");
}

const deadError = async (slug: string) => {
  const job = await client.getJob(slug);
  assert.equal(job.deadReason, "permanent_failure");
  return job.lastError;
};

describe("tickwire worker", () => {
  it("prints a line a task, and nothing else on stdout", async () => {
    await using worker = await startWorker("print");
    const { result, occurrenceId } = await runOnce("print", "two\nlines \u001b[2J", "printed");
    const time = occurrenceId.slice("printed@".length);
    // The result may be here before what was written on the way to it.
    await worker.until("stdout", /\n$/);
    assert.equal(worker.stdout, `printed  ${time}  two\\nlines \\u001b[2J\n`);
    assert.equal(Buffer.from(result).toString(), "two\nlines \u001b[2J");
  });

  it("refuses a payload that is no text for good, and says why", async () => {
    await using worker = await startWorker("print,shell");
    const binary = new Uint8Array([0xff, 0xfe, 0x00]);
    for (const kind of ["print", "shell"]) {
      const { state } = await runOnce(kind, binary, `binary-${kind}`);
      assert.equal(state, "failed");
      assert.match(await deadError(`binary-${kind}`), /not text: its 3 bytes are not UTF-8/);
    }
    await runOnce("shell", "", "empty");
    assert.match(await deadError("empty"), /the payload is empty/);
    await runOnce("shell", "echo a\0b", "nul");
    assert.match(await deadError("nul"), /NUL character/);
    assert.equal(worker.stdout, "");
  });

  it("runs commands and reports how they ended", async () => {
    await using _ = await startWorker("shell");
    const good = await runOnce("shell", 'echo "$TICKWIRE_SLUG"; echo err >&2', "good");
    assert.deepEqual(JSON.parse(Buffer.from(good.result).toString()), {
      exitCode: 0,
      stdout: "good\n",
      stderr: "err\n",
    });
    const bad = await runOnce("shell", "echo reason >&2; exit 3", "bad");
    assert.deepEqual([bad.state, bad.error], ["failed", "exit code 3\nreason"]);
  });

  it("serves shell only where it was started with it", async () => {
    await using _ = await startWorker("print");
    await client.scheduleJob({ slug: "waits", kind: "shell", payload: "echo no" });
    const { waitingFor, state } = await client.getJob("waits");
    assert.deepEqual([waitingFor, state], ["no_worker", "scheduled"]);
    await client.deleteJob("waits");
  });

  it("makes requests, to private addresses only where it was started so", async () => {
    const { cert, key } = selfSigned();
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, "ca.pem"), cert);
    const target = createServer({ cert, key }, (request, response) => response.end(request.headers["tickwire-slug"]));
    target.listen(0, "127.0.0.1");
    await once(target, "listening");
    const address = target.address();
    assert.ok(address && typeof address === "object");
    const payload = JSON.stringify({ url: `https://localhost:${address.port}/` });
    {
      await using _ = await startWorker("http");
      await runOnce("http", payload, "refused");
      assert.match(await deadError("refused"), /^the address of localhost is private: only a worker started with/);
    }
    {
      await using _ = await startWorker("http", ["--http-allow-private"]);
      const { state, error } = await runOnce("http", payload, "untrusted");
      assert.deepEqual([state, error], ["failed", `no answer from localhost:${address.port}: self-signed certificate`]);
    }
    {
      const env = { NODE_EXTRA_CA_CERTS: join(folder.path, "ca.pem") };
      await using _ = await startWorker("http", ["--http-allow-private"], env);
      const { result } = await runOnce("http", payload, "allowed");
      assert.equal(Buffer.from(result).toString(), '{"status":200,"body":"allowed"}');
    }
    target.close();
  });

  it("ends a cancelled command, with everything that it started", async () => {
    using folder = temporaryFolder();
    const pipe = new NamedPipe(folder.path, "pid");
    await using _ = await startWorker("shell");
    await using watch = client.watchRuns({ filter: { slug: "cancelled" } });
    await watch.opened;
    await client.scheduleJob({
      slug: "cancelled",
      kind: "shell",
      payload: `sh -c 'echo $$ > ${pipe.path}; exec sleep 300' & wait`,
    });
    const pid = Number(await pipe.read());
    await client.cancelRun("cancelled");
    for await (const ended of watch) {
      assert.equal(ended.state, "cancelled");
      break;
    }
    await untilDead(pid);
  });

  it("ends a command at its timeout", async () => {
    using folder = temporaryFolder();
    const pipe = new NamedPipe(folder.path, "pid");
    await using _ = await startWorker("shell");
    await using watch = client.watchRuns({ filter: { slug: "slow" } });
    await watch.opened;
    await client.scheduleJob({
      slug: "slow",
      kind: "shell",
      payload: `sh -c 'echo $$ > ${pipe.path}; exec sleep 300' & wait`,
      policy: { timeoutMs: 200, retry: { maxAttempts: 1 } },
    });
    const pid = Number(await pipe.read());
    for await (const ended of watch) {
      assert.equal(ended.state, "timed_out");
      break;
    }
    await untilDead(pid);
  });

  it("finishes what runs on SIGTERM, and exits 0", async () => {
    using folder = temporaryFolder();
    const [begun, go] = [new NamedPipe(folder.path, "begun"), new NamedPipe(folder.path, "go")];
    await using worker = await startWorker("shell");
    const ended = runOnce("shell", `echo yes > ${begun.path}; cat ${go.path}`, "drained");
    await begun.read();
    worker.child.kill("SIGTERM");
    await worker.until("stderr", /"msg":"worker stops"/);
    go.write("done");
    const { state, result } = await ended;
    assert.equal(state, "succeeded");
    assert.match(Buffer.from(result).toString(), /done/);
    assert.equal((await worker.ended).code, 0);
  });

  it("hands back what outlasts the grace, and leaves no process behind", async () => {
    using folder = temporaryFolder();
    const pipe = new NamedPipe(folder.path, "pid");
    await using worker = await startWorker("shell", ["--grace", "100ms"]);
    const ended = runOnce("shell", `echo $$ > ${pipe.path}; exec sleep 300`, "left");
    const pid = Number(await pipe.read());
    worker.child.kill("SIGTERM");
    assert.equal((await ended).state, "released");
    assert.equal((await worker.ended).code, 0);
    await untilDead(pid);
    await client.deleteJob("left");
  });

  it("exits at once on a second signal, and takes its commands along", async () => {
    using folder = temporaryFolder();
    const pipe = new NamedPipe(folder.path, "pid");
    await using worker = await startWorker("shell");
    await client.scheduleJob({ slug: "abandoned", kind: "shell", payload: `echo $$ > ${pipe.path}; exec sleep 300` });
    const pid = Number(await pipe.read());
    worker.child.kill("SIGTERM");
    await worker.until("stderr", /"msg":"worker stops"/);
    worker.child.kill("SIGINT");
    assert.equal((await worker.ended).code, 130);
    await untilDead(pid);
    await client.deleteJob("abandoned");
  });

  it("tells what is wrong with its options", async () => {
    const wrong = async (args: readonly string[], message: RegExp) => {
      const { code, stderr, stdout } = await run(["worker", "--server", server.address, ...args]);
      assert.deepEqual([code, stdout], [2, ""], stderr);
      assert.match(stderr, message);
    };
    await Promise.all([
      wrong([], /--kinds is missing: which of print,shell,http/),
      wrong(["--kinds", "print,ftp"], /--kinds: must be of print,shell,http.*got "print,ftp"/),
      wrong(["--kinds", "print", "--max-tasks", "0"], /--max-tasks: must be a whole number of at least 1; got "0"/),
      wrong(["--kinds", "print", "--max-tasks", "10001"], /--max-tasks: must be at most 10000/),
      wrong(["--kinds", "print", "--grace", "soon"], /--grace: must be a span such as/),
    ]);
  });
});
