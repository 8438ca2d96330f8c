import { defineConfig } from "@playwright/test";

// The whole product in Chromium, against the program itself with its demo company: see e2e/server.ts.
// CHROMIUM_PATH names the browser; RECADO_BIN another build of the program.

const root = process.getuid?.() === 0; // Chromium's sandbox refuses to run as root

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  globalSetup: "./e2e/server.ts",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: !!process.env.CI,
  reporter: "list",
  use: {
    actionTimeout: 10_000,
    viewport: { width: 1280, height: 800 },
    timezoneId: "Europe/Madrid",
    contextOptions: { reducedMotion: "reduce" }, // nothing is judged half way through a fade
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH || undefined,
      args: [
        ...(root ? ["--no-sandbox"] : []),
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
      ],
    },
  },
});
