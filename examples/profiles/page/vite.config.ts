/** Builds the page: one document and its assets, to be served by Flask or from anywhere else. */
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the page's policy allows no data: in style sheets
    license: { fileName: "assets/LICENSES.md" }, // of what is bundled: their notices go wherever it goes
    modulePreload: { polyfill: false },
  },
  // index.html has it in a meta element, where whoever serves the page from elsewhere may write another.
  define: { "import.meta.env.BACKEND_URL": JSON.stringify(process.env.BACKEND_URL ?? "") },
});
