import { defineConfig } from "@playwright/test";

// The widget alone, against a server made for each test. CHROMIUM_PATH names the browser.
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results",
  timeout: 30_000,
  expect: { timeout: 7_000 },
  workers: 1,
  retries: 0,
  reporter: "list",
  use: {
    launchOptions: { executablePath: process.env.CHROMIUM_PATH, args: ["--no-sandbox"] },
    viewport: { width: 1280, height: 800 },
    locale: "es-ES",
    timezoneId: "America/Bogota",
  },
});
