import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { chmod, cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { it } from "node:test";
import { promisify } from "node:util";
import { root } from "../repo/tree.js";

const node = promisify(execFile);
const { NODE_TEST_CONTEXT: _, TICKWIRE_TEST_POSTGRES_URI: __, PATH = "", ...env } = process.env;

/** The store's suite, all that is PostgreSQL's own, and the faults of servers, workers and databases. */
const tests = [
  "test/store/postgres.test.ts",
  ...readdirSync(join(root, "test/postgres"))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => `test/postgres/${name}`),
  "test/cluster/one-fault-postgres.test.ts",
  "test/cluster/failover-postgres.test.ts",
];
const files = tests.map((path) => join(root, "dist", path.replace(/\.ts$/, ".js")));

const { stdout } = await node(process.execPath, [join(root, "scripts/run.mjs"), "postgres-versions"]);
const installed = JSON.parse(stdout) as { readonly folder: string } | { readonly skip: string };
if ("skip" in installed) {
  const { CI } = env;
  if (CI === "true") throw new Error(installed.skip);
  it("PostgreSQL's versions", { skip: installed.skip }, () => {});
} else {
  const { dependencies } = JSON.parse(readFileSync(join(installed.folder, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of Object.keys(dependencies)) {
    it(`all tests of the store pass on ${name}`, { timeout: 20 * 60_000 }, async (t) => {
      const folder = await copyOf(join(installed.folder, "node_modules", name));
      try {
        const options = { cwd: root, env: { ...env, PATH: [join(folder, "native/bin"), PATH].join(delimiter) } };
        const chosen = await node(process.execPath, [join(root, "scripts/run.mjs"), "postgres", "own"], options);
        assert.deepEqual(JSON.parse(chosen.stdout), { kind: "local", bin: join(folder, "native/bin") });
        const args = ["--test", "--test-concurrency=2", "--test-reporter=spec", "--enable-source-maps", ...files];
        const ran = await node(process.execPath, args, { ...options, maxBuffer: 64 * 1024 * 1024 }).catch(
          (error: { readonly stdout: string }) =>
            assert.fail(error.stdout.slice(error.stdout.indexOf("failing tests"))),
        );
        for (const [line] of ran.stdout.matchAll(/^. (?:pass|skipped|duration_ms) .*$/gm)) t.diagnostic(line);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  }
}

/** Where the user can read it whom the server runs as, who has no way into the home of whoever runs the test. */
async function copyOf(installed: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tickwire-postgres-version-"));
  await chmod(folder, 0o755);
  await cp(join(installed, "native"), join(folder, "native"), { recursive: true });
  // The package holds no links, and does not make them where its scripts are not run.
  await node(process.execPath, [join(installed, "scripts/hydrate-symlinks.js")], { cwd: folder });
  return folder;
}
