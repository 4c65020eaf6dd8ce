import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { wallClock } from "../../src/cli/wall-clock.js";
import { run, serve } from "./processes.js";

describe("a zone's clock", () => {
  it("shows day, time and offset", () => {
    const show = (zone: string, time: string) => wallClock(zone)?.(new Date(time));
    assert.equal(show("Europe/Berlin", "2026-03-29T01:00:00Z"), "Sun 2026-03-29 03:00:00 +02:00");
    assert.equal(show("America/St_Johns", "2026-01-01T00:00:00Z"), "Wed 2025-12-31 20:30:00 -03:30");
    assert.equal(show("UTC", "2199-12-31T23:59:59Z"), "Tue 2199-12-31 23:59:59 +00:00");
    assert.equal(wallClock("Mars/Olympus"), undefined);
  });
});

describe("tickwire preview", () => {
  let server: Awaited<ReturnType<typeof serve>>;
  before(async () => {
    server = await serve();
  });
  after(() => server[Symbol.asyncDispose]());

  const preview = (...words: string[]) => run(["preview", "--server", server.address, ...words]);

  it("shows a trigger in words, and its times in UTC and in its zone", async () => {
    const from = ["--after", "2026-03-27T12:00:00Z", "--count", "3"];
    const { code, stdout, stderr } = await preview("--cron", "30 2 * * *", "--tz", "Europe/Berlin", ...from);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(stdout.replaceAll(/ {2}(in )?\w+( ago)?$/gm, "").split("\n"), [
      "every day at 02:30, Europe/Berlin",
      "UTC                   Europe/Berlin",
      "2026-03-28T01:30:00Z  Sat 2026-03-28 02:30:00 +01:00",
      "2026-03-29T01:00:00Z  Sun 2026-03-29 03:00:00 +02:00",
      "2026-03-30T00:30:00Z  Mon 2026-03-30 02:30:00 +02:00",
      "",
    ]);
  });

  it("shows intervals and single times, within their bounds", async () => {
    const anchored = ["--every", "90m", "--anchor", "2030-01-01T00:00:00Z", "--after", "2030-01-01T00:00:00Z"];
    const [every, once, bounded] = await Promise.all([
      preview(...anchored, "--end", "2030-01-01T03:00:00Z", "--json"),
      preview("--at", "2030-01-01T00:00:00.500Z"),
      preview("--every", "1h", "--max-occurrences", "2", "--json"),
    ]);
    const { times, description } = JSON.parse(every.stdout) as { times: string[]; description: string };
    assert.deepEqual(times, ["2030-01-01T01:30:00Z"]);
    assert.equal(description, "every 1 h 30 min, until 2030-01-01T03:00:00.000Z");
    assert.match(once.stdout, /^once at 2030-01-01T00:00:00\.500Z\nUTC\n2030-01-01T00:00:00\.500Z {2}in \w+\n$/);
    assert.equal((JSON.parse(bounded.stdout) as { times: string[] }).times.length, 2);
  });

  it("tells what is wrong by the option", async () => {
    const [nothing, cron, zone, count, never] = await Promise.all([
      preview(),
      preview("--cron", "* *"),
      preview("--cron", "* * * * *", "--tz", "Mars/Olympus"),
      preview("--every", "1h", "--count", "1001"),
      preview("--cron", "0 0 30 2 *"),
    ]);
    assert.deepEqual([nothing.code, cron.code, zone.code, count.code, never.code], [2, 1, 1, 1, 1]);
    assert.match(nothing.stderr, /--cron, --every, --at or --once is missing/);
    assert.match(cron.stderr, /refused, BAD_CRON:\n {2}--cron: "\* \*" has 2 fields/);
    assert.match(zone.stderr, /refused, BAD_TIME_ZONE:\n {2}--tz: "Mars\/Olympus"/);
    assert.match(count.stderr, /--count: must be a whole number from 0 to 1,000; got 1001/);
    assert.match(never.stderr, /refused, NEVER_FIRES:\n {2}--cron: /);
  });
});
