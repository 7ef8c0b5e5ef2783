/** Builds the package's static files: one script and one style sheet for each entry, under names that templates can
 * rely on, and chunks that only these load. */
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  build: {
    outDir: "../src/safelight/django/static/safelight",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { admin: "src/admin.ts", "file-input": "src/element.tsx" },
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "chunks/[name]-[hash].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
});
