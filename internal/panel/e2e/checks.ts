import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page, test } from "@playwright/test";
import type * as Axe from "axe-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Notes every breach of WCAG 2.2 AA and of good practice on the page as it stands. */
export async function expectAccessible(page: Page, name: string) {
  await page.evaluate(axe); // not a script element: the CSP would refuse it
  const violations = await page.evaluate(async (runOnly) => {
    const { axe } = window as unknown as { axe: typeof Axe };
    return (await axe.run(document, { runOnly, resultTypes: ["violations"] })).violations;
  }, rules);
  const found = violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.html} ${n.failureSummary}`));
  expect.soft(found, `${name} is accessible`).toEqual([]);
}

const looks = { light: [1280, 390], dark: [1280, 390] } as const;

/** Looks at a page in both themes, on a desk and on a phone, and keeps what it saw; arrange comes before each look. */
export async function expectGoodLooks(page: Page, name: string, arrange = async () => {}) {
  const before = page.viewportSize();
  for (const [colorScheme, widths] of Object.entries(looks)) {
    await page.emulateMedia({ colorScheme: colorScheme as keyof typeof looks });
    for (const width of widths) {
      const look = `${name}, ${colorScheme}, ${width}`;
      await page.setViewportSize({ width, height: 844 });
      await arrange();
      const path = test.info().outputPath(`${look}.png`);
      await page.screenshot({ path });
      test.info().attachments.push({ name: look, path, contentType: "image/png" });
      await expectNoOverflow(page, look);
      await expectAccessible(page, look);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before) await page.setViewportSize(before);
}

/** Notes whether anything is wider than the window. */
export async function expectNoOverflow(page: Page, name: string) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect.soft(over, `${name} fits`).toBeLessThanOrEqual(0);
}
