/** Builds the npm package, for those who have React already: modules, one style sheet, and what only some do (crop, take
 * a picture, send, look at what was sent before) in chunks of their own. */
import { defineConfig } from "vite";
import { CHUNKS } from "./vite.config.ts";

export default defineConfig({
  build: {
    outDir: "dist",
    license: { fileName: "LICENSES.md" }, // of what is bundled, for build.py
    target: "es2022",
    lib: { entry: { index: "src/index.ts", rjsf: "src/rjsf.tsx" }, formats: ["es"], cssFileName: "style" },
    rolldownOptions: {
      external: /^(react|react-dom|@rjsf\/utils)(\/|$)/, // whoever imports this has them, and may have but one React
      output: { chunkFileNames: "chunks/[name]-[hash].js", codeSplitting: { groups: CHUNKS } },
    },
  },
});
