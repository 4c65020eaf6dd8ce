import { OWN_COLUMNS, STANDING_COLUMNS } from "../columns.js";
import type { EditItem } from "../wire.js";
import { putCancel } from "./cancels.js";
import type { Context } from "./context.js";
import { writeInfo } from "./job-info.js";
import { deleteJobs, writePayload } from "./jobs.js";
import { insertRuns } from "./runs.js";

const AS_READ = "SELECT info FROM job_state WHERE slug = ? AND id = ? AND rev = ? AND etag = ?";

/** In order: whether the row was still the one that was read, and so was written. */
export function editJobs(context: Context, items: readonly EditItem[]): boolean[] {
  return items.map((item) => {
    const info = context.db.get(AS_READ, [item.slug, item.id, item.rev, item.etag])?.[0];
    if (info === undefined) return false;
    write(context, item, info === 1);
    if (item.run) insertRuns(context, [item.run]);
    if (item.notice) putCancel(context, item.notice);
    return true;
  });
}

const COLUMNS = ["kind_id", ...OWN_COLUMNS, ...STANDING_COLUMNS];
const UPDATE = `UPDATE job_state SET ${COLUMNS.map((name) => `${name} = ?`).join(", ")}, info = ? WHERE id = ?`;

function write(context: Context, { id, write: change }: EditItem, hadInfo: boolean): void {
  const { db, kinds } = context;
  if (change.type === "delete") {
    deleteJobs(context, [id], hadInfo ? [id] : []);
    return;
  }
  if (change.definition !== null) db.run("UPDATE jobs SET definition = ? WHERE id = ?", [change.definition, id]);
  if (change.payload) writePayload(context, id, change.payload[0]);
  if (change.info) writeInfo(db, id, change.info[0], hadInfo);
  const hasInfo = change.info ? change.info[0] !== null : hadInfo;
  db.run(UPDATE, [kinds.take(change.kind), ...change.columns, hasInfo ? 1 : 0, id]);
}
