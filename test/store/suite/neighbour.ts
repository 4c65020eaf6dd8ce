import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Ask } from "./deeds.js";

const FILE = fileURLToPath(new URL("./deed-process.js", import.meta.url));

/** Another process on the same data. */
export async function withNeighbour<T>(url: string, work: (ask: Ask) => Promise<T>): Promise<T> {
  const child = fork(FILE, [url], { serialization: "advanced" });
  const waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  child.on("message", ({ id, answer, error }: { id: number; answer?: unknown; error?: string }) => {
    if (error === undefined) waiting.get(id)?.resolve(answer as never);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  try {
    await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => Promise.reject(new Error("the other process ended"))),
    ]);
    let asked = 0;
    const ask: Ask = (deed, ...given) =>
      new Promise((resolve, reject) => {
        const id = ++asked;
        waiting.set(id, { resolve, reject });
        child.send({ id, deed, given });
      });
    return await work(ask);
  } finally {
    child.kill("SIGKILL");
  }
}
