import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { hostOf } from "../faults/mongo-uri.js";
import { TcpProxy } from "../faults/proxy.js";
import type { Step } from "./attempt-process.js";

const FILE = fileURLToPath(new URL("./attempt-process.js", import.meta.url));

/** A process with a lease and a store of its own, which it reaches by way of a proxy of its own. */
export class Attempt implements AsyncDisposable {
  private constructor(
    readonly proxy: TcpProxy,
    readonly lease: string,
    private readonly child: ChildProcess,
  ) {}

  static async open(url: string): Promise<Attempt> {
    const proxy = await TcpProxy.to(hostOf(url));
    const child = fork(FILE, [proxy.uri(url)]);
    const [{ lease }] = (await once(child, "message")) as [{ lease: string }];
    return new Attempt(proxy, lease, child);
  }

  tell(step: Step["step"], room = 0): void {
    this.child.send({ step, room } satisfies Step);
  }

  /** Resolves once it is done. */
  async does(step: Step["step"], room = 0): Promise<void> {
    const done = once(this.child, "message");
    this.tell(step, room);
    const [{ error }] = (await done) as [{ error?: string }];
    if (error !== undefined) throw new Error(error);
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }

  /** Lets what was held arrive, and waits until it has: all connections of the dead process have ended then. */
  async arrive(): Promise<void> {
    this.proxy.pass();
    await this.proxy.until(({ open }) => open === 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.proxy.close();
  }
}

/** Holds everything back from the moment in which a client, of whichever process, sends this command; resolves then. */
export async function holdFrom(proxy: TcpProxy, command: string): Promise<void> {
  // As a message's first key is written: the type of its value, its name, and a zero.
  const key = Buffer.from(`\x02${command}\0`);
  await new Promise<void>((resolve) => {
    proxy.cutReply({
      after: (bytes) => {
        if (!bytes.includes(key)) return false;
        proxy.hold();
        resolve();
        return false;
      },
    });
  });
}
