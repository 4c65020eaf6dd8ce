import { openStore } from "../../../src/store/open.js";
import type { Store } from "../../../src/store/store.js";
import { PROGRAMS, type ProgramName } from "./programs.js";

/** One process of a crowd: takes one order, answers it, and ends. */
export interface Order {
  readonly url: string;
  readonly program: ProgramName;
  readonly given: unknown;
}

process.once("message", (order: Order) => {
  carryOut(order).then(
    (answer) => process.send?.({ answer }, () => process.disconnect()),
    (error: unknown) => process.send?.({ error: String(error) }, () => process.exit(1)),
  );
});

async function carryOut({ url, program, given }: Order): Promise<unknown> {
  const store = await openStore(url);
  try {
    return await (PROGRAMS[program] as (store: Store, given: unknown) => Promise<unknown>)(store, given);
  } finally {
    await store.close();
  }
}
