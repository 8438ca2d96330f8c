import { expect, type Locator, type Page } from "@playwright/test";

export const TABS = 40; // nothing should be further away

const focused = (one: Locator) =>
  one.evaluate((e) => (e.getRootNode() as Document | ShadowRoot).activeElement === e, undefined, { timeout: 1000 });

/** Presses a key until something has the focus. */
export async function reach(page: Page, one: Locator, key = "Tab") {
  await expect(one).toBeVisible();
  for (let n = 0; n < TABS; n++) {
    if (await focused(one)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${one} cannot be reached with ${key}`);
}
