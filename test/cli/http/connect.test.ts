import assert from "node:assert/strict";
import type { LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { describe, it } from "node:test";
import { PermanentError } from "@tickwire/client";
import { connector, onlyPublic } from "../../../src/cli/kinds/http/connect.js";

function answering(...answers: (LookupAddress[] | Error)[]): LookupFunction & { asked: string[] } {
  const asked: string[] = [];
  const lookup: LookupFunction = (host, options, done) => {
    assert.equal(options.all, true, "one that is refused must not hide one that is not");
    const answer = answers[asked.push(host) - 1] ?? [];
    if (answer instanceof Error) done(answer, "");
    else done(null, answer);
  };
  return Object.assign(lookup, { asked });
}

const OUT = { address: "192.88.98.7", family: 4 };
const OUT_6 = { address: "2606:4700::7", family: 6 };
const IN = { address: "10.0.0.7", family: 4 };

function look(lookup: LookupFunction, all: boolean): Promise<unknown> {
  return new Promise((resolve, reject) => {
    onlyPublic(lookup)("a.example", { all }, (error, found, family) => {
      if (error) reject(error);
      else resolve(all ? found : [found, family]);
    });
  });
}

describe("a name's addresses", () => {
  it("are tried where they are public", async () => {
    assert.deepEqual(await look(answering([IN, OUT_6, OUT]), true), [OUT_6, OUT]);
    assert.deepEqual(await look(answering([IN, OUT]), false), [OUT.address, 4]);
  });

  it("are refused for good where none is", async () => {
    for (const all of [true, false]) {
      await assert.rejects(look(answering([IN, { address: "::1", family: 6 }]), all), (error: Error) => {
        assert.ok(error instanceof PermanentError);
        assert.match(error.message, /^the address of a\.example is private: .*--http-allow-private/);
        return true;
      });
    }
  });

  it("may not be known", async () => {
    await assert.rejects(look(answering(new Error("ENOTFOUND")), true), { message: "ENOTFOUND", name: "Error" });
  });

  it("are looked up once for a connection, and anew for the next one", async () => {
    // Both answers are refused, so that this test calls nobody.
    const lookup = answering([IN], [IN]);
    const connect = connector({ allowPrivate: false, lookup });
    for (const time of [1, 2]) {
      const socket = connect(new URL("https://a.example/"));
      await new Promise((resolve) => socket.once("error", resolve));
      assert.equal(lookup.asked.length, time);
    }
  });
});

describe("an address in a URL", () => {
  const connect = connector({ allowPrivate: false, lookup: answering() });
  const urls = [
    "http://127.0.0.1/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://0177.0.0.1/",
    "http://127.0.0.1./",
    "http://１２７.0.0.1/",
    "https://[::1]/",
    "http://[::ffff:127.0.0.1]:8080/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0/",
  ];
  for (const url of urls) {
    it(`${url} is refused before anything is opened`, () => {
      assert.throws(() => connect(new URL(url)), PermanentError);
    });
  }
});
