// One message on a customer's screen.

import { button, h, t } from "./dom.js";

const emojis = ["👍", "❤️", "😂", "😮", "🙏"];
const icons = { document: "📄", location: "📍", contact: "👤", unsupported: "❔", sticker: "🏷️" };
const safe = (url) => /^(https?:|mailto:|tel:)/i.test(url);

/**
 * Draws a bubble. ctx has the phone (what its platform can do), quoted (the bubble replied to, if
 * it is there), open (whether its options are shown) and what can be done: act(fields),
 * reply(bubble), edit(bubble), options(bubble).
 */
export function draw(b, ctx) {
  const item = h("li", { class: `bubble ${b.mine ? "mine" : "theirs"} ${b.type}`, "data-id": b.id });
  const body = h("div", { class: "body" });
  if (b.deleted) body.append(h("p", { class: "gone" }, t("bubble.deleted")));
  else body.append(...[quote(ctx.quoted), b.header && h("p", { class: "title" }, b.header), file(b), text(b), b.footer && h("p", { class: "footer" }, b.footer)].filter(Boolean));
  body.append(meta(b, ctx.phone));
  item.append(body);
  if (!b.deleted) item.append(...[cards(b, ctx), choices(b.buttons, "press", b, ctx), list(b, ctx)].filter(Boolean));
  if (b.reactions?.length) {
    item.append(h("p", { class: "reactions", role: "img", "aria-label": t("bubble.reactions", { list: b.reactions.join(" ") }) }, b.reactions.join(" ")));
  }
  const options = optionsOf(b, ctx);
  if (options.length && !b.deleted) {
    body.append(button("⋯", () => ctx.options(b), { class: "more", "aria-label": t("bubble.options"), "aria-expanded": String(ctx.open) }));
    if (ctx.open) item.append(h("div", { class: "options" }, options));
  }
  return item;
}

/** What a bubble says in one line. */
export function snippet(b) {
  const said = b.text || b.header || b.media?.name || t(`bubble.${b.type}`);
  return said.length > 60 ? `${said.slice(0, 59)}…` : said;
}

function quote(q) {
  if (!q) return null;
  return h("blockquote", {}, h("strong", {}, t(q.mine ? "bubble.you" : "bubble.shop")), " ", q.deleted ? t("bubble.deleted") : snippet(q));
}

function text(b) {
  if (b.type === "unsupported" || (b.type === "sticker" && !b.file)) return labelled(b, b.text || t(`bubble.${b.type}`));
  if (b.type === "location" || b.type === "contact") return labelled(b, b.text || t(`bubble.${b.type}`));
  return b.text ? h("p", { class: "text" }, linked(b.text)) : null;
}

const labelled = (b, words) => h("p", { class: "text" }, h("span", { "aria-hidden": "true" }, `${icons[b.type]} `), linked(words));

/** Text with its addresses as links. */
function linked(words) {
  return words.split(/(https?:\/\/[^\s<>"]+)/).map((part, i) => (i % 2 ? link(part, part) : part));
}

function link(url, label, properties = {}) {
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", title: t("bubble.newtab"), ...properties }, label);
}

function file(b) {
  if (!b.media) return null;
  const kind = b.media.mime.split("/")[0];
  const away = !b.file && safe(b.media.name ?? "") ? b.media.name : "";
  const at = b.file || away;
  if (!at) return labelled({ type: "document" }, b.media.name || t(`bubble.${b.type}`));
  if (kind === "image" && b.type !== "document") {
    return link(at, h("img", { src: at, alt: b.text || t("bubble.image"), loading: "lazy" }), { class: "picture" });
  }
  if (kind === "audio") return h("audio", { src: at, controls: true, preload: "metadata", "aria-label": t(b.type === "voice" ? "bubble.voice" : "bubble.audio") });
  if (kind === "video") return h("video", { src: at, controls: true, preload: "metadata", "aria-label": t("bubble.video") });
  return h("p", { class: "text" }, h("a", { href: at, download: b.media.name || "" }, h("span", { "aria-hidden": "true" }, "📄 "), b.media.name || t("bubble.document")));
}

function meta(b, phone) {
  const at = new Date(b.at);
  const parts = [h("time", { datetime: b.at }, at.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }))];
  if (b.edited) parts.unshift(`${t("bubble.edited")} · `);
  if (b.mine && phone.ticks) {
    const word = t(b.read ? "bubble.read" : "bubble.sent");
    parts.push(" ", h("span", { class: b.read ? "ticks read" : "ticks", role: "img", "aria-label": word, title: word }, b.read ? "✓✓" : "✓"));
  }
  return h("p", { class: "meta" }, parts);
}

function choices(buttons, act, b, ctx) {
  if (!buttons?.length) return null;
  return h("div", { class: "choices" }, buttons.map((c) => choice(c, act, b, ctx)));
}

/** A button or a row; with an address it opens a page. */
function choice(c, act, b, ctx) {
  if (c.url) return safe(c.url) ? link(c.url, c.label, { class: "choice" }) : h("span", { class: "choice" }, c.label);
  const label = c.text ? [h("span", {}, c.label), h("small", {}, c.text)] : c.label;
  return button(label, () => ctx.act({ act, target: b.id, choice: c.id, text: c.label }), { class: "choice" });
}

function list(b, ctx) {
  if (!b.rows?.length) return null;
  return h("details", { class: "rows" }, h("summary", { class: "choice" }, b.open || t("bubble.list")), choices(b.rows, "pick", b, ctx));
}

function cards(b, ctx) {
  if (!b.cards?.length) return null;
  const one = (c) =>
    h(
      "div",
      { class: "card" },
      c.image && safe(c.image) && h("img", { src: c.image, alt: "", loading: "lazy" }),
      h("p", { class: "title" }, c.title),
      c.text && h("p", {}, c.text),
      choices(c.buttons, "press", b, ctx),
    );
  return h("div", { class: "cards", role: "group", "aria-label": t("bubble.cards"), tabindex: "0" }, b.cards.map(one));
}

function optionsOf(b, ctx) {
  const can = (act) => ctx.phone.acts.includes(act);
  const out = [];
  if (ctx.phone.quote) out.push(button(t("bubble.reply"), () => ctx.reply(b)));
  if (b.mine && b.type === "text" && can("edit")) out.push(button(t("bubble.edit"), () => ctx.edit(b)));
  if (b.mine && can("delete")) out.push(button(t("bubble.delete"), () => ctx.act({ act: "delete", target: b.id })));
  if (can("reaction")) {
    for (const emoji of new Set([...emojis, ...(b.reactions ?? [])])) {
      const on = b.reactions?.includes(emoji);
      out.push(
        button(emoji, () => ctx.act({ act: "reaction", target: b.id, text: on ? "" : emoji }), {
          class: "emoji",
          "aria-label": t(on ? "bubble.unreact" : "bubble.react", { emoji }),
        }),
      );
    }
  }
  return out;
}
