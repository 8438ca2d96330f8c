import { Chat } from "./chat";
import { shopElsewhere } from "./elsewhere";
import { expect, phone, test, unknownYet } from "./fixtures";

const QUESTION = "¿Hacen pan sin gluten?";
const ANSWER =
  "Sí: los martes y los viernes.\nResérvalo antes de las 10:00 en https://panaderia.example/pan — cuesta 4,50 €.";

test("from signing up to the first answer", async ({ open, t, expected, baseURL }) => {
  expected.push(unknownYet);
  const page = await open({ permissions: ["clipboard-read", "clipboard-write"] });
  const menu = page.getByRole("navigation", { name: t("menu") });
  const go = (room: "overview" | "bots" | "channels") => menu.getByRole("link", { name: t(`nav.${room}`) }).click();
  const steps = page.getByRole("listitem");
  const ticked = (step: "channel" | "faq" | "widget_seen" | "tested") =>
    steps.filter({ hasText: `${t(`overview:checklist.step.${step}.title`)} (${t("overview:checklist.done")})` });

  await test.step("sign up", async () => {
    await page.goto("/");
    await page.getByRole("link", { name: t("auth:login.signup") }).click();
    await page.getByLabel(t("auth:company")).fill("Panadería Sol");
    await page.getByLabel(t("auth:name")).fill("Ana Pérez");
    await page.getByLabel(t("auth:email")).fill(`ana-${Date.now()}@ejemplo.com`);
    await page.getByLabel(t("auth:password")).fill("una clave larga");
    await page.getByRole("button", { name: t("auth:signup.submit") }).click();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Ana");
    await expect(page.getByText(t("overview:checklist.lead", { done: 0, all: 4 }))).toBeVisible();
  });

  await test.step("make a bot and teach it", async () => {
    await steps.getByRole("link", { name: t("overview:checklist.step.faq.title") }).click();
    await page.getByRole("button", { name: t("bots:create.open") }).click();
    const create = page.getByRole("dialog", { name: t("bots:create.title") });
    await create.getByLabel(t("bots:general.name"), { exact: true }).fill("Sol");
    await create.getByRole("button", { name: t("bots:create.submit") }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Sol" })).toBeVisible();

    await page.getByRole("tab", { name: t("bots:tab.faqs") }).click();
    await page.getByRole("button", { name: t("bots:faqs.add") }).click();
    const add = page.getByRole("dialog", { name: t("bots:faqs.add") });
    await add.getByLabel(t("bots:faq.question"), { exact: true }).fill(QUESTION);
    await add.getByLabel(t("bots:faq.answer"), { exact: true }).fill(ANSWER);
    await add.getByLabel(t("bots:faq.variants")).fill("pan para celíacos");
    await page.keyboard.press("Enter");
    await add.getByRole("button", { name: t("save") }).click();
    await expect(add).toBeHidden();
    await expect(page.getByRole("button", { name: QUESTION })).toBeVisible();
  });

  const snippet = await test.step("make a web chat and copy its line", async () => {
    await go("channels");
    await page.getByRole("button", { name: t("channels:add.open") }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Chat en tu web" }).click();
    const create = page.getByRole("dialog", { name: t("channels:create.title") });
    await create.getByLabel(t("channels:bot.label"), { exact: true }).selectOption("Sol");
    await create.getByRole("button", { name: t("channels:create.submit") }).click();
    await page.getByRole("button", { name: t("channels:install.copy") }).click();
    await expect(page.getByRole("button", { name: t("copied") })).toBeVisible();
    return page.evaluate(() => navigator.clipboard.readText());
  });

  await test.step("two of four steps are done", async () => {
    await go("overview");
    await expect(ticked("channel")).toBeVisible();
    await expect(ticked("faq")).toBeVisible();
    await expect(page.getByText(t("overview:checklist.lead", { done: 2, all: 4 }))).toBeVisible();
  });

  const shop = await shopElsewhere(baseURL ?? "", snippet);
  try {
    const visitor = await open(phone);
    await visitor.goto(shop.url);
    const chat = new Chat(visitor, "es");
    await expect(chat.launcher).toBeVisible();

    await test.step("the chat was seen on the shop's page", async () => {
      await page.reload();
      await expect(ticked("widget_seen")).toBeVisible();
    });

    await test.step("the first visitor gets the first answer", async () => {
      await chat.open();
      await chat.write("hacen pan sin gluten?");
      expect(await chat.answer(1)).toBe(ANSWER);
    });
  } finally {
    await shop.close();
  }

  await test.step("nothing is left to do", async () => {
    await page.reload();
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Ana");
    await expect(page.getByText(t("overview:tile.in"), { exact: true })).toBeVisible();
    await expect(page.getByText(t("overview:checklist.title"))).toHaveCount(0);
  });
});
