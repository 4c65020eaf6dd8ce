import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { it } from "node:test";
import { Client } from "@tickwire/client";
import { startServer } from "../cli/tickwire-process.js";
import { temporaryFolder } from "./fixtures.js";

const can = spawnSync("prlimit", ["--version"]).status === 0;

it("55 a server whose files can't grow is not ready, keeps what it acknowledged, and goes on by itself", {
  timeout: 120_000,
  skip: !can && "there is no prlimit, which limits the files of a process that runs",
}, async (t) => {
  const file = join(temporaryFolder(t), "store.db");
  const server = await startServer(t, ["--store", `sqlite:${file}`, "--lease-ttl", "3s"]);
  await using client = new Client({ address: server.grpc });
  const once = { kind: "work", trigger: { interval: { everyMs: 3_600_000 } } } as const;
  /** What a full disk does: writing fails, reading does not. */
  const limit = (bytes: string) => {
    const set = spawnSync("prlimit", ["--pid", String(server.child.pid), `--fsize=${bytes}:`], { encoding: "utf8" });
    assert.equal(set.status, 0, set.stderr);
  };
  const readyz = async () => (await fetch(`http://${server.http}/readyz`)).status;

  await client.scheduleJob({ slug: "before", ...once });
  assert.equal(await readyz(), 200);
  limit("0");
  const refused = client.scheduleJob({ slug: "refused", ...once }, { retry: false });
  await assert.rejects(refused, { code: "UNAVAILABLE", message: /store\.db can't be used/ });
  assert.equal((await client.getJob("before")).slug, "before");
  await server.logged("the store was out of reach for two thirds of the lease's time");
  assert.equal(await readyz(), 503);
  limit("unlimited");
  await server.logged("a new lease is open");
  assert.equal(await readyz(), 200);
  await client.scheduleJob({ slug: "after", ...once });
  const slugs: string[] = [];
  for await (const { slug } of client.listJobs()) slugs.push(slug);
  assert.deepEqual(slugs, ["after", "before"]);
  assert.equal(server.log.filter(({ msg }) => msg === "the store's file can be written again").length, 1);
});
