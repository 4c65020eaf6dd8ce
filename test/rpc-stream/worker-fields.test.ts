import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import type { JsonObject } from "@bufbuild/protobuf";
import { TickwireError } from "../../src/core/errors.js";
import { type ReadFrame, readWorkerFrame } from "../../src/rpc/read-worker-frame.js";
import { encode, type InputField, inputFields, methods, wrongValues } from "../rpc/input-fields.js";

/**
 * Every field that a worker can send, from the contract's descriptors: one that is added to it is found here, and fails until
 * it is checked as its frame's fields are, or named below with what becomes of it.
 */

const work = methods().find(({ name }) => name === "Work") ?? assert.fail("the contract has no Work");
const token = Buffer.alloc(16, 1).toString("base64");

/** A frame of each kind in which nothing is wrong. */
const RIGHT: Readonly<Record<string, JsonObject>> = {
  hello: {
    instance: token,
    stream: 1,
    protocolRevision: 1,
    capacity: { maxTasks: 1, kinds: [{ kind: "mail" }] },
    define: [{ name: "mail" }],
    held: [{ slug: "a", token }],
  },
  results: { results: [{ slug: "a", token, success: {} }] },
  progress: { reports: [{ slug: "a", token }] },
  capacity: { maxTasks: 1, kinds: [{ kind: "mail" }] },
};

const BOOLS = ["hello.held[0].finished", "results.results[0].success.last_run", "results.results[0].failure.permanent"];
/** Not to be refused: what is too much or can't be stored is cut or shown, and the rest counts. */
const CUT = ["results.results[0].success.result", "results.results[0].failure.error", "progress.reports[0].note"];

/** A hello's kind is no stored one: what RegisterKind alone goes by is ignored here, as what is output only. */
const fields = inputFields(work.input).filter(({ path }) => path !== "hello.define[0].etag");

const TRIGGERS = new Map<string | undefined, JsonObject>([
  ["cron", { cron: { expression: "* * * * *" } }],
  ["interval", { interval: { every: "1s" } }],
]);

/** The right frame, with the trigger that the field is a part of. */
function baseOf({ way: [frame, ...rest] }: InputField): JsonObject {
  const base = structuredClone(RIGHT[frame?.name ?? ""] ?? {});
  const at = rest.findIndex(({ name }) => name === "trigger");
  const trigger = at < 0 ? undefined : (TRIGGERS.get(rest[at + 1]?.name) ?? { once: {} });
  return trigger ? { ...base, define: [{ name: "mail", trigger }] } : base;
}

function wrongFrames(field: InputField): { readonly bytes: Buffer; readonly suffix: string; readonly shown: string }[] {
  const [frame, ...rest] = field.way;
  const last = rest.at(-1);
  assert.ok(frame && last);
  const wrong = wrongValues(last).filter(({ value }) => !(last.name === "progress" && value === 0.5));
  return wrong.map(({ value, suffix }) => ({
    bytes: encode(work, { [frame.jsonName]: baseOf(field) }, field.way, value),
    suffix,
    shown: inspect(value, { maxArrayLength: 3, maxStringLength: 40 }),
  }));
}

function refusalOf(read: () => ReadFrame): TickwireError | undefined {
  try {
    return read().refused;
  } catch (error) {
    if (error instanceof TickwireError) return error;
    throw error;
  }
}

describe("each field of a worker's frames", () => {
  test("is found: those of every frame that has any", () => {
    const frames = new Set(fields.map(({ way }) => way[0]?.name));
    assert.deepEqual([...frames].sort(), Object.keys(RIGHT).sort());
    assert.deepEqual(
      fields.filter((field) => wrongFrames(field).length === 0).map(({ path }) => path),
      BOOLS,
    );
  });

  test("is taken where nothing is wrong with it", () => {
    for (const [name, frame] of Object.entries(RIGHT)) {
      const read = readWorkerFrame(encode(work, { [name]: structuredClone(frame) }, [], undefined));
      assert.equal(read.refused, undefined);
      assert.deepEqual(read.strays, []);
      assert.equal(read.frame?.type === "progress" || read.frame?.type, name === "progress" || name);
    }
  });

  for (const field of fields) {
    const { path } = field;
    const wrong = wrongFrames(field);
    if (wrong.length === 0) continue;

    if (path.startsWith("hello.") || path.startsWith("capacity.")) {
      test(`${path}: a wrong value is refused by name`, () => {
        for (const { bytes, suffix, shown } of wrong) {
          const error = refusalOf(() => readWorkerFrame(bytes));
          assert.ok(["BAD_FIELD", "BAD_CRON", "BAD_TIME_ZONE"].includes(error?.reason ?? ""), shown);
          assert.deepEqual(
            error?.violations.map((violation) => violation.field),
            [`${path}${suffix}`],
            shown,
          );
          assert.ok((error?.message.length ?? 0) < 1_000, "the value is cut");
        }
      });
    } else if (/^(results|progress)\.\w+\[0\]\.(slug|token)$/.test(path)) {
      test(`${path}: what can't name a task names none`, () => {
        for (const { bytes, shown } of wrong) {
          const { frame, strays } = readWorkerFrame(bytes);
          if (frame?.type === "progress") assert.deepEqual(frame.reports, [], shown);
          else assert.ok(frame?.type === "results" && frame.results.length === 0 && strays.length === 1, shown);
        }
      });
    } else if (CUT.includes(path)) {
      test(`${path}: what is too much is cut, and what can't be stored is shown`, () => {
        for (const { bytes, shown } of wrong) {
          const { frame } = readWorkerFrame(bytes);
          const outcome = frame?.type === "results" ? frame.results[0]?.outcome : undefined;
          const text =
            frame?.type === "progress" ? frame.reports[0]?.note : outcome?.type === "failure" && outcome.error;
          assert.notEqual(outcome?.type, "unacceptable", shown);
          // A result's bytes are cut where it is settled.
          if (outcome?.type === "success") continue;
          assert.ok(typeof text === "string" && text.length > 0 && text.length <= 8_192 && !text.includes("\0"), shown);
        }
      });
    } else if (path.startsWith("results.")) {
      test(`${path}: a wrong value makes the result unacceptable, by name`, () => {
        for (const { bytes, shown } of wrong) {
          const { frame } = readWorkerFrame(bytes);
          const outcome = frame?.type === "results" ? frame.results[0]?.outcome : undefined;
          assert.equal(outcome?.type, "unacceptable", shown);
          const reason = outcome?.type === "unacceptable" ? outcome.reason : "";
          assert.ok(reason.includes(path.slice("results.results[0].".length)), reason);
        }
      });
    } else {
      test(`${path}: a wrong value is not kept`, () => {
        for (const { bytes, shown } of wrong) {
          const { frame } = readWorkerFrame(bytes);
          assert.deepEqual(frame, { type: "progress", reports: [] }, shown);
        }
      });
    }
  }
});
