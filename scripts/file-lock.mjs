// A lock between processes that is a file: made by the one that holds it, touched while it is held, removed after. Node has
// no lock of the system's, which would end with its process; so one that has not been touched for a while counts as left
// behind. Should two take it at once then, they only do the same work twice.
import { closeSync, openSync, rmSync, statSync, utimesSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Told } from "./told.mjs";

const touchMs = 5_000;
const staleMs = 60_000;
const lookMs = 500;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Runs `work` while no other process holds `file`. Throws `Told` after `limitMs` of waiting. */
export async function withLock(file, limitMs, work) {
  const deadline = performance.now() + limitMs;
  while (!take(file)) {
    if (performance.now() > deadline)
      throw new Told(`another process has held ${file} for ${limitMs / 60_000} minutes`);
    if (ageMs(file) > staleMs) rmSync(file, { force: true });
    else await sleep(lookMs);
  }
  const touching = setInterval(() => touch(file), touchMs);
  const release = () => rmSync(file, { force: true });
  // A Ctrl-C must not make the next one wait until it counts as left behind.
  const end = (signal) => {
    release();
    process.off(signal, end);
    process.kill(process.pid, signal);
  };
  for (const signal of signals) process.on(signal, end);
  try {
    return await work();
  } finally {
    for (const signal of signals) process.off(signal, end);
    clearInterval(touching);
    release();
  }
}

function take(file) {
  try {
    closeSync(openSync(file, "wx"));
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function ageMs(file) {
  return Date.now() - (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}

function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Somebody took it for left behind: the machine slept.
  }
}
