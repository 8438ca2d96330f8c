import type { Page } from "@playwright/test";
import { Chat } from "./chat";
import { storedAnswer } from "./company";
import { expect, once, phone, test } from "./fixtures";
import { Inbox } from "./inbox";
import { elena, people } from "./people";

const ASKED = "¿Cuánto tarda el envío?";
const AGAIN = "¿Cuánto cuesta el envío?";
const UNCLEAR = "envíos";

async function shop(page: Page, language: "es" | "en" = "es") {
  await page.goto(language === "en" ? "/demo?lang=en" : "/demo");
  const chat = new Chat(page, language);
  await chat.open();
  return chat;
}

/** A mark that only a reload of the page removes. */
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { marked: true }));
const expectNotReloaded = async (page: Page) =>
  expect(await page.evaluate(() => "marked" in window), "the page was not loaded again").toBe(true);

test("a question, a choice, a person, and the bot again", async ({ open, t, expected }) => {
  const visitorPage = await open(phone);
  const agentPage = await open({ as: people.valentina });
  const colleaguePage = await open({ as: people.mateo });
  const chat = await shop(visitorPage);
  const agent = new Inbox(agentPage, t);
  const colleague = new Inbox(colleaguePage, t);
  const api = agentPage.context().request;
  const help = once("Mi pedido no llega");

  await agentPage.goto("/inbox?state=waiting");
  await expect(agentPage.getByRole("status").getByText(t("live.online"))).toBeVisible();
  await mark(agentPage);

  const first = await storedAnswer(api, ASKED);
  await test.step("the bot answers word for word", async () => {
    await chat.write(ASKED);
    expect(await chat.answer(1)).toBe(first);
  });

  const choice =
    await test.step("unsure, it offers three questions or a person, and answers the one chosen", async () => {
      await chat.write(UNCLEAR);
      await expect(chat.choices).toHaveCount(4);
      await expect(chat.choices.last()).toContainText("hablar con una persona");
      const question = (await chat.choices.first().textContent()) ?? "";
      await chat.choices.first().click();
      const answer = await storedAnswer(api, question);
      expect(await chat.answer(3)).toBe(answer);
      return { question, answer };
    });

  await test.step("asked for a person, it calls one, and the inbox shows it by itself", async () => {
    await chat.write("quiero hablar con una persona");
    await expect(chat.from("bot")).toHaveCount(4);
    await expect(chat.panel.getByText(chat.words("waiting")).first()).toBeVisible();
    await chat.write(help);
    await expect(agent.row(help)).toBeVisible();
  });

  await test.step("an agent takes it; a colleague who saw it late is told who has it", async () => {
    expected.push(/409 .*\/claim$/);
    await colleaguePage.routeWebSocket(/\/api\/v1\/live/, () => {}); // hears of nothing
    await colleaguePage.goto("/inbox?state=waiting");
    await colleague.row(help).click();
    await expect(colleague.claim).toBeVisible();

    await agent.row(help).click();
    await expect(agent.log).toContainText(help);
    await agent.claim.click();
    await expect(agent.reply).toBeVisible();
    await expect(chat.panel.getByText(chat.words("joined", people.valentina.name))).toBeVisible();

    await colleague.claim.click();
    await expect(colleaguePage.getByRole("region", { name: t("toasts") })).toContainText(people.valentina.name);
    await expect(
      colleaguePage.getByText(t("inbox:blocked.taken", { name: people.valentina.name }), { exact: true }),
    ).toBeVisible();
    await expect(colleague.reply).toHaveCount(0);
  });

  await test.step("her text and her picture arrive, with her name", async () => {
    await agent.say("Hola, lo reviso ahora mismo.");
    expect(await chat.answer(1, "agent")).toBe("Hola, lo reviso ahora mismo.");
    await expect(chat.from("agent").last()).toContainText(people.valentina.name);
    await expect(chat.panel.locator("header")).toContainText(people.valentina.name);

    const picture = await (await api.get("/demo/img/logo.png")).body();
    await agent.attach({ name: "comprobante.png", mimeType: "image/png", buffer: picture });
    await expect(agentPage.getByRole("list", { name: t("inbox:attachments") })).toContainText("comprobante.png");
    await agent.reply.fill("Este es tu comprobante");
    await agent.button(t("inbox:send.reply")).click();
    expect(await chat.answer(2, "agent")).toBe("Este es tu comprobante");
    const image = chat.from("agent").last().getByRole("img", { name: "Este es tu comprobante" });
    await expect.poll(() => image.evaluate((i) => (i as HTMLImageElement).naturalWidth)).toBeGreaterThan(1);
  });

  await test.step("what the bot knows is now for the person to answer", async () => {
    await chat.write(AGAIN);
    await expect(agent.log).toContainText(AGAIN);
    await agent.say("El envío te sale gratis esta vez.");
    expect(await chat.answer(3, "agent")).toBe("El envío te sale gratis esta vez.");
  });

  await test.step("a note and a label stay with the team", async () => {
    await agent.button(t("inbox:mode.note")).click();
    await agent.note.fill("Cliente con paciencia: envío de cortesía");
    await agent.note.press("Enter");
    await expect(agent.log).toContainText("Cliente con paciencia");
    await agent.customer.getByRole("button", { name: t("inbox:action.labels") }).click();
    await agentPage.getByRole("menuitemcheckbox", { name: "Envío" }).click();
    await agentPage.keyboard.press("Escape");
    await expect(agent.customer.getByText("Envío", { exact: true })).toBeVisible();
  });

  await test.step("once closed, the bot is back", async () => {
    await agent.button(t("inbox:action.close")).click();
    await expect(chat.panel.getByText(chat.words("closed"))).toBeVisible();
    await chat.write(AGAIN);
    expect(await chat.answer(5)).toBe(await storedAnswer(api, AGAIN));
  });

  await test.step("and tells why it said so", async () => {
    await expect(agent.log).toContainText(await storedAnswer(api, AGAIN));
    await agent.button(t("inbox:why.open")).last().click();
    const why = agentPage.getByRole("dialog", { name: t("inbox:why.title") });
    await expect(why).toContainText(t("trace.source.faq"));
    await expect(why.getByRole("definition").filter({ hasText: AGAIN }).first()).toBeVisible();
    await expect(why.getByRole("listitem").filter({ hasText: t("trace.outcome.won") })).toHaveCount(1);
    await expectNotReloaded(agentPage);
  });

  expect(await chat.transcript()).toEqual([
    `contact: ${ASKED}`,
    `bot: ${first}`,
    `contact: ${UNCLEAR}`,
    expect.stringMatching(/^bot: ./),
    `contact: ${choice.question}`,
    `bot: ${choice.answer}`,
    "contact: quiero hablar con una persona",
    expect.stringMatching(/^bot: ./),
    `contact: ${help}`,
    "agent: Hola, lo reviso ahora mismo.",
    "agent: Este es tu comprobante",
    `contact: ${AGAIN}`,
    "agent: El envío te sale gratis esta vez.",
    `contact: ${AGAIN}`,
    `bot: ${await storedAnswer(api, AGAIN)}`,
  ]);
});

test("a lost network, a lost answer and a reload lose nothing and repeat nothing", async ({ open, t, expected }) => {
  expected.push(/net::ERR_/);
  const page = await open(phone);
  let deaf = false;
  await page.routeWebSocket(/\/webchat\/.*\/socket/, (socket) => {
    socket.connectToServer().onMessage((message) => deaf || socket.send(message));
  });
  const agentPage = await open({ as: people.valentina });
  const agent = new Inbox(agentPage, t);
  const chat = await shop(page);
  const [one, two, three, four] = ["uno", "dos", "tres", "cuatro"].map((n) => once(`Recado ${n}`)) as [
    string,
    string,
    string,
    string,
  ];
  // Within a block of messages only the last shows its state to the eye.
  const expectState = (text: string, state: "pending" | "delivered") =>
    expect(chat.from("contact").filter({ hasText: text })).toHaveAttribute("data-state", state);

  await chat.write("quiero hablar con una persona");
  await expect(chat.from("bot")).toHaveCount(1);
  await chat.write(one);
  await expectState(one, "delivered");

  await test.step("without a network it waits", async () => {
    await page.context().setOffline(true);
    await chat.write(two);
    await expectState(two, "pending");
    await expect(chat.panel.getByText(chat.words("offline"))).toBeVisible();
    await page.context().setOffline(false);
    await expectState(two, "delivered");
  });

  await test.step("stored, but the widget never hears of it: the page is loaded anew and sends it again", async () => {
    let stored = 0;
    deaf = true;
    await page.route("**/webchat/*/messages", async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      if ((await route.fetch()).ok()) stored++;
      await route.abort();
    });
    await chat.write(three);
    await chat.write(four);
    await expect.poll(() => stored).toBeGreaterThan(0);
    await expectState(three, "pending");
    await expectState(four, "pending");
    await page.unrouteAll({ behavior: "wait" });
    deaf = false;
    await page.reload();
    await chat.open();
    await expectState(three, "delivered");
    await expectState(four, "delivered");
  });

  const said = (await chat.transcript()).filter((line) => line.startsWith("contact: Recado"));
  expect(said).toEqual([one, two, three, four].map((text) => `contact: ${text}`));
  await agentPage.goto("/inbox?state=waiting");
  await agent.row(four).click();
  for (const text of [one, two, three, four]) await expect(agent.log.getByText(text, { exact: true })).toHaveCount(1);
});

test.describe("in English", () => {
  test.use({ language: "en" });

  test("a question, a person, an answer, and the bot again", async ({ open, t }) => {
    const agentPage = await open({ as: elena });
    const agent = new Inbox(agentPage, t);
    const chat = await shop(await open(), "en");
    const help = once("My parcel is lost");
    const answer = await storedAnswer(agentPage.context().request, ASKED);

    await agentPage.goto("/inbox?state=waiting");
    await chat.write(ASKED); // the shop's questions are in Spanish
    expect(await chat.answer(1)).toBe(answer);
    await chat.write("I want to talk to a person");
    await expect(chat.from("bot")).toHaveCount(2);
    await chat.write(help);
    await agent.row(help).click();
    await agent.claim.click();
    await agent.say("Hello, I am looking for it.");
    expect(await chat.answer(1, "agent")).toBe("Hello, I am looking for it.");
    await expect(chat.panel.getByText(chat.words("joined", elena.name))).toBeVisible();
    await agent.button(t("inbox:action.close")).click();
    await expect(chat.panel.getByText(chat.words("closed"))).toBeVisible();
    await chat.write(ASKED);
    expect(await chat.answer(3)).toBe(answer);
  });
});
