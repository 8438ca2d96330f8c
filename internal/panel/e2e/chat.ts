import { expect, type Locator, type Page } from "@playwright/test";
import { type Language, widgetWords } from "./words";

/** The chat widget on some page, as the visitor sees it. */
export class Chat {
  readonly words: ReturnType<typeof widgetWords>;
  readonly launcher: Locator;
  readonly panel: Locator;
  readonly input: Locator;
  readonly log: Locator;

  constructor(
    readonly page: Page,
    language: Language,
  ) {
    this.words = widgetWords(language);
    const widget = page.locator("recado-chat");
    this.launcher = widget.locator("[aria-haspopup=dialog]");
    this.panel = widget.getByRole("dialog");
    this.input = this.panel.getByRole("textbox", { name: this.words("write") });
    this.log = this.panel.getByRole("log");
  }

  async open() {
    await this.launcher.click();
    await expect(this.input).toBeFocused();
  }

  async write(text: string) {
    await this.input.fill(text);
    await this.input.press("Enter");
  }

  /** The messages of one side. */
  from(who: "contact" | "bot" | "agent") {
    return this.log.locator(`.row.${who}`);
  }

  /** The last words of the other side, exactly as they are, once there are n of them. */
  async answer(n: number, who: "bot" | "agent" = "bot"): Promise<string | null> {
    await expect(this.from(who)).toHaveCount(n);
    return this.from(who).last().locator(".text").first().textContent();
  }

  get choices() {
    return this.log
      .getByRole("group", { name: this.words("choices") })
      .last()
      .getByRole("button");
  }

  /** Everything said, in order: who and what. */
  transcript(): Promise<string[]> {
    return this.log.locator(".row").evaluateAll((rows) =>
      rows.map((row) => {
        const who = ["contact", "bot", "agent", "system"].find((one) => row.classList.contains(one));
        return `${who}: ${row.querySelector(".text")?.textContent ?? ""}`;
      }),
    );
  }

  async attach(file: { name: string; mimeType: string; buffer: Buffer }) {
    const choosing = this.page.waitForEvent("filechooser");
    await this.panel.getByRole("button", { name: this.words("attach") }).click();
    await (await choosing).setFiles(file);
  }
}
