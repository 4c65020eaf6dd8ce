const URI = /^mongodb:\/\/(?<user>[^@/]*@)?(?<hosts>[^/?]+)(?<database>\/[^?]*)?(?:\?(?<options>.*))?$/;

/** The first host that a mongodb:// URI names. */
export function hostOf(uri: string): { readonly host: string; readonly port: number } {
  const [first = ""] = partsOf(uri).hosts.split(",");
  const [, host = "", port = "27017"] = /^(.*?)(?::(\d+))?$/.exec(first) ?? [];
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

/**
 * The same URI with this port on loopback for its hosts. It says `directConnection`, for a replica set tells its clients its
 * own address, and they would go there, past whatever listens here.
 */
export function atPort(uri: string, port: number): string {
  const { user, database, options } = partsOf(uri);
  const query = new URLSearchParams(options);
  query.set("directConnection", "true");
  return `mongodb://${user}127.0.0.1:${port}${database}?${query}`;
}

function partsOf(uri: string): { user: string; hosts: string; database: string; options: string } {
  const { user = "", hosts, database = "/", options = "" } = URI.exec(uri)?.groups ?? {};
  if (hosts === undefined) throw new Error("not a mongodb:// URI with its hosts in it");
  return { user, hosts, database, options };
}
