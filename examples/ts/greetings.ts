import { Client, type Handler, TickwireError, Worker } from "@tickwire/client";

const address = process.env["TICKWIRE_ADDRESS"] ?? "127.0.0.1:7070";
const usage = "usage: greetings schedule [n] | work | watch [n]";
const names = ["Ada", "Grace", "Linus", "Barbara", "Dennis"];

/** Stores `count` jobs that run once, now. Each is durable when its line is printed. */
async function schedule(count: number): Promise<void> {
  await using client = new Client({ address });
  for (let n = 0; n < count; n++) {
    const { job } = await client.scheduleJob({ kind: "greet", payload: { name: names[n % names.length] } });
    console.log(`scheduled ${job.slug}`);
  }
}

const greet: Handler = (task) => {
  const { name } = task.json<{ name: string }>();
  console.log(`greeting ${name}`);
  return `Hello, ${name}, from TypeScript`;
};

/** Runs tasks until ^C or SIGTERM; then ends those in hand first. */
async function work(): Promise<void> {
  const worker = new Worker({ address, drainOn: ["SIGINT", "SIGTERM"] }).handle("greet", greet);
  await worker.start().drained;
}

/** Prints runs as they end, `count` of them. */
async function watch(count: number): Promise<void> {
  await using client = new Client({ address });
  const runs = client.watchRuns({ filter: { kinds: ["greet"] }, view: "full" });
  await runs.opened;
  console.log("watching");
  let seen = 0;
  for await (const { state, result } of runs) {
    console.log(`${state} ${Buffer.from(result).toString()}`);
    if (++seen >= count) return;
  }
}

async function main([command, count]: string[]): Promise<void> {
  const n = count === undefined ? undefined : Number(count);
  if (n !== undefined && !(Number.isInteger(n) && n > 0)) throw new RangeError(usage);
  if (command === "schedule") await schedule(n ?? 3);
  else if (command === "work") await work();
  else if (command === "watch") await watch(n ?? Number.POSITIVE_INFINITY);
  else throw new RangeError(usage);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (!(error instanceof TickwireError || error instanceof RangeError)) throw error;
  console.error(error.message);
  process.exitCode = error instanceof RangeError ? 2 : 1;
});
