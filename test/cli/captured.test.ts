import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Captured } from "../../src/cli/kinds/captured.js";
import { shellResult } from "../../src/cli/kinds/shell-result.js";

function captured(limit: number, ...chunks: readonly (string | Uint8Array)[]): Captured {
  const output = new Captured(limit);
  for (const chunk of chunks) output.add(Buffer.from(chunk as string));
  return output;
}

describe("what a program wrote", () => {
  it("is kept whole up to the limit", () => {
    assert.equal(captured(8, "abc", "defgh").text(), "abcdefgh");
    assert.equal(captured(8).text(), "");
  });

  it("is cut in its middle beyond, by a line that says how much", () => {
    assert.equal(captured(8, "abcdefghi").text(), "abcd\n[... 1 bytes cut ...]\nfghi");
    assert.equal(captured(8, "abc\n", "x".repeat(1_000), "\nzz\n").text(), "abc\n[... 1000 bytes cut ...]\n\nzz\n");
  });

  it("is cut between characters", () => {
    // Three bytes each: neither half is whole characters.
    assert.equal(captured(8, "日本語日本語").text(), "日\n[... 12 bytes cut ...]\n語");
  });

  it("counts every byte that it leaves out, however it came", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 40 }), { maxLength: 30 }),
        fc.integer({ min: 2, max: 60 }),
        (chunks, limit) => {
          const ascii = chunks.map((chunk) => chunk.replace(/[^ -Z]/g, "x"));
          const all = ascii.join("");
          const text = captured(limit, ...ascii).text();
          if (all.length <= 2 * Math.floor(limit / 2)) return text === all;
          const [, head, count, tail] = /^([\s\S]*)\n\[\.\.\. (\d+) bytes cut \.\.\.\]\n([\s\S]*)$/.exec(text) ?? [];
          if (head === undefined || tail === undefined) return false;
          return all.startsWith(head) && all.endsWith(tail) && head.length + tail.length + Number(count) === all.length;
        },
      ),
    );
  });

  it("has an end that an error can show", () => {
    assert.equal(captured(64 * 1024, "x".repeat(100_000), "the last words").end(14), "the last words");
    assert.equal(captured(64 * 1024, "short").end(14), "short");
    assert.equal(captured(64 * 1024, "語語").end(4), "語");
  });
});

describe("a command's result", () => {
  const limit = 64 * 1024;
  const parse = (text: string) => JSON.parse(text) as { exitCode: number; stdout: string; stderr: string };

  it("is JSON with both outputs", () => {
    assert.equal(
      shellResult(0, captured(limit, "out\n"), captured(limit, "err\n")),
      '{"exitCode":0,"stdout":"out\\n","stderr":"err\\n"}',
    );
  });

  it("fits into what the server keeps of a result, whatever the outputs are", () => {
    const kinds = ["x", "\u0001", "日", '"', Buffer.from([0xff])];
    for (const one of kinds) {
      for (const other of kinds) {
        const times = (unit: string | Uint8Array, count: number) => Array.from({ length: count }, () => unit);
        const text = shellResult(0, captured(limit, ...times(one, 70_000)), captured(limit, ...times(other, 70_000)));
        assert.ok(Buffer.byteLength(text) <= limit, `${Buffer.byteLength(text)} bytes`);
        assert.ok(Buffer.byteLength(text) > limit * 0.98, `only ${Buffer.byteLength(text)} bytes`);
        const { stdout, stderr } = parse(text);
        for (const output of [stdout, stderr]) assert.match(output, /\n\[\.\.\. \d+ bytes cut \.\.\.\]\n/);
      }
    }
  });

  it("gives the room that one output leaves to the other", () => {
    const { stdout, stderr } = parse(
      shellResult(0, captured(limit, "o".repeat(60_000)), captured(limit, "e".repeat(60_000))),
    );
    assert.ok(Math.abs(stdout.length - stderr.length) < 100);
    const lopsided = parse(shellResult(0, captured(limit, "o".repeat(65_536)), captured(limit, "warning\n")));
    assert.equal(lopsided.stderr, "warning\n");
    assert.ok(lopsided.stdout.length > 65_000);
  });
});
