import type { Check, Data, Definition, Exit, Field, NodeDef, NodeType, NodeTypes, Texts, Words } from "./types";

export type Lang = keyof Words;

/** A text in a language, or in the first one it has. */
export const inLanguage = (text: Texts | undefined, lang: string): string =>
  text?.[lang] || Object.values(text ?? {}).find(Boolean) || "";

const isTexts = (value: unknown): value is Texts =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A field's neighbours and what they hold: those of the node, and for a part of a list's item those of the item. */
export type Around = { fields: readonly Field[]; data: Data };

/** Whether a field counts, given its neighbours; of two with the name asked for, the nearest. */
export const shown = (field: Field, ...around: readonly Around[]) => {
  if (!field.if) return true;
  const { key, in: values } = field.if;
  for (const { fields, data } of around) {
    const other = fields.find((f) => f.key === key);
    if (!other) continue;
    const value = data[key] ?? (other.kind === "choice" ? other.options?.[0]?.value : undefined);
    return values.includes(value === undefined ? "" : String(value));
  }
  return false;
};

/** The ways out of a node: those of its type, then those that its own fields make. */
export function ownExits(node: NodeDef, type: NodeType | undefined): Exit[] {
  if (!type) return [];
  const made = type.fields
    .filter((f) => f.kind === "exits" && shown(f, { data: node.data, fields: type.fields }))
    .flatMap((field) => {
      const items = Array.isArray(node.data[field.key]) ? (node.data[field.key] as Data[]) : [];
      return items.map((item): Exit => ({ name: String(item.id), label: labelOf(item, field) }));
    });
  return [...made, ...type.exits.filter((e) => !made.some((m) => m.name === e.name))];
}

/** An exit's label; an item without one is known by the first words in it. */
function labelOf(item: Data, field: Field): Words {
  const values = [item[field.exit_label ?? ""], ...(field.of ?? []).map((part) => item[part.key])];
  for (const value of values) {
    const label = wordsOf(value);
    if (label.es || label.en) return label;
  }
  return { es: "", en: "" };
}

function wordsOf(value: unknown): Words {
  if (isTexts(value)) return { es: inLanguage(value, "es"), en: inLanguage(value, "en") };
  const plain = Array.isArray(value) ? value.join(", ") : typeof value === "string" ? value : "";
  return { es: plain, en: plain };
}

/** What the server found, and the definition it looked at. */
export type Checked = Check & { of: Definition };

/**
 * A node's exits, its own items' first. The server decides: it knows some that the type's description
 * does not tell, and that some items are none (a button with a link). It is asked after each pause, so
 * of a node changed since then it says which items are no exits, and the node itself says the rest.
 */
export function exitsOf(node: NodeDef, types: NodeTypes, checked?: Checked): Exit[] {
  const type = types.get(node.type);
  const own = ownExits(node, type);
  const before = checked?.of.nodes.find((n) => n.id === node.id);
  const told = before && checked?.exits[node.id];
  let exits = own;
  if (told && before) {
    const fixed = new Set(type?.exits.map((e) => e.name));
    const known = new Set(told.map((e) => e.name));
    const none = new Set(ownExits(before, type).flatMap((e) => (known.has(e.name) ? [] : [e.name])));
    exits =
      before === node
        ? [...told.filter((e) => !fixed.has(e.name)), ...told.filter((e) => fixed.has(e.name))]
        : own.filter((e) => !none.has(e.name));
  }
  // An edge from an exit nobody knows of would be invisible, and could not be taken away.
  const lost = Object.keys(node.next ?? {}).filter((name) => !exits.some((e) => e.name === name));
  return [...exits, ...lost.map((name) => ({ name, label: { es: name, en: name } }))];
}

/** The nodes that a node leads to without an edge: where a jump goes. */
export const jumpsOf = (node: NodeDef, types: NodeTypes): string[] =>
  (types.get(node.type)?.fields ?? [])
    .filter((f) => f.kind === "node" && typeof node.data[f.key] === "string")
    .map((f) => node.data[f.key] as string);

/** Nodes in the order in which a conversation meets them, then those that no way leads to. */
export function inOrder(
  def: Definition,
  exits: (node: NodeDef) => readonly Exit[],
  jumps: (node: NodeDef) => readonly string[],
): { node: NodeDef; reached: boolean }[] {
  const byId = new Map(def.nodes.map((n) => [n.id, n]));
  const seen = new Set<string>();
  const order: { node: NodeDef; reached: boolean }[] = [];
  const walk = (first: string, reached: boolean) => {
    const stack = [first];
    while (stack.length > 0) {
      const id = stack.pop() as string;
      const node = byId.get(id);
      if (!node || seen.has(id)) continue;
      seen.add(id);
      order.push({ node, reached });
      const targets = [...exits(node).map((e) => node.next?.[e.name]), ...jumps(node)];
      for (const to of targets.reverse()) if (to) stack.push(to);
    }
  };
  walk(def.start, true);
  for (const n of def.nodes) walk(n.id, false);
  return order;
}
