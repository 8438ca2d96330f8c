import { type Child, h, icon, safe } from "../dom";
import type { Item, Upload } from "../item";
import { linkify } from "../links";
import type { Site } from "../site";
import type { Choice, Content } from "../wire";
import { CHECK } from "./icons";

/** What drawing a content asks of the conversation. */
export interface Tools {
  /** The id of the choice already made on a message. */
  chosen(item: Item): string | undefined;
  choose(item: Item, choice: Choice): void;
  /** The parts of a message that extras draws, above its text or below it. */
  extra(item: Item, above: boolean): Child[];
  /** Fetches the message again, because a file's signed address expires after hours. */
  refresh(item: Item): Promise<void>;
  /** Sends a message and returns its key. */
  say(content: Content, upload?: Upload): string;
  /** Sends a message whose file was chosen anew. */
  again(item: Item, content: Content, upload: Upload): void;
  /** Draws a message again, because something around it changed. */
  redraw(key: string | undefined): void;
}

export type Pen = ReturnType<typeof openPen>;

/** Draws messages. Everything is text or a checked address. */
export function openPen({ base, words }: Site, tools: Tools) {
  /** Links of the shop's own site stay in the tab; the rest open another. */
  const link = (address: string | undefined, ...children: Child[]) => {
    const href = safe(address, base);
    const away = href && !href.startsWith(`${location.origin}/`);
    return h("a", { href, target: away && "_blank", rel: "noopener nofollow" }, ...children);
  };

  /** Text with its line breaks and links. */
  const paragraph = (text: string) =>
    h("div", { class: "text", dir: "auto" }, ...linkify(text).map((p) => (p.href ? link(p.href, p.text) : p.text)));

  const group = (children: Child[], label = words.choices) =>
    h("div", { class: "choices", role: "group", "aria-label": label }, ...children);

  /** A button that answers, or a link. once: the first answer is the only one. */
  const choice = (item: Item, b: Choice, once = true): HTMLElement => {
    const done = once && tools.chosen(item);
    const element = b.url
      ? link(b.url, b.label)
      : h(
          "button",
          {
            // Not disabled, which would drop the focus.
            "aria-disabled": done && "true",
            onclick: () => (once && tools.chosen(item)) || tools.choose(item, b),
          },
          done === b.id && icon(CHECK),
          b.label,
        );
    element.className = "choice";
    return element;
  };

  /** The parts of one message; extras draws what is not text or buttons. */
  const body = (item: Item): Child[] => {
    const { buttons, answer, reaction, text } = item.content;
    const said = answer?.label || reaction?.emoji || text;
    return [
      ...tools.extra(item, true),
      said && paragraph(said),
      ...tools.extra(item, false),
      buttons && group(buttons.map((b) => choice(item, b))),
    ];
  };
  return { link, paragraph, group, choice, body };
}
