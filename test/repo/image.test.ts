import { symlinkSync } from "node:fs";
import { test } from "node:test";
import { makeImage } from "./image.js";
import { checkImage } from "./image-run.js";
import { copyLockedModules } from "./locked-modules.js";
import { root } from "./tree.js";

test("the image's files are all that tickwire needs: no development dependency, and nothing else of this repository", async () => {
  using image = makeImage({ build: (folder) => symlinkSync(root, folder), modules: copyLockedModules });
  await checkImage(image);
});
