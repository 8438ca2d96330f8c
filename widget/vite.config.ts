import { defineConfig } from "vitest/config";

// What both builds share: scripts/build.mjs runs Vite for the chunks, then for the script
// that names the first of them.
export default defineConfig({
  publicDir: false,
  json: { namedExports: false },
  build: {
    target: ["chrome111", "firefox115", "safari16.4"],
    // Later than target, or the minifier adds fallbacks for light-dark() that nothing uses.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    outDir: "dist",
    emptyOutDir: false,
    modulePreload: false,
    reportCompressedSize: false,
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"], restoreMocks: true },
});
