import assert from "node:assert/strict";
import { after, it } from "node:test";
import { run } from "../cli/processes.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";

const server = await postgresServer();
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
if (!("skip" in server)) after(async () => await server.stop());

it("a server that may not migrate says what to do, and starts once it is done", { skip }, async () => {
  const { url, schema, remove } = postgresData(uri);
  const bare = ["serve", "--store", url, "--no-migrate", "--grpc", "127.0.0.1:0", "--http", "off"];
  const refused = await run(bare);
  assert.equal(refused.code, 1, refused.stderr);
  assert.match(refused.stderr + refused.stdout, /has version 0, .* run `tickwire migrate`/);
  for (const _ of ["made", "found"]) {
    const migrated = await run(["migrate", "--store", url]);
    assert.equal(migrated.code, 0, migrated.stderr);
  }
  const { rows } = await withClient(uri, (client) =>
    client.query(`SELECT count(*)::int AS n FROM ${schema}.migrations`),
  );
  assert.deepEqual(rows, [{ n: 1 }]);
  await remove();
});
