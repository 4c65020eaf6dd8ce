import { setTimeout as sleep } from "node:timers/promises";
import { MongoClient, MongoServerError } from "mongodb";

const NAME = "tickwire";
export const REPLICA_SET_ARGS = ["--replSet", NAME] as const;
const ALREADY_INITIALIZED = 23;

/** Makes the mongod on `port` a replica set of one, where it is not yet; resolves once it takes writes. Its URI. */
export async function initiateReplicaSet(port: number): Promise<string> {
  const uri = `mongodb://127.0.0.1:${port}/?replicaSet=${NAME}`;
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`);
  try {
    const admin = client.db("admin");
    const members = [{ _id: 0, host: `127.0.0.1:${port}` }];
    await admin.command({ replSetInitiate: { _id: NAME, members } }).catch(unlessInitialized);
    // Nothing tells when it has been elected but asking.
    for (;;) {
      const { isWritablePrimary } = await admin.command({ hello: 1 });
      if (isWritablePrimary) return uri;
      await sleep(20);
    }
  } finally {
    await client.close();
  }
}

function unlessInitialized(error: unknown): void {
  if (!(error instanceof MongoServerError) || error.code !== ALREADY_INITIALIZED) throw error;
}
