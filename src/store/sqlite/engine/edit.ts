import { OWN_COLUMNS, STANDING_COLUMNS } from "../columns.js";
import type { ChangeWrite, EditItem } from "../wire.js";
import { putCancel } from "./cancels.js";
import type { Context } from "./context.js";
import { writeInfo } from "./job-info.js";
import { deleteJobs, insertJobs, writePayload } from "./jobs.js";
import { insertRuns } from "./runs.js";

/** In order: whether the row was still the one that was read, and so was written. */
export function editJobs(context: Context, items: readonly EditItem[]): boolean[] {
  return items.map((item) => {
    const written = item.read ? writeOver(context, item, item.read) : writeNew(context, item);
    if (!written) return false;
    if (item.run) insertRuns(context, [item.run]);
    if (item.notice) putCancel(context, item.notice);
    return true;
  });
}

const AS_READ = "SELECT info FROM job_state WHERE slug = ? AND id = ? AND rev = ? AND etag = ?";

function writeOver(context: Context, { slug, write }: EditItem, read: NonNullable<EditItem["read"]>): boolean {
  const [id] = read;
  const info = context.db.get(AS_READ, [slug, ...read])?.[0];
  if (info === undefined) return false;
  const hadInfo = info === 1;
  if (write.type === "delete") deleteJobs(context, [id], hadInfo ? [id] : []);
  if (write.type === "change") change(context, id, write, hadInfo);
  return true;
}

function writeNew(context: Context, { slug, write }: EditItem): boolean {
  if (context.db.get("SELECT 1 FROM job_state WHERE slug = ?", [slug]) !== undefined) return false;
  if (write.type === "add") insertJobs(context, write.job, [0]);
  return true;
}

const COLUMNS = ["kind_id", ...OWN_COLUMNS, ...STANDING_COLUMNS];
const UPDATE = `UPDATE job_state SET ${COLUMNS.map((name) => `${name} = ?`).join(", ")}, info = ? WHERE id = ?`;

function change(context: Context, id: number, write: ChangeWrite, hadInfo: boolean): void {
  const { db, kinds } = context;
  if (write.definition !== null) db.run("UPDATE jobs SET definition = ? WHERE id = ?", [write.definition, id]);
  if (write.payload) writePayload(context, id, write.payload[0]);
  if (write.info) writeInfo(db, id, write.info[0], hadInfo);
  const hasInfo = write.info ? write.info[0] !== null : hadInfo;
  db.run(UPDATE, [kinds.take(write.kind), ...write.columns, hasInfo ? 1 : 0, id]);
}
