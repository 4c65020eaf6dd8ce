import assert from "node:assert/strict";
import { test } from "node:test";
import { credentials, type ServerUnaryCall } from "@grpc/grpc-js";
import { Client, isReason, REASONS, TickwireError, Worker } from "@tickwire/client";
import { schedulerProto } from "@tickwire/client/internal";
import { REASONS as SERVER_REASONS } from "../../src/core/errors.js";
import { scriptedServer } from "./scripted-server.js";

test("a token goes with every call, beside the headers", async (t) => {
  const seen: unknown[] = [];
  const { address, stop } = await scriptedServer({
    getServerInfo: (_, { metadata }: ServerUnaryCall<unknown, unknown>) => {
      seen.push(metadata.get("authorization"), metadata.get("x-team"));
      return schedulerProto.GetServerInfoResponse.fromPartial({});
    },
  });
  t.after(stop);
  const client = new Client({ address, token: "secret", headers: { "x-team": "a" } });
  t.after(() => client.close());
  await client.getServerInfo();
  assert.deepEqual(seen, [["Bearer secret"], ["a"]]);
});

test("contradictory options of TLS are refused when they are given", () => {
  for (const make of [
    (options: object) => new Client(options),
    (options: object) => new Worker(options).handle("k", () => {}),
  ]) {
    assert.throws(() => make({ tls: true, credentials: credentials.createInsecure() }), /tls or credentials, not both/);
    assert.throws(() => make({ tls: { cert: "a certificate" } }), /cert and key come together/);
  }
});

test("every reason of the server's is one of the client's, and is told from the others", () => {
  assert.deepEqual([...REASONS], [...SERVER_REASONS]);
  const error: unknown = new TickwireError("NOT_FOUND", "JOB_NOT_FOUND", "no such job");
  assert.equal(isReason(error, "JOB_NOT_FOUND"), true);
  assert.equal(isReason(error, "JOB_DEAD", "JOB_NOT_FOUND"), true);
  assert.equal(isReason(error, "JOB_DEAD"), false);
  assert.equal(isReason(new Error("JOB_NOT_FOUND"), "JOB_NOT_FOUND"), false);
});
