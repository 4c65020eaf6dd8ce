import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { ownPort } from "../../own-port.js";
import { root } from "../../repo/tree.js";
import { Inbox } from "./inbox.js";
import type { Language } from "./languages.js";
import { Matcher, masked, show } from "./match.js";
import { type Certificates, type PlayedCall, PlayedServer, type PlayedStream } from "./played-server.js";
import { RunnerProcess } from "./runner-process.js";
import type { CallStep, Scenario, Step } from "./scenario.js";
import { Slots } from "./slots.js";
import { expand, type Said } from "./wire.js";

/** Whoever waits longer waits in vain: a machine with two cores starts six runners in less. */
const patienceMs = 15_000;

/** What the runner said and what happened to it, in the scenario's order, without what differs from run to run. */
export type Transcript = readonly string[];

const tls = join(root, "test/clients/tls");

/** A start takes half a second of a processor: more of them at once would make every bound on a measured time a matter of luck. */
const starts = new Slots(3);
/** Once started, nearly all of them wait. */
const players = new Slots(24);

/** Plays a scenario with one language's runner. Rejects with the step that went wrong. */
export function play(scenario: Scenario, language: Language): Promise<Transcript> {
  return players.with(async () => {
    await using player = await starts.with(() => Player.open(scenario, language));
    return await player.play();
  });
}

class Player implements AsyncDisposable {
  readonly #scenario: Scenario;
  readonly #servers: readonly PlayedServer[];
  readonly #streams: Inbox<{ readonly server: number; readonly stream: PlayedStream }>;
  readonly #calls: Inbox<{ readonly server: number; readonly call: PlayedCall }>;
  readonly #runner: RunnerProcess;
  readonly #matcher = new Matcher();
  readonly #named = new Map<string, PlayedStream>();
  readonly #accepted: PlayedStream[] = [];
  readonly #marks = new Map<string, { readonly at: number; readonly did: boolean }>();
  readonly #transcript: string[] = [];
  readonly #language: Language;
  #newest: { readonly server: number; readonly stream: PlayedStream } | undefined;
  #lastStream = 0;
  /** When what the newest step waited for came, or when it was done. */
  #at = performance.now();
  /** It was done: nothing that it sets off comes sooner. What came may have come a while before it was seen. */
  #did = true;

  private constructor(
    scenario: Scenario,
    language: Language,
    servers: readonly PlayedServer[],
    arrivals: {
      readonly streams: Inbox<{ server: number; stream: PlayedStream }>;
      readonly calls: Inbox<{ server: number; call: PlayedCall }>;
    },
    runner: RunnerProcess,
  ) {
    this.#scenario = scenario;
    this.#language = language;
    this.#servers = servers;
    this.#streams = arrivals.streams;
    this.#calls = arrivals.calls;
    this.#runner = runner;
  }

  static async open(scenario: Scenario, language: Language): Promise<Player> {
    const streams = new Inbox<{ server: number; stream: PlayedStream }>();
    const calls = new Inbox<{ server: number; call: PlayedCall }>();
    const servers: PlayedServer[] = [];
    for (let server = 0; server < (scenario.servers ?? 1); server++) {
      const arrivals = {
        stream: (stream: PlayedStream) => streams.push({ server, stream }),
        call: (call: PlayedCall) => calls.push({ server, call }),
      };
      const played = new PlayedServer(`127.0.0.1:${await ownPort()}`, arrivals, certificates(scenario));
      if (!scenario.down?.includes(server)) await played.listen();
      servers.push(played);
    }
    const config = { ...configOf(scenario), addresses: servers.map(({ address }) => address) };
    const runner = new RunnerProcess(language, config);
    const player = new Player(scenario, language, servers, { streams, calls }, runner);
    // Told the first thing to do, it is there when it has done it.
    const [{ command } = {}] = scenario.steps;
    if (command !== undefined) runner.command(expand(command));
    await Promise.race([streams.some, calls.some, runner.events.some]);
    return player;
  }

  async play(): Promise<Transcript> {
    this.#at = performance.now();
    for (const [index, step] of this.#scenario.steps.entries()) {
      if (index === 0 && step.command !== undefined) continue;
      try {
        await this.#step(step);
        this.#checkRules();
      } catch (error) {
        throw this.#told(`step ${index + 1}, ${show(step)}: ${error instanceof Error ? error.message : error}`, error);
      }
    }
    const left = [...this.#accepted.flatMap(({ said }) => said.rest), ...this.#runner.events.rest];
    if (left.length > 0) throw this.#told(`after the last step there was more: ${left.map(show).join(", ")}`);
    return this.#transcript;
  }

  #told(what: string, cause?: unknown): Error {
    const waiting = [
      ...this.#accepted.flatMap(({ said }) => said.rest.map((item) => `said: ${show(item)}`)),
      ...this.#runner.events.rest.map((event) => `event: ${show(event)}`),
      ...this.#calls.rest.map(({ call }) => `call: ${call.method.name}`),
      ...(this.#runner.log === "" ? [] : [`stderr: ${this.#runner.log.slice(-1_500)}`]),
    ];
    return new Error(`${this.#language.name}: ${[what, ...waiting].join("\n  ")}`, { cause });
  }

  /** What holds in every scenario. */
  #checkRules(): void {
    const faults = this.#accepted.flatMap((stream) => stream.faults);
    if (faults.length > 0) throw new Error(faults.join("; "));
  }

  async #step(step: Step): Promise<void> {
    const from = step.from === undefined ? { at: this.#at, did: this.#did } : this.#marks.get(step.from);
    if (from === undefined) throw new Error(`there is no mark "${step.from}"`);
    if (step.atLeast !== undefined && !from.did) throw new Error("atLeast is to count from what the player did");
    const since = from.at;
    this.#at = performance.now();
    if (step.accept) await this.#accept(step.accept);
    if (step.welcome) this.#welcome(step, step.welcome);
    if (step.send !== undefined) this.#stream(step).send(step.send);
    if (step.sendBytes !== undefined) this.#stream(step).sendBytes(Buffer.from(step.sendBytes, "hex"));
    if (step.expect) await this.#expect(step, [step.expect]);
    if (step.expectAll) await this.#expect(step, step.expectAll);
    if (step.expectNone) this.#expectNone(step);
    if (step.pings) await this.#pings(step, step.pings);
    if (step.many) await this.#many(step, step.many);
    if (step.refuse) await this.#refuse(step.refuse);
    if (step.fail) this.#stream(step).fail(step.fail);
    if (step.end) this.#stream(step).end();
    if (step.streamEnds) this.#at = (await this.#stream(step).ended.take("the stream's end", patienceMs)).at;
    if (step.kill !== undefined) this.#servers[this.#serverOf(step.kill) ?? 0]?.kill();
    if (step.listen !== undefined) await this.#servers[step.listen]?.listen();
    if (step.event !== undefined) await this.#events([step.event]);
    if (step.events) await this.#events(step.events);
    if (step.command !== undefined) this.#runner.command(expand(step.command));
    if (step.signal) this.#runner.signal(step.signal);
    if (step.exit !== undefined) await this.#exit(step.exit);
    if (step.call) await this.#call(step.call);
    if (step.noCall && this.#calls.rest.length > 0) throw new Error("there was another call");
    this.#did = isDone(step);
    if (step.mark !== undefined) this.#marks.set(step.mark, { at: this.#at, did: this.#did });
    const tookMs = Math.round(this.#at - since);
    if (tookMs < (step.atLeast ?? Number.NEGATIVE_INFINITY)) throw new Error(`it came too early, after ${tookMs} ms`);
    if (tookMs > (step.atMost ?? Number.POSITIVE_INFINITY)) throw new Error(`it came too late, after ${tookMs} ms`);
  }

  #stream({ on }: Step): PlayedStream {
    const stream = on === undefined ? this.#newest?.stream : this.#named.get(on);
    if (!stream) throw new Error("there is no such stream");
    return stream;
  }

  #serverOf(which: NonNullable<Step["kill"]>): number | undefined {
    return which === "same" ? this.#newest?.server : which === "any" || which === "other" ? undefined : which;
  }

  #fitsServer(which: NonNullable<Step["kill"]>): ({ server }: { readonly server: number }) => boolean {
    const left = this.#newest?.server;
    if (which === "any") return () => true;
    if (which === "other") return ({ server }) => server !== left;
    const wanted = this.#serverOf(which);
    return ({ server }) => server === wanted;
  }

  async #accept({
    as,
    server = "any",
    lingers = false,
    hello = {},
    metadata = {},
  }: NonNullable<Step["accept"]>): Promise<void> {
    const { item, at } = await this.#streams.take("a stream", patienceMs, this.#fitsServer(server));
    const { stream } = item;
    this.#newest = item;
    this.#accepted.push(stream);
    if (as !== undefined) this.#named.set(as, stream);
    stream.lingers = lingers;
    checkMetadata(metadata, stream.metadata);
    const said = await stream.said.take("a hello", patienceMs);
    const expected = { ...helloOf(this.#language, configOf(this.#scenario)), ...hello };
    this.#match("hello", { hello: expected }, said.item);
    const number = Number((said.item["hello"] as JsonObject)["stream"]);
    if (number <= this.#lastStream) throw new Error(`stream ${number} comes after stream ${this.#lastStream}`);
    this.#lastStream = number;
    this.#at = at;
  }

  #welcome(step: Step, more: JsonObject): void {
    const stream = this.#stream(step);
    const welcome = { workerId: "w", serverId: "s", pingInterval: "3s", protocolRevision: 1, ...more };
    stream.send({ welcome });
    if (!step.silent) stream.ping((Number.parseFloat(welcome.pingInterval) * 1000) / 2);
  }

  async #expect(step: Step, wanted: readonly JsonObject[]): Promise<void> {
    const stream = this.#stream(step);
    const came: Said[] = [];
    for (const one of wanted) {
      const { item, at } = await stream.said.take(show(one), patienceMs);
      came.push(item);
      this.#at = at;
    }
    this.#matchAll(wanted, came);
  }

  #expectNone(step: Step): void {
    const { rest } = this.#stream(step).said;
    if (rest.length > 0) throw new Error(`it said ${rest.map(show).join(", ")}`);
  }

  /** Each is one of those that came; in whichever order they came. */
  #matchAll(wanted: readonly JsonObject[], came: readonly JsonObject[]): void {
    const rest = [...came];
    for (const one of wanted) {
      const faults = rest.map((item) => this.#matcher.mismatch(expand(one), item));
      const index = faults.indexOf(undefined);
      if (index < 0) throw new Error(wanted.length === 1 ? faults.join() : `none is ${show(one)}: ${rest.map(show)}`);
      const [item] = rest.splice(index, 1);
      this.#note(one, item ?? {});
    }
  }

  #match(what: string, wanted: JsonObject, came: JsonObject): void {
    const fault = this.#matcher.mismatch(expand(wanted), came);
    if (fault) throw new Error(`${what}: ${fault}`);
    this.#note(wanted, came);
  }

  #note(wanted: JsonObject, came: JsonValue): void {
    const text = show(sorted(masked(expand(wanted), came)));
    this.#transcript.push(text.replace(`tickwire-${this.#language.short}/`, "tickwire-.../"));
  }

  async #pings(step: Step, { count, mostGapMs }: NonNullable<Step["pings"]>): Promise<void> {
    const { pings } = this.#stream(step);
    for (let n = 0; n < count; n++) {
      const { at } = await pings.take("a ping", patienceMs);
      if (n > 0 && at - this.#at > mostGapMs) throw new Error(`${Math.round(at - this.#at)} ms between two pings`);
      this.#at = at;
    }
  }

  async #refuse({ times, mostGapMs, round, ...failure }: NonNullable<Step["refuse"]>): Promise<void> {
    const asked: number[] = [];
    for (let n = 0; n < times; n++) {
      const { item, at } = await this.#streams.take("another try", patienceMs);
      const gapMs = Math.round(at - this.#at);
      if (gapMs > mostGapMs) throw new Error(`${gapMs} ms between two tries`);
      await item.stream.said.take("a hello", patienceMs);
      item.stream.fail(failure);
      this.#newest = item;
      this.#at = at;
      asked.push(item.server);
      if (round && asked.length === round) {
        if (new Set(asked.splice(0)).size < round) throw new Error("a server was asked again before another");
      }
    }
  }

  async #many(step: Step, { count, slug, outcome }: NonNullable<Step["many"]>): Promise<void> {
    const stream = this.#stream(step);
    const left = new Set(Array.from({ length: count }, (_, n) => `${slug}${n}`));
    while (left.size > 0) {
      const { item, at } = await stream.said.take(`${left.size} more results`, patienceMs);
      const came = (item["result"] ?? {}) as JsonObject;
      if (!left.delete(String(came["slug"]))) throw new Error(`it said ${show(item)}`);
      const fault = this.#matcher.mismatch(expand({ slug: { $any: true }, ...outcome }), came);
      if (fault) throw new Error(fault);
      this.#at = at;
    }
    const receipts = Array.from({ length: count }, (_, n) => `${slug}${n}`);
    stream.send({ receipts: { receipts: receipts.map((token) => ({ token, state: "RECEIPT_STATE_RECORDED" })) } });
  }

  async #events(wanted: readonly (JsonObject | string)[]): Promise<void> {
    const came: JsonObject[] = [];
    const full = wanted.map((one) => (typeof one === "string" ? eventOf(one) : one));
    for (const one of full) {
      const { item, at } = await this.#runner.events.take(`the event ${show(one)}`, patienceMs);
      came.push(item);
      this.#at = at;
    }
    this.#matchAll(full, came);
  }

  async #exit(wanted: number): Promise<void> {
    const code = await this.#runner.exited;
    this.#at = performance.now();
    if (code !== wanted) throw new Error(`the runner has ended with ${code}`);
  }

  async #call({ method, server = "any", request, metadata = {}, answer, error, stream, end }: CallStep): Promise<void> {
    const { item, at } = await this.#calls.take(`a call of ${method}`, patienceMs, this.#fitsServer(server));
    const { call } = item;
    this.#newest = { server: item.server, stream: this.#newest?.stream as PlayedStream };
    this.#at = at;
    if (call.method.localName !== method) throw new Error(`it called ${call.method.localName}`);
    checkMetadata(metadata, call.metadata);
    if (request !== undefined) this.#match(method, { request }, { request: call.request });
    for (const one of stream ?? []) call.answer(one);
    if (answer !== undefined) call.answer(answer);
    if (error) call.fail(error);
    if (end) call.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner.kill();
    for (const server of this.#servers) server.kill();
  }
}

/** It waits for nothing, or answers what it waited for: what it sets off counts from it. */
function isDone(step: Step): boolean {
  const { accept, expect, expectAll, pings, many, refuse, streamEnds, event, events, exit, call } = step;
  if (call?.answer !== undefined || call?.error) return true;
  return [accept, expect, expectAll, pings, many, refuse, streamEnds, event, events, exit, call].every(
    (waited) => waited === undefined,
  );
}

/** "ready", "began a", "aborted a cancelled", "step a name" ... */
function eventOf(text: string): JsonObject {
  const [event = "", slug = "", last = ""] = text.split(" ");
  if (event === "began") return { event, task: { $only: true, slug } };
  if (event === "aborted") return { event, slug, why: last };
  if (event === "step") return { event, slug, name: last };
  return event === "ready" ? { event, workerId: "w" } : { event };
}

function configOf({ config = {} }: Scenario): JsonObject {
  const files = (names: JsonObject) =>
    Object.fromEntries(Object.entries(names).map(([name, file]) => [name, tlsFile(name, String(file))]));
  const { tls: given } = config;
  return {
    mode: "script",
    workerId: "w",
    info: { test: "suite" },
    maxTasks: 10,
    graceMs: 30_000,
    ...(config["mode"] !== "client" && { kinds: { k: {} } }),
    ...config,
    ...(given !== undefined && { tls: files(given as JsonObject) }),
  };
}

function tlsFile(name: string, value: string): string {
  return name === "serverName" ? value : join(tls, value);
}

function certificates({ tls: kind }: Scenario): Certificates | undefined {
  if (!kind) return undefined;
  const read = (name: string) => readFileSync(join(tls, name));
  return { ca: read("ca.pem"), cert: read("server.pem"), key: read("server.key"), mutual: kind === "mutual" };
}

/** What every hello says, for a runner with this config. */
function helloOf({ short }: Language, { workerId, info, maxTasks, kinds }: JsonObject): JsonObject {
  const served = Object.entries(kinds as Record<string, JsonObject>).map(([kind, options]) => ({ kind, ...options }));
  served.sort((one, other) => (one.kind < other.kind ? -1 : 1));
  return {
    workerId: workerId ?? "",
    client: { $matches: `^tickwire-${short}/\\d+\\.\\d+\\.\\d+` },
    info: info ?? {},
    capacity: { maxTasks: maxTasks ?? 10, kinds: served },
    protocolRevision: 1,
    // The same in every hello of one run.
    instance: { $matches: "^16 bytes: ", $same: "instance" },
    stream: { $between: [1, 1_000_000] },
  };
}

function checkMetadata(
  wanted: Readonly<Record<string, string | null>>,
  came: { get(name: string): (string | Buffer)[] },
): void {
  for (const [name, value] of Object.entries(wanted)) {
    const found = came.get(name)[0] ?? null;
    if (found !== value) throw new Error(`${name} is ${found}, not ${value}`);
  }
}

/** With members in the order of their names: which order they are told in is a language's own affair. */
function sorted(json: JsonValue): JsonValue {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => [name, sorted(value)]),
  );
}
