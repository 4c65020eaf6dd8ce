import { Client } from "@tickwire/client";
import { SERVER_OPTION } from "../call-options.js";
import type { Candidate } from "./shell.js";

/** Names that a server knows, which begin as what is typed. */
export interface Names {
  readonly of: "slugs" | "kinds";
  readonly typed: string;
  /** Before the name, in the same word. */
  readonly prefix: string;
}

/** Whoever presses Tab waits. */
const PATIENCE_MS = 1_000;
/** More than anybody reads. */
const MOST = 100;

/** Asks the server that the words name, or the variable; none where it does not answer. */
export async function namesOf(
  { of, typed, prefix }: Names,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Candidate[]> {
  try {
    await using client = new Client({
      address: serverOf(words, env).split(","),
      timeoutMs: PATIENCE_MS,
      retry: { maxTries: 1 },
    });
    const names: string[] = [];
    if (of === "slugs") {
      const { items } = await client.listJobsPage({ filter: { slugPrefix: typed }, pageSize: MOST });
      names.push(...items.map(({ slug }) => slug));
    } else {
      const { items } = await client.listKindsPage({ pageSize: 1_000 });
      names.push(...items.map(({ name }) => name).filter((name) => name.startsWith(typed)));
    }
    return names.slice(0, MOST).map((name) => ({ word: prefix + name }));
  } catch {
    return [];
  }
}

function serverOf(words: readonly string[], env: Readonly<Record<string, string | undefined>>): string {
  const option = `--${SERVER_OPTION.name}`;
  const at = words.lastIndexOf(option);
  const joined = words.findLast((word) => word.startsWith(`${option}=`))?.slice(option.length + 1);
  const fromEnv = env[SERVER_OPTION.env ?? ""];
  return (at >= 0 ? words[at + 1] : joined) || fromEnv || (SERVER_OPTION.default ?? "");
}
