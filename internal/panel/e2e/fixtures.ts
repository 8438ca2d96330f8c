import { type BrowserContextOptions, test as base, expect, type Page } from "@playwright/test";
import type { Person } from "./people";
import { type Language, type Words, words } from "./words";

/** How a browser window is opened. Without `as`, nobody has signed in. */
type Opening = BrowserContextOptions & { as?: Person };

interface Options {
  /** What the browser asks for, and the language of t. */
  language: Language;
}

interface Fixtures {
  t: Words;
  /** A page in a browser of its own: as many people as a test needs. */
  open: (opening?: Opening) => Promise<Page>;
  /**
   * What the consoles may say in this test, because it provokes it. Everything else (errors,
   * exceptions, what the CSP refused) fails it. A failed request reads "… 404 (Not Found) URL".
   */
  expected: RegExp[];
}

/** The one question that a visitor of the panel cannot help asking before signing in. */
export const unknownYet = /401 .*\/api\/v1\/me$/;

export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

export const test = base.extend<Options & Fixtures>({
  language: ["es", { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from the pattern
  baseURL: async ({}, use) => use(process.env.RECADO_URL),
  locale: async ({ language }, use) => use(language === "es" ? "es-ES" : "en-GB"),
  t: async ({ language }, use) => use(words(language)),
  // biome-ignore lint/correctness/noEmptyPattern: as above
  expected: async ({}, use) => use([]),
  open: async ({ browser, expected }, use) => {
    const complaints: string[] = [];
    await use(async ({ as, ...options } = {}) => {
      const context = await browser.newContext(options);
      context.on("console", (m) => m.type() === "error" && complaints.push(`${m.text()} ${m.location().url}`));
      context.on("weberror", (e) => complaints.push(String(e.error().stack ?? e.error())));
      if (as) {
        const { email, password } = as;
        const answer = await context.request.post("/api/v1/auth/login", { data: { email, password } });
        expect(answer.status(), `${email} signs in`).toBe(200);
      }
      return context.newPage();
    });
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(complaints.filter((c) => !expected.some((known) => known.test(c)))).toEqual([]);
  },
});

/** Something that only this run says, so that it is found among what others say. */
export const once = (text: string) => `${text} ${Date.now().toString(36)}`;

export { expect };
