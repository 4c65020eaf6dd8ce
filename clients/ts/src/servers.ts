import { lookup } from "node:dns/promises";
import type { ChannelOptions } from "@grpc/grpc-js";
import { type Address, isName, showAddress } from "./addresses.js";
import type { Clock } from "./clock.js";

/** One server: where it is reached and, if that was looked up, under which name. */
export interface Server {
  readonly address: string;
  readonly name?: Address;
}

/** What the system knows of a name: /etc/hosts, DNS, or whatever else it asks. */
export type Lookup = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export const systemLookup: Lookup = (host) => lookup(host, { all: true });

/** Whoever has an older answer does not wait for a new one longer than this: a worker with tasks in hand has 2 s for each try. */
const patienceMs = 1_000;

/**
 * The servers behind the addresses that were given. A name is looked up as often as somebody asks, where gRPC itself would do so only
 * after a failure, and would never learn of a server that was added.
 */
export class Servers {
  readonly #addresses: readonly Address[];
  readonly #clock: Clock;
  readonly #lookup: Lookup;
  readonly #answers = new Map<Address, readonly Server[]>();
  #known: readonly Server[] = [];
  #lookingUp: Promise<void> | undefined;

  constructor(addresses: readonly Address[], clock: Clock, lookup: Lookup = systemLookup) {
    this.#addresses = addresses;
    this.#clock = clock;
    this.#lookup = lookup;
    for (const address of addresses) {
      if (!isName(address)) this.#answers.set(address, [{ address: showAddress(address) }]);
    }
    this.#gather();
  }

  /** By the newest answers: the same objects, in the same array, while nothing has changed. Empty until a first name is looked up. */
  get known(): readonly Server[] {
    return this.#known;
  }

  /** Whether names are among the addresses. */
  get named(): boolean {
    return this.#addresses.some(isName);
  }

  /** Looks every name up, once at a time. Never rejects, and one server at least is known then. */
  refresh(): Promise<void> {
    this.#lookingUp ??= Promise.all(this.#addresses.filter(isName).map((name) => this.#ask(name))).then(() => {
      this.#lookingUp = undefined;
    });
    return this.#lookingUp;
  }

  /** Calls back with the servers as of now: at once where no name is to be looked up. The returned function calls it off. */
  look(call: (servers: readonly Server[]) => void): () => void {
    if (!this.named) {
      call(this.#known);
      return () => {};
    }
    let wanted = true;
    const answer = () => {
      if (!wanted || this.#known.length === 0) return;
      callOff();
      call(this.#known);
    };
    const forget = this.#clock.after(patienceMs, answer);
    const callOff = () => {
      wanted = false;
      forget();
    };
    void this.refresh().then(answer);
    return callOff;
  }

  async #ask(name: Address): Promise<void> {
    try {
      this.#answers.set(name, serversOf(name, await this.#lookup(name.host)));
    } catch {
      // What was true before may still be; and gRPC, or the proxy that it uses, may know the name.
      if (!this.#answers.has(name)) this.#answers.set(name, [{ address: showAddress(name) }]);
    }
    this.#gather();
  }

  #gather(): void {
    const before = new Map(this.#known.map((server) => [server.address, server]));
    const known = new Map<string, Server>();
    for (const server of this.#addresses.flatMap((address) => this.#answers.get(address) ?? [])) {
      if (known.has(server.address)) continue;
      const old = before.get(server.address);
      known.set(server.address, old?.name === server.name ? (old ?? server) : server);
    }
    const list = [...known.values()];
    if (list.length !== this.#known.length || list.some((one, at) => one !== this.#known[at])) this.#known = list;
  }
}

/**
 * Several addresses are several servers. But one of each family is one server with two ways to it, as `localhost` is: gRPC finds the
 * way that works.
 */
function serversOf(name: Address, answers: Awaited<ReturnType<Lookup>>): readonly Server[] {
  const families = new Set(answers.map(({ family }) => family));
  // Names are answered in another order each time, and /etc/hosts may say the same twice.
  const hosts = [...new Set(answers.map(({ address }) => address))].sort();
  if (hosts.length <= families.size) return [{ address: showAddress(name) }];
  return hosts.map((host) => ({ address: showAddress({ host, port: name.port }), name }));
}

/** Certificates and proxies go by the name, not by the number behind it. */
export function nameOptions({ name }: Server): ChannelOptions {
  if (!name) return {};
  return { "grpc.default_authority": showAddress(name), "grpc.ssl_target_name_override": name.host };
}
