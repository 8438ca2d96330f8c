import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig, devices } from "@playwright/test";

// The tests run against the real program with its demo company. PANEL_URL names one that already
// runs; otherwise one is started here, with a private database in a folder of its own.
const running = process.env.PANEL_URL;
const address = "127.0.0.1:18089";
const binary = process.env.RECADO_BIN ?? "../../bin/recado";

const launchOptions = {
  executablePath: process.env.CHROMIUM_PATH || undefined,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
};

export default defineConfig({
  testDir: "e2e",
  workers: 1,
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 60_000,
  reporter: "list",
  use: {
    baseURL: running ?? `http://${address}`,
    launchOptions,
    locale: "es-ES",
    timezoneId: "Europe/Madrid",
    trace: "retain-on-failure",
  },
  webServer: running
    ? undefined
    : {
        command: `${binary} serve --demo --addr ${address} --data ${mkdtempSync(join(tmpdir(), "recado-e2e-"))}`,
        url: `http://${address}/`,
        timeout: 120_000,
      },
  projects: [
    { name: "desktop", use: { viewport: { width: 1280, height: 800 } } },
    { name: "phone", use: { ...devices["Pixel 7"], launchOptions }, grep: /@phone/ },
  ],
});
