/** Which requests a fault strikes: all of them, or those that `after` holds for, or a MongoDB's with this command. */
export interface Which {
  /** Asked for each chunk that a client sends. */
  readonly after?: (bytes: Buffer) => boolean;
  readonly command?: string;
  /** Strikes every one, until the proxy is told otherwise; else the first, and then the proxy passes. */
  readonly always?: boolean;
}

/** A fault of single requests. */
export class Fault {
  /** Resolves when it has struck for the first time. */
  readonly struck: Promise<void>;
  /** How often it has struck. */
  times = 0;
  readonly #which: Which;
  #resolve = (): void => {};

  /** Of the request, this many bytes reach the server; absent: all of it, and its answer is lost. */
  constructor(
    which: Which,
    readonly requestBytes?: number,
  ) {
    this.#which = which;
    this.struck = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  get isAlways(): boolean {
    return this.#which.always ?? false;
  }

  /** Whether this chunk, which completes these commands' names, is of a request to strike; of several, the first to be ready is. */
  claims(bytes: Buffer, commands: readonly string[]): boolean {
    const { after, command } = this.#which;
    if (after && !after(bytes)) return false;
    if (command !== undefined && !commands.includes(command)) return false;
    return true;
  }

  strike(): void {
    this.times++;
    this.#resolve();
  }
}
