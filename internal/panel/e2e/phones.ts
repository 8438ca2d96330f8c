import { expect, type Locator, type Page } from "@playwright/test";
import { type Language, phoneWords } from "./words";

/** The page on which one plays the customers of the simulated platforms. */
export class Phones {
  readonly words: ReturnType<typeof phoneWords>;

  constructor(
    readonly page: Page,
    language: Language,
  ) {
    this.words = phoneWords(language);
  }

  async open() {
    await this.page.goto("/demo/phones");
  }

  /** The phone of a channel's customers, in the hands of somebody who has not written yet. */
  async customer(channel: string): Promise<Phone> {
    const phone = new Phone(this.page.getByRole("region", { name: channel, exact: true }), this.words);
    await expect(phone.input).toBeVisible();
    await phone.change();
    return phone;
  }

  /** The texts of the QR codes that can be scanned now. */
  async codes(): Promise<string[]> {
    const answer = await this.page.request.get("/demo/phones/api/phones");
    return (await answer.json()).codes;
  }

  /** Scans a code with the shop's own phone. */
  async scan(code: string, number: string) {
    const shop = this.page.getByRole("region", { name: this.words("scan.title") });
    await shop.getByLabel(this.words("scan.phone")).fill(number);
    await shop.getByRole("button", { name: this.words("scan.this", { end: code.slice(-6) }) }).click();
    await expect(this.page.getByRole("status")).toHaveText(this.words("scan.done"));
  }
}

/**
 * Links a number to a channel as its owner would, without looking at the code: a channel of a
 * test's own, so that no other test troubles its session.
 */
export async function linked(owner: Page, channel: string, number: string) {
  const end = await owner.evaluate(
    async ({ channel, number }) => {
      const json = { "Content-Type": "application/json" };
      const body = JSON.stringify({ method: "qr" });
      const answer = await fetch(`/api/v1/channels/${channel}/link`, { method: "POST", headers: json, body });
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      let read = "";
      for (let scanned = false; reader; ) {
        const { value, done } = await reader.read();
        if (done) break;
        read += value;
        const code = /"kind":"qr","payload":"([^"]+)"/.exec(read)?.[1];
        if (!code || scanned) continue;
        scanned = true;
        await fetch("/demo/phones/api/scan", { method: "POST", body: new URLSearchParams({ code, phone: number }) });
      }
      return read;
    },
    { channel, number },
  );
  expect(end, "the phone is linked").toContain('"kind":"done"');
}

/** One customer's phone. */
export class Phone {
  readonly input: Locator;
  readonly log: Locator;

  constructor(
    readonly region: Locator,
    readonly words: ReturnType<typeof phoneWords>,
  ) {
    this.input = region.getByRole("textbox", { name: words("phone.message"), exact: true });
    this.log = region.getByRole("log");
  }

  /** Hands the phone to a person whom the shop has not met. */
  async change() {
    const people = this.region.getByRole("combobox", { name: this.words("phone.person"), exact: true });
    const before = await people.inputValue();
    await this.button("phone.new").click();
    await expect(people).not.toHaveValue(before);
    await expect(this.log.getByRole("listitem")).toHaveCount(0);
  }

  button(key: string): Locator {
    return this.region.getByRole("button", { name: this.words(key), exact: true });
  }

  /** The messages of the customer ("mine") or of the shop ("theirs"). */
  from(side: "mine" | "theirs"): Locator {
    return this.log.locator(`.bubble.${side}`);
  }

  /** The shop's messages that say exactly this. */
  heard(text: string): Locator {
    return this.from("theirs").filter({ has: this.region.page().getByText(text, { exact: true }) });
  }

  /** The customer's own messages that say exactly this. */
  said(text: string): Locator {
    return this.from("mine").filter({ has: this.region.page().getByText(text, { exact: true }) });
  }

  async write(text: string) {
    await this.input.fill(text);
    await this.input.press("Enter");
  }

  /** The last words of the shop, exactly as they are, once it has said something n times. */
  async answer(n: number): Promise<string | null> {
    await expect(this.from("theirs")).toHaveCount(n);
    return this.from("theirs").last().locator(".text").first().textContent();
  }

  /** Sends one of the things at hand: "dress", "voice"… */
  async send(sample: string) {
    await this.button("phone.attach").click();
    await this.button(`sample.${sample}`).click();
  }

  /** What can be done to a message, shown below it. */
  async options(bubble: Locator) {
    await bubble.getByRole("button", { name: this.words("bubble.options") }).click();
    return bubble.locator(".options");
  }

  private async choose(bubble: Locator, name: string) {
    await (await this.options(bubble)).getByRole("button", { name, exact: true }).click();
  }

  /** Writes in reply to a message. */
  async reply(bubble: Locator, text: string) {
    await this.choose(bubble, this.words("bubble.reply"));
    await this.write(text);
  }

  /** Writes one of the customer's messages anew. */
  async edit(bubble: Locator, text: string) {
    await this.choose(bubble, this.words("bubble.edit"));
    await this.write(text);
  }

  async remove(bubble: Locator) {
    await this.choose(bubble, this.words("bubble.delete"));
  }

  async react(bubble: Locator, emoji: string) {
    await this.choose(bubble, this.words("bubble.react", { emoji }));
  }

  async unreact(bubble: Locator, emoji: string) {
    await this.choose(bubble, this.words("bubble.unreact", { emoji }));
  }

  /** The panel of what can go wrong on this platform, opened. */
  async troubles(): Promise<Locator> {
    const toggle = this.button("phone.trouble");
    if ((await toggle.getAttribute("aria-expanded")) === "false") await toggle.click();
    return this.region.locator(".trouble");
  }

  /** Cuts the shop's connection, where one is held. */
  async drop() {
    await (await this.troubles()).getByRole("button", { name: this.words("trouble.drop") }).click();
    await expect(this.region.page().getByRole("status")).toHaveText(this.words("trouble.dropped"));
  }

  /** Makes the shop's next message fail in some way. */
  async fail(fault: string) {
    const troubles = await this.troubles();
    await troubles.getByRole("combobox", { name: this.words("trouble.next") }).selectOption(fault);
    await troubles.getByRole("button", { name: this.words("trouble.fail") }).click();
    await expect(this.region.page().getByRole("status")).toContainText(this.words(`fault.${fault}`));
  }
}
