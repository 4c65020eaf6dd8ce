import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Order } from "./client-process.js";
import type { World } from "./harness.js";
import { type AnswerOf, type ArgumentsOf, PROGRAMS, type ProgramName } from "./programs.js";

/**
 * Runs a program once for each of `given`, all at the same time: the first on this process's handle, the others in processes
 * of their own where the data can be shared, else here too. Answers in order.
 */
export async function crowd<N extends ProgramName>(
  { store, url }: World,
  program: N,
  given: readonly ArgumentsOf<N>[],
): Promise<AnswerOf<N>[]> {
  const run = PROGRAMS[program] as (of: typeof store, given: ArgumentsOf<N>) => Promise<AnswerOf<N>>;
  const answers = given.map((own, n) =>
    n === 0 || url === "" ? run(store, own) : inChild<AnswerOf<N>>({ url, program, given: own }),
  );
  return await Promise.all(answers);
}

const FILE = fileURLToPath(new URL("./client-process.js", import.meta.url));

async function inChild<A>(order: Order): Promise<A> {
  const child = fork(FILE);
  try {
    child.send(order);
    const [reply] = (await Promise.race([once(child, "message"), gone(child)])) as [{ answer?: A; error?: string }];
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply.answer as A;
  } finally {
    child.kill("SIGKILL");
  }
}

async function gone(child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, "exit");
  throw new Error(`a client's process ended early: ${code ?? signal}`);
}
