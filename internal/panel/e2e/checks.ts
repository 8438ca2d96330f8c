import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";
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

/** Notes whether anything is wider than the window. */
export async function expectNoOverflow(page: Page, name: string) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect.soft(over, `${name} fits`).toBeLessThanOrEqual(0);
}
