// SPDX-License-Identifier: AGPL-3.0-or-later
// How the pages become files that a server without Node can hand out.

import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: "../bot/static",
    emptyOutDir: true,
    // Phones that are five years old are common among the people this is for.
    target: ["chrome87", "firefox78", "safari14"],
    // The content security policy allows neither data: addresses nor inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // A new page is one more line here and one in bot/web/pages.py.
      input: { chat: "index.html", door: "door.html", bye: "bye.html" },
      // File names that say nothing about what they are.
      output: {
        entryFileNames: "assets/[hash].js",
        chunkFileNames: "assets/[hash].js",
        assetFileNames: "assets/[hash][extname]",
      },
    },
  },
});
