import { createLog } from "../log.js";
import { StartError } from "../server/start-error.js";
import { CommandError, EXIT } from "./exit.js";
import type { Given } from "./given.js";
import { settingsOf } from "./serve.js";

/** Answers 0 once the store is of this version. */
export async function migrate(given: Given): Promise<number> {
  const settings = settingsOf(given);
  const { migrateStore } = await import("../server/migrate-store.js");
  const { mongodbAllowStandalone: allowStandalone } = settings;
  await migrateStore(settings.store, await createLog(settings), { allowStandalone }).catch((error: unknown) => {
    if (error instanceof StartError) throw new CommandError(EXIT.refused, error.message, { cause: error });
    throw error;
  });
  return EXIT.done;
}
