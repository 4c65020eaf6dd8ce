import assert from "node:assert/strict";
import { it } from "node:test";
import { Client, TickwireError } from "@tickwire/client";

it("many calls at once of one client are no leak: Node does not warn of their listeners", async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => warnings.push(warning);
  process.on("warning", note);
  // Nobody listens there: each call waits for its next try.
  const client = new Client({ address: "127.0.0.1:1" });
  const calls = Array.from({ length: 30 }, () => client.getJob("any", { timeoutMs: 300 }));
  const ends = await Promise.allSettled(calls);
  client.close();
  await new Promise((resolve) => setImmediate(resolve));
  process.removeListener("warning", note);
  assert.ok(ends.every((end) => end.status === "rejected" && end.reason instanceof TickwireError));
  assert.deepEqual(warnings, []);
});
