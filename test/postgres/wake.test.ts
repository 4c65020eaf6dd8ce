import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { cancelRun } from "../../src/core/edits.js";
import { type Log, silentLog } from "../../src/core/log.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import { Listener } from "../database/listener.js";
import { TcpProxy } from "../faults/proxy.js";
import { at } from "../store/suite/clock.js";
import { editing, job, kind, put, range } from "../store/suite/jobs.js";
import { claim, open } from "../store/suite/tasks.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";
import { atPort, hostOf } from "./uri.js";

const server = await postgresServer({ own: true });
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

describe("notices between servers on one PostgreSQL", { skip, concurrency: true }, () => {
  it("73 a create, a cancel and a kind of one server are heard by another, and not by itself", async () => {
    const data = postgresData(uri);
    const [one, other, stranger] = await Promise.all(range(3).map(() => data.open(() => at(0))));
    assert.ok(one && other && stranger);
    try {
      await using own = await new Listener(one).open(stranger);
      await using others = await new Listener(other).open(stranger);
      await put(one, job("a"), job("b", { kind: "other", dueAt: at(60) }));
      const wake = await others.until(({ kinds }) => kinds?.includes("mail") ?? false);
      assert.deepEqual(wake, { kinds: ["mail", "other"], cancels: false, kindsChanged: false });
      await one.putKind(kind("mail"), undefined);
      await others.until(({ kindsChanged }) => kindsChanged);
      await claim(one, { lease: await open(one), now: at(0) });
      await one.edit(["a"], (out) => cancelRun(out, "", editing(at(0))));
      await others.until(({ cancels }) => cancels);
      await stranger.putKind(kind("last"), undefined);
      await own.until(({ kindsChanged }) => kindsChanged);
      assert.ok(own.heard.every(({ kinds, cancels }) => !cancels && kinds?.length === 0));
    } finally {
      for (const store of [one, other, stranger]) await store.close();
      await data.remove();
    }
  });

  it("what anybody else writes to the channel may be about anything, and ends nothing", async () => {
    const data = postgresData(uri);
    const [one, other] = [await data.open(() => at(0)), await data.open(() => at(0))];
    try {
      await using listener = await new Listener(other).open(one);
      const texts = ["", "x", "null", "[]", '{"due":5}', '{"due":"mail"}', '{"due":[5]}'];
      await withClient(uri, async (client) => {
        for (const text of texts) await client.query("SELECT pg_notify($1, $2)", [`tickwire_${data.schema}`, text]);
      });
      const ofAny = () => listener.heard.filter(({ kinds }) => kinds === undefined).length;
      await listener.until(() => ofAny() === texts.length);
      await put(one, job("a"));
      await listener.until(({ kinds }) => kinds?.includes("mail") ?? false);
    } finally {
      for (const store of [one, other]) await store.close();
      await data.remove();
    }
  });

  it("more kinds than a notice holds are any kind", async () => {
    const data = postgresData(uri);
    const [one, other] = [await data.open(() => at(0)), await data.open(() => at(0))];
    try {
      await using listener = await new Listener(other).open(one);
      await put(one, ...range(90).map((n) => job(`j${n}`, { kind: `${"k".repeat(97)}${n}` })));
      await listener.until(({ kinds }) => kinds === undefined);
    } finally {
      for (const store of [one, other]) await store.close();
      await data.remove();
    }
  });

  it("53 a listening connection that breaks throws, can be opened anew, and nothing depends on it", async () => {
    const data = postgresData(uri);
    const proxy = await TcpProxy.to(hostOf(uri));
    const direct = await data.open(() => at(0));
    const store = await openPostgresStore(atPort(data.url, proxy.port), { clock: () => at(0) });
    try {
      await using first = await new Listener(store).open(direct);
      proxy.down();
      await assert.rejects(first.ended, { reason: "STORE_DOWN" });
      // A notice that nobody hears: the job is found all the same.
      await put(direct, job("a"));
      proxy.up();
      assert.deepEqual(await store.nextRun(["mail"]), at(0));
      await using second = await new Listener(store).open(direct);
      await direct.putKind(kind("k"), undefined);
      await second.until(({ kindsChanged }) => kindsChanged);
      // Nothing says that this one is gone but that it does not answer.
      proxy.swallow();
      await assert.rejects(second.ended, { reason: "STORE_DOWN" });
    } finally {
      proxy.up();
      await Promise.all([store.close(), direct.close()]);
      await data.remove();
      await proxy.close();
    }
  });

  it("where notices don't come through, as behind a pooler, that is said once, and watching ends", async () => {
    const data = postgresData(uri);
    await (await data.open(() => at(0))).close();
    // What stands for a pooler is a user whose notices go nowhere.
    await withClient(uri, async (client) => {
      await client.query("CREATE SCHEMA muted; CREATE ROLE mute SUPERUSER LOGIN");
      await client.query("CREATE FUNCTION muted.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT'");
      await client.query("ALTER ROLE mute SET search_path = muted, pg_catalog");
    });
    const told: string[] = [];
    const log: Log = { ...silentLog, info: (_facts: object, message: string) => void told.push(message) };
    const store = await openPostgresStore(data.url.replace("tickwire@", "mute@"), { clock: () => at(0), log });
    try {
      for (const _ of range(2)) for await (const _ of store.watch(new AbortController().signal));
      assert.deepEqual(told, [
        "PostgreSQL's notices do not come through here; servers learn of each other's writes by polling",
      ]);
      await store.putKind(kind("k"), undefined);
    } finally {
      await store.close();
      await data.remove();
    }
  });
});
