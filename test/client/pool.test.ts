import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, describe, test } from "node:test";
import { status } from "@grpc/grpc-js";
import { Client, type ClientOptions, TickwireError } from "@tickwire/client";
import { type Lookup, schedulerProto } from "@tickwire/client/internal";
import { ManualClock } from "./manual-clock.js";
import { Refusal, type Script, scriptedServer } from "./scripted-server.js";

// A client of several servers, over real connections.

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that counts what it is asked. */
interface Counted {
  readonly address: string;
  asked: number;
  /** What it answers: a refusal, or what was asked for. */
  refuses: Refusal | undefined;
  stop(): void;
}

async function counted(more: Script = {}, port?: number, host?: string): Promise<Counted> {
  const answer = <T>(value: T): T => {
    server.asked++;
    if (server.refuses) throw server.refuses;
    return value;
  };
  const script: Script = {
    getKind: () => answer(schedulerProto.GetKindResponse.fromPartial({ kind: { name: "k" } })),
    pauseKind: () => answer(schedulerProto.PauseKindResponse.fromPartial({ kind: { name: "k" } })),
    ...more,
  };
  const { address, stop } = await scriptedServer(script, port, host);
  closing.push(stop);
  const server: Counted = { address, asked: 0, refuses: undefined, stop };
  return server;
}

const three = () => Promise.all([counted(), counted(), counted()]);
const unavailable = () => new Refusal(status.UNAVAILABLE, "not now");
const askedOf = (servers: readonly Counted[]) => servers.map(({ asked }) => asked);

function clientOf(servers: readonly Counted[], options: ClientOptions = {}, clock?: ManualClock): Client {
  const client = new Client({ address: servers.map(({ address }) => address), ...options }, clock, () => 0.5);
  closing.push(() => client.close());
  return client;
}

/** Calls until each of them was asked, and so is connected; then counts from 0. */
async function reachAll(client: Client, servers: readonly Counted[]): Promise<void> {
  while (servers.some(({ asked }) => asked === 0)) await client.getKind("k");
  for (const server of servers) server.asked = 0;
}

async function until(true_: () => boolean): Promise<void> {
  while (!true_()) await new Promise((resolve) => setImmediate(resolve));
}

describe("calls to several servers", () => {
  test("are spread evenly, and over those that live where one is gone", async () => {
    const servers = await three();
    const client = clientOf(servers);
    await reachAll(client, servers);
    await Promise.all(Array.from({ length: 30 }, () => client.getKind("k")));
    assert.deepEqual(askedOf(servers), [10, 10, 10]);
    servers[1].stop();
    for (let n = 0; n < 10; n++) await client.getKind("k");
    for (const server of servers) server.asked = 0;
    // A repeat could hurt it: had it been sent to the dead one, it would fail.
    for (let n = 0; n < 20; n++) await client.pauseKind("k");
    assert.deepEqual(askedOf(servers), [10, 0, 10]);
  });

  test("are made where one of the servers can't be reached from the start", async () => {
    const servers = await three();
    servers[0].stop();
    servers[2].stop();
    const client = clientOf(servers, { retry: { maxTries: 1 } });
    await Promise.all(Array.from({ length: 10 }, () => client.pauseKind("k")));
    assert.deepEqual(askedOf(servers), [0, 10, 0]);
  });

  test("come back to a server that is back", async () => {
    const servers = await three();
    const client = clientOf(servers);
    await reachAll(client, servers);
    servers[0].stop();
    for (let n = 0; n < 6; n++) await client.getKind("k");
    const back = await counted({}, Number(servers[0].address.split(":")[1]));
    await reachAll(client, [back]);
  });

  test("say why, where none can be reached", async () => {
    const servers = await three();
    for (const { stop } of servers) stop();
    const client = clientOf(servers, { retry: { maxTries: 2 } });
    const refused = (error: TickwireError) => error.code === "UNAVAILABLE" && error.message.includes("ECONNREFUSED");
    await assert.rejects(client.getKind("k"), refused);
    await assert.rejects(client.pauseKind("k"), refused);
  });
});

describe("a server that answers UNAVAILABLE", () => {
  test("is passed over at once; only after all of them there is a wait, which grows", async () => {
    const clock = new ManualClock();
    const servers = await three();
    const client = clientOf(servers, {}, clock);
    await reachAll(client, servers);
    for (const server of servers) server.refuses = unavailable();
    const idle = clock.waiting;
    const call = client.getKind("k");
    for (const [round, waitMs] of [50, 100, 200].entries()) {
      await until(() => clock.waiting > idle);
      assert.deepEqual(askedOf(servers), [round + 1, round + 1, round + 1]);
      await clock.turn(waitMs - 1);
      assert.equal(clock.waiting, idle + 1, "the wait is short");
      if (waitMs === 200) servers[2].refuses = undefined;
      await clock.turn(1);
    }
    await call;
    assert.equal(servers[2].asked, 4);
  });

  test("is asked once in a call that may be repeated, and that call is answered by another, without a wait", async () => {
    const clock = new ManualClock();
    const servers = await three();
    const client = clientOf(servers, {}, clock);
    await reachAll(client, servers);
    servers[0].refuses = unavailable();
    servers[1].refuses = unavailable();
    await client.getKind("k");
    assert.equal(servers[2].asked, 1);
    assert.ok(servers[0].asked <= 1 && servers[1].asked <= 1);
  });

  test("is left out for a second, also by calls that a repeat could hurt", async () => {
    const clock = new ManualClock();
    const servers = await three();
    const client = clientOf(servers, {}, clock);
    await reachAll(client, servers);
    servers[0].refuses = unavailable();
    while (servers[0].asked === 0) await client.getKind("k");
    for (const server of servers) server.asked = 0;
    await clock.turn(999);
    for (let n = 0; n < 10; n++) await client.pauseKind("k");
    assert.deepEqual(askedOf(servers), [0, 5, 5]);
    servers[0].refuses = undefined;
    await clock.turn(1);
    for (let n = 0; n < 9; n++) await client.pauseKind("k");
    assert.deepEqual(askedOf(servers), [3, 8, 8]);
  });

  test("fails a call that a repeat could hurt", async () => {
    const servers = await three();
    const client = clientOf(servers);
    await reachAll(client, servers);
    for (const server of servers) server.refuses = unavailable();
    await assert.rejects(client.pauseKind("k"), { code: "UNAVAILABLE" });
    assert.equal(servers[0].asked + servers[1].asked + servers[2].asked, 1);
  });

  test("counts as one of maxTries together with the others of its round", async () => {
    const servers = await three();
    const client = clientOf(servers, { retry: { maxTries: 2, initialMs: 1 } });
    await reachAll(client, servers);
    for (const server of servers) server.refuses = unavailable();
    await assert.rejects(client.getKind("k"), { code: "UNAVAILABLE" });
    assert.deepEqual(askedOf(servers), [2, 2, 2]);
  });
});

test("a server that does not finish to connect is waited for 2 s, and then left out", async () => {
  const clock = new ManualClock();
  const silent = createServer((socket) => closing.push(() => socket.destroy())).listen(0, "127.0.0.1");
  await once(silent, "listening");
  closing.push(() => silent.close());
  const live = await counted();
  live.refuses = unavailable();
  const { port } = silent.address() as AddressInfo;
  const client = new Client({ address: [`127.0.0.1:${port}`, live.address] }, clock, () => 0.5);
  closing.push(() => client.close());
  const call = client.getKind("k");
  await until(() => live.asked === 1 && clock.waiting === 1);
  await clock.turn(1999);
  assert.equal(live.asked, 1);
  live.refuses = undefined;
  await clock.turn(1);
  // From here on it is the wait after a round.
  await clock.turn(50);
  await call;
  assert.equal(live.asked, 2);
  await client.pauseKind("k");
});

describe("a stream over several servers", () => {
  test("is opened elsewhere when its server is gone", async () => {
    const opened: { readonly at: string; end(): void }[] = [];
    const watching: Script = {
      watchRuns: (_, call) => {
        opened.push({ at: call.getHost(), end: () => call.emit("error", { code: status.UNAVAILABLE }) });
        call.write(schedulerProto.WatchRunsResponse.fromPartial({ runs: [{ runId: String(opened.length) }] }));
      },
    };
    const servers = await Promise.all([counted(watching), counted(watching), counted(watching)]);
    const client = clientOf(servers);
    await reachAll(client, servers);
    const runs = client.watchRuns()[Symbol.asyncIterator]();
    for (let n = 1; n <= 10; n++) {
      assert.equal((await runs.next()).value?.runId, String(n));
      opened.at(-1)?.end();
    }
    for (const [index, { at }] of opened.entries()) assert.notEqual(at, opened[index - 1]?.at);
    await runs.return?.(undefined);
  });

  test("waits a little after a break before it goes elsewhere, as all that were there do", async () => {
    const clock = new ManualClock();
    const opened: (() => void)[] = [];
    const watching: Script = {
      watchRuns: (_, call) => {
        opened.push(() => call.emit("error", { code: status.UNAVAILABLE }));
        call.write(schedulerProto.WatchRunsResponse.fromPartial({}));
      },
    };
    const servers = await Promise.all([counted(watching), counted(watching)]);
    const client = clientOf(servers, {}, clock);
    await reachAll(client, servers);
    const watch = client.watchRuns();
    await watch.opened;
    const next = watch[Symbol.asyncIterator]().next();
    const idle = clock.waiting;
    opened[0]?.();
    await until(() => clock.waiting > idle);
    await clock.turn(49);
    assert.equal(opened.length, 1);
    await clock.turn(1);
    await until(() => opened.length === 2);
    await watch.close();
    await next;
  });

  test("tries the next one at once where one refuses it", async () => {
    const clock = new ManualClock();
    let slugs = 0;
    const refusing = (): Script => ({
      listJobSlugs: (_, call) => {
        if (++slugs < 3) throw unavailable();
        call.write({ slugs: ["a"] });
        call.end();
      },
    });
    const servers = await Promise.all([counted(refusing()), counted(refusing()), counted(refusing())]);
    const client = clientOf(servers, {}, clock);
    await reachAll(client, servers);
    const all: string[] = [];
    for await (const slug of client.listJobSlugs()) all.push(slug);
    assert.deepEqual([all, slugs], [["a"], 3]);
  });
});

describe("the servers of a name", () => {
  async function named(
    hosts: string[],
    more?: Script,
  ): Promise<{ client: Client; servers: Counted[]; clock: ManualClock }> {
    const clock = new ManualClock();
    const first = await counted(more, 0, "127.0.0.1");
    const port = Number(first.address.split(":")[1]);
    const servers = [first, await counted(more, port, "127.0.0.2"), await counted(more, port, "127.0.0.3")];
    const lookup: Lookup = async () => hosts.map((address) => ({ address, family: 4 }));
    const client = new Client({ address: `servers.example:${port}` }, clock, () => 0, lookup);
    closing.push(() => client.close());
    return { client, servers, clock };
  }

  test("are all asked, and new ones within half a minute; one that left the name no more", async () => {
    const hosts = ["127.0.0.1", "127.0.0.2"];
    const { client, servers, clock } = await named(hosts);
    const [one, two, added] = servers as [Counted, Counted, Counted];
    await reachAll(client, [one, two]);
    for (let n = 0; n < 10; n++) await client.getKind("k");
    assert.deepEqual(askedOf(servers), [5, 5, 0]);
    hosts.splice(0, 1, "127.0.0.3");
    await clock.turn(29_999);
    for (let n = 0; n < 10; n++) await client.getKind("k");
    assert.equal(added.asked, 0);
    await clock.turn(1);
    await reachAll(client, [two, added]);
    one.asked = 0;
    for (let n = 0; n < 10; n++) await client.getKind("k");
    assert.deepEqual(askedOf(servers), [0, 5, 5]);
  });

  test("may leave it while they carry a call, which then ends well", async () => {
    const hosts = ["127.0.0.1", "127.0.0.2"];
    const gate: { open?: () => void } = {};
    const held: Script = {
      getServerInfo: () =>
        new Promise((resolve) => {
          gate.open = () => resolve(schedulerProto.GetServerInfoResponse.fromPartial({ version: "9" }));
        }),
    };
    const { client, servers, clock } = await named(hosts, held);
    await reachAll(client, servers.slice(0, 2));
    const call = client.getServerInfo({ retry: false });
    await until(() => gate.open !== undefined);
    hosts.splice(0, 2, "127.0.0.3", "127.0.0.4");
    await clock.turn(30_000);
    await client.getKind("k");
    await reachAll(client, servers.slice(2));
    gate.open?.();
    assert.equal((await call).version, "9");
  });

  test("are called by that name", async () => {
    let authority = "";
    const server = await counted({
      getServerInfo: (_, call) => {
        authority = call.getHost();
        return schedulerProto.GetServerInfoResponse.fromPartial({});
      },
    });
    const port = server.address.split(":")[1];
    const lookup: Lookup = async () => ["127.0.0.1", "127.0.0.9"].map((address) => ({ address, family: 4 }));
    const client = new Client({ address: `servers.example:${port}` }, undefined, undefined, lookup);
    closing.push(() => client.close());
    await client.getServerInfo();
    assert.equal(authority, `servers.example:${port}`);
  });

  test("that is not answered keeps a call no longer than its deadline", async () => {
    const client = new Client({ address: "servers.example:1" }, undefined, undefined, () => new Promise(() => {}));
    closing.push(() => client.close());
    await assert.rejects(client.getKind("k", { timeoutMs: 20 }), { code: "DEADLINE_EXCEEDED" });
    const abort = new AbortController();
    const aborted = client.getKind("k", { signal: abort.signal });
    abort.abort("enough");
    await assert.rejects(aborted, { code: "CANCELLED", cause: "enough" });
    const closed = client.getKind("k");
    client.close();
    await assert.rejects(closed, (error) => error instanceof TickwireError && error.reason === "CLIENT_CLOSED");
  });
});
