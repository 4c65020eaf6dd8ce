import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Lookup, parseAddresses, Servers } from "@tickwire/client/internal";
import { ManualClock } from "./manual-clock.js";

type Answers = Record<string, readonly string[] | Error>;

function serversOf(text: string, answers: Answers): Servers {
  const lookup: Lookup = async (host) => {
    const answer = answers[host] ?? new Error("ENOTFOUND");
    if (answer instanceof Error) throw answer;
    return answer.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  return new Servers(parseAddresses(text), new ManualClock(), lookup);
}

const shown = ({ known }: Servers) => known.map(({ address }) => address);

describe("servers", () => {
  test("that are numbers are known at once", () => {
    const servers = serversOf("10.0.0.1:1,[::1]:2", {});
    assert.equal(servers.named, false);
    assert.deepEqual(shown(servers), ["10.0.0.1:1", "[::1]:2"]);
  });

  test("of a name are all of its addresses, called by the name", async () => {
    const servers = serversOf("10.0.0.9:9,many.example:1", { "many.example": ["10.0.0.2", "fd00::1", "10.0.0.1"] });
    assert.deepEqual(shown(servers), ["10.0.0.9:9"]);
    await servers.refresh();
    assert.deepEqual(shown(servers), ["10.0.0.9:9", "10.0.0.1:1", "10.0.0.2:1", "[fd00::1]:1"]);
    assert.deepEqual(
      servers.known.map(({ name }) => name?.host),
      [undefined, "many.example", "many.example", "many.example"],
    );
  });

  test("with one address, or one of each family, are left to gRPC by name", async () => {
    const servers = serversOf("one.example:1,both.example:2", {
      "one.example": ["10.0.0.1", "10.0.0.1"],
      "both.example": ["::1", "127.0.0.1"],
    });
    await servers.refresh();
    assert.deepEqual(servers.known, [{ address: "one.example:1" }, { address: "both.example:2" }]);
  });

  test("are the same ones while nothing has changed, in whichever order a name is answered", async () => {
    const answers: Answers = { "a.example": ["10.0.0.1", "10.0.0.2"] };
    const servers = serversOf("a.example:1", answers);
    await servers.refresh();
    const before = servers.known;
    answers["a.example"] = ["10.0.0.2", "10.0.0.1"];
    await servers.refresh();
    assert.equal(servers.known, before);
    answers["a.example"] = ["10.0.0.2", "10.0.0.3"];
    await servers.refresh();
    assert.deepEqual(shown(servers), ["10.0.0.2:1", "10.0.0.3:1"]);
    assert.equal(servers.known[0], before[1]);
  });

  test("stay what they were where a name can't be looked up any more", async () => {
    const answers: Answers = { "a.example": new Error("ENOTFOUND") };
    const servers = serversOf("a.example:1", answers);
    await servers.refresh();
    assert.deepEqual(servers.known, [{ address: "a.example:1" }]);
    answers["a.example"] = ["10.0.0.1", "10.0.0.2"];
    await servers.refresh();
    answers["a.example"] = new Error("ENOTFOUND");
    await servers.refresh();
    assert.deepEqual(shown(servers), ["10.0.0.1:1", "10.0.0.2:1"]);
  });

  test("that two names share are counted once", async () => {
    const answers = { "a.example": ["10.0.0.1", "10.0.0.2"], "b.example": ["10.0.0.2", "10.0.0.3"] };
    const servers = serversOf("a.example:1,b.example:1", answers);
    await servers.refresh();
    assert.deepEqual(shown(servers), ["10.0.0.1:1", "10.0.0.2:1", "10.0.0.3:1"]);
  });
});
