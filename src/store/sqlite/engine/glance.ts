import { pathToFileURL } from "node:url";
import { Connection } from "./connection.js";

/**
 * A copy in memory of one table of a file; undefined where the file has no such table with this column.
 *
 * The file is read through a handle that can't write: closing the last one that can folds the log into the file and removes it.
 * And by statements that are not kept: a handle that has had a prepared one is closed only when V8 collects it.
 */
export function glance(file: string, table: string, column: string): Connection | undefined {
  const memory = new Connection(":memory:", 0);
  memory.exec(`ATTACH '${pathToFileURL(file).href.replaceAll("'", "''")}?mode=ro' AS file`);
  try {
    memory.exec(`CREATE TABLE columns AS SELECT name FROM pragma_table_info('${table}', 'file')`);
    const columns = memory.all("SELECT name FROM columns").map(([name]) => name);
    if (!columns.includes(column)) return undefined;
    memory.exec(`CREATE TABLE ${table} AS SELECT * FROM file.${table}`);
    return memory;
  } finally {
    memory.exec("DETACH file");
  }
}
