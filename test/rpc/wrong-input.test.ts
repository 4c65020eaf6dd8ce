import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { DescMethod, JsonObject } from "@bufbuild/protobuf";
import { status } from "@grpc/grpc-js";
import {
  GetServerInfoRequest,
  ScheduleJobsResponse,
  SchedulerService,
} from "../../src/rpc/gen/tickwire/v1/scheduler.js";
import { drain, errorOf, type Harness, startHarness, type Told, toldStatus } from "./harness.js";
import { encode, type InputField, inputFields, methods, wrongValues } from "./input-fields.js";

/** Without a wrong value: true and false both mean something. */
const EITHER_WAY = ["kind.replace", "replace", "all", "allow_missing"];

/** A request of each call in which nothing is wrong; what a field's way needs besides is added to it. */
const RIGHT: Readonly<Record<string, JsonObject>> = {
  RegisterKind: { kind: { name: "mail" } },
  GetKind: { name: "mail" },
  ListKinds: {},
  DeleteKind: { name: "mail" },
  PauseKind: { name: "mail" },
  ResumeKind: { name: "mail" },
  ScheduleJob: { job: { slug: "a", kind: "mail" }, onConflict: "CONFLICT_POLICY_KEEP" },
  ScheduleJobs: { requests: [{ job: { slug: "a", kind: "mail" }, onConflict: "CONFLICT_POLICY_KEEP" }] },
  GetJob: { slug: "a" },
  ListJobs: {},
  ListJobSlugs: {},
  DeleteJob: { slug: "a" },
  ClearJobs: { filter: { slugPrefix: "nothing" } },
  UpdateJob: { job: { slug: "a" } },
  PauseJob: { slug: "a" },
  ResumeJob: { slug: "a" },
  RunJob: { slug: "a" },
  BackfillJob: { slug: "a", startTime: "2024-01-01T00:00:00Z", endTime: "2024-01-02T00:00:00Z" },
  RequeueJobs: { filter: { slugPrefix: "nothing" } },
  CancelRun: { slug: "a" },
  PreviewTrigger: { trigger: { once: {} } },
  ListRuns: {},
  WatchRuns: {},
  ListWorkers: {},
  GetStats: {},
  GetServerInfo: {},
};

const TRIGGERS = new Map<string | undefined, JsonObject>([
  ["cron", { cron: { expression: "* * * * *" } }],
  ["interval", { interval: { every: "1s" } }],
]);

/** The right request, with the trigger that the field is a part of, and where it is an update, with the field's name. */
function baseOf(method: DescMethod, field: InputField): JsonObject {
  const base = structuredClone(RIGHT[method.name] ?? {});
  if (method.name === "UpdateJob") base["updateMask"] = maskFor(field);
  const depth = field.way.findIndex((step) => step.name === "trigger");
  if (depth < 0) return base;
  const trigger = TRIGGERS.get(field.way[depth + 1]?.name) ?? { once: {} };
  let owner = base as Record<string, unknown>;
  for (const step of field.way.slice(0, depth)) {
    const inner = owner[step.jsonName];
    owner = (Array.isArray(inner) ? inner[0] : inner) as Record<string, unknown>;
  }
  Object.assign(owner, { trigger });
  return base;
}

/** In JSON a mask's paths are in camel case. */
function maskFor({ way }: InputField): string {
  const path = way.slice(1).map((field) => field.name);
  const named = ["slug", "kind", "etag"].includes(path[0] ?? "") || way[0]?.name !== "job" ? ["payload"] : path;
  return named.join(".").replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

const implemented = methods().filter(({ name }) => name !== "Work");

describe("wrong input", () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  /** What the call tells of a request; undefined where it is carried out. */
  async function answerTo(method: DescMethod, bytes: Buffer): Promise<Told | undefined> {
    const name = method.localName as keyof typeof SchedulerService;
    if (method.methodKind === "server_streaming") {
      const stream = harness.client.makeServerStreamRequest(
        SchedulerService[name].path,
        (value: Buffer) => value,
        (value: Buffer) => value,
        bytes,
      );
      stream.once("data", () => stream.cancel());
      const { error } = await drain(stream);
      return error?.code === status.CANCELLED ? undefined : error;
    }
    const call = harness.raw(name as never, bytes);
    const failure = await call.then(
      () => undefined,
      () => errorOf(call),
    );
    if (failure || name !== "scheduleJobs") return failure;
    const [result] = ScheduleJobsResponse.decode(await call).results;
    return result?.error && toldStatus(result.error);
  }

  test("every call of the contract is known here", () => {
    assert.deepEqual([...implemented.map(({ name }) => name)].sort(), Object.keys(RIGHT).sort());
  });

  for (const method of implemented) {
    const fields = inputFields(method.input);

    test(`${method.name}: the right request is served`, async () => {
      for (const field of fields) {
        const answer = await answerTo(method, encode(method, baseOf(method, field), [], undefined));
        // What is right in form may still ask for what is not there.
        const legal = [undefined, status.NOT_FOUND, status.FAILED_PRECONDITION, status.ALREADY_EXISTS];
        assert.ok(legal.includes(answer?.code), `${field.path}: ${answer?.message}`);
      }
    });

    for (const field of fields) {
      const last = field.way.at(-1);
      assert.ok(last);
      const wrong = wrongValues(last);
      if (wrong.length === 0) continue;
      test(`${method.name}.${field.path}: a wrong value is refused by name`, async () => {
        for (const { value, suffix } of wrong) {
          const answer = await answerTo(method, encode(method, baseOf(method, field), field.way, value));
          // Also of what is not offered yet: that it is wrong is told first.
          assert.equal(answer?.code, status.INVALID_ARGUMENT, `${String(value).slice(0, 40)}: ${answer?.message}`);
          assert.deepEqual(answer?.fields, [`${field.path}${suffix}`], answer?.message);
          assert.ok((answer?.message.length ?? 0) < 1_000, "the value is cut");
        }
      });
    }

    test(`${method.name}: every field without a wrong value is known here`, () => {
      const bools = fields.filter((field) => wrongValues(field.way[field.way.length - 1] as never).length === 0);
      for (const { path } of bools) {
        const known = [...EITHER_WAY, "retry", "validate_only", "requests[0].retry", "requests[0].validate_only"];
        assert.ok(known.includes(path), `${path}: what is wrong with it?`);
      }
    });
  }

  test("after all of it the server serves, and nothing was stored but what was right", async () => {
    await harness.call("getServerInfo", GetServerInfoRequest.create());
    const page = await harness.store.list({ filter: {}, limit: 10, payloads: true });
    assert.deepEqual(page.items, [], "the one that was right is deleted by name");
    assert.deepEqual(
      (await harness.store.listKinds()).map(({ name, trigger, policy }) => ({ name, trigger, policy })),
      [{ name: "mail", trigger: undefined, policy: {} }],
    );
  });
});
