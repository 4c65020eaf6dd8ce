import { connect, type Socket } from "node:net";
import type { Fault } from "./fault.js";
import { Lane, type Part } from "./lane.js";
import { MongoCommands } from "./mongo-commands.js";

/** What a proxy does with the bytes that come. */
export type Mode =
  | { readonly kind: "pass"; readonly delayMs: number }
  /** All connections, or those whose requests the fault strikes, from then on. */
  | { readonly kind: "swallow"; readonly fault?: Fault }
  | { readonly kind: "fault"; readonly fault: Fault };

export interface LinkOptions {
  readonly client: Socket;
  readonly target: { readonly host: string; readonly port: number };
  readonly mode: () => Mode;
  readonly received: (from: "clients" | "server", bytes: number) => void;
  readonly struck: (fault: Fault) => void;
  readonly closed: () => void;
}

/** A client's connection, and the one to the server that stands for it. */
export class Link {
  readonly #options: LinkOptions;
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #toServer: Lane;
  readonly #toClient: Lane;
  readonly #commands = new MongoCommands();
  /** The fault that has claimed a request here, and how many bytes of it may still go. */
  #claimed: { readonly fault: Fault; left: number } | undefined;
  #hasLost = false;
  #isMute = false;
  #isOver = false;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#client = options.client;
    this.#server = connect({ ...options.target, allowHalfOpen: true, noDelay: true });
    this.#toServer = new Lane(this.#client, this.#server);
    this.#toClient = new Lane(this.#server, this.#client);
    this.#client.on("data", (bytes: Buffer) => this.#request(bytes));
    this.#server.on("data", (bytes: Buffer) => this.#reply(bytes));
    this.#passEnd(this.#client, this.#toServer);
    this.#passEnd(this.#server, this.#toClient);
  }

  /** Ends both sides, the client's with an RST. */
  reset(): void {
    this.#over();
    this.#client.resetAndDestroy();
    // Not reset as well: that could take from the server what it has been sent.
    this.#server.destroySoon();
  }

  destroy(): void {
    this.#over();
    this.#client.destroy();
    this.#server.destroy();
  }

  /** Sends on what a former mode kept back; resets where bytes were lost, for what follows would make no sense. */
  modeChanged(): void {
    this.#claimed = undefined;
    this.#isMute = false;
    if (this.#hasLost) {
      this.reset();
    } else {
      this.#toServer.release();
      this.#toClient.release();
    }
  }

  #request(bytes: Buffer): void {
    const mode = this.#options.mode();
    const names = this.#commands.push(bytes);
    if (this.#isOver) return;
    if (mode.kind === "swallow" && mode.fault && !this.#isMute && mode.fault.claims(bytes, names)) {
      this.#isMute = true;
      mode.fault.strike();
      this.#options.struck(mode.fault);
    }
    if (mode.kind === "fault" && !this.#claimed && mode.fault.claims(bytes, names)) {
      this.#claimed = { fault: mode.fault, left: mode.fault.requestBytes ?? Number.POSITIVE_INFINITY };
    }
    const claimed = this.#claimed;
    const passing = claimed ? bytes.subarray(0, Math.min(claimed.left, bytes.length)) : bytes;
    if (passing.length > 0) this.#pass(this.#toServer, passing);
    this.#options.received("clients", bytes.length);
    if (!claimed) return;
    claimed.left -= passing.length;
    if (claimed.left === 0) this.#strike(claimed.fault);
  }

  #reply(bytes: Buffer): void {
    if (this.#isOver) return;
    if (this.#claimed && this.#claimed.fault.requestBytes === undefined) {
      this.#strike(this.#claimed.fault);
    } else {
      this.#pass(this.#toClient, bytes);
    }
    this.#options.received("server", bytes.length);
  }

  #strike(fault: Fault): void {
    this.reset();
    fault.strike();
    this.#options.struck(fault);
  }

  #pass(lane: Lane, part: Part): void {
    const mode = this.#options.mode();
    if (mode.kind === "swallow" && (!mode.fault || this.#isMute)) this.#hasLost = true;
    else if (!this.#isOver) lane.push(part, mode.kind === "pass" ? mode.delayMs : 0);
  }

  #passEnd(from: Socket, lane: Lane): void {
    from.on("end", () => this.#pass(lane, "end"));
    from.on("error", () => this.#pass(lane, "gone"));
    from.on("close", () => {
      if (this.#client.destroyed && this.#server.destroyed) this.#options.closed();
    });
  }

  #over(): void {
    this.#isOver = true;
    this.#toServer.stop();
    this.#toClient.stop();
  }
}
