import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { TcpProxy } from "./proxy.js";

/** A server that says back what it hears, which is kept in `heard`, and a proxy in front of it. */
export async function echoBehindProxy(t: TestContext): Promise<{
  proxy: TcpProxy;
  /** What the server has got so far, of all connections. */
  heard: () => string;
  /** A new connection by way of the proxy, open or over already. */
  client: () => Promise<EchoClient>;
}> {
  let heard = "";
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      heard += bytes.toString();
      socket.write(bytes);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await TcpProxy.to({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
  const clients: EchoClient[] = [];
  t.after(async () => {
    for (const client of clients) client.socket.destroy();
    await proxy.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    proxy,
    heard: () => heard,
    client: async () => {
      const client = await EchoClient.connect(proxy.port);
      clients.push(client);
      return client;
    },
  };
}

export class EchoClient {
  answers = "";
  /** How the connection ended: "end", or the error's code. */
  readonly ended: Promise<string>;
  readonly #waiting = new Set<() => void>();

  private constructor(readonly socket: Socket) {
    socket.on("data", (bytes) => {
      this.answers += bytes.toString();
      for (const look of this.#waiting) look();
    });
    this.ended = new Promise((resolve) => {
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      socket.once("end", () => resolve("end"));
    });
  }

  static async connect(port: number): Promise<EchoClient> {
    const client = new EchoClient(connect(port, "127.0.0.1"));
    // Where the proxy is down, it may be over before that.
    await Promise.race([once(client.socket, "connect").catch(() => {}), client.ended]);
    return client;
  }

  say(text: string): void {
    this.socket.write(text);
  }

  /** Resolves once all answers so far are this text. */
  async answered(text: string): Promise<void> {
    if (this.answers === text) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.answers !== text) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }
}
