import assert from "node:assert/strict";
import { it } from "node:test";
import { TickwireError } from "../../src/core/errors.js";
import type { Store } from "../../src/store/store.js";
import { BehindProxy } from "./behind-proxy.js";

/** One call of the port, and what it needs to be there. */
export interface Call<S = unknown> {
  readonly name: string;
  setup(store: Store): Promise<S>;
  call(store: Store, given: S): Promise<unknown>;
  /** Where it was given up after it had been carried out, the same call again may answer this as well. */
  readonly again?: unknown;
  /** Where it was given up between the fact and its notice, which only makes haste, nobody knows any more that one is missing. */
  readonly mayMissNotices?: boolean;
}

/** What becomes of one command of the call. */
const FAULTS = {
  "loses its answer": { times: 1, cut: true },
  "loses its answer and the driver's second one": { times: 2, cut: true },
  "loses its answers until it is given up": { times: Number.POSITIVE_INFINITY, cut: true },
  "is lost until it is given up": { times: Number.POSITIVE_INFINITY, cut: false },
} as const;

type FaultName = keyof typeof FAULTS;
const READS = new Set(["find", "aggregate", "distinct", "hello"]);

/** Of a read, whose loss changes nothing, only what comes of it when it never succeeds. */
function faultsOf(command: string): FaultName[] {
  return READS.has(command) ? ["is lost until it is given up"] : (Object.keys(FAULTS) as FaultName[]);
}

/**
 * Makes the call once without a fault, and then once for each of its commands and each fault of it; where the store says
 * STORE_DOWN, the same call again. Every time the database holds in the end what it holds without a fault, and the answer is
 * the same.
 */
export function exactlyOnce<S>(uri: string, skip: string | false, one: Call<S>): void {
  const { name, setup, call, again, mayMissNotices = false } = one;
  it(`45 ${name}`, { skip, timeout: 120_000 }, async () => {
    await using world = await BehindProxy.open(uri);
    const { store, direct, proxy } = world;
    // It knows then that it is alone, and tells nobody of due jobs behind the call's back.
    await store.leases();
    const sent: string[] = [];
    world.onSent = (command) => void sent.push(command);
    const answer = withoutNames(await call(store, await setup(direct)));
    const state = await world.everything();
    const commands = sent.splice(0);
    assert.ok(commands.length > 0);
    for (const [n, command] of commands.entries()) {
      for (const fault of faultsOf(command)) {
        const what = `command ${n}, ${command}, ${fault}`;
        await world.empty();
        const given = await setup(direct);
        const { times, cut } = FAULTS[fault];
        let count = 0;
        world.onSent = () => {
          if (count++ !== n) return;
          if (times < Number.POSITIVE_INFINITY) cut ? world.cut(command, times) : world.drop(command, times);
          else if (cut) proxy.cutReply({ command, always: true });
          else proxy.dropAfter(0, { command, always: true });
        };
        const first = await call(store, given).catch(givenUp);
        world.onSent = undefined;
        assert.ok(proxy.counts.struck > 0 && count > n, `${what}: was not struck`);
        proxy.pass();
        const last = first === GIVEN_UP ? await call(store, given) : first;
        const expected = first === GIVEN_UP && again !== undefined ? [answer, withoutNames(again)] : [answer];
        const found = withoutNames(last);
        if (!expected.some((one) => isEqual(one, found))) assert.deepEqual(found, answer, what);
        const stored = await world.everything();
        const missed = first === GIVEN_UP && mayMissNotices && stored["cancels"]?.length === 0;
        const of = missed ? { ...state, cancels: [] } : state;
        assert.deepEqual(withoutNames(stored), withoutNames(of), what);
      }
    }
  });
}

const GIVEN_UP = Symbol("given up");

export function givenUp(error: unknown): typeof GIVEN_UP {
  if (!(error instanceof TickwireError) || error.reason !== "STORE_DOWN") throw error;
  return GIVEN_UP;
}

function isEqual(one: unknown, other: unknown): boolean {
  try {
    assert.deepEqual(one, other);
    return true;
  } catch {
    return false;
  }
}

/** Differ from call to call without meaning anything: names that are drawn, and what counts or dates writes. */
const OWN = new Set(
  ["uid", "jobUid", "etag", "rev", "seq", "fence", "write", "mark", "put", "taken", "position"].concat("updatedAt"),
);
const DRAWN = /[0-9a-f]{32}/g;

/** The value with its tokens, leases and run ids numbered in the order in which they are first seen. */
function withoutNames(value: unknown): unknown {
  const seen = new Map<string, string>();
  const number = (name: string): string => {
    const known = seen.get(name) ?? `#${seen.size}`;
    seen.set(name, known);
    return known;
  };
  const text = JSON.stringify(value ?? null, (key, one: unknown) => (OWN.has(key) ? undefined : one));
  return JSON.parse(text.replace(DRAWN, number));
}
