/** The package's version, as its package.json has it. */
export const version = "0.1.0";

/** What this library calls itself to a server. */
export const clientName = `tickwire-ts/${version}`;
