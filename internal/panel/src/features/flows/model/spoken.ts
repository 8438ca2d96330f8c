import type { Content } from "@/lib/api/types";
import { inLanguage } from "./exits";
import type { Data, FlowContent, NodeDef, NodeType, Texts } from "./types";

/** A flow's content as a message in one language, its places as written. undefined: there is nothing to say yet. */
export function contentIn(c: FlowContent, lang: string): Content | undefined {
  const say = (texts: Texts | undefined) => inLanguage(texts && { [lang]: texts[lang] ?? "", ...texts }, lang);
  const text = say(c.text);
  const out: Content = { type: c.type, ...(text && { text }) };
  if (c.media) out.media = c.media;
  if (c.location) out.location = c.location;
  if (c.contact) out.contact = c.contact;
  const buttons = c.buttons?.flatMap((b) => {
    const label = say(b.label);
    return label ? [{ id: b.id, label, ...(b.url && { url: b.url }) }] : [];
  });
  if (buttons?.length) out.buttons = buttons;
  if (c.list) out.list = listIn(c.list, say);
  if (c.products?.length)
    out.products = c.products.map((p) => ({
      id: p.id,
      title: say(p.title) || p.id,
      text: say(p.text) || undefined,
      price: p.price,
      currency: p.currency,
      image: p.image,
      url: p.url,
    }));
  return complete(out) ? out : undefined;
}

function listIn(list: NonNullable<FlowContent["list"]>, say: (texts: Texts | undefined) => string) {
  const sections: NonNullable<Content["list"]>["sections"] = [];
  for (const row of list.items) {
    const title = say(row.section);
    if (title || sections.length === 0) sections.push({ ...(title && { title }), rows: [] });
    const label = say(row.label);
    if (label) sections.at(-1)?.rows.push({ id: row.id, title: label, description: say(row.description) || undefined });
  }
  return { open: say(list.open) || "…", sections: sections.filter((s) => s.rows.length > 0) };
}

/** Whether a message has what its type cannot be without. */
function complete(c: Content): boolean {
  switch (c.type) {
    case "text":
      return !!c.text?.trim();
    case "buttons":
      return !!c.buttons?.length && !!c.text;
    case "list":
      return !!c.list?.sections.length && !!c.text;
    case "products":
      return !!c.products?.length;
    case "location":
      return !!c.location;
    case "contact":
      return !!c.contact?.name;
    default:
      return !!c.media;
  }
}

/**
 * The message a node sends, to show what channels make of it. A node's form tells: a content; or a
 * text with the choices that are its exits, in a menu when they have descriptions.
 */
export function spoken(node: NodeDef, type: NodeType | undefined, lang: string): Content | undefined {
  const content = type?.fields.find((f) => f.kind === "content");
  if (content) return contentIn((node.data[content.key] ?? { type: "text" }) as FlowContent, lang);
  const text = type?.fields.find((f) => f.kind === "text");
  if (!text || !type) return undefined;
  const said = node.data[text.key] as Texts | undefined;
  const offered = type.fields.find(
    (f) => f.kind === "exits" && f.of?.some((p) => p.key === "label" && p.kind === "text"),
  );
  if (!offered) return contentIn({ type: "text", text: said }, lang);
  const items = (Array.isArray(node.data[offered.key]) ? node.data[offered.key] : []) as Data[];
  const menu = offered.of?.some((p) => p.key === "description");
  const body: FlowContent = menu
    ? { type: "list", text: said, list: { open: node.data.open as Texts | undefined, items: items as never } }
    : { type: "buttons", text: said, buttons: items as never };
  return contentIn(body, lang);
}
