import { Check, show } from "../core/check.js";
import { checkLabels } from "../core/check-labels.js";
import { checkKind, checkSlug } from "../core/check-names.js";
import { checkWhole } from "../core/check-number.js";
import { checkText } from "../core/check-text.js";
import type { KindInput } from "../core/kind.js";
import { limit } from "../core/limits.js";
import type { Capacity } from "../core/worker.js";
import type { HeldTask, Hello } from "../dispatch/frames.js";
import type { Kind as WireKind } from "./gen/tickwire/v1/kind.js";
import type {
  Capacity as WireCapacity,
  HeldTask as WireHeldTask,
  Hello as WireHello,
} from "./gen/tickwire/v1/worker.js";
import { readKind } from "./kind.js";
import { EPOCH, readDuration } from "./time.js";

/** Bytes of a token, and of an instance. */
export const ID_BYTES = 16;
const MAX_INT32 = 2_147_483_647;

/** A worker's hello, whole. Throws with every field that is wrong: such a stream can't go on. */
export function readHello(wire: WireHello): Hello {
  const check = new Check();
  checkText(check, "hello.worker_id", wire.workerId, limit("worker_id_bytes"));
  checkText(check, "hello.client", wire.client, limit("worker_client_bytes"));
  const info = checkLabels(check, "hello.info", wire.info, limit("worker_info"));
  const capacity = checkCapacity(check, "hello.capacity", wire.capacity);
  const define = checkDefine(check, wire.define);
  const held = checkHeld(check, wire.held);
  checkWhole(check, "hello.protocol_revision", wire.protocolRevision, 1, MAX_INT32);
  checkId(check, "hello.instance", wire.instance);
  const stream = Number(wire.stream);
  checkWhole(check, "hello.stream", stream, 1, Number.MAX_SAFE_INTEGER);
  check.done();
  return {
    workerId: wire.workerId,
    client: wire.client,
    info,
    capacity,
    define,
    held,
    protocolRevision: wire.protocolRevision,
    instance: wire.instance.toString("hex"),
    stream,
  };
}

/** A capacity frame. Throws BAD_FIELD with every field that is wrong. */
export function readCapacity(wire: WireCapacity): Capacity {
  const check = new Check();
  const capacity = checkCapacity(check, "capacity", wire);
  check.done();
  return capacity;
}

/** Unset: no place, as a worker that only brings its results says it. */
function checkCapacity(check: Check, field: string, wire: WireCapacity | undefined): Capacity {
  const kinds = new Map<string, number | undefined>();
  if (!wire) return { maxTasks: 0, kinds };
  checkWhole(check, `${field}.max_tasks`, wire.maxTasks, 0, limit("worker_tasks"));
  if (tooMany(check, `${field}.kinds`, wire.kinds, limit("worker_kinds"))) return { maxTasks: 0, kinds };
  for (const [index, { kind, maxTasks }] of wire.kinds.entries()) {
    const path = `${field}.kinds[${index}]`;
    checkKind(check, `${path}.kind`, kind);
    if (kinds.has(kind)) check.bad(`${path}.kind`, `must be named once; got ${show(kind)} again`);
    if (maxTasks !== undefined) checkWhole(check, `${path}.max_tasks`, maxTasks, 0, limit("worker_tasks"));
    kinds.set(kind, maxTasks);
  }
  return { maxTasks: wire.maxTasks, kinds };
}

function checkDefine(check: Check, wire: readonly WireKind[]): KindInput[] {
  if (tooMany(check, "hello.define", wire, limit("worker_kinds"))) return [];
  const names = new Set<string>();
  return wire.map((kind, index) => {
    const path = `hello.define[${index}]`;
    if (names.has(kind.name)) check.bad(`${path}.name`, `must be named once; got ${show(kind.name)} again`);
    names.add(kind.name);
    // A trigger that has ended meanwhile keeps no worker away.
    return readKind(check, path, kind, EPOCH);
  });
}

function checkHeld(check: Check, wire: readonly WireHeldTask[]): HeldTask[] {
  if (tooMany(check, "hello.held", wire, limit("worker_tasks"))) return [];
  const tokens = new Set<string>();
  return wire.map(({ slug, token, elapsed, finished }, index) => {
    const path = `hello.held[${index}]`;
    checkSlug(check, `${path}.slug`, slug);
    checkId(check, `${path}.token`, token);
    const hex = token.toString("hex");
    if (tokens.has(hex)) check.bad(`${path}.token`, "must be named once; got it again");
    tokens.add(hex);
    return { slug, token: hex, elapsedMs: readDuration(check, `${path}.elapsed`, elapsed) ?? 0, finished };
  });
}

function checkId(check: Check, field: string, id: Uint8Array): void {
  if (id.length !== ID_BYTES) check.bad(field, `must be ${ID_BYTES} bytes; got ${id.length.toLocaleString("en")}`);
}

function tooMany(check: Check, field: string, items: readonly unknown[], max: number): boolean {
  if (items.length <= max) return false;
  check.bad(field, `must hold at most ${max.toLocaleString("en")} items; got ${items.length.toLocaleString("en")}`);
  return true;
}
