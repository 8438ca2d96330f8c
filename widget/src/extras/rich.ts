import { type Child, h, icon, safe, set } from "../dom";
import type { FullSite } from "../extras";
import type { Item } from "../item";
import type { Pen, Tools } from "../view/content";
import type { Content, Product } from "../wire";

const FILE = "M14 3H6v18h12V7zv4h4";
const DOWN = "m6 9 6 6 6-6";
const BACK = "m15 6-6 6 6 6";
const FORTH = "m9 6 6 6-6 6";
const WIDEST = 260; // px of a picture in the conversation

/** The parts of a message that are not text or buttons: files go above its text, the rest below. */
export function rich(
  item: Item,
  above: boolean,
  site: FullSite,
  tools: Tools,
  pen: Pen,
  pictures: Map<string, Node>,
): Child[] {
  const { media, location: l, contact: c, products, list } = item.content;
  if (above) return [media && (pictures.get(item.key) ?? file(item, site, tools, pen))];
  const map =
    l && `https://www.openstreetmap.org/?mlat=${l.latitude}&mlon=${l.longitude}#map=17/${l.latitude}/${l.longitude}`;
  const tel = (c?.phones ?? []).map((p) => pen.link(`tel:${p.replace(/\s/g, "")}`, p));
  const mail = (c?.emails ?? []).map((e) => pen.link(`mailto:${e}`, e));
  return [
    l && facts(l.name, l.address, pen.link(map, site.words.map)),
    c && facts(c.name, ...tel, ...mail),
    products && carousel(item, products, site, pen),
    list && menu(item, list, site, tools, pen),
  ];
}

/** Lines of a card. */
const facts = (...lines: Child[]) => h("div", { class: "text" }, ...lines.map((line) => line && h("div", {}, line)));

function menu(item: Item, list: NonNullable<Content["list"]>, site: FullSite, tools: Tools, pen: Pen): Node {
  const label = list.open || site.words.choices;
  const rows = h("div", { class: "rows", hidden: true });
  for (const { title, rows: entries } of list.sections) {
    if (title) rows.append(h("div", { class: "muted" }, title));
    for (const row of entries) {
      const button = pen.choice(item, { id: row.id, label: row.title });
      if (row.description) button.append(h("span", { class: "muted" }, row.description));
      rows.append(button);
    }
  }
  const opener: HTMLElement = h(
    "button",
    {
      class: "choice",
      "aria-expanded": "false",
      "aria-disabled": tools.chosen(item) && "true",
      onclick() {
        if (tools.chosen(item)) return;
        rows.hidden = !rows.hidden;
        set(opener, "aria-expanded", `${!rows.hidden}`);
      },
    },
    label,
    icon(DOWN),
  );
  return pen.group([opener, rows], label);
}

function carousel(item: Item, products: Product[], site: FullSite, pen: Pen): Node {
  const { words } = site;
  const cards = h(
    "ul",
    { class: "cards", tabindex: "0", "aria-label": words.products },
    ...products.map((p) => card(item, p, site, pen)),
  );
  const arrow = (label: string, path: string, way: number) =>
    h(
      "button",
      {
        class: "icon",
        "aria-label": label,
        onclick: () => cards.scrollBy({ left: way * (getComputedStyle(cards).direction === "rtl" ? -224 : 224) }),
      },
      icon(path),
    );
  const arrows = [arrow(words.previous, BACK, -1), arrow(words.next, FORTH, 1)];
  return h("div", { class: "carousel" }, cards, products.length > 1 && h("div", { class: "arrows" }, ...arrows));
}

function card(item: Item, p: Product, site: FullSite, pen: Pen): Node {
  const src = safe(p.image, site.base);
  return h(
    "li",
    {},
    src && h("img", { src, alt: "", loading: "lazy" }),
    h(
      "div",
      { class: "about" },
      h("b", {}, p.title),
      p.price && h("span", {}, money(p.price, p.currency, site.config.lang)),
      p.text && h("span", { class: "muted" }, p.text),
    ),
    p.url && pen.choice(item, { id: p.id, label: site.words.view, url: p.url }),
    ...(p.buttons ?? []).map((b) => pen.choice(item, b, false)),
  );
}

// ISO 4217 currencies whose minor unit is not a hundredth. Intl is no help: it shows pesos
// and forints without the cents that they have.
const WHOLE = /^(BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF)$/;
const MILLS = /^(BHD|IQD|JOD|KWD|LYD|OMR|TND)$/;

/** An amount in minor units as people write it. */
export function money(minor: number, currency = "", lang = "es"): string {
  const digits = WHOLE.test(currency) ? 0 : MILLS.test(currency) ? 3 : 2;
  const value = minor / 10 ** digits;
  try {
    const style = { style: "currency", currency, minimumFractionDigits: value % 1 ? digits : undefined } as const;
    return new Intl.NumberFormat(lang, style).format(value);
  } catch {
    return `${value} ${currency}`;
  }
}

/** A picture, a player, or a link with name and size. */
function file(item: Item, site: FullSite, tools: Tools, pen: Pen, shown = true): Node {
  const { type, text, media: { url, name = "", size, width = 0, height = 0 } = {} } = item.content;
  const { words, config, base } = site;
  const src = safe(url, base);
  const label = text || name || words.file;
  if (!shown || !src || type === "document") {
    const note = shown ? size && bytes(size, config.lang) : words.unshown;
    const box = pen.link(
      url,
      icon(FILE),
      h("b", { dir: "auto" }, name || words.file),
      h("span", { class: "muted" }, note),
    );
    box.classList.add("text", "file");
    return box;
  }
  const image = type === "image";
  const player = h(image ? "img" : type === "video" ? "video" : "audio", {
    src,
    alt: image && label,
    "aria-label": !image && label,
    controls: !image,
    playsinline: true,
    preload: "metadata",
  });
  // The place is kept before the picture arrives, so nothing jumps.
  if (width && height) {
    player.style.aspectRatio = `${width} / ${height}`;
    player.style.width = `${Math.min(width, WIDEST, (320 * width) / height)}px`;
  }
  const box = image ? pen.link(url, player) : player;
  let tried = false;
  player.addEventListener("error", async () => {
    // The address may have expired: ask for a fresh one, once; then a plain link takes its place.
    if (!tried) await tools.refresh(item).catch(() => {});
    const fresh = safe(item.content.media?.url, base);
    if (tried || !fresh || fresh === src) return box.replaceWith(file(item, site, tools, pen, false));
    tried = true;
    player.src = fresh;
    if (image) set(box, "href", fresh);
  });
  return box;
}

/** A size in bytes as people read it. */
export function bytes(n: number, lang: string): string {
  const mega = n >= 1e6;
  const value = mega ? n / 1048576 : Math.max(1, n / 1024);
  return `${new Intl.NumberFormat(lang, { maximumFractionDigits: mega && value < 10 ? 1 : 0 }).format(value)} ${mega ? "MB" : "KB"}`;
}
