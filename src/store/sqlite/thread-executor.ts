import { Worker } from "node:worker_threads";
import { TickwireError } from "../../core/errors.js";
import type { FileFailure, ReadReply, WriteReply } from "./engine/operations.js";
import type { Note } from "./engine/other-hosts.js";
import type { Executor } from "./executor.js";
import type { ToFace, ToThread } from "./thread-messages.js";

/**
 * Runs the engine on a thread of its own. Rejects with what the engine says where the file can't be used. `module` is what the
 * thread runs; tests give another.
 */
export async function openThread(
  file: string,
  patienceMs: number,
  tell: (note: Note) => void = () => {},
  module = new URL("./thread.js", import.meta.url),
): Promise<Executor> {
  const start = () => startThread(module, file, patienceMs, tell);
  return new ThreadExecutor(await start(), start, file);
}

async function startThread(module: URL, file: string, patienceMs: number, tell: (note: Note) => void): Promise<Worker> {
  const worker = new Worker(module, { workerData: { file, patienceMs } });
  return await new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`the engine's thread for ${file} ended before it was open`));
    worker.once("error", reject);
    worker.once("exit", ended);
    worker.on("message", function heard(message: ToFace) {
      if (message.type === "note") return tell(message.note);
      worker.off("message", heard);
      worker.off("error", reject);
      worker.off("exit", ended);
      if (message.type === "open") resolve(worker);
      else if (message.type === "refused") reject(new TickwireError("STORE_DOWN", message.message, message.facts));
      else reject(new Error("the engine's thread spoke before it was open"));
    });
  });
}

/**
 * The thread keeps the process alive only while it owes an answer. Should it end unasked (out of memory), what it owed is
 * answered as down, and the next call starts another one: what it had committed is in the file.
 */
class ThreadExecutor implements Executor {
  #worker: Worker | undefined;
  #starting: Promise<void> | undefined;
  #closing = false;
  #id = 0;
  readonly #owed = new Map<number, (reply: never) => void>();

  constructor(
    worker: Worker,
    private readonly start: () => Promise<Worker>,
    private readonly file: string,
  ) {
    this.#adopt(worker);
  }

  write(calls: Extract<ToThread, { type: "write" }>["calls"]): Promise<WriteReply> {
    return this.#ask((id) => ({ type: "write", id, calls }));
  }

  read(call: Extract<ToThread, { type: "read" }>["call"]): Promise<ReadReply> {
    return this.#ask((id) => ({ type: "read", id, call }));
  }

  async close(): Promise<void> {
    this.#closing = true;
    const worker = this.#worker;
    if (!worker) return;
    worker.ref();
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.postMessage({ type: "close" } satisfies ToThread);
    await ended;
  }

  #ask<R>(message: (id: number) => ToThread): Promise<R | FileFailure> {
    if (!this.#worker) return this.#askAnother(message);
    const { promise, resolve } = withResolver<R | FileFailure>();
    const id = this.#id++;
    if (this.#owed.size === 0) this.#worker.ref();
    this.#owed.set(id, resolve);
    this.#worker.postMessage(message(id));
    return promise;
  }

  async #askAnother<R>(message: (id: number) => ToThread): Promise<R | FileFailure> {
    if (this.#closing) return this.#gone("it is closed");
    this.#starting ??= this.start()
      .then((worker) => this.#adopt(worker))
      .finally(() => {
        this.#starting = undefined;
      });
    try {
      await this.#starting;
    } catch (error) {
      return this.#gone(error instanceof Error ? error.message : String(error));
    }
    return await this.#ask(message);
  }

  #adopt(worker: Worker): void {
    this.#worker = worker;
    worker.unref();
    let why = "its thread ended";
    worker.on("message", (message: ToFace) => {
      if (message.type !== "written" && message.type !== "read") return;
      const resolve = this.#owed.get(message.id) as ((reply: unknown) => void) | undefined;
      this.#owed.delete(message.id);
      if (this.#owed.size === 0 && !this.#closing) worker.unref();
      resolve?.(message.reply);
    });
    worker.on("error", (error) => {
      why = error instanceof Error ? error.message : String(error);
    });
    worker.on("exit", () => {
      this.#worker = undefined;
      const owed = [...this.#owed.values()] as ((reply: FileFailure) => void)[];
      this.#owed.clear();
      for (const resolve of owed) resolve(this.#gone(why));
    });
  }

  #gone(why: string): FileFailure {
    return { failure: "down", message: `the SQLite file ${this.file} can't be used: ${why}` };
  }
}

function withResolver<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
