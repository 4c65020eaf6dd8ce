import type { Argument, Option } from "./command.js";

/** What a command line gives a command. */
export class Given {
  readonly #options: ReadonlyMap<string, Option>;
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #arguments: ReadonlyMap<string, readonly string[]>;
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor(
    options: readonly Option[],
    values: ReadonlyMap<string, readonly string[]>,
    args: ReadonlyMap<string, readonly string[]>,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.#options = new Map(options.map((option) => [option.name, option]));
    this.#values = values;
    this.#arguments = args;
    this.#env = env;
  }

  /** An option's value: the last one given, else its environment variable, else its default. */
  text(name: string): string | undefined {
    const option = this.#optionOf(name);
    const fromEnv = option.env === undefined ? undefined : this.#env[option.env];
    return this.#values.get(name)?.at(-1) ?? (fromEnv === "" ? undefined : fromEnv) ?? option.default;
  }

  /** Every value of an option that may be given more than once. */
  all(name: string): readonly string[] {
    const given = this.#values.get(this.#optionOf(name).name);
    if (given) return given;
    const text = this.text(name);
    return text === undefined ? [] : [text];
  }

  /** A flag was given, and not as `--name=false`. */
  has(name: string): boolean {
    const text = this.text(name);
    return text !== undefined && text !== "false" && text !== "0";
  }

  /** An argument that is there, because the table does not call it optional. */
  argument(name: string): string {
    const text = this.optionalArgument(name);
    if (text === undefined) throw new Error(`the command has no argument ${name}`);
    return text;
  }

  optionalArgument(name: string): string | undefined {
    return this.#arguments.get(name)?.[0];
  }

  /** Every word of an argument that takes many. */
  allArguments(name: string): readonly string[] {
    return this.#arguments.get(name) ?? [];
  }

  /** What the command line itself said, by option; without variables and defaults. */
  get flags(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#values].map(([name, values]) => [name, values.at(-1) ?? ""]));
  }

  get env(): Readonly<Record<string, string | undefined>> {
    return this.#env;
  }

  #optionOf(name: string): Option {
    const option = this.#options.get(name);
    if (!option) throw new Error(`the command has no option --${name}`);
    return option;
  }
}

/** How an argument is shown: NAME, [NAME], NAME... */
export function showArgument({ name, optional, many }: Argument): string {
  const text = many ? `${name}...` : name;
  return optional ? `[${text}]` : text;
}
