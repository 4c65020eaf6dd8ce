import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * A TCP proxy as a pooler or a slow network may be: of one request the client loses sight, while its bytes wait, and reach the
 * server when the test says so.
 */
export class HoldingProxy implements AsyncDisposable {
  readonly port: number;
  /** Asked for each chunk from a client: this one is held, and all that follows on its connection is lost. */
  holds: (bytes: Buffer) => boolean = () => false;
  /** Whether the client's connection is reset then; else nothing comes back on it. */
  resets = true;
  /** Told of each chunk from a client before it is passed on. */
  passes: (bytes: Buffer) => void | Promise<void> = () => {};
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held: { readonly bytes: Buffer; readonly upstream: Socket }[] = [];

  private constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (client: Socket) => this.#connected(client, this.#known(connect({ ...target }))));
  }

  static async to(target: { readonly host: string; readonly port: number }): Promise<HoldingProxy> {
    const server = createServer({ noDelay: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new HoldingProxy(server, target);
  }

  /** How many requests wait here. */
  get held(): number {
    return this.#held.length;
  }

  /** Sends on what was held. Resolves when the server has answered it, or has ended its connection. */
  async letGo(): Promise<void> {
    for (const { bytes, upstream } of this.#held.splice(0)) {
      if (upstream.destroyed || upstream.readableEnded) continue;
      const over = new Promise<void>((resolve) => void upstream.once("data", resolve).once("close", resolve));
      upstream.write(bytes);
      await over;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #connected(client: Socket, upstream: Socket): void {
    this.#known(client);
    let isHeld = false;
    let passed = Promise.resolve();
    client.on("data", (bytes: Buffer) => {
      if (isHeld) return;
      isHeld = this.holds(bytes);
      if (isHeld) {
        this.#held.push({ bytes, upstream });
        if (this.resets) client.resetAndDestroy();
      } else {
        passed = passed.then(async () => {
          await this.passes(bytes);
          upstream.write(bytes);
        });
      }
    });
    upstream.on("data", (bytes: Buffer) => void (client.destroyed || client.write(bytes)));
    client.on("close", () => void (isHeld || upstream.destroy()));
    upstream.on("close", () => client.destroy());
  }

  #known(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    return socket;
  }
}
