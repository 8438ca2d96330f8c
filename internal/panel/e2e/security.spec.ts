import type { Page } from "@playwright/test";
import { Chat } from "./chat";
import { call, found, visit } from "./company";
import { shopElsewhere } from "./elsewhere";
import { expect, test } from "./fixtures";
import { Inbox } from "./inbox";
import { people } from "./people";

const FAQ = { question: "¿A qué hora abren?", answer: "A las 7:00." };
const evil = (what: string) => `<img src=x onerror="hacked='${what}'"><script>hacked='${what}'</script>`;

/** Nothing that somebody wrote has become part of the page. */
async function expectHarmless(page: Page) {
  expect(await page.evaluate(() => "hacked" in window)).toBe(false);
  await expect(page.locator('img[src="x"], [onerror]')).toHaveCount(0);
}

test("what visitors write, are called, look at and send is text everywhere", async ({ open, t, baseURL }) => {
  const name = `Eva ${evil("name")}`;
  const file = `${evil("file").replaceAll("/", "")}.txt`;
  const stored = file.replace(/[<>"]/g, "_"); // as no file system would take them
  const title = `Pan ${evil("title")}`;
  const agentName = `Ana ${evil("agent")}`;
  const page = await open();
  const field = { key: "name", label: "Tu nombre", type: "text", required: true };
  const company = await found(page, FAQ, { prechat: [field], language: "es" }, agentName);
  const inbox = new Inbox(page, t);
  const shop = await shopElsewhere(baseURL ?? "", company.snippet, title);
  try {
    const visitor = await open();
    const chat = new Chat(visitor, "es");
    await visitor.goto(shop.url);
    await chat.launcher.click();
    await chat.panel.getByLabel("Tu nombre").fill(name);
    await chat.panel.getByRole("button", { name: chat.words("start") }).click();
    await chat.write("quiero hablar con una persona");
    await expect(chat.from("bot")).toHaveCount(1);
    await chat.attach({ name: file, mimeType: "text/plain", buffer: Buffer.from("hola") });
    await expect(chat.panel.getByRole("listitem").filter({ hasText: file })).toBeVisible();
    await chat.panel.getByRole("button", { name: chat.words("send") }).click();
    await expect(chat.from("contact").filter({ hasText: stored })).toHaveAttribute("data-state", "delivered");
    await chat.write(evil("message"));
    await expect(chat.from("contact").last()).toHaveAttribute("data-state", "delivered");

    await test.step("in the list, the thread and the customer's details", async () => {
      await page.goto("/");
      await expect(page.getByRole("link").filter({ hasText: name })).toBeVisible(); // who waits
      await page.goto("/inbox");
      await expect(inbox.row(name)).toContainText(evil("message"));
      await inbox.row(name).click();
      await expect(inbox.log.getByText(evil("message"), { exact: true })).toBeVisible();
      await expect(inbox.log.getByText(stored, { exact: true })).toBeVisible();
      await expect(inbox.customer.getByText(name, { exact: true })).toBeVisible();
      await expect(inbox.customer.getByText(title, { exact: true })).toBeVisible();
      await expectHarmless(page);
    });

    await test.step("in the palette and in notices", async () => {
      await page.keyboard.press("Control+k");
      await page.getByRole("combobox").fill("Eva");
      await expect(page.getByRole("option").filter({ hasText: name })).toBeVisible();
      await page.keyboard.press("Escape");
      await inbox.claim.click();
      await inbox.say(evil("answer"));
      await expect(inbox.log.getByText(evil("answer"), { exact: true })).toBeVisible();
      await inbox.button(t("inbox:action.close")).click();
      await expect(page.getByRole("region", { name: t("toasts") })).toContainText(name);
      await expectHarmless(page);
    });

    await test.step("and so is what an agent writes, and her name, on the shop's page", async () => {
      await expect(chat.from("agent").getByText(evil("answer"), { exact: true })).toBeVisible();
      await expect(chat.panel.getByText(chat.words("joined", agentName))).toBeVisible();
      await expectHarmless(visitor);
    });
  } finally {
    await shop.close();
  }
});

test("who may only read can do nothing else", async ({ open, t }) => {
  const page = await open({ as: people.contador });
  const inbox = new Inbox(page, t);
  await page.goto("/inbox?state=waiting");
  await inbox.list.getByRole("link").first().click();
  await expect(inbox.log.getByRole("time").first()).toBeVisible();
  await expect(page.getByText(t("inbox:readOnly"))).toBeVisible();
  await expect(inbox.reply.or(inbox.note)).toHaveCount(0);
  for (const action of ["claim", "close", "assign", "more", "labels", "reopen"] as const)
    await expect(inbox.button(t(`inbox:action.${action}`)), action).toHaveCount(0);
  await page.keyboard.press("e"); // the shortcut of closing
  await expect(inbox.customer.getByRole("button", { name: t("edit") })).toHaveCount(0);

  await page.goto("/bots");
  await page.getByRole("link", { name: "Aurora", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Aurora" })).toBeVisible();
  await expect(page.getByRole("switch", { name: t("bots:enabled") })).toHaveCount(0);
  await page.getByRole("tab", { name: t("bots:tab.faqs") }).click();
  await expect(page.getByRole("tabpanel").getByRole("listitem").first()).toBeVisible();
  await expect(page.getByRole("button", { name: t("bots:faqs.add") })).toHaveCount(0);
  await expect(page.getByRole("button", { name: t("bots:faqs.import"), exact: true })).toHaveCount(0);
  await page.goto("/channels");
  await expect(page.getByRole("main").getByRole("listitem").first()).toBeVisible();
  await expect(page.getByRole("button", { name: t("channels:add.open") })).toHaveCount(0);
  await expect(page.getByRole("link", { name: t("settings:section.audit") })).toHaveCount(0);

  const api = page.context().request;
  const [waiting] = (await call(api, "GET", "conversations?state=waiting&limit=1")).items;
  for (const action of ["claim", "close", "reopen"]) {
    const refused = await api.post(`/api/v1/conversations/${waiting.id}/${action}`);
    expect(refused.status(), action).toBe(403);
  }
});

test("another company's addresses lead nowhere", async ({ open, t, expected }) => {
  expected.push(/404 /);
  const theirs = await open({ as: people.lucia });
  const api = theirs.context().request;
  const conversations = (await call(api, "GET", "conversations?state=all&limit=50")).items;
  const conversation = conversations.find((one: { contact: { name: string } }) => one.contact.name);
  const [bot] = (await call(api, "GET", "bots")).items;
  const [channel] = (await call(api, "GET", "channels")).items;

  const page = await open();
  await found(page, FAQ);
  for (const address of [`/inbox/${conversation.id}`, `/bots/${bot.id}`, `/channels/${channel.id}`]) {
    await page.goto(address);
    await expect(page.getByText(t("notFound.title")), address).toBeVisible();
    await expect(page.getByText(conversation.contact.name)).toHaveCount(0);
    await expect(page.getByText(bot.name, { exact: true })).toHaveCount(0);
  }
});

test("a session ended elsewhere asks to sign in over the page, and keeps the draft", async ({ open, t, expected }) => {
  expected.push(/401 /, /WebSocket connection .* HTTP Authentication failed/);
  const page = await open();
  const company = await found(page, FAQ, {
    prechat: [{ key: "name", label: "Nombre", type: "text", required: false }],
  });
  await visit(page.context().request, company.site, "Eva", "quiero hablar con una persona");
  const inbox = new Inbox(page, t);
  await page.goto("/inbox?state=waiting");
  await inbox.row("Eva").click();
  await inbox.claim.click();
  await inbox.reply.fill("Un momento, por favor");

  const other = await open({ as: company.owner });
  await other.goto("/settings/security");
  await other
    .getByRole("button", { name: t("settings:sessions.revoke"), exact: false })
    .first()
    .click();
  await expect(other.getByRole("region", { name: t("toasts") })).toContainText(t("settings:sessions.revoked"));

  const login = page.getByRole("dialog", { name: t("session.title") });
  await expect(login).toBeVisible({ timeout: 20_000 });
  await login.getByLabel(t("auth:password")).fill(company.owner.password);
  await login.getByRole("button", { name: t("auth:login.submit") }).click();
  await expect(login).toBeHidden();
  await expect(inbox.reply).toHaveValue("Un momento, por favor");
  await inbox.reply.press("Enter");
  await expect(inbox.log.getByText("Un momento, por favor", { exact: true })).toBeVisible();
  await expect(inbox.log.getByText(t("inbox:messageState.sending"))).toHaveCount(0);
});
