import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { Client, isReason, REASONS, type Reason, TickwireError } from "@tickwire/client";
import { ownPort } from "../own-port.js";
import { root } from "../repo/tree.js";
import { toolchain } from "./suite/languages.js";
import { type Failure, type PlayedCall, PlayedServer } from "./suite/played-server.js";

/** Each reason of docs/errors.md with its code. */
const listed = new Map(
  readFileSync(join(root, "docs/errors.md"), "utf8")
    .split("\n")
    .map((line) => /^\| `([A-Z_]+)` \| ([A-Z_]+) \|/.exec(line))
    .flatMap((row) => (row ? [[row[1] ?? "", row[2] ?? ""] as const] : [])),
);

const reasons = [...listed.keys()];

/** JOB_NOT_FOUND as JobNotFound. */
const pascal = (reason: string) =>
  reason.replace(/_?([A-Z])([A-Z]*)/g, (_, first: string, rest: string) => first + rest.toLowerCase());

/** A server that answers GetJob with the error whose reason is the slug. */
async function refusingServer(t: TestContext): Promise<string> {
  const call = ({ request, fail }: PlayedCall) => {
    const reason = String(request["slug"]);
    fail({ code: listed.get(reason) as Failure["code"], reason, message: "told so" });
  };
  const server = new PlayedServer(`127.0.0.1:${await ownPort()}`, { call, stream: () => {} });
  await server.listen();
  t.after(() => server.kill());
  return server.address;
}

/** Runs a program that gets a job of each reason's name, and prints for each its reason and which errors of its language it is. */
async function answersOf(
  t: TestContext,
  command: (file: string) => string[],
  name: string,
  text: string,
  cwd = root,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "tickwire-errors-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, name);
  writeFileSync(file, text);
  const [program = "", ...args] = command(file);
  const env = { ...process.env, TICKWIRE_ADDRESS: await refusingServer(t) };
  const { stdout } = await promisify(execFile)(program, args, { cwd, env });
  return stdout.trim().split("\n");
}

/** What the toolchain's program is, or the reason why there is none. Where CI is set there must be one. */
async function needed(t: TestContext, name: "go" | "python"): Promise<string | undefined> {
  const found = await toolchain(name);
  if ("file" in found) return found.file;
  assert.ok(!process.env["CI"], found.skip);
  t.skip(found.skip);
  return undefined;
}

it("docs/errors.md lists reasons", () => {
  assert.ok(reasons.length >= 28, `only ${reasons.join()}`);
});

it("TypeScript: isReason knows each error by its reason, and REASONS is the list", async (t) => {
  assert.deepEqual([...REASONS], reasons);
  await using client = new Client({ address: await refusingServer(t) });
  for (const reason of reasons) {
    const error = await client.getJob(reason, { retry: false }).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof TickwireError, reason);
    assert.equal(error.code, listed.get(reason));
    assert.deepEqual(
      REASONS.filter((one) => isReason(error, one)),
      [reason satisfies string as Reason],
    );
  }
});

it("Go: each reason has its variable for errors.Is, and matches no other", async (t) => {
  const go = await needed(t, "go");
  if (!go) return;
  const program = `package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	tickwire "github.com/tickwire/tickwire/clients/go"
)

var all = []struct {
	reason string
	err    error
}{
${reasons.map((reason) => `	{"${reason}", tickwire.Err${pascal(reason)}},`).join("\n")}
}

func main() {
	client, err := tickwire.NewClient(tickwire.WithAddress(os.Getenv("TICKWIRE_ADDRESS")))
	if err != nil {
		panic(err)
	}
	defer client.Close()
	for _, asked := range all {
		_, err := client.GetJob(context.Background(), asked.reason, tickwire.WithRetry(false))
		var told *tickwire.Error
		if !errors.As(err, &told) {
			panic(err)
		}
		fmt.Print(told.Reason)
		for _, one := range all {
			if errors.Is(err, one.err) {
				fmt.Print(" ", one.reason)
			}
		}
		fmt.Println()
	}
}
`;
  const answers = await answersOf(t, (file) => [go, "run", file], "main.go", program, join(root, "clients/go"));
  assert.deepEqual(
    answers,
    reasons.map((reason) => `${reason} ${reason}`),
  );
});

/** Python's own NotImplementedError means something else. */
const pythonClass = (reason: string) => (reason === "NOT_IMPLEMENTED" ? "NotSupportedError" : `${pascal(reason)}Error`);

it("Python: each reason has its class, which its error is of, and of no other", async (t) => {
  const python = await needed(t, "python");
  if (!python) return;
  const program = `import asyncio
import os

import tickwire

CLASSES = {
${reasons.map((reason) => `    "${reason}": tickwire.${pythonClass(reason)},`).join("\n")}
}


async def main() -> None:
    async with tickwire.Client(os.environ["TICKWIRE_ADDRESS"]) as client:
        for asked in CLASSES:
            try:
                await client.get_job(asked, retry=False)
            except tickwire.TickwireError as error:
                print(error.reason, *(name for name, one in CLASSES.items() if isinstance(error, one)))


asyncio.run(main())
`;
  const answers = await answersOf(t, (file) => [python, file], "main.py", program);
  assert.deepEqual(
    answers,
    reasons.map((reason) => `${reason} ${reason}`),
  );
});
