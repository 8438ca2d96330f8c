import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";
import type * as Axe from "axe-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fails with every breach of WCAG 2.2 AA and of good practice on the page as it stands. */
export async function expectAccessible(page: Page, ...without: string[]) {
  await page.evaluate(axe); // not a script element: the CSP would refuse it
  const violations = await page.evaluate(
    async ([runOnly, without]) => {
      const off = Object.fromEntries(without.map((rule) => [rule, { enabled: false }]));
      const { axe } = window as unknown as { axe: typeof Axe };
      return (await axe.run(document, { runOnly, rules: off, resultTypes: ["violations"] })).violations;
    },
    [rules, without] as const,
  );
  expect
    .soft(violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("\n")}`))
    .toEqual([]);
}

/** Nothing is wider than the window. */
export async function expectNoOverflow(page: Page) {
  const [wide, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect.soft(wide).toBeLessThanOrEqual(window ?? 0);
}
