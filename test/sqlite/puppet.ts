import assert from "node:assert/strict";
import { Child } from "./child.js";

/** A server's process that does one thing to the store for each word. */
export class Puppet {
  private constructor(readonly child: Child) {}

  static async start(t: { after(done: () => Promise<void>): void }, file: string): Promise<Puppet> {
    const puppet = new Puppet(new Child("server", file));
    t.after(() => puppet.kill());
    assert.equal(await puppet.#answer(), "ready");
    return puppet;
  }

  async ask(word: "open" | "lock" | "renew" | "release" | "lose" | "leave"): Promise<unknown> {
    this.child.process.stdin?.write(`${word}\n`);
    return await this.#answer();
  }

  async open(): Promise<string> {
    return String(await this.ask("open"));
  }

  async kill(): Promise<void> {
    await this.child.kill();
  }

  async #answer(): Promise<unknown> {
    return JSON.parse((await this.child.next()) ?? assert.fail("the process ended by itself"));
  }
}
