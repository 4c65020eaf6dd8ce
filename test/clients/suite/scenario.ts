import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { parseDocument } from "yaml";
import { root } from "../../repo/tree.js";
import type { Failure } from "./played-server.js";

/** What a scripted server and a runner do with each other. test/clients/README.md says what each step means. */
export interface Scenario {
  readonly name: string;
  /** Servers; each has an address in the runner's config. Default: 1. */
  readonly servers?: number;
  /** Of the servers, those that do not listen at the beginning. */
  readonly down?: readonly number[];
  readonly tls?: "server" | "mutual";
  /** Of the runner, in place of the defaults. */
  readonly config?: JsonObject;
  readonly steps: readonly Step[];
}

/** Which stream a step is about: that of the newest `accept`, or one by its name. */
interface OnStream {
  readonly on?: string;
}

/** When what a step waits for is to come: in ms after what the step before waited for or did, or after a mark. */
interface Timed {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly from?: string;
}

/** A server by its number, or as seen from the newest stream. */
type Which = number | "any" | "same" | "other";

export type Step = Timed &
  OnStream & {
    readonly accept?: {
      readonly as?: string;
      readonly server?: Which;
      /** The server leaves its side open when the worker ends its own. */
      readonly lingers?: boolean;
      readonly hello?: JsonObject;
      readonly metadata?: Readonly<Record<string, string | null>>;
    };
    readonly welcome?: JsonObject;
    /** With welcome: the server sends no pings of its own. */
    readonly silent?: boolean;
    readonly send?: JsonValue;
    readonly sendBytes?: string;
    readonly expect?: JsonObject;
    readonly expectAll?: readonly JsonObject[];
    readonly expectNone?: true;
    readonly pings?: { readonly count: number; readonly mostGapMs: number };
    readonly refuse?: Failure & { readonly times: number; readonly mostGapMs: number; readonly round?: number };
    readonly fail?: Failure;
    readonly end?: true;
    readonly streamEnds?: true;
    readonly kill?: Which;
    readonly listen?: number;
    readonly event?: JsonObject | string;
    readonly events?: readonly (JsonObject | string)[];
    readonly command?: JsonValue;
    readonly signal?: NodeJS.Signals;
    readonly exit?: number;
    readonly mark?: string;
    readonly call?: CallStep;
    readonly noCall?: true;
    readonly unary?: UnaryStep;
    readonly many?: { readonly count: number; readonly slug: string; readonly outcome: JsonObject };
    // In short:
    /** accept, welcome, and the event "ready". */
    readonly start?: { readonly hello?: JsonObject; readonly welcome?: JsonObject };
    /** send: tasks; `steps` is the payload of a script, and `times` sends so many, `slug` with a number after it. */
    readonly tasks?: readonly (JsonObject & { readonly steps?: JsonValue; readonly times?: number })[];
    /** send: receipts, of what was recorded. */
    readonly receipt?: string | readonly string[];
    /** send: a cancellation. */
    readonly cancel?: { readonly slug: string; readonly reason: string };
    /** expect: a result, and then its receipt. */
    readonly result?: JsonObject;
    readonly results?: readonly JsonObject[];
  };

export interface CallStep {
  readonly method: string;
  readonly server?: Which;
  readonly request?: JsonValue;
  readonly metadata?: Readonly<Record<string, string | null>>;
  readonly answer?: JsonValue;
  readonly error?: Failure;
  /** Of a streaming call: answers, of which the stream goes on after the last unless `end` or `error` is there. */
  readonly stream?: readonly JsonValue[];
  readonly end?: true;
}

/** A call that first finds its server UNAVAILABLE: what it sends, whether it is tried again, and what comes of it. */
export interface UnaryStep {
  readonly method: string;
  readonly args?: JsonObject;
  readonly options?: JsonObject;
  readonly request: JsonObject;
  /** What a repeat has in place of `request`; unset: the same. */
  readonly again?: JsonObject;
  readonly repeats: boolean;
  readonly answer?: JsonValue;
  readonly value?: JsonValue;
}

const folder = join(root, "test/clients/scenarios");

/** Of every file of scenarios/, by its name without ending. */
export function scenarios(): ReadonlyMap<string, readonly Scenario[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
  return new Map(
    files.map((file) => {
      const document = parseDocument(readFileSync(join(folder, file), "utf8"), { merge: true });
      const [error] = document.errors;
      if (error) throw new Error(`${file}: ${error.message}`);
      const list = document.toJS({ maxAliasCount: 1_000 }) as Scenario[];
      return [file.replace(".yaml", ""), list.map((one) => ({ ...one, steps: one.steps.flatMap(spelledOut) }))];
    }),
  );
}

function spelledOut(step: Step): Step[] {
  const { start, tasks, receipt, cancel, result, results, unary, ...rest } = step;
  if (start) {
    const { hello, welcome = {} } = start;
    return [{ accept: { ...(hello && { hello }) } }, { welcome }, { event: "ready" }];
  }
  if (tasks) return [{ ...rest, send: { tasks: { tasks: tasks.flatMap(taskOf) } } }];
  if (receipt) {
    const receipts = [receipt].flat().map((token) => ({ token, state: "RECEIPT_STATE_RECORDED" }));
    return [{ ...rest, send: { receipts: { receipts } } }];
  }
  if (cancel) {
    const reason = `CANCEL_REASON_${cancel.reason}`;
    return [{ ...rest, send: { cancellations: { cancellations: [{ slug: cancel.slug, reason }] } } }];
  }
  if (result) return [{ ...rest, expect: { result } }];
  if (results) return [{ ...rest, expectAll: results.map((one) => ({ result: one })) }];
  return unary ? triedTwice(unary) : [step];
}

function taskOf({ steps, times, ...task }: JsonObject & { steps?: JsonValue; times?: number }): JsonObject[] {
  const one = { ...task, ...(steps !== undefined && { payload: { steps } }) };
  if (times === undefined) return [one];
  return Array.from({ length: times }, (_, n) => ({ ...one, slug: `${task["slug"]}${n}` }));
}

let calls = 0;

function triedTwice(step: UnaryStep): Step[] {
  const { method, args = {}, options, request, again = request, repeats, answer = {}, value } = step;
  const id = ++calls;
  const failed = { code: "UNAVAILABLE", reason: "STORE_DOWN", violations: [], message: "told so" };
  const answered = { ok: true, value: value ?? { $alike: true } };
  return [
    { command: { call: { id, method, args, ...(options && { options }) } } },
    { call: { method, request, error: { code: "UNAVAILABLE", reason: "STORE_DOWN" } } },
    ...(repeats ? [{ call: { method, request: again, answer } }] : []),
    { event: { event: "answered", id, ...(repeats ? answered : { ok: false, error: failed }) } },
    { noCall: true },
  ];
}
