import { defineConfig } from "vitest/config";

// What both bundles share. scripts/build.mjs runs Vite twice with it: the chat first,
// then the loader, which has to know the hashed names of the first.
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
