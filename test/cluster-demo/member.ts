import type { LogEvent } from "../../src/cli/dev/log-event.js";
import { Part, type PartOptions } from "../../src/cli/dev/part.js";
import type { Story } from "./story.js";

export interface MemberOptions extends Omit<PartOptions, "onWords"> {
  readonly story: Story;
  /** How long after its end it is started again, in ms. */
  readonly againMs: number;
}

/** A server or a worker of the cluster: a process, and the one that takes its place when it has ended. */
export class Member {
  readonly name: string;
  readonly #options: MemberOptions;
  #part: Part | undefined;
  #again: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(options: MemberOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get pid(): number {
    return this.#part?.pid ?? 0;
  }

  /** Resolves once it is ready; from then on it is started again whenever it ends. */
  async start(): Promise<LogEvent> {
    const { story } = this.#options;
    const part = new Part({ ...this.#options, onWords: (line) => story.say(`${this.name}: ${line}`) });
    this.#part = part;
    const ready = await part.ready;
    part.ended.then((how) => this.#ended(how)).catch((error: Error) => story.say(error.message));
    return ready;
  }

  /** kill -9. */
  kill(): void {
    process.kill(this.pid, "SIGKILL");
  }

  /** SIGTERM: it ends as it should. */
  end(): void {
    process.kill(this.pid, "SIGTERM");
  }

  /** Ends it for good. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#again);
    await this.#part?.stop(graceMs);
  }

  #ended(how: string): void {
    if (this.#stopping) return;
    const { story, againMs } = this.#options;
    story.tell({ what: "ended", name: this.name, how });
    this.#again = setTimeout(() => {
      this.start().then(
        () => story.tell({ what: "back", name: this.name, pid: this.pid }),
        (error: Error) => story.say(`${this.name} could not be started again: ${error.message}`),
      );
    }, againMs);
  }
}
