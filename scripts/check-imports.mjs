// The import directions: core <- store, dispatch, service <- rpc, web <- server <- cli, main. A table says what each area
// may name; what it does not list is refused. Tests and benchmarks are free.
//
// Imports are found by their text, which is enough because the formatter leaves every import and re-export at the start of
// a line: the compiler can't be asked, for a type's import leaves no trace in its output.
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { sourcesUnder } from "./build.mjs";
import { Told } from "./told.mjs";

/**
 * The areas, most particular first. `files`: paths that start so are in the area (a folder ends with "/"). `to`: the areas
 * it may import, besides itself. `types`: those of which it may import only types. `packages`: "node:" is any builtin.
 */
const areas = {
  core: { files: ["src/core/"], to: [], packages: [] },

  // The port, and the tokens that it speaks of.
  port: { files: ["src/store/store.ts", "src/store/token.ts"], to: ["core"], packages: ["node:"] },
  memory: { files: ["src/store/memory/"], to: ["core", "port", "store"], types: ["edge"], packages: ["node:"] },
  sqlite: {
    files: ["src/store/sqlite/"],
    to: ["core", "port", "store"],
    types: ["edge"],
    packages: ["node:", "libsql"],
  },
  mongo: {
    files: ["src/store/mongo/"],
    to: ["core", "port", "store"],
    types: ["edge"],
    packages: ["node:", "mongodb"],
  },
  postgres: {
    files: ["src/store/postgres/"],
    to: ["core", "port", "store"],
    types: ["edge"],
    packages: ["node:", "pg"],
  },
  open: {
    files: ["src/store/open.ts"],
    to: ["core", "port", "store", "memory", "sqlite", "mongo", "postgres"],
    types: ["edge"],
    packages: ["node:"],
  },
  store: { files: ["src/store/"], to: ["core", "port"], packages: ["node:"] },

  dispatch: { files: ["src/dispatch/"], to: ["core", "port"], types: ["edge"], packages: ["node:"] },
  // The use cases are handed a running dispatch, and know its interface.
  service: { files: ["src/service/"], to: ["core", "port"], types: ["edge", "dispatch"], packages: ["node:"] },

  generated: { files: ["src/rpc/gen/"], to: [], packages: ["node:", "@grpc/grpc-js", "@bufbuild/protobuf"] },
  // The one call that a command makes which the client does not know.
  askHealth: { files: ["src/rpc/ask-health.ts"], to: ["generated"], packages: ["@grpc/grpc-js"] },
  rpc: {
    files: ["src/rpc/"],
    to: ["generated", "service", "dispatch", "port", "core"],
    types: ["edge"],
    packages: ["node:", "@grpc/grpc-js", "@bufbuild/protobuf"],
  },
  web: {
    files: ["src/web/"],
    to: ["generated", "service", "dispatch", "port", "core"],
    types: ["edge"],
    packages: ["node:", "@bufbuild/protobuf"],
  },

  // Around the composition root: settings, logging, the real clock, the version.
  edge: {
    files: ["src/config.ts", "src/setting-types.ts", "src/log.ts", "src/version.ts"],
    to: ["core"],
    packages: ["node:", "pino", "pino-pretty"],
  },
  server: {
    files: ["src/server.ts", "src/server/"],
    to: ["edge", "web", "rpc", "service", "dispatch", "open", "port", "core"],
    packages: ["node:"],
  },
  cli: {
    files: ["src/cli/"],
    to: ["server", "edge", "askHealth", "core"],
    packages: ["node:", "@tickwire/client", "@bufbuild/protobuf"],
  },
  main: { files: ["src/main.ts"], to: ["cli", "server", "edge", "core"], packages: ["node:"] },

  client: { files: ["clients/ts/src/"], to: [], packages: ["node:", "@grpc/grpc-js", "@bufbuild/protobuf"] },
};

/** `node scripts/run.mjs check-imports [root]` */
export function run(root, [other]) {
  checkImports(other ?? root);
}

/** Throws `Told` with a line for each import that points the wrong way. */
export function checkImports(root) {
  const paths = [...sourcesUnder(root, "src"), ...sourcesUnder(root, "clients/ts/src")];
  const faults = paths.flatMap((path) => faultsIn(path, readFileSync(join(root, path), "utf8")));
  if (faults.length > 0) throw new Told(faults.join("\n"));
}

function faultsIn(path, text) {
  const area = areaOf(path);
  if (!area) return [`${path}: belongs to no area of scripts/check-imports.mjs`];
  return importsOf(text)
    .map((found) => ({ ...found, fault: faultOf(path, area, found) }))
    .filter(({ fault }) => fault)
    .map(({ line, specifier, fault }) => `${path}:${line}: "${specifier}": ${fault}`);
}

function faultOf(path, from, { specifier, typeOnly }) {
  const { to, types = [], packages } = areas[from];
  if (!specifier.startsWith(".")) {
    const allowed = packages.some((p) => (p === "node:" ? specifier.startsWith(p) : isOfPackage(specifier, p)));
    return allowed ? undefined : `${from} may not import this package`;
  }
  const target = posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts");
  const area = areaOf(target);
  if (area === from || to.includes(area)) return undefined;
  if (types.includes(area)) return typeOnly ? undefined : `${from} may import only types of ${area}`;
  return `${from} may not import ${area ?? "what is outside src/"}`;
}

function isOfPackage(specifier, name) {
  return specifier === name || specifier.startsWith(`${name}/`);
}

function areaOf(path) {
  return Object.keys(areas).find((name) =>
    areas[name].files.some((file) => (file.endsWith("/") ? path.startsWith(file) : path === file)),
  );
}

/** Every import, re-export, dynamic import, type import and require of a source text. */
function importsOf(text) {
  const statement = /^(import|export)\b(\s+type\b)?(?:[^;"']*?\bfrom)?\s*["']([^"'\n]+)["']/gm;
  const call = /\b(?:import|require)\s*\(\s*["'`]([^"'`\n]+)["'`]/g;
  const found = [];
  for (const match of text.matchAll(statement)) {
    found.push({ line: lineOf(text, match.index), specifier: match[3], typeOnly: match[2] !== undefined });
  }
  for (const match of text.matchAll(call)) {
    const start = text.lastIndexOf("\n", match.index) + 1;
    const isComment = /^\s*(\/\/|\/\*|\*)/.test(text.slice(start, match.index));
    if (!isComment) found.push({ line: lineOf(text, match.index), specifier: match[1], typeOnly: false });
  }
  return found;
}

function lineOf(text, index) {
  return text.slice(0, index).split("\n").length;
}
