/** A running database, and how it is killed and started again. */
export interface Backend {
  readonly uri: string;
  readonly pid?: number | undefined;
  kill(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
}

export function startGiven(uri: string): Backend {
  const refuse = async (): Promise<never> => {
    throw new Error("a given MongoDB is not the test's to kill: ask for one with mayKill");
  };
  return { uri, kill: refuse, start: refuse, remove: async () => {} };
}
