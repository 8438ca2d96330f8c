import type { Page } from "@playwright/test";
import { Chat } from "./chat";
import { found, storedAnswer, visit } from "./company";
import { expect, test } from "./fixtures";
import { Inbox } from "./inbox";
import { people } from "./people";
import { reach, TABS } from "./reach";

const FAQ = { question: "¿A qué hora abren?", answer: "A las 7:00." };
test("the inbox without a mouse", async ({ open, t }) => {
  const page = await open();
  const keys = page.keyboard;
  const company = await found(page, FAQ, {
    prechat: [{ key: "name", label: "Nombre", type: "text", required: false }],
  });
  const api = page.context().request;
  for (const name of ["Bea", "Carlos", "Dora"]) await visit(api, company.site, name, "quiero hablar con una persona");
  const inbox = new Inbox(page, t);
  const current = inbox.list.locator("[aria-current]");
  await page.goto("/inbox?state=waiting");
  await expect(inbox.list.getByRole("link")).toHaveCount(3);
  const names = await inbox.list
    .getByRole("link")
    .locator(".truncate")
    .filter({ hasText: /^(Bea|Carlos|Dora)$/ })
    .allTextContents();

  await test.step("J and K walk the list", async () => {
    await keys.press("j");
    await expect(current).toContainText(names[0] ?? "");
    await keys.press("j");
    await expect(current).toContainText(names[1] ?? "");
    await keys.press("k");
    await expect(current).toContainText(names[0] ?? "");
    await expect(inbox.log).toContainText("quiero hablar con una persona");
  });

  await test.step("A assigns, R replies, Escape gives the keys back", async () => {
    await keys.press("a");
    await expect(page.getByRole("menuitemradio", { name: t("inbox:you") })).toBeVisible();
    await reach(page, page.getByRole("menuitemradio", { name: t("inbox:you") }), "ArrowDown");
    await keys.press("Enter");
    await expect(page.getByText(t("inbox:assignedYou"))).toBeVisible();
    await keys.press("r");
    await expect(inbox.reply).toBeFocused();
    await keys.type("Hola, soy Ana jkrn");
    await keys.press("Enter");
    await expect(inbox.log.getByText("Hola, soy Ana jkrn", { exact: true })).toBeVisible();
    await keys.press("Escape");
    await expect(inbox.reply).not.toBeFocused();
  });

  await test.step("N notes", async () => {
    await keys.press("n");
    await expect(inbox.note).toBeFocused();
    await keys.type("Llamar mañana");
    await keys.press("Enter");
    await expect(inbox.log.getByText("Llamar mañana", { exact: true })).toBeVisible();
    await keys.press("Escape");
  });

  await test.step("E closes", async () => {
    await keys.press("e");
    await expect(page.getByRole("region", { name: t("toasts") })).toContainText(names[0] ?? "");
    await expect(page.getByText(t("state.conversation.closed")).first()).toBeVisible();
  });

  await test.step("? lists the keys, Escape closes them", async () => {
    await keys.press("?");
    await expect(page.getByRole("dialog", { name: t("keys.title") })).toBeVisible();
    await keys.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
  });

  await test.step("Ctrl+K finds a customer and goes anywhere", async () => {
    await keys.press("Control+k");
    await expect(page.getByRole("combobox")).toBeFocused();
    await keys.type(names[1] ?? "");
    await expect(page.getByRole("option").filter({ hasText: names[1] })).toBeVisible();
    await reachOption(page, names[1] ?? "");
    await keys.press("Enter");
    await expect(page.getByRole("log", { name: t("inbox:log", { name: names[1] }) })).toBeVisible();
    await keys.press("Control+k");
    await keys.type(t("nav.channels"));
    await keys.press("Enter");
    await expect(page.getByRole("heading", { level: 1, name: t("nav.channels") })).toBeVisible();
  });
});

/** Moves the palette's selection down to an option. */
async function reachOption(page: Page, text: string) {
  const option = page.getByRole("option").filter({ hasText: text });
  for (let n = 0; n < TABS; n++) {
    if ((await option.getAttribute("aria-selected")) === "true") return;
    await page.keyboard.press("ArrowDown");
  }
  throw new Error(`the palette does not reach ${text}`);
}

test("a question added without a mouse", async ({ open, t }) => {
  const page = await open();
  const keys = page.keyboard;
  const company = await found(page, FAQ);
  await page.goto(`/bots/${company.bot}?tab=faqs`);
  await reach(page, page.getByRole("button", { name: t("bots:faqs.add") }));
  await keys.press("Enter");
  const dialog = page.getByRole("dialog", { name: t("bots:faqs.add") });
  await expect(dialog.getByLabel(t("bots:faq.question"), { exact: true })).toBeFocused();
  await keys.type("¿Tienen tarta de queso?");
  await keys.press("Tab");
  await keys.type("Los sábados.");
  await reach(page, dialog.getByLabel(t("bots:faq.variants")));
  await keys.type("cheesecake");
  await keys.press("Enter");
  await reach(page, dialog.getByRole("button", { name: t("save") }));
  await keys.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "¿Tienen tarta de queso?" })).toBeVisible();
  await expect(page.getByRole("button", { name: t("bots:faqs.add") })).toBeFocused();
});

test("the widget without a mouse", async ({ open }) => {
  const page = await open();
  const keys = page.keyboard;
  const chat = new Chat(page, "es");
  const agent = await open({ as: people.lucia });
  const api = agent.context().request;
  await page.goto("/demo?cat=accesorios");
  await expect(chat.launcher).toBeVisible();
  await reach(page, chat.launcher, "Shift+Tab"); // it is the last of the page
  await keys.press("Enter");
  await expect(chat.input).toBeFocused();
  await keys.type("¿Cuánto tarda el envío?");
  await keys.press("Enter");
  expect(await chat.answer(1)).toBe(await storedAnswer(api, "¿Cuánto tarda el envío?"));
  await keys.type("envíos");
  await keys.press("Enter");
  await expect(chat.choices).toHaveCount(4);
  const question = (await chat.choices.nth(1).textContent()) ?? "";
  await reach(page, chat.choices.nth(1), "Shift+Tab");
  await keys.press("Enter");
  expect(await chat.answer(3)).toBe(await storedAnswer(api, question));
  await keys.press("Escape");
  await expect(chat.panel).toBeHidden();
  await expect(chat.launcher).toBeFocused();
});
