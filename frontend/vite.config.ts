/** Builds the package's static files: one script and one style sheet for each entry, under names that templates can
 * rely on, and chunks that only these load. */
import { defineConfig } from "vite";

// No chunk may import an entry: Django serves entries under names with a hash of its own, and what is loaded a second
// time under another name is another module. So whatever an entry shares with its lazy parts stands in a chunk.
export const CHUNKS = [
  { name: "react", test: /\/node_modules\/(react|react-dom|scheduler)\// },
  {
    name: "core",
    test: /\/src\/((address|answer|csrf|json|part|size|texts|upload|library\/places)\.ts|safelight\/http\/texts\.json)$/,
  },
  { name: "input", test: /\/src\/(Choose|Controls|Dialog|FileInput|Preview|use\w+)\.tsx?$/ },
];

export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/safelight/django/static/safelight",
    emptyOutDir: true,
    license: { fileName: "LICENSES.md" }, // of what is bundled: their notices go wherever it goes
    target: "es2022",
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // rjsf marks what runs in browsers alone, which here is everything.
      onLog: (level, log, tell) => log.code !== "MODULE_LEVEL_DIRECTIVE" && tell(level, log),
      input: { admin: "src/admin.ts", "file-input": "src/element.tsx", "json-form": "src/jsonform/element.ts" },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "chunks/[name]-[hash].js",
        assetFileNames: "[name][extname]",
        codeSplitting: { groups: CHUNKS },
      },
    },
  },
});
