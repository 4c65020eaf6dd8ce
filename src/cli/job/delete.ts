import { calling } from "../call.js";
import { EXIT } from "../exit.js";
import type { Given } from "../given.js";
import { printJson, printLines } from "../output.js";
import { requestOf } from "../request.js";

export async function deleteJob(given: Given): Promise<number> {
  const slug = given.argument("SLUG");
  const request = requestOf({
    slug,
    etag: given.text("etag"),
    allowMissing: given.has("allow-missing") || undefined,
  });
  await calling(given, { slug: "SLUG", etag: "--etag" }, async ({ call }) => {
    const answer = await call("DeleteJob", request);
    await (given.has("json") ? printJson(answer) : printLines([`deleted ${slug}`]));
  });
  return EXIT.done;
}
