import { setTimeout as sleep } from "node:timers/promises";
import type { Fleet } from "./fleet.js";
import type { Jobs, Nap } from "./jobs.js";
import type { Member } from "./member.js";
import { type Story, tasks } from "./story.js";

/** How often it is looked whether somebody has begun tasks that go on for a while, in ms. */
const LOOK_MS = 100;

interface Scene {
  readonly member: Member;
  /** What it has in hand. */
  readonly naps: readonly Nap[];
}

/** Three ends, one after the other, of somebody who is in the middle of something. Each waits until all that follows has followed. */
export class Demo {
  readonly #fleet: Fleet;
  readonly #jobs: Jobs;
  readonly #story: Story;

  constructor(fleet: Fleet, jobs: Jobs, story: Story) {
    this.#fleet = fleet;
    this.#jobs = jobs;
    this.#story = story;
  }

  async play(): Promise<void> {
    await this.#killServer();
    await this.#stopWorker();
    await this.#stopServer();
  }

  async #killServer(): Promise<void> {
    const scene = await this.#busy("server");
    const { name } = scene.member;
    const from = this.#announce(scene, "kill -9");
    scene.member.kill();
    const moved = await this.#moved(scene, from.ms);
    const takenOver = await this.#story.until("taken over", from.ms, ({ gone }) => gone === name);
    await this.#settled(scene, from, [
      `${moved.worker} carried ${tasks(moved.carried)} to ${moved.server} after ${span(moved.atMs - from.ms)}`,
      `${takenOver.by} took over its lease after ${span(takenOver.atMs - from.ms)}`,
    ]);
    await this.#story.until("back", from.ms, (back) => back.name === name);
  }

  async #stopWorker(): Promise<void> {
    const scene = await this.#busy("worker");
    const { name } = scene.member;
    const from = this.#announce(scene, "kill (SIGTERM)");
    scene.member.end();
    const ended = await this.#story.until("ended", from.ms, (one) => one.name === name);
    await this.#settled(scene, from, [
      `${name} finished what it had, took nothing new, and ended after ${span(ended.atMs - from.ms)}`,
    ]);
    await this.#story.until("back", from.ms, (back) => back.name === name);
  }

  async #stopServer(): Promise<void> {
    const scene = await this.#busy("server");
    const { name } = scene.member;
    const from = this.#announce(scene, "kill (SIGTERM)");
    scene.member.end();
    const ended = await this.#story.until("ended", from.ms, (one) => one.name === name);
    await this.#settled(scene, from, [
      `${name} let tasks end where they did in time, sent its workers to the others, and ended after ${span(ended.atMs - from.ms)}`,
    ]);
  }

  /** Whoever has the most in hand of those that have something, as soon as somebody has. */
  async #busy(what: "server" | "worker"): Promise<Scene> {
    const members = what === "server" ? this.#fleet.servers : this.#fleet.workers;
    for (;;) {
      const naps = await this.#jobs.napping(this.#fleet.clients);
      const scenes = members.map((member) => ({ member, naps: naps.filter((nap) => nap[what] === member.name) }));
      const [first] = scenes.sort((a, b) => b.naps.length - a.naps.length);
      if (first && first.naps.length > 0) return first;
      await sleep(LOOK_MS, undefined, { signal: this.#story.over });
    }
  }

  /** Both clocks: happenings are by this process's own, runs by the store's. */
  #announce({ member, naps }: Scene, how: string): { ms: number; at: number } {
    const hands = naps.map(({ slug, worker, server }) => `${slug} on ${worker} by ${server}`).join(", ");
    this.#story.say(`--- ${how} ${member.pid}, which is ${member.name}, in the middle of ${hands}`);
    return { ms: performance.now(), at: Date.now() };
  }

  /** The worker that had the most of a server's tasks in hand. */
  async #moved({ member, naps }: Scene, since: number) {
    const worker = naps[0]?.worker;
    return await this.#story.until(
      "connected",
      since,
      (one) => one.worker === worker && one.server !== member.name && one.carried > 0,
    );
  }

  /** The tasks that were in hand have succeeded, and what is due goes on. */
  async #settled({ naps }: Scene, from: { ms: number; at: number }, lines: readonly string[]): Promise<void> {
    for (const { occurrenceId } of naps) {
      await this.#story.until(
        "run",
        from.ms,
        ({ run }) => run.occurrenceId === occurrenceId && run.state === "succeeded",
      );
    }
    const tick = await this.#story.until(
      "run",
      from.ms,
      ({ run }) => run.slug === "tick" && (run.startTime?.getTime() ?? 0) > from.at,
    );
    const ticked = `the next tick ran after ${span((tick.run.startTime?.getTime() ?? 0) - from.at)}`;
    const ended = `${naps.map(({ slug }) => slug).join(", ")} went on to the end`;
    for (const line of [...lines, ticked, ended]) this.#story.say(`--- ${line}`);
  }
}

function span(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
