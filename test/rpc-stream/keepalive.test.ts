import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { startGrpc } from "./grpc-fixture.js";

/** HTTP/2's preface, and an empty SETTINGS frame. */
const OPENING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);
const PING = 6;

/** The types of the whole frames in what was received. */
function* frameTypes(bytes: Buffer): Iterable<number> {
  for (let at = 0; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) yield bytes[at + 3] ?? 0;
}

test("a connection that answers no ping is pinged after 10 s, and cut off 5 s later", {
  timeout: 40_000,
}, async (t) => {
  const { address } = await startGrpc(t);
  const socket = connect(Number(address.split(":").at(-1)), "127.0.0.1");
  t.after(() => socket.destroy());
  socket.on("error", () => {});
  await once(socket, "connect");
  const startedAt = performance.now();
  let received = Buffer.alloc(0);
  let pingedAt = 0;
  socket.on("data", (bytes) => {
    received = Buffer.concat([received, bytes]);
    if (pingedAt === 0 && [...frameTypes(received)].includes(PING)) pingedAt = performance.now() - startedAt;
  });
  socket.write(OPENING);
  await once(socket, "close");
  const cutAt = performance.now() - startedAt;
  assert.ok(pingedAt > 9_500 && pingedAt < 13_000, `pinged after ${pingedAt} ms`);
  assert.ok(cutAt - pingedAt > 4_500 && cutAt - pingedAt < 9_000, `cut off ${cutAt - pingedAt} ms after the ping`);
});
