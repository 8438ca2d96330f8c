import { type APIRequestContext, expect, type Page } from "@playwright/test";
import type { Person } from "./people";

let founded = 0;

/** A company of a test's own, made by the API: nothing in it but what the test puts there. */
export interface Company {
  owner: Person;
  bot: string;
  channel: string;
  site: string;
  snippet: string;
}

/** Signs up in the page's browser and makes a bot with one question, and a web chat with that bot. */
export async function found(page: Page, faq: { question: string; answer: string }, settings = {}, name = "Ana Pérez") {
  const api = page.context().request;
  const email = `ana-${process.pid}-${++founded}@ejemplo.com`;
  const owner: Person = { name, email, password: "una clave larga" };
  await call(api, "POST", "auth/signup", { ...owner, company: "Panadería Sol", language: "es", time_zone: "UTC" });
  await call(api, "PATCH", "company", { hours: { always: true } });
  const bot = await call(api, "POST", "bots", { name: "Sol", language: "es" });
  await call(api, "POST", `bots/${bot.id}/faqs`, faq);
  const made = await call(api, "POST", "channels", { kind: "webchat", name: "Web", bot_id: bot.id });
  const channel = await call(api, "PATCH", `channels/${made.id}`, { settings: { ...made.settings, ...settings } });
  return { owner, bot: bot.id, channel: channel.id, site: channel.site_key, snippet: channel.snippet } as Company;
}

// biome-ignore lint/suspicious/noExplicitAny: tests look at the few fields they know
export async function call(api: APIRequestContext, method: string, path: string, data?: object): Promise<any> {
  const answer = await api.fetch(`/api/v1/${path}`, { method, data });
  expect(answer.ok(), `${method} ${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
  return answer.status() === 204 ? undefined : answer.json();
}

/** What the demo company's bot has stored for a question. */
export async function storedAnswer(api: APIRequestContext, question: string): Promise<string> {
  const { items } = await call(api, "GET", "bots");
  const found = await call(api, "GET", `bots/${items[0].id}/faqs?q=${encodeURIComponent(question)}`);
  const faq = found.items.find((one: { question: string }) => one.question === question);
  expect(faq, `the demo has the question ${question}`).toBeTruthy();
  return faq.answer;
}

/** A visitor without a browser, who writes one message. */
export async function visit(api: APIRequestContext, site: string, name: string, text: string) {
  const session = await api.post(`/webchat/${site}/session`, { data: { lang: "es", prechat: { name } } });
  expect(session.status()).toBe(200);
  const { token } = await session.json();
  const said = await api.post(`/webchat/${site}/messages`, {
    headers: { Authorization: `Bearer ${token}` },
    data: { client_id: crypto.randomUUID(), content: { type: "text", text } },
  });
  expect(said.status()).toBe(200);
}
