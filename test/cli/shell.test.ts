import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  type AbortCause,
  type Handler,
  PermanentError,
  type Task,
  TaskAborted,
  type TaskContext,
} from "@tickwire/client";
import { shellHandler } from "../../src/cli/kinds/shell.js";
import { isAlive, untilDead } from "./liveness.js";
import { NamedPipe } from "./named-pipe.js";
import { temporaryFolder } from "./processes.js";

const handler: Handler = shellHandler({ ...process.env, FROM_WORKER: "yes" });

async function shell(
  payload: string | Uint8Array,
  abort = new AbortController(),
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const task = {
    slug: "job",
    occurrenceId: "job@2026-03-01T09:00:00.000Z",
    attempt: 2,
    fence: 7,
    payload: Buffer.from(payload as string),
  };
  const result = await handler(task as unknown as Task, { signal: abort.signal } as unknown as TaskContext);
  return JSON.parse(result as string) as never;
}

function abortWith(abort: AbortController, why: AbortCause): void {
  abort.abort(new TaskAborted(why));
}

describe("the shell kind", () => {
  it("gives exit code, stdout and stderr", async () => {
    assert.deepEqual(await shell("echo out; echo err >&2"), { exitCode: 0, stdout: "out\n", stderr: "err\n" });
  });

  it("tells the command which task it is, beside the worker's own environment", async () => {
    const { stdout } = await shell(
      'echo "$TICKWIRE_SLUG $TICKWIRE_OCCURRENCE_ID $TICKWIRE_ATTEMPT $TICKWIRE_FENCE $FROM_WORKER"',
    );
    assert.equal(stdout, "job job@2026-03-01T09:00:00.000Z 2 7 yes\n");
  });

  it("cuts long output in its middle, and says how much", async () => {
    const { stdout } = await shell("echo first; yes | head -c 1000000; echo last");
    assert.match(stdout, /^first\ny\n[\s\S]*\n\[\.\.\. \d+ bytes cut \.\.\.\]\n[\s\S]*y\nlast\n$/);
    const kept = stdout.replace(/\[\.\.\. \d+ bytes cut \.\.\.\]\n/, "");
    assert.equal(Number(/\[\.\.\. (\d+) bytes/.exec(stdout)?.[1]), 1_000_011 - kept.length);
  });

  it("fails on any other exit code, with the end of stderr", async () => {
    await assert.rejects(shell("echo first >&2; exit 3"), { name: "Error", message: "exit code 3\nfirst" });
    await assert.rejects(shell("exit 4"), { message: "exit code 4" });
    await assert.rejects(shell("yes | head -c 100000 >&2; echo the reason >&2; exit 1"), (error: Error) => {
      assert.match(error.message, /^exit code 1\ny\n[\s\S]*the reason$/);
      return error.message.length < 5_000;
    });
    await assert.rejects(shell("kill -ABRT $$"), { message: "killed by SIGABRT" });
  });

  it("refuses for good what no shell can run, and says why", async () => {
    const refused = (message: RegExp) => (error: unknown) =>
      error instanceof PermanentError && message.test(error.message);
    await assert.rejects(shell(""), refused(/payload is empty/));
    await assert.rejects(shell("echo a\0b"), refused(/NUL character, at 6/));
    await assert.rejects(shell(Buffer.from([0x65, 0xff, 0xfe])), refused(/3 bytes are not UTF-8/));
    await assert.rejects(
      shell(`: ${"x".repeat(1_000_000)}`),
      refused(/1000002 bytes, more than this system lets a command have/),
    );
  });

  it("ends the whole process group on cancel, grandchildren included", async () => {
    using folder = temporaryFolder();
    const pipe = new NamedPipe(folder.path, "pipe");
    const abort = new AbortController();
    const running = shell(`sh -c 'sh -c "echo \\$\\$ \\$PPID > ${pipe.path}; exec sleep 300" & wait' & wait`, abort);
    const pids = (await pipe.read()).trim().split(" ").map(Number);
    assert.equal(pids.length, 2);
    assert.ok(pids.every(isAlive));
    abortWith(abort, "cancelled");
    await assert.rejects(running, TaskAborted);
    for (const pid of pids) await untilDead(pid);
  });

  it("kills what does not end on SIGTERM", async () => {
    using folder = temporaryFolder();
    const pipe = new NamedPipe(folder.path, "pipe");
    const abort = new AbortController();
    // The shell itself ends on SIGTERM; its child does not, and has let go of the output.
    const running = shell(
      `sh -c 'trap "" TERM; echo $$ > ${pipe.path}; while :; do sleep 1; done' >/dev/null 2>&1 & wait`,
      abort,
    );
    const pid = Number(await pipe.read());
    abortWith(abort, "stopping");
    await assert.rejects(running, TaskAborted);
    await untilDead(pid);
  });

  it("lets a command end by itself within the patience, and its words are heard", async () => {
    using folder = temporaryFolder();
    const pipe = new NamedPipe(folder.path, "pipe");
    const abort = new AbortController();
    const running = shell(
      `trap 'echo bye > ${folder.path}/bye; exit 0' TERM; echo up > ${pipe.path}; while :; do sleep 0.02; done`,
      abort,
    );
    await pipe.read();
    abortWith(abort, "timed_out");
    await assert.rejects(running, TaskAborted);
    assert.equal(readFileSync(join(folder.path, "bye"), "utf8"), "bye\n");
  });

  it("does not start what was cancelled before", async () => {
    const abort = new AbortController();
    abortWith(abort, "cancelled");
    using folder = temporaryFolder();
    await assert.rejects(shell(`touch ${folder.path}/ran`, abort), TaskAborted);
    assert.deepEqual(readdirSync(folder.path), []);
  });
});
