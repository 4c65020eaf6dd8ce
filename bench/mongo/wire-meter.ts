import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { commandOf } from "../../test/faults/mongo-commands.js";
import { atPort, hostOf } from "../../test/faults/mongo-uri.js";
import { WireMessages } from "./wire-messages.js";
import { writtenBy } from "./written.js";

/** What drivers send for their own sake. Tickwire asks for the time by `hello` as well, every few seconds. */
const DRIVERS_OWN = new Set(["hello", "isMaster", "ismaster", "ping", "saslStart", "saslContinue", "endSessions"]);

export interface Operations {
  readonly commands: number;
  /** Documents inserted, changed or deleted. */
  readonly written: number;
}

/** A TCP proxy in front of a MongoDB that counts what passes, the same way for every client whatever library it uses. */
export class WireMeter implements AsyncDisposable {
  /** The server's, by way of the meter. */
  readonly uri: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #commands = 0;
  #written = 0;

  private constructor(server: Server, uri: string) {
    this.#server = server;
    this.uri = atPort(uri, (server.address() as AddressInfo).port);
    server.on("connection", (client: Socket) => this.#connected(client, hostOf(uri)));
  }

  static async before(uri: string): Promise<WireMeter> {
    const server = createServer({ noDelay: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new WireMeter(server, uri);
  }

  /** Counts from here on. */
  reset(): void {
    this.#commands = 0;
    this.#written = 0;
  }

  /** Since it was made or reset. */
  get operations(): Operations {
    return { commands: this.#commands, written: this.#written };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }

  #connected(client: Socket, target: { readonly host: string; readonly port: number }): void {
    const server = connect({ ...target, noDelay: true });
    const out = new Map<number, string>();
    const requests = new WireMessages();
    const answers = new WireMessages();
    client.on("data", (bytes: Buffer) => {
      for (const request of requests.push(bytes)) {
        const name = commandOf(request.bytes);
        if (name === undefined || DRIVERS_OWN.has(name)) continue;
        this.#commands++;
        out.set(request.id, name);
      }
    });
    server.on("data", (bytes: Buffer) => {
      for (const answer of answers.push(bytes)) {
        const name = out.get(answer.answers);
        if (name === undefined) continue;
        out.delete(answer.answers);
        this.#written += writtenBy(name, answer);
      }
    });
    client.pipe(server);
    server.pipe(client);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
