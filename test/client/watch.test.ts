import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { Client, TickwireError } from "@tickwire/client";
import { schedulerProto } from "@tickwire/client/internal";
import { Refusal, refusal, type Script, scriptedServer } from "./scripted-server.js";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

type Call = ServerWritableStream<schedulerProto.WatchRunsRequest, schedulerProto.WatchRunsResponse>;
const response = (...of: Parameters<typeof schedulerProto.WatchRunsResponse.fromPartial>) =>
  schedulerProto.WatchRunsResponse.fromPartial(...of);

async function clientOf(script: Script): Promise<Client> {
  const server = await scriptedServer(script);
  const client = new Client({ address: server.address });
  closing.push(() => client.close(), server.stop);
  return client;
}

test("a watch is open before it is read, and gives runs one by one", async () => {
  let call: Call | undefined;
  const client = await clientOf({
    watchRuns: (request, opened) => {
      assert.deepEqual([request.filter.kinds, request.filter.states, request.view], [["mail"], [2], 2]);
      call = opened;
      opened.write(response({}));
    },
  });
  await using watch = client.watchRuns({ filter: { kinds: ["mail"], states: ["failed"] }, view: "full" });
  await watch.opened;
  call?.write(response({ runs: [{ runId: "1" }, { runId: "2" }] }));
  call?.write(response({}));
  call?.write(response({ runs: [{ runId: "3", state: 2, endTime: { seconds: 1n } }] }));
  const seen = [];
  for await (const run of watch) {
    seen.push(run);
    if (seen.length === 3) break;
  }
  assert.deepEqual(
    seen.map(({ runId }) => runId),
    ["1", "2", "3"],
  );
  assert.deepEqual([seen[2]?.state, seen[2]?.endTime], ["failed", new Date(1000)]);
});

test("a watch goes on at its cursor after a break", async () => {
  const cursors: string[] = [];
  let gaps = 0;
  const client = await clientOf({
    watchRuns: (request, call) => {
      cursors.push(request.cursor);
      call.write(response({ cursor: request.cursor || "c0" }));
      call.write(
        response({
          runs: [{ runId: String(cursors.length) }],
          cursor: `c${cursors.length}`,
          gap: cursors.length === 3,
        }),
      );
      throw new Refusal(status.UNAVAILABLE, "stopping");
    },
  });
  const watch = client.watchRuns({ cursor: "c-mine", onGap: () => gaps++ });
  const seen: string[] = [];
  for await (const run of watch) if (seen.push(run.runId) === 3) break;
  assert.deepEqual([seen, cursors, gaps], [["1", "2", "3"], ["c-mine", "c1", "c2"], 1]);
});

test("a watch without cursors says that a break may have left runs out", async () => {
  let streams = 0;
  let gaps = 0;
  const client = await clientOf({
    watchRuns: (_, call) => {
      streams++;
      // Neither what fails before it is watched nor each failed try after it is a gap of its own.
      if ([1, 3, 4].includes(streams)) throw new Refusal(status.UNAVAILABLE, "starting");
      call.write(response({ runs: [{ runId: String(streams) }] }));
      if (streams === 2) throw new Refusal(status.UNAVAILABLE, "stopping");
    },
  });
  const seen: string[] = [];
  for await (const run of client.watchRuns({ onGap: () => gaps++ })) if (seen.push(`${run.runId} ${gaps}`) === 2) break;
  assert.deepEqual([seen, gaps], [["2 0", "5 1"], 1]);
});

test("a watch ends when it is closed, with its signal, and with an error that is none of the connection's", async () => {
  const client = await clientOf({
    watchRuns: (request, call) => {
      if (request.filter?.slug === "bad") throw new Refusal(status.INVALID_ARGUMENT, "no");
      call.write(response({}));
    },
  });
  const watch = client.watchRuns();
  const read = (async () => {
    for await (const _ of watch) assert.fail();
  })();
  await watch.opened;
  await watch.close();
  await read;

  const abort = new AbortController();
  const aborted = client.watchRuns({}, { signal: abort.signal });
  await aborted.opened;
  abort.abort("enough");
  await assert.rejects(aborted[Symbol.asyncIterator]().next(), { code: "CANCELLED", cause: "enough" });

  const refused = client.watchRuns({ filter: { slug: "bad" } });
  await assert.rejects(refused.opened, TickwireError);
  await assert.rejects(refused[Symbol.asyncIterator]().next(), { code: "INVALID_ARGUMENT" });
});

test("what a stream brings again after a break comes once", async () => {
  let streams = 0;
  const client = await clientOf({
    watchRuns: (_, call) => {
      const first = ++streams === 1;
      call.write(response({ cursor: "c0" }));
      for (const runId of first ? ["1", "2"] : ["1", "2", "3"])
        call.write(response({ runs: [{ runId }], cursor: "c0" }));
      if (first) throw new Refusal(status.UNAVAILABLE, "stopping");
    },
  });
  const seen: string[] = [];
  for await (const { runId } of client.watchRuns()) if (seen.push(runId) === 3) break;
  assert.deepEqual(seen, ["1", "2", "3"]);
});

test("a cursor that no server takes any more is given up: the watch goes on from now on, and says so", async () => {
  const cursors: string[] = [];
  let gaps = 0;
  const client = await clientOf({
    watchRuns: (request, call) => {
      cursors.push(request.cursor);
      if (request.cursor !== "")
        throw refusal(status.INVALID_ARGUMENT, "BAD_FIELD", "no", [{ field: "cursor", description: "no" }]);
      call.write(response({ cursor: "c0" }));
      call.write(response({ runs: [{ runId: String(cursors.length) }], cursor: "c1" }));
      if (cursors.length === 1) throw new Refusal(status.UNAVAILABLE, "stopping");
    },
  });
  const seen: string[] = [];
  for await (const { runId } of client.watchRuns({ onGap: () => gaps++ }))
    if (seen.push(`${runId} ${gaps}`) === 2) break;
  assert.deepEqual(
    [seen, cursors],
    [
      ["1 0", "3 1"],
      ["", "c1", ""],
    ],
  );
  // Of a cursor that the caller brought they hear.
  const brought = client.watchRuns({ cursor: "mine" });
  await assert.rejects(brought.opened, { code: "INVALID_ARGUMENT" });
  await brought.close();
});

test("a watch with proto3 JSON goes on at its cursor as well", async () => {
  const cursors: string[] = [];
  const client = await clientOf({
    watchRuns: (request, call) => {
      assert.deepEqual(request.filter.kinds, ["mail"]);
      cursors.push(request.cursor);
      call.write(response({ runs: [{ runId: String(cursors.length), state: 1 }], cursor: `c${cursors.length}` }));
      throw new Refusal(status.UNAVAILABLE, "stopping");
    },
  });
  const seen: unknown[] = [];
  for await (const run of client.jsonWatch({ filter: { kinds: ["mail"] }, cursor: "mine" }))
    if (seen.push(run) === 2) break;
  assert.deepEqual(seen, [
    { runId: "1", state: "RUN_STATE_SUCCEEDED" },
    { runId: "2", state: "RUN_STATE_SUCCEEDED" },
  ]);
  assert.deepEqual(cursors, ["mine", "c1"]);
  await assert.rejects(client.jsonWatch({ filter: { kind: "mail" } }).opened, { code: "INVALID_ARGUMENT" });
});
