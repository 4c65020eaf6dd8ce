import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import pg from "pg";
import { TickwireError } from "../../src/core/errors.js";
import { checkServer } from "../../src/store/postgres/check-server.js";
import type { Database } from "../../src/store/postgres/database.js";
import { openPostgresStore } from "../../src/store/postgres/store.js";
import { run } from "../cli/processes.js";
import { ownPort } from "../own-port.js";
import { at } from "../store/suite/clock.js";
import { job, put } from "../store/suite/jobs.js";
import { claimOne, ending, open } from "../store/suite/tasks.js";
import { postgresData, withClient } from "./data.js";
import { postgresServer } from "./server.js";

const server = await postgresServer({ own: true });
const skip = "skip" in server ? server.skip : false;
const uri = "uri" in server ? server.uri : "";
const folder = await mkdtemp(join(tmpdir(), "tickwire-start-"));
const ca = join(folder, "server.crt");
after(async () => {
  if (!("skip" in server)) await server.stop();
  await rm(folder, { recursive: true, force: true });
});
if (!("skip" in server)) {
  const key = join(folder, "server.key");
  await promisify(execFile)("openssl", [
    ..."req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost".split(" "),
    ...["-keyout", key, "-out", ca],
  ]);
  const files = {
    "server.crt": await readFile(ca, "utf8"),
    "server.key": await readFile(key, "utf8"),
    "pg_hba.conf": "host all secret all scram-sha-256\nhostnossl all covered all reject\nhost all all all trust\n",
  };
  await withClient(uri, async (client) => {
    // As the server's own user, whose the key must be.
    for (const [name, text] of Object.entries(files)) {
      const lines = pg.escapeLiteral(text.trimEnd());
      await client.query(
        `COPY (SELECT unnest(string_to_array(${lines}, E'\\n'))) TO PROGRAM 'umask 077 && cat > ${name}'`,
      );
    }
    await client.query("ALTER SYSTEM SET ssl = on");
    // Not every version's default.
    await client.query("SET password_encryption = 'scram-sha-256'");
    await client.query("CREATE ROLE secret SUPERUSER LOGIN PASSWORD 'right'");
    await client.query("CREATE ROLE covered SUPERUSER LOGIN");
    await client.query("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
  });
  await server.restart();
}

async function refused(url: string, why: RegExp, reason = "STORE_DOWN"): Promise<void> {
  await assert.rejects(openPostgresStore(url), (error: unknown) => {
    assert.ok(error instanceof TickwireError && error.reason === reason, String(error));
    assert.match(error.message, why);
    return true;
  });
}

async function opens(url: string): Promise<void> {
  await (await openPostgresStore(url)).close();
}

/** The same server, as another user, by another name, or with options. */
function as(user: string, { host, options = "" }: { readonly host?: string; readonly options?: string } = {}): string {
  const url = new URL(uri);
  return `postgres://${user}@${host ?? url.hostname}:${url.port}/postgres${options}`;
}

describe("a PostgreSQL that can't be used says why, and what to do", { skip }, () => {
  it("passwords, databases, hosts and ports", async () => {
    await refused(as("secret:wrong"), /password is wrong/);
    await refused(as("secret"), /wants a password/);
    await opens(as("secret:right"));
    await refused(uri.replace(/\/postgres$/, "/nowhere"), /no such database: create it/);
    await refused(uri.replace(/\/postgres$/, "/latin"), /encoding is LATIN1.*UTF8/);
    await refused(as("tickwire", { host: "nowhere.invalid" }), /host's name is not known/);
    const port = await ownPort();
    for (const host of ["127.0.0.1", "localhost"]) {
      await refused(`postgres://tickwire@${host}:${port}/postgres`, /nothing listens there: .*ECONNREFUSED/);
    }
  });

  it("versions before 13", async () => {
    const old = { rows: async () => [[120_022, "UTF8"]] } as unknown as Database;
    await assert.rejects(checkServer(old), /too old \(120022\): Tickwire needs 13/);
  });

  it("several hosts", async () => {
    for (const url of ["postgres://a,b/db", "postgres://u:p@a:1,b:2/db", "postgres://a/db?host=a,b"]) {
      await refused(url, /only one host can be named/, "BAD_FIELD");
    }
  });

  it("TLS: certificates that nobody vouches for, or of another host", async () => {
    await refused(as("covered"), /may not connect.*(no encryption|SSL off)/);
    await refused(as("covered", { host: "localhost", options: "?sslmode=verify-full" }), /sslrootcert=FILE/);
    await refused(
      as("covered", { options: `?sslmode=verify-full&sslrootcert=${ca}` }),
      /certificate is another host's/,
    );
    await refused(as("covered", { options: "?sslrootcert=/nowhere/ca.crt" }), /file that the URL names can't be read/);
    await opens(as("covered", { host: "localhost", options: `?sslmode=verify-full&sslrootcert=${ca}` }));
    await opens(as("covered", { host: "localhost", options: `?sslmode=require&sslrootcert=${ca}` }));
    await opens(as("covered", { options: "?sslmode=no-verify" }));
  });

  it("the command tells it in a line, with its exit code", async () => {
    const serve = ["serve", "--grpc", "127.0.0.1:0", "--http", "off", "--store"];
    const { code, stdout, stderr } = await run([...serve, as("secret:wrong")]);
    assert.equal(code, 1, stderr);
    assert.match(stdout + stderr, /user name or the password is wrong/);
    assert.doesNotMatch(stdout + stderr, /secret:wrong/);
  });

  it("a user with the privileges that the documents list, and no others, runs jobs without migrating", async () => {
    const data = postgresData(uri);
    await opens(data.url);
    await withClient(uri, async (client) => {
      await client.query("CREATE ROLE few LOGIN");
      await client.query(`GRANT USAGE ON SCHEMA ${data.schema} TO few`);
      await client.query(`GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${data.schema} TO few`);
    });
    const store = await openPostgresStore(data.url.replace("tickwire@", "few@"), {
      clock: () => at(0),
      migrate: false,
    });
    try {
      await put(store, job("a"));
      const out = await claimOne(store, { lease: await open(store), now: at(0) });
      assert.equal((await store.release([ending(out)]))[0]?.status, "recorded");
      await store.renewLease(out.lock.lease);
      await store.leases();
      await store.countJobs(["mail"]);
      await store.sweep();
    } finally {
      await store.close();
      await data.remove();
    }
  });
});
