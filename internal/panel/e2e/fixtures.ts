import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test as base, expect, type Page } from "@playwright/test";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

type Violation = { id: string; nodes: { target: string[]; failureSummary?: string }[] };
type Axe = { run(root: Document, options: object): Promise<{ violations: Violation[] }> };

/** Fails with every breach of WCAG 2.2 AA on the page as it stands. */
export async function expectAccessible(page: Page) {
  await page.evaluate(axeSource); // not a script element: the CSP would refuse it
  const violations = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    return (await (window as unknown as { axe: Axe }).axe.run(document, { runOnly: tags })).violations;
  });
  const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("\n")}`);
  expect(found).toEqual([]);
}

/** Nothing is wider than the window. */
export async function expectNoOverflow(page: Page) {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

/** The people of the demo company. */
export type Person = "lucia" | "mateo" | "valentina" | "carla" | "contador";

export const password = process.env.RECADO_DEMO_PASSWORD ?? "aurora-demo-2026";
export const emailOf = (person: Person) => `${person}@tiendaaurora.example`;

type Fixtures = {
  /** Signs in by the API and sets the person's language and theme. */
  signIn: (person: Person, preferences?: { language?: "es" | "en"; theme?: "light" | "dark" }) => Promise<void>;
  /** Errors of the console that a test expects, because it provokes them. */
  expected: { errors: RegExp[] };
  /** Fails the test over anything the browser complained about: console errors, exceptions, CSP reports. */
  quiet: undefined;
};

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: the shape Playwright asks for
  expected: async ({}, use) => use({ errors: [] }),
  quiet: [
    async ({ context, expected }, use) => {
      const complaints: string[] = [];
      context.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
      context.on("weberror", (e) => complaints.push(String(e.error())));
      await use(undefined);
      expect(complaints.filter((c) => !expected.errors.some((known) => known.test(c)))).toEqual([]);
    },
    { auto: true },
  ],
  signIn: async ({ context }, use) =>
    use(async (person, { language = "es", theme = "light" } = {}) => {
      const login = await context.request.post("/api/v1/auth/login", { data: { email: emailOf(person), password } });
      expect(login.status()).toBe(200);
      const prefer = await context.request.patch("/api/v1/me", { data: { language, theme } });
      expect(prefer.status()).toBe(200);
    }),
});

export { expect };
