import { expect, type Locator, type Page } from "@playwright/test";
import type { Words } from "./words";

/** The panel's inbox, as an agent uses it. */
export class Inbox {
  readonly list: Locator;
  readonly log: Locator;
  readonly customer: Locator;
  readonly reply: Locator;
  readonly note: Locator;

  constructor(
    readonly page: Page,
    readonly t: Words,
  ) {
    this.list = page.getByRole("list", { name: t("inbox:list") });
    this.log = page.getByRole("log");
    this.customer = page.getByRole("complementary", { name: t("inbox:contact.title") });
    this.reply = page.getByRole("textbox", { name: t("inbox:placeholder.reply") });
    this.note = page.getByRole("textbox", { name: t("inbox:placeholder.note") });
  }

  row(text: string): Locator {
    return this.list.getByRole("link").filter({ hasText: text });
  }

  /** The messages of the open conversation that say something. */
  line(text: string): Locator {
    return this.log.locator(".group").filter({ hasText: text });
  }

  /** Takes the conversation in which a customer has just said something. */
  async take(said: string, channel: string) {
    const row = this.row(said);
    await expect(row).toContainText(channel);
    await row.click();
    await expect(this.log).toContainText(said);
    await this.claim.click();
    await expect(this.reply).toBeVisible();
  }

  /** Makes the next reply one to a message. */
  async quote(text: string) {
    await this.line(text).hover();
    await this.line(text)
      .getByRole("button", { name: this.t("inbox:quote.reply") })
      .click();
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  /** The button beside the conversation's name; the composer has one more. */
  get claim(): Locator {
    return this.page
      .getByRole("banner")
      .or(this.page.locator("header"))
      .getByRole("button", {
        name: this.t("inbox:action.claim"),
        exact: true,
      });
  }

  async say(text: string) {
    await this.reply.fill(text);
    await this.reply.press("Enter");
  }

  async attach(file: { name: string; mimeType: string; buffer: Buffer }) {
    const choosing = this.page.waitForEvent("filechooser");
    await this.button(this.t("inbox:attach")).click();
    await (await choosing).setFiles(file);
  }
}
