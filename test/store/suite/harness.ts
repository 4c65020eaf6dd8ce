import { describe, it } from "node:test";
import type { ReleaseWrite, Store } from "../../../src/store/store.js";
import { TestClock } from "./clock.js";

/** What a case asks of a store beyond the port's promises. */
export type Need =
  /** Several handles on the same data. */
  | "shared"
  /** Several processes on the same data, each with a URL. */
  | "processes"
  /** The data outlives its handles. */
  | "durable"
  /** The run and the job's write are one commit: a caller's write that comes between is for whoever settles. */
  | "one write"
  /** The run and the job's write are two commits, so that an outcome can be found half done. */
  | "two writes";

/** One store under test: fresh and empty data for each case. */
export interface Harness {
  readonly name: string;
  /** What it can't have, each with the reason that the skipped case shows. */
  readonly lacks: Partial<Record<Need, string>>;
  /** Why none of its cases can run here. */
  readonly skip?: string;
  /** Jobs that a crowd of clients claims; a store whose server is slow has fewer. Default 10,000. */
  readonly crowd?: number;
  make(): Promise<Data>;
}

/** The data of one case. */
export interface Data {
  /** For `openStore` in another process. */
  readonly url?: string;
  open(clock: () => Date): Promise<Store>;
  /** Where an outcome is two writes: makes only the first of them. */
  half?(write: ReleaseWrite): Promise<void>;
  remove(): Promise<void>;
}

/** What a case works with. */
export interface World {
  readonly clock: TestClock;
  readonly store: Store;
  /** Empty where other processes can't have the data. */
  readonly url: string;
  /** Jobs that a crowd of clients claims. */
  readonly crowd: number;
  /** Another handle on the same data; where it can't be shared, the same one. */
  again(clock?: TestClock): Promise<Store>;
  /** Closes every handle and opens the data anew, as a server's restart does. */
  restart(): Promise<Store>;
  /** Writes an outcome half, as a server does that is killed in between. */
  half(write: ReleaseWrite): Promise<void>;
}

export interface Case {
  /** Its number in the list of conformance cases; absent: it has none. */
  readonly number?: number;
  readonly title: string;
  readonly needs: readonly Need[];
  readonly body: (world: World) => Promise<void>;
}

/** A list of cases that files add to. */
export class Cases {
  readonly all: Case[] = [];

  add(number: number | undefined, title: string, body: (world: World) => Promise<void>, ...needs: Need[]): void {
    this.all.push({ ...(number !== undefined && { number }), title, needs, body });
  }
}

/** Declares every case as a test of this store; what it can't have is skipped, with the reason. */
export function storeSuite(harness: Harness, cases: readonly Case[]): void {
  describe(harness.name, () => {
    for (const { number, title, needs, body } of cases) {
      const lacking = harness.skip ?? needs.map((need) => harness.lacks[need]).find((reason) => reason !== undefined);
      const name = number === undefined ? title : `${number} ${title}`;
      it(name, { skip: lacking ?? false }, async () => await inWorld(harness, body));
    }
  });
}

async function inWorld(harness: Harness, body: (world: World) => Promise<void>): Promise<void> {
  const data = await harness.make();
  const clock = new TestClock();
  const handles: Store[] = [];
  const open = async (of: TestClock): Promise<Store> => {
    const store = await data.open(() => of.now());
    handles.push(store);
    return store;
  };
  try {
    const store = await open(clock);
    await body({
      clock,
      store,
      url: data.url ?? "",
      crowd: harness.crowd ?? 10_000,
      again: async (other = clock) => (harness.lacks.shared === undefined ? await open(other) : store),
      restart: async () => {
        for (const handle of handles.splice(0)) await handle.close();
        return await open(clock);
      },
      half: async (write) => {
        if (!data.half) throw new Error("this store's outcomes are one write");
        await data.half(write);
      },
    });
  } finally {
    for (const handle of handles) await handle.close();
    await data.remove();
  }
}
