import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../test/repo/tree.js";

/** The folder of `bench/peers`, installed where it is not yet; or why it can't be had. In CI it throws then. */
export function peerPackage(): { readonly folder: string } | { readonly skip: string } {
  const { stdout } = spawnSync(process.execPath, [join(root, "scripts/run.mjs"), "peers"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  const peers = JSON.parse(stdout) as { folder: string } | { skip: string };
  const { CI } = process.env;
  if ("skip" in peers && CI === "true") throw new Error(peers.skip);
  return peers;
}
