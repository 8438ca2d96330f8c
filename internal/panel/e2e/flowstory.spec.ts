import type { APIRequestContext, Page } from "@playwright/test";
import { Chat } from "./chat";
import { expectAccessible } from "./checks";
import { call } from "./company";
import { shopElsewhere } from "./elsewhere";
import { expect, once, phone, test } from "./fixtures";
import { Inbox } from "./inbox";
import { people } from "./people";
import { linked, Phones } from "./phones";
import type { Words } from "./words";

const HELLO = "Hola, te ayudo con un regalo.";
const FOR_MOM = "Para ella, una caja de té y flores.";
const FOR_DAD = "Para él, una manta de lana.";
const NOW_FOR_MOM = "Para ella, un ramo de peonías.";

const says = (text: string) => ({ content: { type: "text", text: { es: text } } });

/** What somebody exported elsewhere: a hello, a choice of two, and an answer to each. */
const file = {
  format: 1,
  name: "Regalos",
  language: "es",
  start: "n1",
  triggers: [{ id: "t1", type: "keyword", match: "contains", words: ["regalo"] }],
  variables: [],
  goals: [{ type: "node", ref: "n3" }],
  nodes: [
    { id: "n1", type: "message", at: [0, 0], next: { next: "n2" }, data: says(HELLO) },
    {
      id: "n2",
      type: "buttons",
      name: "Para quién",
      at: [320, 0],
      next: { mom: "n3", dad: "n4" },
      data: {
        text: { es: "¿Para quién es?" },
        items: [
          { id: "mom", label: { es: "Mi mamá" } },
          { id: "dad", label: { es: "Mi papá" } },
        ],
      },
    },
    { id: "n3", type: "message", name: "Idea para ella", at: [640, -80], data: says(FOR_MOM) },
    { id: "n4", type: "message", at: [640, 120], data: says(FOR_DAD) },
  ],
};

/** A shop within the demo company that no other test troubles: a bot, a web chat and a number on a simulated WhatsApp. */
async function shop(api: APIRequestContext) {
  const name = once("Regalería");
  const bot = await call(api, "POST", "bots", { name, language: "es" });
  const web = await call(api, "POST", "channels", { kind: "webchat", name, bot_id: bot.id });
  const whatsapp = await call(api, "POST", "channels", { kind: "whatsapp_qr", name: `${name} QR`, bot_id: bot.id });
  return { bot: bot.id as string, web, whatsapp };
}

/** The flow's builder and what stands beside its canvas. */
class Desk {
  constructor(
    readonly page: Page,
    readonly t: Words,
  ) {}

  tab(name: "versions" | "replay" | "analytics") {
    return this.page.getByRole("tab", { name: this.t(`flows:side.${name}`), exact: true }).click();
  }

  node(text: string) {
    const canvas = this.page.getByRole("region", { name: this.t("flows:canvas"), exact: true });
    return canvas.locator(".react-flow__node").filter({ hasText: text });
  }

  version(n: number) {
    const number = this.page.getByText(this.t("flowreview:versions.number", { n }), { exact: true });
    return this.page.getByRole("tabpanel").getByRole("listitem").filter({ has: number });
  }

  async publish(why: string, version: number) {
    await this.page.getByRole("button", { name: this.t("flows:publish.open"), exact: true }).click();
    const dialog = this.page.getByRole("dialog", { name: this.t("flows:publish.title", { name: "Regalos" }) });
    await dialog.getByLabel(this.t("flows:publish.why")).fill(why);
    await this.look(`publishing version ${version}`);
    await dialog.getByRole("button", { name: this.t("flows:publish.submit") }).click();
    await expect(this.page.getByText(this.t("flows:publish.done", { version }))).toBeVisible();
  }

  /** As expectGoodLooks, but on a desk only: on a phone the builder is for reading. */
  async look(name: string) {
    for (const colorScheme of ["light", "dark"] as const) {
      await this.page.emulateMedia({ colorScheme });
      const look = `${name}, ${colorScheme}`;
      const path = test.info().outputPath(`${look}.png`);
      await this.page.screenshot({ path });
      test.info().attachments.push({ name: look, path, contentType: "image/png" });
      await expectAccessible(this.page, look);
    }
    await this.page.emulateMedia({ colorScheme: null });
  }
}

test("a flow is published, talked to, changed, replayed and taken back", async ({ open, t, baseURL }) => {
  test.setTimeout(120_000);
  const page = await open({ as: people.lucia });
  const desk = new Desk(page, t);
  const api = page.context().request;
  const { bot, web, whatsapp } = await shop(api);
  await page.goto(`/bots/${bot}/flows`);
  await linked(page, whatsapp.id, `34622${String(Date.now() % 1e6).padStart(6, "0")}`);

  await test.step("it comes from a file, as a draft", async () => {
    await page.getByRole("button", { name: t("flows:import.open"), exact: true }).click();
    const dialog = page.getByRole("dialog", { name: t("flows:import.title") });
    const choosing = page.waitForEvent("filechooser");
    await dialog.getByRole("button", { name: t("flows:import.choose") }).click();
    const buffer = Buffer.from(JSON.stringify(file));
    await (await choosing).setFiles({ name: "regalos.json", mimeType: "application/json", buffer });
    await expect(desk.node("¿Para quién es?")).toBeVisible();
    await desk.publish("La primera", 1);
  });

  const elsewhere = await shopElsewhere(baseURL ?? "", web.snippet);
  try {
    const chat = new Chat(await open(phone), "es");
    let heard = 0;
    /** A visitor asks for a present and presses a button; what the flow says to it. */
    const ask = async () => {
      await chat.write("quiero un regalo");
      await expect(chat.from("bot")).toHaveCount(heard + 2);
      await expect(chat.from("bot").nth(heard)).toContainText(HELLO);
      await chat.choices.filter({ hasText: "Mi mamá" }).click();
      heard += 3;
      return chat.answer(heard);
    };

    await test.step("a visitor presses a button in the widget", async () => {
      await chat.page.goto(elsewhere.url);
      await chat.open();
      expect(await ask()).toBe(FOR_MOM);
    });

    await test.step("a customer on WhatsApp answers by number", async () => {
      const phones = new Phones(await open(), "es");
      await phones.open();
      const customer = await phones.customer(whatsapp.name);
      await customer.write("busco un regalo");
      expect(await customer.answer(2)).toContain("2. Mi papá");
      await customer.write("2");
      expect(await customer.answer(3)).toBe(FOR_DAD);
      await customer.write("y otro regalo");
      await customer.answer(5);
      await customer.write("1");
      expect(await customer.answer(6)).toBe(FOR_MOM);
    });

    await test.step("the inbox tells why: the flow, its version and the way it took", async () => {
      const inbox = new Inbox(await open({ as: people.valentina }), t);
      await inbox.page.goto("/inbox?state=open");
      await inbox.row(FOR_MOM).filter({ hasText: whatsapp.name }).click();
      await expect(inbox.line(FOR_MOM)).toBeVisible();
      await inbox
        .line(FOR_MOM)
        .getByRole("button", { name: t("inbox:why.open") })
        .click();
      const why = inbox.page.getByRole("dialog", { name: t("inbox:why.title") });
      await expect(why).toContainText(t("trace.source.flow"));
      await expect(why.getByRole("definition").first()).toHaveText(`Regalos · ${t("trace.version", { n: 1 })}`);
      const path = why.getByRole("list").first().getByRole("listitem");
      await expect(path).toHaveText([/^Para quién/, /^Idea para ella/]);
      await new Desk(inbox.page, t).look("why");
    });

    await test.step("one text changes", async () => {
      await desk.node(FOR_MOM).click();
      await page.getByRole("textbox", { name: `${t("flows:content.text")} (es)`, exact: true }).fill(NOW_FOR_MOM);
      await expect(desk.node(NOW_FOR_MOM)).toBeVisible();
    });

    await test.step("the comparison shows it, and nothing else", async () => {
      await desk.tab("versions");
      await expect(desk.version(1)).toContainText("La primera");
      await expect(desk.version(1)).toContainText(people.lucia.name);
      await desk.look("versions");
      await desk
        .version(1)
        .getByRole("button", { name: t("flowreview:versions.withDraft") })
        .click();
      const diff = page.getByRole("dialog");
      const blocks = diff.getByRole("tabpanel").locator("section");
      await expect(blocks).toHaveCount(1);
      await expect(blocks).toContainText("Idea para ella");
      await expect(blocks.getByRole("term")).toHaveText("Texto (es)");
      await expect(blocks.locator("del")).toHaveText(FOR_MOM);
      await expect(blocks.locator("ins")).toHaveText(NOW_FOR_MOM);
      await desk.look("differences by blocks");
      await diff.getByRole("tab", { name: t("flowreview:diff.text") }).click();
      const text = diff.getByRole("region", { name: t("flowreview:diff.text") });
      await expect(text.getByText(NOW_FOR_MOM)).toHaveText(/^\+/);
      await expect(text.getByText(FOR_MOM)).toHaveText(/^-/);
      await desk.look("differences as text");
      await page.keyboard.press("Escape");
      await expect(diff).toHaveCount(0);
    });

    await test.step("the replay finds whom it would have changed", async () => {
      await desk.tab("replay");
      await page.getByRole("button", { name: t("flowreview:replay.run") }).click();
      const panel = page.getByRole("tabpanel", { name: t("flows:side.replay") });
      await expect(panel.getByRole("status")).toContainText(/\b2\b.*\b6\b/); // of six messages, two chose her
      const changed = panel.getByRole("button").filter({ hasText: t("flowreview:replay.now", { text: NOW_FOR_MOM }) });
      await expect(changed).toHaveCount(2);
      await expect(changed.last()).toContainText("Mi mamá");
      await desk.look("replay");
      await changed.last().click();
      const both = page.getByRole("dialog");
      const way = (side: "before" | "after") =>
        both.getByRole("region", { name: t(`flowreview:replay.${side}`), exact: true });
      await expect(way("before")).toContainText(FOR_MOM);
      await expect(way("after")).toContainText(NOW_FOR_MOM);
      await desk.look("replay, side by side");
      await page.keyboard.press("Escape");
    });

    await test.step("published, the new text is said", async () => {
      await desk.publish("Peonías, que es mayo", 2);
      expect(await ask()).toBe(NOW_FOR_MOM);
    });

    await test.step("taken back, the old one is", async () => {
      await desk.tab("versions");
      await expect(desk.version(2)).toContainText(t("flowreview:versions.live"));
      await desk
        .version(1)
        .getByRole("button", { name: t("flowreview:versions.restore") })
        .click();
      const dialog = page.getByRole("dialog", { name: t("flowreview:restore.title", { n: 1 }) });
      await dialog.getByLabel(t("flowreview:restore.why")).fill("Se acabaron las peonías");
      await desk.look("going back");
      await dialog.getByRole("button", { name: t("flowreview:restore.submit") }).click();
      await expect(page.getByText(t("flowreview:restore.done", { from: 1, to: 3 }))).toBeVisible();
      await expect(desk.version(3)).toContainText("Se acabaron las peonías");
      await expect(desk.node(FOR_MOM)).toBeVisible();
      expect(await ask()).toBe(FOR_MOM);
    });

    await test.step("the figures tell of all of it", async () => {
      await desk.tab("analytics");
      const panel = page.getByRole("tabpanel", { name: t("flows:side.analytics") });
      const figure = (name: string) => panel.getByRole("definition").and(panel.locator(`dt:text-is("${name}") + dd`));
      await expect(figure(t("flowreview:analytics.runs"))).toHaveText("5");
      await expect(figure(t("flowreview:analytics.ended.done"))).toHaveText(/5$/);
      await expect(panel.getByRole("row").filter({ hasText: "Para quién" }).getByRole("cell").nth(1)).toHaveText("5");
      await expect(panel.getByRole("row").filter({ hasText: "Idea para ella" }).getByRole("cell").nth(1)).toHaveText(
        "4",
      );
      await expect(
        panel.getByRole("listitem").filter({ hasText: t("flowreview:versions.number", { n: 1 }) }),
      ).toContainText("2 de 3");
      await desk.look("figures");
      await panel.getByLabel(t("flowreview:analytics.version")).selectOption("2");
      await expect(figure(t("flowreview:analytics.runs"))).toHaveText("1");
    });
  } finally {
    await elsewhere.close();
  }
});
