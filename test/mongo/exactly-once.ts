import assert from "node:assert/strict";
import { it } from "node:test";
import { GIVEN_UP, givenUp, isEqual, withoutNames } from "../faults/outcomes.js";
import type { Call } from "../faults/writing-calls.js";
import { BehindProxy } from "./behind-proxy.js";

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
