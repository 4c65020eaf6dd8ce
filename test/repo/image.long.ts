import { test } from "node:test";
import { makeImage } from "./image.js";
import { checkImage } from "./image-run.js";

// Installs twice, with npm, and compiles: as the Dockerfile says, from what .dockerignore lets in.
test("the Dockerfile's own commands make an image that runs", async () => {
  using image = makeImage();
  await checkImage(image);
});
