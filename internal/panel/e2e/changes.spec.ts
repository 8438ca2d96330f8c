import { expectGoodLooks } from "./checks";
import { call } from "./company";
import { expect, once, test } from "./fixtures";
import { Inbox } from "./inbox";
import { people } from "./people";
import { linked, type Phone, Phones } from "./phones";
import { talk } from "./talk";
import type { Words } from "./words";

/** What a platform tells of what a customer does to messages; all of them tell reactions and quotes. */
interface Tells {
  edits: boolean;
  deletions: boolean;
}

async function changes(phone: Phone, agent: Inbox, t: Words, channel: string, tells: Tells) {
  const { help, reply } = await talk(phone, agent, channel);

  await test.step("a reaction to the shop's message comes and goes", async () => {
    await phone.react(phone.heard(reply), "❤️");
    await expect(agent.line(reply)).toContainText(`${t("inbox:reactions")}❤️`);
    await phone.react(phone.heard(reply), "👍");
    await expect(agent.line(reply)).toContainText(`${t("inbox:reactions")}👍`);
    await expect(agent.line(reply)).not.toContainText("❤️");
    await phone.unreact(phone.heard(reply), "👍");
    await expect(agent.line(reply)).not.toContainText(t("inbox:reactions"));
  });

  await test.step("both quote each other", async () => {
    const thanks = once("Gracias, espero");
    const found = once("Sale mañana.");
    await phone.reply(phone.heard(reply), thanks);
    await expect(agent.line(thanks)).toContainText(`${t("inbox:quote.of")} ${reply}`);
    await agent.quote(thanks);
    await agent.say(found);
    await expect(phone.heard(found).locator("blockquote")).toContainText(thanks);
  });

  await test.step(`an edit is ${tells.edits ? "seen, and said to be one" : "nothing that one can do"}`, async () => {
    if (!tells.edits) return expectNoChoice(phone, phone.said(help), "bubble.edit");
    const mended = once("Mi pedido no llega, es el 1042");
    await phone.edit(phone.said(help), mended);
    await expect(agent.line(mended)).toContainText(t("inbox:changed.edit"));
    await expect(agent.line(help).filter({ hasNotText: mended })).toHaveCount(0);
    await expect(phone.said(mended)).toContainText(phone.words("bubble.edited"));
  });

  await test.step(`a deletion is ${tells.deletions ? "said" : "nothing that one can do"}`, async () => {
    const slip = once("Esto no era para ti");
    await phone.write(slip);
    await expect(agent.line(slip)).toBeVisible();
    if (!tells.deletions) return expectNoChoice(phone, phone.said(slip), "bubble.delete");
    await phone.remove(phone.said(slip));
    await expect(agent.log).toContainText(t("inbox:changed.delete"));
    await expect(phone.log).toContainText(phone.words("bubble.deleted"));
  });
}

async function expectNoChoice(phone: Phone, bubble: ReturnType<Phone["said"]>, key: string) {
  const options = await phone.options(bubble);
  await expect(options.getByRole("button").first()).toBeVisible();
  await expect(options.getByRole("button", { name: phone.words(key), exact: true })).toHaveCount(0);
}

const official: Record<string, Tells> = {
  "WhatsApp oficial": { edits: true, deletions: true },
  Instagram: { edits: false, deletions: true },
  Messenger: { edits: true, deletions: false },
  Telegram: { edits: true, deletions: false },
};

for (const [channel, tells] of Object.entries(official)) {
  test(`what a customer changes on ${channel}`, async ({ open, t }) => {
    const phones = new Phones(await open(), "es");
    const agent = new Inbox(await open({ as: people.mateo }), t);
    await phones.open();
    await changes(await phones.customer(channel), agent, t, channel, tells);
  });
}

test("what a customer changes on WhatsApp by QR code", async ({ open, t }) => {
  test.setTimeout(120_000);
  const owner = await open({ as: people.lucia });
  const phones = new Phones(await open(), "es");
  const agent = new Inbox(await open({ as: people.valentina }), t);
  const api = owner.context().request;
  const channel = once("Taller");
  const { items } = await call(api, "GET", "bots");
  const made = await call(api, "POST", "channels", { kind: "whatsapp_qr", name: channel, bot_id: items[0].id });
  await owner.goto("/channels");
  await linked(owner, made.id, `34611${String(Date.now() % 1e6).padStart(6, "0")}`);
  await phones.open();
  const phone = await phones.customer(channel);
  await changes(phone, agent, t, channel, { edits: true, deletions: true });
  await phone.react(phone.from("theirs").last(), "❤️");
  await expect(agent.log).toContainText("❤️");
  await expectGoodLooks(phones.page, "the customers' phones");
  await expectGoodLooks(agent.page, "a conversation with changes");

  await test.step("deleted with its number online, the channel leaves the phone", async () => {
    await owner.goto(`/channels/${made.id}`);
    await owner.getByRole("button", { name: t("channels:delete.open") }).click();
    const dialog = owner.getByRole("dialog");
    await expect(dialog).toContainText(/deja de estar vinculado/);
    await dialog.getByRole("button", { name: t("channels:delete.open") }).click();
    await expect(owner.getByText(t("channels:delete.done", { name: channel }), { exact: true })).toBeVisible();
    await expect(phone.region).toHaveCount(0);
  });
});
