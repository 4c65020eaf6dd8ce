import assert from "node:assert/strict";
import { test } from "node:test";
import { status } from "@grpc/grpc-js";
import { Check } from "../../src/core/check.js";
import { REASONS, TickwireError } from "../../src/core/errors.js";
import { silentLog } from "../../src/core/log.js";
import { BadRequest, ErrorInfo, RetryInfo } from "../../src/rpc/gen/google/rpc/error_details.js";
import { Status } from "../../src/rpc/gen/google/rpc/status.js";
import { CODE_OF, RETRY_AFTER_MS, toStatus } from "../../src/rpc/status.js";

function detailsOf(error: unknown, log = silentLog) {
  const wire = toStatus(error, log, "/test");
  const [trailer] = wire.metadata.get("grpc-status-details-bin");
  assert.ok(Buffer.isBuffer(trailer));
  const rich = Status.decode(trailer);
  const of = (name: string) => rich.details.filter((one) => one.typeUrl === `type.googleapis.com/google.rpc.${name}`);
  return {
    wire,
    rich,
    infos: of("ErrorInfo").map((one) => ErrorInfo.decode(one.value)),
    bad: of("BadRequest").map((one) => BadRequest.decode(one.value)),
    retries: of("RetryInfo").map((one) => RetryInfo.decode(one.value)),
    trailerBytes: trailer.length,
  };
}

test("each reason has its code, one ErrorInfo of the domain tickwire, and RetryInfo where a retry helps", () => {
  for (const reason of REASONS) {
    const { wire, rich, infos, retries } = detailsOf(new TickwireError(reason, "told", { slug: "a" }));
    assert.equal(wire.code, CODE_OF[reason]);
    assert.equal(rich.code, wire.code);
    assert.equal(rich.message, wire.details);
    assert.deepEqual(
      infos.map((info) => [info.reason, info.domain]),
      [[reason, "tickwire"]],
    );
    assert.equal(retries.length, RETRY_AFTER_MS[reason] === undefined ? 0 : 1);
  }
});

test("facts travel as metadata, and fields as BadRequest", () => {
  const check = new Check();
  check.bad("job.slug", "is wrong");
  check.bad("job.kind", "is wrong too");
  const { wire, infos, bad } = detailsOf(check.error());
  assert.equal(wire.code, status.INVALID_ARGUMENT);
  assert.deepEqual([...(infos[0]?.metadata ?? [])], [["field", "job.slug"]]);
  assert.deepEqual(
    bad[0]?.fieldViolations.map((one) => one.field),
    ["job.slug", "job.kind"],
  );
});

test("what is not an error of ours is logged under an id, and nothing else of it is told", () => {
  const logged: object[] = [];
  const log = { ...silentLog, error: (facts: object) => logged.push(facts) };
  const { wire, infos } = detailsOf(new Error("secret: password of the database"), log);
  assert.equal(wire.code, status.INTERNAL);
  const errorId = infos[0]?.metadata.get("errorId") ?? "";
  assert.match(errorId, /^[0-9a-f]{16}$/);
  assert.ok(wire.details.includes(errorId));
  assert.ok(!JSON.stringify(wire).includes("secret"));
  assert.equal(logged.length, 1);
  assert.equal((logged[0] as { errorId: string }).errorId, errorId);
});

test("the cause of an outage is logged, never sent", () => {
  const logged: object[] = [];
  const log = { ...silentLog, warn: (facts: object) => logged.push(facts) };
  const cause = new Error("connect ECONNREFUSED 10.0.0.7:27017");
  const { rich } = detailsOf(new TickwireError("STORE_DOWN", "the store can't be reached", {}, { cause }), log);
  assert.ok(!Buffer.from(Status.encode(rich).finish()).includes("ECONNREFUSED"));
  assert.equal((logged[0] as { err: unknown }).err, cause);
});

test("a status with any number of violations of any length fits in 8 KiB of trailers", () => {
  const check = new Check();
  for (let n = 0; n < 1_000; n++) check.bad(`filter.slugs[${n}]`, `${"\u{1f40d}".repeat(200)}`);
  const { wire, bad, trailerBytes } = detailsOf(check.error());
  const told = bad[0]?.fieldViolations ?? [];
  assert.match(told.at(-1)?.description ?? "", /^and \d+ violations more/);
  const message = encodeURIComponent(wire.details).length;
  assert.ok((trailerBytes * 4) / 3 + message < 8_192, `${trailerBytes} bytes and ${message}`);
});

test("half a surrogate pair in a message does not stop it from being sent", () => {
  const { wire } = detailsOf(new TickwireError("BAD_FIELD", "got \ud83d", { value: "\udc0d" }));
  assert.equal(wire.details, "got \ufffd");
  encodeURI(wire.details);
});
