import assert from "node:assert/strict";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, it } from "node:test";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import { DatabaseProcess } from "../database/database-process.js";
import { Listener } from "../database/listener.js";
import { TcpProxy } from "../faults/proxy.js";
import { ownPort } from "../own-port.js";
import { at } from "../store/suite/clock.js";
import { job, put, range } from "../store/suite/jobs.js";
import { claim, claimOne, ending, listed, open, slugs } from "../store/suite/tasks.js";
import { postgresData } from "./data.js";
import { pgbouncer } from "./pgbouncer.js";
import { postgresServer } from "./server.js";
import { atPort, hostOf } from "./uri.js";
import { userToBe } from "./user.js";

const server = await postgresServer({ own: true });
const program = "skip" in server ? server : await pgbouncer();
const skip = "skip" in program ? program.skip : false;
const file = "file" in program ? program.file : "";
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

async function withPooler(
  mode: string,
  work: (port: number) => Promise<void>,
  { host, port: behind } = hostOf(uri),
  others: Readonly<Record<string, string | number>> = {},
): Promise<void> {
  const user = await userToBe();
  const folder = await mkdtemp(join(tmpdir(), "tickwire-pooler-"));
  const port = await ownPort();
  const ini = join(folder, "pgbouncer.ini");
  const settings = {
    ...{ listen_addr: "127.0.0.1", listen_port: port, unix_socket_dir: "", auth_type: "any", pool_mode: mode },
    ...{ default_pool_size: 40, max_client_conn: 100, ...others },
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  await writeFile(
    ini,
    ["[databases]", `* = host=${host} port=${behind} user=tickwire`, "[pgbouncer]", ...lines, ""].join("\n"),
  );
  await chmod(folder, 0o755);
  if (user) await chown(folder, user.uid, user.gid);
  const command = { file, args: [ini], folder, ready: /process up/, ...(user && { user }) };
  const pooler = await DatabaseProcess.start(command);
  try {
    await work(port);
  } finally {
    await pooler.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

it("a pooler in session mode is a PostgreSQL like any other, notices too", { skip }, async () => {
  await withPooler("session", async (port) => {
    const data = postgresData(uri);
    const direct = await data.open(() => at(0));
    const store = await openPostgresStore(atPort(data.url, port), { clock: () => at(0) });
    try {
      await using listener = await new Listener(store).open(direct);
      await put(direct, job("a"));
      await listener.until(({ kinds }) => kinds?.includes("mail") ?? false);
      const out = await claimOne(store, { lease: await open(store), now: at(0) });
      assert.equal((await store.release([ending(out)]))[0]?.status, "recorded");
    } finally {
      await Promise.all([store.close(), direct.close()]);
      await data.remove();
    }
  });
});

it("a claim of which a pooler has lost the answer knows what it has", { skip }, async () => {
  await using proxy = await TcpProxy.to(hostOf(uri));
  const work = async (port: number) => {
    const data = postgresData(uri);
    const direct = await data.open(() => at(0));
    const store = await openPostgresStore(atPort(data.url, port), { clock: () => at(0) });
    try {
      await put(direct, job("a"), job("b"));
      const lease = await open(store);
      const fault = proxy.cutReply({ after: (bytes) => bytes.includes("SKIP LOCKED") });
      const taken = await claim(store, { lease, now: at(0), limit: 1 });
      assert.equal(fault.times, 1);
      assert.deepEqual(slugs(taken), slugs((await listed(direct)).filter(({ lock }) => lock)));
    } finally {
      await Promise.all([store.close(), direct.close()]);
      await data.remove();
    }
  };
  await withPooler("session", work, { host: "127.0.0.1", port: proxy.port });
});

it("a pooler that hands on a session with what another has prepared in it: it is said what to do", {
  skip,
}, async () => {
  const work = async (port: number) => {
    const data = postgresData(uri);
    await (await data.open(() => at(0))).close();
    const turn = async () => {
      const store = await openPostgresStore(atPort(data.url, port));
      await Promise.all(range(3).map(() => store.get("a"))).finally(() => store.close());
    };
    await turn();
    await assert.rejects(turn(), { reason: "STORE_DOWN", message: /DISCARD ALL/ });
    await data.remove();
  };
  await withPooler("session", work, hostOf(uri), { server_reset_query: "", default_pool_size: 4 });
});

for (const mode of ["transaction", "statement"]) {
  it(`a pooler in ${mode} mode is refused, with what to do`, { skip }, async () => {
    await withPooler(mode, async (port) => {
      const data = postgresData(uri);
      await assert.rejects(openPostgresStore(atPort(data.url, port)), {
        reason: "STORE_DOWN",
        message: /session mode/,
      });
      await data.remove();
    });
  });
}
