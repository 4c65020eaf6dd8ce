import { readFileSync } from "node:fs";

const { version: stated } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

/** This server's version, as package.json has it. */
export const version = stated;
