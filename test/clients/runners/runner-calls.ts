import {
  type CallOptions,
  Client,
  type ClientOptions,
  type Job,
  type ScheduleInput,
  TickwireError,
  type TriggerInput,
} from "@tickwire/client";

export interface CallCommand {
  readonly id: number;
  readonly method: string;
  readonly args?: Args;
  readonly options?: CallOptions;
}

interface JobArgs {
  readonly slug?: string;
  readonly kind: string;
  readonly payload?: string;
  readonly delayMs?: number;
  readonly trigger?: {
    readonly cron?: { readonly expression: string; readonly timeZone?: string };
    readonly interval?: { readonly everyMs: number };
    readonly once?: string;
  };
  readonly policy?: { readonly timeoutMs?: number; readonly maxAttempts?: number };
  readonly labels?: Readonly<Record<string, string>>;
  readonly priority?: ScheduleInput["priority"];
  readonly onConflict?: ScheduleInput["onConflict"];
  readonly requestId?: string;
  readonly validateOnly?: boolean;
}

interface Args extends Partial<JobArgs> {
  readonly jobs?: readonly JobArgs[];
  readonly etag?: string;
  readonly allowMissing?: boolean;
  readonly reason?: string;
  readonly runId?: string;
  readonly name?: string;
  readonly maxAttempts?: number;
  readonly kinds?: readonly string[];
  readonly all?: boolean;
  readonly pageSize?: number;
  readonly count?: number;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly maxRuns?: number;
  readonly cron?: string;
}

type Call = (client: Client, args: Args, options: CallOptions) => Promise<unknown>;

/** Calls by the names of the TypeScript client. */
const table: Readonly<Record<string, Call>> = {
  scheduleJob: async (client, args, options) => {
    const { job, outcome } = await client.scheduleJob(jobOf(args as JobArgs), options);
    return { slug: job.slug, outcome, dueTime: job.dueTime ?? null };
  },
  scheduleJobs: async (client, { jobs = [] }, options) => {
    const results = await client.scheduleJobs(jobs.map(jobOf), options);
    return results.map(({ slug, outcome, error }) => ({
      slug,
      outcome: outcome ?? null,
      reason: error?.reason ?? null,
    }));
  },
  getJob: async (client, { slug = "" }, options) => shown(await client.getJob(slug, options)),
  listJobs: async (client, { kinds, pageSize }, options) => {
    const jobs = client.listJobs({ ...filterOf(kinds), pageSize }, options);
    return (await all(jobs)).map(({ slug }) => slug);
  },
  listJobSlugs: (client, { kinds }, options) => all(client.listJobSlugs(filterOf(kinds).filter, options)),
  updateJob: async (client, { slug = "", etag, delayMs }, options) =>
    shown(await client.updateJob(slug, { etag, delayMs }, options)),
  deleteJob: async (client, { slug = "", etag = "", allowMissing = false }, options) => {
    await client.deleteJob(slug, { ...options, etag, allowMissing });
    return null;
  },
  clearJobs: (client, args, options) => client.clearJobs(bulkOf(args), options),
  pauseJob: async (client, { slug = "", reason = "" }, options) =>
    shown(await client.pauseJob(slug, { ...options, reason })),
  resumeJob: async (client, { slug = "" }, options) => shown(await client.resumeJob(slug, options)),
  runJob: async (client, { slug = "", requestId = "" }, options) =>
    shown((await client.runJob(slug, { ...options, requestId })).job),
  requeueJobs: (client, args, options) => client.requeueJobs(bulkOf(args), options),
  backfillJob: async (client, { slug = "", startTime = "", endTime = "", maxRuns }, options) => {
    const span = { startTime: new Date(startTime), endTime: new Date(endTime), maxRuns };
    return (await client.backfillJob(slug, span, options)).slugs;
  },
  previewTrigger: (client, { cron = "", count }, options) =>
    client.previewTrigger({ cron }, { ...options, ...(count !== undefined && { count }) }),
  listRuns: async (client, { kinds, pageSize }, options) => {
    const runs = client.listRuns({ ...filterOf(kinds), pageSize }, options);
    return (await all(runs)).map(({ runId }) => runId);
  },
  watchRuns: async (client, { kinds, count = 1 }, options) => {
    const ids: string[] = [];
    for await (const { runId } of client.watchRuns(filterOf(kinds), options)) if (ids.push(runId) >= count) break;
    return ids;
  },
  cancelRun: (client, { slug = "", runId = "" }, options) => client.cancelRun(slug, { ...options, runId }),
  registerKind: async (client, { name = "", etag, maxAttempts }, options) => {
    await client.registerKind({ name, etag, ...policyOf({ maxAttempts }) }, options);
    return null;
  },
  getKind: async (client, { name = "" }, options) => {
    await client.getKind(name, options);
    return null;
  },
  listKinds: async (client, { pageSize }, options) =>
    (await all(client.listKinds({ pageSize }, options))).map(({ name }) => name),
  deleteKind: async (client, { name = "" }, options) => {
    await client.deleteKind(name, options);
    return null;
  },
  pauseKind: async (client, { name = "", reason = "" }, options) => {
    await client.pauseKind(name, { ...options, reason });
    return null;
  },
  resumeKind: async (client, { name = "" }, options) => {
    await client.resumeKind(name, options);
    return null;
  },
  listWorkers: async (client, { pageSize }, options) =>
    (await all(client.listWorkers({ pageSize }, options))).map(({ workerId }) => workerId),
  getStats: async (client, { kinds }, options) => {
    await client.getStats(kinds, options);
    return null;
  },
  getServerInfo: async (client, _, options) => ({ version: (await client.getServerInfo(options)).version }),
};

/** The runner's client, made at the first call. */
export class Calls {
  readonly #options: ClientOptions;
  #client: Client | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  async answer({ id, method, args = {}, options = {} }: CallCommand): Promise<object> {
    this.#client ??= new Client(this.#options);
    try {
      const call = table[method];
      if (!call) throw new Error(`no method ${method}`);
      return { event: "answered", id, ok: true, value: (await call(this.#client, args, options)) ?? null };
    } catch (error) {
      if (!(error instanceof TickwireError)) throw error;
      const { code, reason, violations, message } = error;
      return { event: "answered", id, ok: false, error: { code, reason, violations, message } };
    }
  }

  close(): void {
    this.#client?.close();
  }
}

function jobOf({ trigger, policy, ...job }: JobArgs): ScheduleInput {
  return { ...job, ...(trigger && { trigger: triggerOf(trigger) }), ...(policy && policyOf(policy)) };
}

function triggerOf({ cron, interval, once }: NonNullable<JobArgs["trigger"]>): TriggerInput {
  if (cron) return { cron };
  if (interval) return { interval };
  return { once: new Date(once ?? Number.NaN) };
}

function policyOf({ timeoutMs, maxAttempts }: { timeoutMs?: number; maxAttempts?: number | undefined }) {
  if (timeoutMs === undefined && maxAttempts === undefined) return {};
  return { policy: { timeoutMs, ...(maxAttempts !== undefined && { retry: { maxAttempts } }) } };
}

function filterOf(kinds: readonly string[] | undefined) {
  return kinds ? { filter: { kinds } } : {};
}

function bulkOf({ kinds, all, validateOnly }: Args) {
  return { ...filterOf(kinds), all, validateOnly };
}

function shown({ slug, kind, state, payload, dueTime }: Job): object {
  return { slug, kind, state, payload: Buffer.from(payload).toString(), dueTime: dueTime ?? null };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
