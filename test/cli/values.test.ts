import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseSpan, showSpan, spanFromJson, spanToJson } from "../../src/cli/span.js";
import { pairLines, tableLines } from "../../src/cli/table.js";
import { bytesText, cut, firstLine, oneLine } from "../../src/cli/text.js";
import { parseTime, relative } from "../../src/cli/time.js";

describe("a span", () => {
  it("is a number with a unit, or several of them", () => {
    assert.equal(parseSpan("1500ms"), 1_500);
    assert.equal(parseSpan("10s"), 10_000);
    assert.equal(parseSpan("5m"), 300_000);
    assert.equal(parseSpan("2h"), 7_200_000);
    assert.equal(parseSpan("1d"), 86_400_000);
    assert.equal(parseSpan("1h30m"), 5_400_000);
    assert.equal(parseSpan("0.25s"), 250);
    assert.equal(parseSpan("0s"), 0);
  });

  it("is nothing else", () => {
    for (const text of ["", "10", "s", "-1s", "1 s", "1S", "1w", "1e3s", "10s!", "99999999999999999d"]) {
      assert.throws(() => parseSpan(text), /must be a span such as/, text);
    }
  });

  it("is shown in at most two units, as it could be given", () => {
    assert.equal(showSpan(0), "0ms");
    assert.equal(showSpan(999), "999ms");
    assert.equal(showSpan(1_500), "1.5s");
    assert.equal(showSpan(60_000), "1m");
    assert.equal(showSpan(5_400_000), "1h30m");
    assert.equal(showSpan(90_061_000), "1d1h");
    fc.assert(fc.property(fc.nat(60_000), (ms) => parseSpan(showSpan(ms)) === ms));
  });

  it("goes into proto3 JSON and back", () => {
    assert.equal(spanToJson(1_500), "1.500s");
    assert.equal(spanToJson(10_000), "10s");
    assert.equal(spanToJson(1), "0.001s");
    fc.assert(fc.property(fc.nat(), (ms) => Math.round(spanFromJson(spanToJson(ms)) ?? -1) === ms));
  });
});

describe("a time", () => {
  const now = new Date("2026-03-01T12:00:00.000Z");

  it("has its zone, or is told from now", () => {
    assert.equal(parseTime("2026-03-01T09:00:00+01:00", now).toISOString(), "2026-03-01T08:00:00.000Z");
    assert.equal(parseTime("2026-03-01T09:00Z", now).toISOString(), "2026-03-01T09:00:00.000Z");
    assert.equal(parseTime("now", now), now);
    assert.equal(parseTime("+10m", now).toISOString(), "2026-03-01T12:10:00.000Z");
    assert.equal(parseTime("-2h", now).toISOString(), "2026-03-01T10:00:00.000Z");
  });

  it("is not guessed", () => {
    for (const text of [
      "",
      "2026-03-01",
      "2026-03-01T09:00:00",
      "2026-02-30T25:00:00Z",
      "tomorrow",
      "1700000000",
      "+10",
    ]) {
      assert.throws(() => parseTime(text, now), /must be/, text);
    }
  });

  it("is shown by how far away it is", () => {
    assert.equal(relative(new Date(now.getTime() + 10_000), now), "in 10s");
    assert.equal(relative(new Date(now.getTime() - 125_000), now), "2m5s ago");
    assert.equal(relative(new Date(now.getTime() - 400), now), "now");
  });
});

describe("text from elsewhere", () => {
  it("moves no cursor", () => {
    assert.equal(oneLine("a\u001b[2Jb\nc\td\u202ee\u2028f"), "a\\u001b[2Jb\\nc\\td\\u202ee\\u2028f");
    assert.equal(oneLine("grün 日本 🎉"), "grün 日本 🎉");
    assert.equal(firstLine("\n \r\nfirst\nsecond"), "first");
  });

  it("is cut between characters", () => {
    assert.equal(cut("🎉🎉🎉🎉🎉", 4), "🎉🎉🎉…");
    assert.equal(cut("abcd", 4), "abcd");
    assert.equal(cut("abcd", 3), "ab…");
  });

  it("is told from bytes", () => {
    assert.equal(bytesText(Buffer.from("grün")), "grün");
    assert.equal(bytesText(Buffer.from([0xff, 0x00])), "(2 bytes that are not text: ff00)");
  });
});

describe("a table", () => {
  it("is aligned, by characters, and cut at the terminal's edge alone", () => {
    const table = {
      columns: [{ title: "SLUG" }, { title: "N", align: "right" as const }, { title: "ERROR" }],
      rows: [
        ["a", "10", "wrong"],
        ["grün🎉", "7", ""],
      ],
    };
    assert.deepEqual(tableLines(table), ["SLUG    N  ERROR", "a      10  wrong", "grün🎉   7"]);
    assert.deepEqual(tableLines(table, 14), ["SLUG    N  ER…", "a      10  wr…", "grün🎉   7"]);
  });

  it("of pairs keeps lines of a value together", () => {
    assert.deepEqual(
      pairLines([
        ["a", "1"],
        ["long", "x\ny"],
      ]),
      ["a:     1", "long:  x", "       y"],
    );
  });
});
