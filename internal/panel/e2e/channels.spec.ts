import type { APIRequestContext, Page } from "@playwright/test";
import { call, found } from "./company";
import { expect, once, test } from "./fixtures";
import { Inbox } from "./inbox";
import { people } from "./people";
import type { Words } from "./words";

const official = async (api: APIRequestContext) =>
  (await call(api, "GET", "channels")).items.find((one: { kind: string }) => one.kind === "cloudapi");

/** Somebody new writes to the demo's official WhatsApp, and the platform passes it on. Returns their number. */
async function write(api: APIRequestContext, text: string): Promise<string> {
  const { kind, values } = await official(api);
  const phones = `/demo/phones/api/${kind}/${values.phone_number_id}`;
  const { id } = await (await api.post(`${phones}/people`)).json();
  const acted = await api.post(`${phones}/${id}/act`, { multipart: { act: "text", text } });
  expect(acted.ok(), await acted.text()).toBe(true);
  return id;
}

/** The panel is told that the time to reply is over, or how long it lasts; all else is the server's. */
const withWindow = (page: Page, window: object) =>
  page.route(/\/api\/v1\/conversations\/[0-9a-f-]{36}$/, async (route) => {
    if (route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), window } });
  });

/** A template that the platform has approved, with one place. */
async function approved(api: APIRequestContext): Promise<string> {
  const channel = await official(api);
  const name = once("pedido_listo").replace(" ", "_");
  const body = "Hola {{1}}, tu pedido está listo.";
  const draft = { name, language: "es", category: "utility", body, samples: ["Ana"] };
  await call(api, "POST", `channels/${channel.id}/templates`, draft);
  await call(api, "POST", `channels/${channel.id}/templates/sync`);
  return name;
}

async function sendTemplate(inbox: Inbox, t: Words, name: string) {
  const { page } = inbox;
  await page.getByRole("button", { name: t("inbox:window.choose") }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: new RegExp(name) })
    .click();
  const fill = page.getByRole("dialog", { name });
  await expect(fill.getByRole("button", { name: t("templates:pick.send") })).toBeDisabled();
  await fill.getByLabel(t("templates:pick.place", { n: 1 })).fill("Rosa");
  await expect(fill.getByText("Hola Rosa, tu pedido está listo.")).toBeVisible();
  await fill.getByRole("button", { name: t("templates:pick.send") }).click();
  const sent = inbox.log.locator(".group").filter({ hasText: "Hola Rosa, tu pedido está listo." });
  await expect(sent.getByText(t("inbox:messageState.delivered"), { exact: true })).toBeVisible();
}

async function openClaimed(page: Page, t: Words) {
  const api = page.context().request;
  const text = once("hola");
  const from = await write(api, text);
  await page.goto("/inbox");
  const inbox = new Inbox(page, t);
  await expect(async () => {
    const { items } = await call(api, "GET", `conversations?state=all&limit=10&q=${from}`);
    const row = items.find((one: { channel: { kind: string } }) => one.channel.kind === "cloudapi");
    const thread = await call(api, "GET", `conversations/${row.id}/messages`);
    expect(thread.items.some((m: { content: { text?: string } }) => m.content.text === text)).toBe(true);
    await call(api, "POST", `conversations/${row.id}/claim`);
    await page.goto(`/inbox/${row.id}`);
  }).toPass();
  await expect(inbox.log).toContainText(text);
  return { inbox, from };
}

test("a channel is chosen, warned about, filled in, checked and deleted", async ({ open, t, expected }) => {
  expected.push(/422 .*\/api\/v1\/channels$/);
  const page = await open();
  await found(page, { question: "¿Abren hoy?", answer: "Sí" });
  await page.goto("/channels");
  const add = page.getByRole("button", { name: t("channels:add.open") });
  const dialog = page.getByRole("dialog");

  await test.step("what is not official asks for consent", async () => {
    await add.click();
    await dialog
      .getByRole("region", { name: t("channels:add.other") })
      .getByRole("button")
      .last()
      .click();
    const submit = dialog.getByRole("button", { name: t("channels:add.submit") });
    await expect(submit).toBeDisabled();
    await dialog.getByLabel(t("channels:add.accept")).check();
    await expect(submit).toBeEnabled();
    await dialog.getByRole("button", { name: t("channels:add.back") }).click();
  });

  await test.step("what is missing or wrong is said beside its field", async () => {
    await dialog.getByRole("button", { name: /^Telegram/ }).click();
    await dialog.getByRole("button", { name: t("channels:add.submit") }).click();
    await expect(dialog.getByText(t("channels:form.required"))).toHaveCount(1);
    const token = dialog.getByLabel("Token del bot", { exact: true });
    await token.fill("no es un token");
    await dialog.getByRole("button", { name: t("channels:add.submit") }).click();
    await expect(token).toHaveAttribute("aria-invalid", "true"); // said by the server: it knows the pattern
    await token.fill(`123456789:${"x".repeat(35)}`);
    await dialog.getByRole("button", { name: t("channels:add.submit") }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Telegram" })).toBeVisible();
  });

  await test.step("a stored secret stays when it is left empty", async () => {
    const token = page.getByLabel("Token del bot", { exact: true });
    await expect(token).toHaveValue("");
    await page.getByLabel(t("channels:name"), { exact: true }).fill("Bot de la tienda");
    await page.getByRole("button", { name: t("save") }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Bot de la tienda" })).toBeVisible();
    const id = page.url().split("/").at(-1);
    const now = await call(page.context().request, "GET", `channels/${id}`);
    expect(now.secrets_set).toContain("token");
  });

  await test.step("the platform is asked whether it works", async () => {
    await page.getByRole("tab", { name: t("channels:tab.check") }).click();
    await page.getByRole("button", { name: t("channels:check.run") }).click();
    await expect(page.getByRole("status").filter({ hasText: t("channels:check.fine") })).toBeVisible();
  });

  await test.step("it is switched off and deleted", async () => {
    const on = page.getByRole("switch", { name: t("channels:enabled.label") });
    await on.click();
    await expect(on).not.toBeChecked();
    await page.getByRole("button", { name: t("channels:delete.open") }).click();
    await dialog.getByRole("button", { name: t("channels:delete.open") }).click();
    await expect(page).toHaveURL(/\/channels$/);
    await expect(page.getByRole("link", { name: "Bot de la tienda" })).toHaveCount(0);
  });
});

test("while the time to reply lasts the composer says until when", async ({ open, t }) => {
  const page = await open({ as: people.lucia });
  const { inbox } = await openClaimed(page, t);
  await expect(page.getByText(/^Puedes escribir hasta/)).toBeVisible(); // a day, by the platform's rule
  await expect(inbox.reply).toBeVisible();

  await withWindow(page, { open: true, human: true, until: new Date(Date.now() + 3_600_000), start: "never" });
  await page.reload();
  await expect(page.getByText(/^Solo las personas pueden escribir/)).toBeVisible();
  await expect(inbox.reply).toBeVisible();
});

test("a template can be sent while the time to reply lasts, too", async ({ open, t }) => {
  const page = await open({ as: people.lucia });
  const name = await approved(page.context().request);
  const { inbox } = await openClaimed(page, t);
  await sendTemplate(inbox, t, name);
  await expect(inbox.reply).toBeVisible();
});

test("a test message is followed until it arrives, and seen on the wire", async ({ open, t }) => {
  const page = await open({ as: people.lucia });
  const { from } = await openClaimed(page, t);
  const channel = await official(page.context().request);
  await page.goto(`/channels/${channel.id}`);
  await page.getByRole("tab", { name: t("channels:tab.test") }).click();
  const written = `+${from.slice(0, 2)} ${from.slice(2, 5)}-${from.slice(5)}`; // as people write the number they wrote from
  await page.getByLabel(t("channels:test.to"), { exact: true }).fill(written);
  await page.getByRole("button", { name: t("channels:test.send") }).click();
  await expect(page.getByRole("status").filter({ hasText: t("channels:test.state.delivered") })).toBeVisible();

  await page.getByRole("tab", { name: t("channels:tab.log") }).click();
  const call = page
    .getByRole("tabpanel")
    .locator("details")
    .filter({ hasText: /POST .*\/messages/ });
  await call.first().locator("summary").click();
  await expect(call.first().locator("pre").first()).toContainText('"type"');
});

test("when the time to reply is over, only what may be sent is offered", async ({ open, t }) => {
  const page = await open({ as: people.lucia });
  const api = page.context().request;
  const name = await approved(api);

  await withWindow(page, { open: false, human: false, start: "template" });
  const { inbox } = await openClaimed(page, t);
  await expect(inbox.reply).toHaveCount(0);
  await sendTemplate(inbox, t, name);

  await withWindow(page, { open: false, human: false, start: "never" });
  await page.reload();
  await expect(page.getByText(/no deja escribir/)).toBeVisible();
  await expect(inbox.reply).toHaveCount(0);
  await expect(page.getByRole("button", { name: t("inbox:window.choose") })).toHaveCount(0);
});
