import type { APIRequestContext, Locator } from "@playwright/test";
import { encode } from "uqr";
import { expectGoodLooks } from "./checks";
import { call, storedAnswer } from "./company";
import { expect, once, test } from "./fixtures";
import { Inbox } from "./inbox";
import { people } from "./people";
import { type Phone, Phones } from "./phones";
import { PERSON, talk } from "./talk";
import type { Words } from "./words";

const ASKED = "¿Cuánto tarda el envío?";
const UNCLEAR = "envíos";

/** What is left of a choice that the platform may have cut short. */
const start = (choice: string) => choice.replace(/…$/, "");

/** The demo's question that a choice stands for. */
async function question(api: APIRequestContext, choice: string): Promise<string> {
  const { items } = await call(api, "GET", "bots");
  const { items: faqs } = await call(api, "GET", `bots/${items[0].id}/faqs?limit=200`);
  const known = faqs.filter((faq: { question: string }) => faq.question.startsWith(start(choice)));
  expect(known, `one question begins as ${choice}`).toHaveLength(1);
  return known[0].question;
}

/** How far the panel says that a message got. */
const expectState = (inbox: Inbox, t: Words, text: string, state: "queued" | "delivered" | "read") =>
  expect(inbox.line(text).getByText(t(`inbox:messageState.${state}`), { exact: true })).toBeVisible();

const naturalWidth = (image: Locator) => image.evaluate((i) => (i as HTMLImageElement).naturalWidth);

/** How the phone behind a channel stands, by the address of the channel's page. */
async function session(api: APIRequestContext, page: string): Promise<{ phase: string; since: string }> {
  const { items } = await call(api, "GET", "sessions");
  return items.find((one: { channel_id: string }) => page.endsWith(one.channel_id));
}

/** The dark modules of the QR code on the page, as "x y". */
async function modules(picture: Locator): Promise<string> {
  const path = (await picture.locator("path").getAttribute("d")) ?? "";
  return [...path.matchAll(/M(\d+ \d+)h1v1h-1z/g)].map(([, at]) => at).join();
}

/** The code that the panel shows, among all that can be scanned now. */
async function shown(phones: Phones, picture: Locator): Promise<string> {
  const drawn = await modules(picture);
  const matches = (code: string) => {
    const { data } = encode(code, { ecc: "L", border: 4 });
    return data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`${x} ${y}`] : []))).join() === drawn;
  };
  return (await phones.codes()).find(matches) ?? "";
}

test("a number linked by QR code: linked, written to, cut off and banned", async ({ open, t }) => {
  test.setTimeout(240_000); // the first code lives for a minute
  const channel = once("Mostrador");
  const number = `34600${String(Date.now() % 1e6).padStart(6, "0")}`;
  const owner = await open({ as: people.lucia });
  const agentPage = await open({ as: people.valentina });
  const phones = new Phones(await open(), "es");
  const agent = new Inbox(agentPage, t);
  const api = owner.context().request;
  const standing = owner.getByRole("tabpanel").getByRole("status");

  await test.step("the owner adds the channel, told of the risk", async () => {
    await owner.goto("/channels");
    await owner.getByRole("button", { name: t("channels:add.open") }).click();
    await owner.getByRole("dialog").getByRole("button", { name: "WhatsApp con código QR" }).click();
    const form = owner.getByRole("dialog");
    const submit = form.getByRole("button", { name: t("channels:add.submit") });
    await form.getByLabel(t("channels:name"), { exact: true }).fill(channel);
    await form.getByLabel(t("channels:bot.label"), { exact: true }).selectOption("Aurora");
    await expect(form.getByText("puede suspender tu número")).toBeVisible();
    await expect(submit).toBeDisabled();
    await form.getByRole("checkbox", { name: t("channels:add.accept") }).check();
    await submit.click();
    await expect(standing).toContainText(t("channels:session.phase.unlinked"));
  });

  await test.step("the panel shows a code, and another one when that has expired", async () => {
    await phones.open();
    await owner.getByRole("button", { name: t("channels:session.link") }).click();
    const picture = owner.getByRole("img", { name: t("channels:link.qr") });
    await expect(picture).toBeVisible();
    await expect.poll(() => shown(phones, picture)).not.toBe("");
    const first = await shown(phones, picture);
    await expect.poll(() => shown(phones, picture), { timeout: 70_000 }).not.toBe(first);
    await expect.poll(() => shown(phones, picture)).not.toBe("");
    expect(await phones.codes()).not.toContain(first);
    await phones.scan(await shown(phones, picture), number);
  });

  await test.step("scanned, the number is linked and online", async () => {
    const done = owner.getByRole("dialog", { name: t("channels:link.title") });
    await expect(done).toContainText(t("channels:link.done"));
    await expect(done).toContainText(number);
    await done.getByRole("button", { name: t("channels:link.finish") }).click();
    await expect(standing).toContainText(t("channels:session.phase.online"));
    await expect(owner.getByRole("definition").filter({ hasText: number })).toBeVisible();
  });

  const phone = await phones.customer(channel);

  await test.step("the bot answers, offers numbered choices when unsure, and answers the one chosen", async () => {
    await phone.write(ASKED);
    expect(await phone.answer(1)).toBe(await storedAnswer(api, ASKED));
    await phone.write(UNCLEAR);
    const choices = [...((await phone.answer(2)) ?? "").matchAll(/^\d\. (.+)$/gm)].map(([, choice]) => choice ?? "");
    expect(choices).toHaveLength(4);
    await phone.write("2");
    expect(await phone.answer(3)).toBe(await storedAnswer(api, choices[1] ?? ""));
  });

  const help = once("Mi pedido no llega");

  await test.step("a photo and a voice note reach the inbox", async () => {
    await phone.write(PERSON);
    await phone.answer(4);
    await phone.send("dress");
    await expect(phone.from("mine").getByRole("img", { name: phones.words("bubble.image") })).toBeVisible();
    await phone.send("voice");
    await phone.write(help);
    await agentPage.goto("/inbox?state=waiting");
    await agent.take(help, channel);
    await expect.poll(() => naturalWidth(agent.log.locator("button img"))).toBeGreaterThan(1);
    const length = () => agent.log.locator("audio").evaluate((a) => (a as HTMLAudioElement).duration);
    await expect.poll(length).toBeGreaterThan(2);
  });

  const reply = once("Hola, lo reviso ahora mismo.");
  const thanks = once("Gracias, espero");
  const found = once("Sale mañana.");

  await test.step("the agent's reply is delivered, and read", async () => {
    await agent.say(reply);
    await expect(phone.heard(reply)).toHaveCount(1);
    await expectState(agent, t, reply, "delivered");
    await phone.button("phone.read").click();
    await expectState(agent, t, reply, "read");
  });

  await test.step("both quote each other", async () => {
    await phone.reply(phone.heard(reply), thanks);
    await expect(agent.line(thanks)).toContainText(`${t("inbox:quote.of")} ${reply}`);
    await agent.quote(thanks);
    await agent.say(found);
    await expect(phone.heard(found).locator("blockquote")).toContainText(thanks);
  });

  await test.step("sockets cut before and after a message is taken lose nothing and repeat nothing", async () => {
    for (const cut of [() => phone.drop(), () => phone.fail("unplugged"), () => phone.fail("half_body")]) {
      const text = once("Hay un corte");
      await cut();
      await agent.say(text);
      await expect(phone.heard(text)).toHaveCount(1);
      await expectState(agent, t, text, "delivered");
      await expect(phone.heard(text)).toHaveCount(1);
    }
    await expect(standing).toContainText(t("channels:session.phase.online"));
  });

  await test.step("banned, the channel says why and sends nothing until it is restarted", async () => {
    const held = once("Retenido");
    const before = await phone.from("theirs").count();
    const ban = (await phone.troubles()).getByRole("checkbox", { name: phones.words("trouble.ban") });
    await ban.check();
    await expect(standing).toContainText(t("channels:session.phase.down"));
    await expect(standing).toContainText("WhatsApp suspendió este número por un tiempo.");
    await agent.say(held);
    await expectState(agent, t, held, "queued");
    const stopped = owner.getByRole("alert").filter({ hasText: t("channels:lane.stopped") });
    await expect(stopped).toBeVisible({ timeout: 35_000 }); // the page asks every 30 s
    const { since } = await session(api, owner.url());
    await owner.getByRole("button", { name: t("channels:session.restart") }).click();
    const refused = async () => {
      const now = await session(api, owner.url());
      return now.phase === "down" && now.since > since;
    };
    await expect.poll(refused).toBe(true);
    await expect(phone.from("theirs")).toHaveCount(before);
    await ban.uncheck();
    await owner.getByRole("button", { name: t("channels:session.restart") }).click();
    await expect(standing).toContainText(t("channels:session.phase.online"));
    await expect(phone.heard(held)).toHaveCount(1);
    await expectState(agent, t, held, "delivered");
    await expect(phone.from("theirs")).toHaveCount(before + 1);
  });
});

/** The other channels of the demo company, and what they offer choices as. */
const others = {
  "WhatsApp oficial": "list",
  Instagram: "buttons",
  Messenger: "buttons",
  Telegram: "buttons",
  "WhatsApp por Twilio": "list",
  "SMS por Twilio": "numbers",
} as const;

/** Takes the second of what the shop offers; what its label says. */
async function pick(phone: Phone, way: "buttons" | "list" | "numbers"): Promise<string> {
  if (way === "numbers") {
    const [, choice = ""] = /^2\. (.+)$/m.exec((await phone.answer(2)) ?? "") ?? [];
    await phone.write("2");
    return choice;
  }
  await phone.answer(2);
  const offer = phone.from("theirs").last();
  if (way === "list") await offer.locator("summary").click();
  const choice = offer.locator(".choices").getByRole("button").nth(1);
  const label = (await choice.textContent()) ?? "";
  await choice.click();
  return label;
}

const firstConversation = (channel: string, way: "buttons" | "list" | "numbers") =>
  test(`the first conversation by ${channel}`, async ({ open, t }) => {
    const phones = new Phones(await open(), "es");
    const agentPage = await open({ as: people.mateo });
    const agent = new Inbox(agentPage, t);
    const api = agentPage.context().request;
    const help = once(`Mi pedido por ${channel} no llega`);
    const reply = once("Lo reviso ahora mismo.");

    await phones.open();
    const phone = await phones.customer(channel);
    await phone.write(ASKED);
    expect(await phone.answer(1)).toBe(await storedAnswer(api, ASKED));

    await phone.write(UNCLEAR);
    const picked = await pick(phone, way);
    expect(await phone.answer(3)).toBe(await storedAnswer(api, await question(api, picked)));

    await phone.write(PERSON);
    await phone.answer(4);
    await agentPage.goto("/inbox?state=waiting");
    await phone.write(help);
    await agent.take(help, channel);
    await expect(agentPage.locator("header").filter({ hasText: channel })).toBeVisible();
    await expect(agent.log).toContainText(await storedAnswer(api, ASKED));
    if (way !== "numbers") await expect(agent.line(t("content.chose")).last()).toContainText(start(picked));
    await agent.say(reply);
    await expect(phone.heard(reply)).toHaveCount(1);
  });

for (const [channel, way] of Object.entries(others)) firstConversation(channel, way);

// One after the other: a fault is met by whoever sends next on the platform.
test.describe("SMS por pasarela", () => {
  const channel = "SMS por pasarela";
  test.describe.configure({ mode: "default" });
  firstConversation(channel, "numbers");

  test("broken, it is in the bell with what to do, until it is mended", async ({ open, t }) => {
    test.setTimeout(240_000); // what is mended stays open for a minute, lest it flicker
    const owner = await open({ as: people.lucia });
    const agent = new Inbox(await open({ as: people.mateo }), t);
    const phones = new Phones(await open(), "es");
    const held = once("Sale mañana.");
    const list = owner.getByRole("dialog", { name: t("incidents:title") });
    const incident = list.getByRole("listitem").filter({ hasText: channel });
    const openBell = async () => {
      if (await list.isVisible()) await owner.keyboard.press("Escape"); // it hangs on the bell of another width
      await expect(list).toHaveCount(0);
      await owner.getByRole("button", { name: t("incidents:short") }).click();
      await expect(list).toBeVisible();
    };
    await phones.open();
    const phone = await phones.customer(channel);
    await talk(phone, agent, channel);
    await owner.goto("/");

    await test.step("its key is refused, and the bell says so", async () => {
      await phone.fail("revoked");
      await agent.say(held);
      await openBell();
      await expect(incident).toContainText(t("incidents:kind.lane_stopped"), { timeout: 60_000 });
      await expect(incident).toContainText("El proveedor no acepta tus datos de acceso. Cámbialos en el canal.");
      await expect(incident).toContainText(t("incidents:todo.lane_stopped"));
      await expectGoodLooks(owner, "the bell", openBell);
    });

    await test.step("it leads to the channel, where what waits is sent", async () => {
      await openBell();
      await incident.getByRole("link").click();
      const alert = owner.getByRole("alert").filter({ hasText: t("channels:lane.stopped") });
      await expect(alert).toContainText("El proveedor no acepta tus datos de acceso.");
      await expect(phone.heard(held)).toHaveCount(0);
      await alert.getByRole("button", { name: t("channels:lane.restart") }).click();
      await expect(phone.heard(held)).toHaveCount(1);
      await expect(alert).toHaveCount(0);
    });

    await test.step("it closes by itself", async () => {
      await openBell();
      await expect(incident).toHaveCount(0, { timeout: 120_000 });
    });
  });
});
