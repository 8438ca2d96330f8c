import { test as base, expect, type Locator, type Page } from "@playwright/test";
import axe from "axe-core";
import { FakeServer } from "./server";

/** The widget on a shop's page. Names are looked up in the language of the test. */
export interface Widget {
  visit(): Promise<void>;
  launcher: Locator;
  panel: Locator;
  input: Locator;
  log: Locator;
  open(): Promise<void>;
  write(text: string): Promise<void>;
  row(text: string): Locator;
}

interface Fixtures {
  server: FakeServer;
  widget: Widget;
  /** Console errors and page errors a test expects; any other fails it. */
  allowed: RegExp[];
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from the pattern
  server: async ({}, use) => {
    const server = await new FakeServer().start();
    await use(server);
    await server.stop();
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  allowed: async ({}, use) => use([]),
  page: async ({ page, allowed }, use) => {
    const errors: string[] = [];
    page.on("console", (m) => m.type() === "error" && errors.push(m.text()));
    page.on("pageerror", (e) => errors.push(String(e)));
    await use(page);
    expect(errors.filter((e) => !allowed.some((a) => a.test(e)))).toEqual([]);
  },
  widget: async ({ page, server }, use) => {
    const panel = page.getByRole("dialog");
    const widget: Widget = {
      panel,
      launcher: page.locator(".launch"),
      input: panel.locator(".composer textarea"),
      log: panel.getByRole("log"),
      row: (text) => panel.locator(".row", { hasText: text }),
      visit: async () => {
        await page.goto(server.shop);
        await expect(widget.launcher).toBeVisible();
      },
      async open() {
        await widget.visit();
        await widget.launcher.click();
        await expect(panel).toBeVisible();
        await expect.poll(() => server.visitors.at(-1)?.sockets.size).toBe(1);
      },
      async write(text) {
        await widget.input.fill(text);
        await widget.input.press("Enter");
      },
    };
    await use(widget);
  },
});

export { expect };

/** Fails on what WCAG 2.2 AA forbids. */
export async function accessible(page: Page) {
  // Nothing is judged half way through a fade.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((a) => a.effect?.getComputedTiming().iterations === 1 && a.finished)),
  );
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (globalThis as never as { axe: typeof import("axe-core") }).axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    }),
  );
  expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`)).toEqual([]);
}

/** Drops a file on an element; a size of 0 means a real picture of one pixel. */
export async function drop(element: Element, { name, type, size }: { name: string; type: string; size: number }) {
  const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const data = size ? new Uint8Array(size) : Uint8Array.from(atob(pixel), (c) => c.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([data], name, { type }));
  const chips = element.querySelectorAll("li").length;
  const complaint = element.querySelector(".complaint");
  element.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, composed: true, cancelable: true }));
  for (let i = 0; i < 100; i++) {
    await new Promise((done) => setTimeout(done, 20));
    if (element.querySelectorAll("li").length !== chips || complaint?.textContent?.includes(name)) return;
  }
}
