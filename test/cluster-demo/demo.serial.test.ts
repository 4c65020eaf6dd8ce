import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { isAlive, untilDead } from "../cli/liveness.js";

const MAIN = fileURLToPath(new URL("./main.js", import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
}

/** Runs it to its end; `heard` is given what it has printed so far, with each word more. Nothing where there is no MongoDB. */
async function cluster(
  t: TestContext,
  heard: (out: string, pid: number) => void = () => {},
): Promise<Ended | undefined> {
  const child = spawn(process.execPath, ["--enable-source-maps", MAIN, "--demo", "--nap", "3"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    heard(out, child.pid ?? 0);
  });
  const [code] = (await once(child, "close")) as [number | null];
  const [, why] = /no cluster here: (.*)/.exec(out) ?? [];
  if (why !== undefined) t.skip(why);
  return why === undefined ? { code, out } : undefined;
}

/** Of every process that it has named, the MongoDB's included. */
function pidsIn(out: string): number[] {
  return [...out.matchAll(/pid (\d+)/g)].map(([, pid]) => Number(pid));
}

it("the demo goes on after each end of a server or a worker, runs nothing twice, and leaves nothing behind", {
  timeout: 240_000,
}, async (t) => {
  const ended = await cluster(t);
  if (!ended) return;
  const { code, out } = ended;
  assert.equal(code, 0, out);
  const acts = out.split("--- kill").slice(1);
  assert.equal(acts.length, 3, out);
  for (const act of acts) {
    assert.match(act, /--- the next tick ran after \d+\.\d s\n/, out);
    assert.match(act, /--- nap-\d.* went on to the end\n/, out);
  }
  const [killed = "", stopped = "", drained = ""] = acts;
  assert.match(killed, /^ -9 \d+, which is server-\d, in the middle of nap-\d on worker-\d by server-\d/);
  assert.match(killed, /server-\d has ended: SIGKILL\n/);
  assert.match(killed, /--- worker-\d carried \d tasks? to server-\d after /);
  assert.match(killed, /--- server-\d took over its lease after /);
  assert.match(stopped, /worker-\d has ended: exit code 0\n/);
  assert.match(drained, /server-\d has ended: exit code 0\n/);
  assert.match(out, /--- \d+ runs; no occurrence ran twice\n/);
  const pids = pidsIn(out);
  assert.ok(pids.length >= 7, out);
  for (const pid of pids) await untilDead(pid);
});

it("a ^C in the middle ends all of it cleanly", { timeout: 60_000 }, async (t) => {
  let signalled = false;
  const ended = await cluster(t, (out, pid) => {
    if (signalled || !out.includes("nap-1 to nap-3")) return;
    signalled = true;
    assert.ok(pidsIn(out).every(isAlive), out);
    process.kill(pid, "SIGINT");
  });
  if (!ended) return;
  assert.equal(ended.code, 0, ended.out);
  assert.match(ended.out, /stopping the workers, then the servers\n/);
  for (const pid of pidsIn(ended.out)) await untilDead(pid);
});
