import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Fault, type Which } from "./fault.js";
import { Link, type Mode } from "./link.js";
import { atPort } from "./mongo-uri.js";

/** What a proxy has seen since it was made. */
export interface ProxyCounts {
  /** Connections that clients made, and those of them that are open. */
  readonly connections: number;
  readonly open: number;
  /** Received, whether or not they were passed on. */
  readonly bytesFromClients: number;
  readonly bytesFromServer: number;
  /** Requests that a fault struck. */
  readonly struck: number;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

const PASS: Mode = { kind: "pass", delayMs: 0 };

/**
 * A TCP proxy on loopback, in front of a database or whatever else, that does to connections what networks do. It passes
 * until it is told otherwise; each mode takes the place of the one before, on connections that are open too.
 */
export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #links = new Set<Link>();
  readonly #watching = new Set<() => void>();
  readonly #counts = { connections: 0, bytesFromClients: 0, bytesFromServer: 0, struck: 0 };
  #target: Address;
  #mode: Mode = PASS;
  #isDown = false;

  private constructor(server: Server, target: Address) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (client: Socket) => this.#connected(client));
  }

  static async to(target: Address): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TcpProxy(server, target);
  }

  /** New connections lead there, as with a name that was moved; open ones stay where they are. */
  leadTo(target: Address): void {
    this.#target = target;
  }

  /** This mongodb:// URI, by way of this proxy. */
  uri(uri: string): string {
    return atPort(uri, this.port);
  }

  get counts(): ProxyCounts {
    return { ...this.#counts, open: this.#links.size };
  }

  /** Resolves once the counts are so, now or later. */
  async until(holds: (counts: ProxyCounts) => boolean): Promise<void> {
    if (holds(this.counts)) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!holds(this.counts)) return;
        this.#watching.delete(look);
        resolve();
      };
      this.#watching.add(look);
    });
  }

  /** Passes everything on. What was held or delayed goes at once; connections that lost bytes are reset. */
  pass(): void {
    this.#turn(PASS);
  }

  /** Passes everything on so much later, each way. */
  delay(delayMs: number): void {
    this.#turn({ kind: "pass", delayMs });
  }

  /** Keeps everything back, ends too, each way and in order, until another mode lets it go. */
  hold(): void {
    this.delay(Number.POSITIVE_INFINITY);
  }

  /**
   * Half open: takes what comes and passes nothing on; connections stay, and no answer ever comes. With `which`, only on those
   * that have sent such a request since.
   */
  swallow(which?: Which): void {
    this.#turn({ kind: "swallow", ...(which && { fault: new Fault({ ...which, always: true }) }) });
  }

  /** Lets a request through, loses the answer, and resets the client's connection: it can't know whether it was done. */
  cutReply(which: Which = {}): Fault {
    return this.#strikeWith(new Fault(which));
  }

  /** Lets so many bytes of a request through, none with 0, and resets the client's connection: it was not done. */
  dropAfter(bytes: number, which: Which = {}): Fault {
    return this.#strikeWith(new Fault(which, bytes));
  }

  /** Resets every open connection, and passes. */
  reset(): void {
    for (const link of this.#links) link.reset();
    this.pass();
  }

  /** Resets every open connection, and each new one at once, until `up`. */
  down(): void {
    this.#isDown = true;
    this.reset();
  }

  /** Takes connections again, and passes. */
  up(): void {
    this.#isDown = false;
    this.pass();
  }

  /** Ends every connection, and listens no more. Twice is fine. */
  async close(): Promise<void> {
    for (const link of this.#links) link.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, "close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #strikeWith(fault: Fault): Fault {
    this.#turn({ kind: "fault", fault });
    return fault;
  }

  #turn(mode: Mode): void {
    this.#mode = mode;
    for (const link of this.#links) link.modeChanged();
  }

  #connected(client: Socket): void {
    this.#counts.connections++;
    if (this.#isDown) {
      client.resetAndDestroy();
    } else {
      const link: Link = new Link({
        client,
        target: this.#target,
        mode: () => this.#mode,
        received: (from, bytes) => {
          this.#counts[from === "clients" ? "bytesFromClients" : "bytesFromServer"] += bytes;
          this.#look();
        },
        struck: (fault) => this.#struck(fault),
        closed: () => {
          this.#links.delete(link);
          this.#look();
        },
      });
      this.#links.add(link);
    }
    this.#look();
  }

  #struck(fault: Fault): void {
    this.#counts.struck++;
    if (!fault.isAlways && this.#mode.kind === "fault" && this.#mode.fault === fault) this.pass();
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#watching]) look();
  }
}
