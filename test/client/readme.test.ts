import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ended, serverProcess } from "./server-process.js";

// The client's README: each of its snippets is compiled as strictly as our own code, and run against a server; each of its tables of
// options is held against the types.

const root = fileURLToPath(new URL("../../../", import.meta.url));
const readme = readFileSync(join(root, "clients/ts/README.md"), "utf8");
const snippets = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ""]) => code);

const folder = mkdtempSync(join(tmpdir(), "tickwire-readme-"));
const children: ChildProcess[] = [];
let server: Awaited<ReturnType<typeof serverProcess>>;

before(async () => {
  server = await serverProcess();
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const options = {
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: { incremental: false, noEmitOnError: true, outDir: "out", rootDir: ".", declaration: false },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(options));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  for (const [index, code] of snippets.entries()) {
    writeFileSync(join(folder, `snippet${index}.ts`), code.replaceAll("localhost:7070", server.address));
  }
  writeFileSync(join(folder, "tables.ts"), tables());
});

after(async () => {
  for (const child of children) await ended(child, "SIGKILL");
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Types that don't compile unless each table names each option, and no other. */
function tables(): string {
  const named = [...readme.matchAll(/^Of (.*?)(?:, [a-z][^`]*)?:\n\n((?:\|.*\n)+)/gm)].map(([, what, rows = ""]) => ({
    what,
    names: [...rows.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => JSON.stringify(name)).join(" | "),
  }));
  assert.deepEqual(
    named.map(({ what }) => what),
    ["`new Client({ ... })`", "each call", "`new Worker({ ... })`", "`worker.handle(kind, handler, { ... })`"],
  );
  const types = ["ClientOptions", "CallOptions", "Omit<WorkerOptions, keyof ConnectionOptions>", "HandleOptions"];
  return [
    'import type { CallOptions, ClientOptions, ConnectionOptions, HandleOptions, WorkerOptions } from "@tickwire/client";',
    "type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : [false, Exclude<B, A>]) : [false, Exclude<A, B>];",
    ...named.map(({ names }, index) => `export const table${index}: Same<${names}, keyof (${types[index]})> = true;`),
  ].join("\n");
}

/** A snippet in a process of its own, and what it printed. */
class Running {
  text = "";
  readonly child: ChildProcess;
  readonly closed: Promise<unknown[]>;
  readonly #looking = new Set<() => void>();

  constructor(index: number) {
    const stdio = ["ignore", "pipe", "inherit"] as const;
    const child = spawn(process.execPath, [join(folder, "out", `snippet${index}.js`)], { stdio: [...stdio] });
    this.child = child;
    children.push(child);
    this.closed = once(child, "close");
    child.stdout?.on("data", (data) => {
      this.text += data;
      for (const look of this.#looking) look();
    });
  }

  /** Resolves once it has printed that. */
  async until(pattern: RegExp): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const look = () => pattern.test(this.text) && resolve();
      this.#looking.add(look);
      look();
    });
    await Promise.race([seen, this.closed]);
    assert.match(this.text, pattern);
  }
}

/** Runs a snippet to its end, which must be a good one; what it printed. */
async function toItsEnd(index: number): Promise<string> {
  const running = new Running(index);
  assert.deepEqual(await running.closed, [0, null], running.text);
  return running.text;
}

describe("the client's README", { concurrency: false }, () => {
  const at = (what: string) => {
    const index = snippets.findIndex((code) => code.includes(what));
    assert.notEqual(index, -1, what);
    return index;
  };

  test("has snippets that compile, and tables that name every option", () => {
    assert.equal(snippets.length, 8);
    for (const code of snippets) {
      const made = code.match(/new (Client|Worker)\(/g) ?? [];
      const reached = code.match(/\(\{ address(: "localhost:7070"| \})/g) ?? [];
      assert.ok(
        made.length === reached.length && (made.length === 0 || code.includes('"localhost:7070"')),
        "a snippet that would miss the test's server",
      );
    }
    try {
      execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder], { stdio: "pipe" });
    } catch (error) {
      assert.fail(String((error as { stdout?: Buffer }).stdout));
    }
  });

  test("schedules", async () => {
    assert.match(await toItsEnd(at("nightly-report")), /^nightly-report is due at \d{4}-\d\d-\d\dT\d\d:30:00.000Z\n$/);
  });

  test("changes", async () => {
    const text = await toItsEnd(at("updateJob"));
    const days = ["2026-01-10", "2026-01-11"].map((day) => `nightly-report@${day}T03:00:00.000Z`);
    assert.match(text, /^nightly-report is due at \d{4}-\d\d-\d\dT0[23]:00:00.000Z$/m);
    assert.equal(text.trimEnd().split("\n")[1], days.join(" "));
  });

  test("works, looks, and drains on SIGTERM", async () => {
    const worker = new Running(at("drainOn"));
    assert.match(await toItsEnd(at("listJobs")), /nightly-report scheduled .* succeeded \{"sent":"bob@example.com"\}/s);
    await worker.until(/^a mail to bob@example.com$/m);
    worker.child.kill("SIGTERM");
    assert.deepEqual(await worker.closed, [0, null]);
  });

  test("stops at the end of a block", async () => {
    await toItsEnd(at("await using running"));
  });

  test("finds the one of several servers that is there", async () => {
    assert.match(await toItsEnd(at("localhost:7170")), /^worker .+ is at one of them; .* version \d/);
  });

  test("tells errors apart", async () => {
    assert.equal(await toItsEnd(at("instanceof TickwireError")), "NOT_FOUND\nJOB_NOT_FOUND\n[]\n");
  });

  test("links to what is there", () => {
    for (const [, target = ""] of readme.matchAll(/\]\(([^)#]+)\)/g)) {
      if (!target.includes("://")) readFileSync(join(dirname(join(root, "clients/ts/README.md")), target));
    }
  });
});
