import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { plantTree, root, runNode } from "./tree.js";

function check(folder: string): { code: number | null; lines: string[] } {
  const { code, stderr } = runNode([join(root, "scripts/run.mjs"), "check-imports", folder]);
  return {
    code,
    lines: stderr
      .replace(/^tickwire: /, "")
      .split("\n")
      .filter((line) => line !== ""),
  };
}

/** File, its text, and what the check says of it. */
const violations: readonly (readonly [file: string, text: string, fault: string])[] = [
  ["src/core/a.ts", `import { x } from "../store/store.js";`, "core may not import port"],
  ["src/core/b.ts", `import { randomUUID } from "node:crypto";`, "core may not import this package"],
  ["src/core/c.ts", `import { CronExpressionParser } from "cron-parser";`, "core may not import this package"],
  ["src/core/d.ts", `import type {\n  A,\n  B,\n} from "../dispatch/d.js";`, "core may not import dispatch"],
  ["src/core/e.ts", `export * from "../rpc/e.js";`, "core may not import rpc"],
  ["src/core/f.ts", `export type T = import("../log.js").T;`, "core may not import edge"],
  ["src/core/g.ts", `import "../../test/g.js";`, "core may not import what is outside src/"],
  ["src/store/store.ts", `import { open } from "./sqlite/store.js";`, "port may not import sqlite"],
  ["src/store/memory/a.ts", `import { x } from "../sqlite/a.js";`, "memory may not import sqlite"],
  ["src/store/memory/b.ts", `import Database from "libsql";`, "memory may not import this package"],
  ["src/store/sqlite/a.ts", `const x = await import("../memory/a.js");`, "sqlite may not import memory"],
  ["src/dispatch/a.ts", `import { x } from "../store/memory/a.js";`, "dispatch may not import memory"],
  ["src/dispatch/b.ts", `import { x } from "../store/open.js";`, "dispatch may not import open"],
  ["src/dispatch/c.ts", `import { status } from "@grpc/grpc-js";`, "dispatch may not import this package"],
  ["src/dispatch/d.ts", `import { log } from "../log.js";`, "dispatch may import only types of edge"],
  ["src/dispatch/e.ts", `import { x } from "../service/a.js";`, "dispatch may not import service"],
  ["src/service/a.ts", `import type { Job } from "../rpc/gen/tickwire/v1/job.js";`, "service may not import generated"],
  ["src/service/b.ts", `import { x } from "../rpc/b.js";`, "service may not import rpc"],
  ["src/service/c.ts", `import { Client } from "@tickwire/client";`, "service may not import this package"],
  [
    "src/service/d.ts",
    `import { startDispatch } from "../dispatch/a.js";`,
    "service may import only types of dispatch",
  ],
  ["src/rpc/a.ts", `import { x } from "../store/sqlite/a.js";`, "rpc may not import sqlite"],
  ["src/rpc/b.ts", `import { x } from "../server.js";`, "rpc may not import server"],
  ["src/rpc/c.ts", `import { Client } from "@tickwire/client";`, "rpc may not import this package"],
  ["src/web/a.ts", `import { x } from "../rpc/a.js";`, "web may not import rpc"],
  ["src/web/b.ts", `import { x } from "../../clients/ts/src/index.js";`, "web may not import client"],
  ["src/server.ts", `import { x } from "./cli/a.js";`, "server may not import cli"],
  ["src/server/a.ts", `import { Client } from "@tickwire/client";`, "server may not import this package"],
  ["src/config.ts", `import { x } from "./server.js";`, "edge may not import server"],
  ["src/cli/a.ts", `import { x } from "../dispatch/a.js";`, "cli may not import dispatch"],
  ["src/cli/b.ts", `import type { Job } from "../rpc/gen/tickwire/v1/job.js";`, "cli may not import generated"],
  ["src/cli/c.ts", `import { x } from "../../clients/ts/src/index.js";`, "cli may not import client"],
  ["src/main.ts", `import { x } from "./store/open.js";`, "main may not import open"],
  ["clients/ts/src/a.ts", `import { x } from "../../../src/core/a.js";`, "client may not import core"],
  ["clients/ts/src/b.ts", `import pino from "pino";`, "client may not import this package"],
];

test("every planted violation is caught, and named with its file and line", () => {
  const names = violations.map(([file]) => file);
  assert.equal(new Set(names).size, names.length);
  using tree = plantTree(Object.fromEntries(violations.map(([file, text]) => [file, `// first line\n${text}\n`])));
  const { code, lines } = check(tree.path);
  assert.equal(code, 1);
  for (const [file, , fault] of violations) {
    assert.ok(
      lines.some((line) => line.startsWith(`${file}:2: `) && line.endsWith(`: ${fault}`)),
      `${file}: ${fault}\nin:\n${lines.join("\n")}`,
    );
  }
  assert.equal(lines.length, violations.length);
});

test("a file in no known area is refused", () => {
  using tree = plantTree({ "src/utils/a.ts": "export {};\n" });
  assert.deepEqual(check(tree.path).lines, ["src/utils/a.ts: belongs to no area of scripts/check-imports.mjs"]);
});

test("what the house allows passes", () => {
  using tree = plantTree({
    "src/core/a.ts": `// import { x } from "node:fs";\n/**\n * As in \`import("../log.js")\`.\n */\nexport * from "./cron/parse.js";\n`,
    "src/core/cron/parse.ts": `import type { A } from "../a.js";\n`,
    "src/store/store.ts": `import type { A } from "../core/a.js";\n`,
    "src/store/sqlite/a.ts": `import Database from "libsql";\nimport { b } from "../store.js";\nimport { c } from "./c.js";\n`,
    "src/store/open.ts": `const a = await import("./sqlite/a.js");\n`,
    "src/dispatch/a.ts": `import { once } from "node:events";\nimport { s } from "../store/store.js";\nimport type { L } from "../log.js";\n`,
    "src/service/a.ts": `import { s } from "../store/store.js";\nimport type { D } from "../dispatch/a.js";\n`,
    "src/rpc/a.ts": `import { Job } from "./gen/tickwire/v1/job.js";\nimport { d } from "../dispatch/a.js";\nimport { status } from "@grpc/grpc-js";\n`,
    "src/web/a.ts": `import { d } from "../service/a.js";\nimport { createServer } from "node:http";\n`,
    "src/server.ts": `import { open } from "./store/open.js";\nimport { r } from "./rpc/a.js";\nimport { l } from "./log.js";\n`,
    "src/cli/a.ts": `import { Client } from "@tickwire/client";\nimport { s } from "../server.js";\nimport { c } from "../config.js";\n`,
    "src/main.ts": `import { run } from "./cli/a.js";\n`,
    "clients/ts/src/index.ts": `import { x } from "./gen/x.js";\nimport { Metadata } from "@grpc/grpc-js";\n`,
  });
  assert.deepEqual(check(tree.path), { code: 0, lines: [] });
});

test("this repository holds them", () => {
  assert.deepEqual(check(root), { code: 0, lines: [] });
});
