import type { Data, Definition, Field, Goal, NodeDef, NodeType, Trigger, Variable } from "./types";

// Every change of a definition, as functions from one to the next. Nothing is changed in place:
// what stays the same stays the same object, by which the canvas knows what to draw again.

export const GRID = 8;
const snap = (n: number) => Math.round(n / GRID) * GRID;

/** The first of prefix1, prefix2… that is free. Short counted ids keep exported files easy to compare. */
export function freshId(prefix: string, taken: Iterable<string>): string {
  const used = new Set(taken);
  for (let n = 1; ; n++) if (!used.has(`${prefix}${n}`)) return `${prefix}${n}`;
}

export const nodeOf = (def: Definition, id: string) => def.nodes.find((n) => n.id === id);
const ids = (def: Definition) => def.nodes.map((n) => n.id);

/** A field's value in a new node or list item: what it needs to be valid JSON, no more. */
export function emptyValue(field: Field): unknown {
  switch (field.kind) {
    case "text":
      return {};
    case "choice":
      return field.options?.[0]?.value;
    case "content":
      return { type: "text", text: {} };
    case "number":
      return field.required ? Math.max(field.min ?? 0, 1) : undefined;
    case "list":
      return field.required ? emptyItems(field) : undefined;
    case "exits":
      return emptyItems(field);
    default:
      return undefined;
  }
}

function emptyItems(field: Field): Data[] {
  const items: Data[] = [];
  while (items.length < Math.max(field.min ?? 0, 1)) items.push(emptyItem(field, items));
  return items;
}

/** A new item of a list. What is known by an id gets one: an exit, an option. */
export function emptyItem(field: Field, items: readonly Data[]): Data {
  const item: Data = {};
  if (field.kind === "exits" || field.of?.some((part) => part.key === "id"))
    item.id = freshId(
      "o",
      items.map((one) => String(one.id)),
    );
  for (const part of field.of ?? []) {
    const value = emptyValue(part);
    if (value !== undefined && part.key !== "id") item[part.key] = value;
  }
  return item;
}

export function emptyData(type: NodeType): Data {
  const data: Data = {};
  for (const field of type.fields) {
    const value = emptyValue(field);
    if (value !== undefined) data[field.key] = value;
  }
  return data;
}

/** Puts a new node on the canvas; with after, that exit leads to it from now on. */
export function addNode(
  def: Definition,
  type: NodeType,
  at: readonly [number, number],
  after?: { node: string; exit: string },
): { def: Definition; id: string } {
  const id = freshId("n", ids(def));
  const node: NodeDef = { id, type: type.name, at: [snap(at[0]), snap(at[1])], data: emptyData(type) };
  let next: Definition = { ...def, start: def.start || id, nodes: [...def.nodes, node] };
  if (after) next = connect(next, after.node, after.exit, id);
  return { def: next, id };
}

export function changeNode(def: Definition, id: string, change: (node: NodeDef) => NodeDef): Definition {
  return { ...def, nodes: def.nodes.map((n) => (n.id === id ? change(n) : n)) };
}

export const setData = (def: Definition, id: string, key: string, value: unknown) =>
  changeNode(def, id, (n) => {
    const { [key]: _, ...rest } = n.data;
    return pruned({ ...n, data: value === undefined ? rest : { ...n.data, [key]: value } }, n.data[key], value);
  });

/** An exit that is gone leads nowhere: its edge goes with the item. */
function pruned(node: NodeDef, before: unknown, after: unknown): NodeDef {
  if (!node.next || !Array.isArray(before)) return node;
  const idsOf = (list: unknown) => new Set((Array.isArray(list) ? list : []).map((one: Data) => one?.id as string));
  const kept = idsOf(after);
  const gone = [...idsOf(before)].filter((id) => id !== undefined && !kept.has(id));
  if (!gone.some((id) => node.next?.[id])) return node;
  return { ...node, next: Object.fromEntries(Object.entries(node.next).filter(([exit]) => !gone.includes(exit))) };
}

export const rename = (def: Definition, id: string, name: string) =>
  changeNode(def, id, ({ name: _, ...n }) => (name ? { ...n, name } : n));

/** Moves nodes to places of their own; those not named stay. */
export function move(def: Definition, places: ReadonlyMap<string, readonly [number, number]>): Definition {
  return {
    ...def,
    nodes: def.nodes.map((n) => {
      const to = places.get(n.id);
      return to ? { ...n, at: [Math.round(to[0]), Math.round(to[1])] } : n;
    }),
  };
}

export function connect(def: Definition, from: string, exit: string, to: string): Definition {
  return changeNode(def, from, (n) => ({ ...n, next: { ...n.next, [exit]: to } }));
}

export function disconnect(def: Definition, from: string, exit: string): Definition {
  return changeNode(def, from, (n) => {
    const { [exit]: _, ...next } = n.next ?? {};
    return { ...n, next };
  });
}

/** Takes nodes away with every edge to them. A start that goes leaves the first node after it as the start. */
export function removeNodes(def: Definition, gone: readonly string[]): Definition {
  const out = new Set(gone);
  const after = def.nodes.filter((n) => out.has(n.id)).flatMap((n) => Object.values(n.next ?? {}));
  const nodes = def.nodes
    .filter((n) => !out.has(n.id))
    .map((n) => {
      const edges = Object.entries(n.next ?? {});
      const kept = edges.filter(([, to]) => !out.has(to));
      return kept.length === edges.length ? n : { ...n, next: Object.fromEntries(kept) };
    });
  const start = out.has(def.start) ? (after.find((id) => !out.has(id)) ?? nodes[0]?.id ?? "") : def.start;
  return { ...def, nodes, start };
}

export const setTriggers = (def: Definition, triggers: Trigger[]): Definition => ({ ...def, triggers });
export const setGoals = (def: Definition, goals: Goal[]): Definition => ({ ...def, goals });

export function addVariable(def: Definition, variable: Variable): Definition {
  if (def.variables.some((v) => v.name === variable.name)) return def;
  return { ...def, variables: [...def.variables, variable] };
}

export const VARIABLE = /^[a-z][a-z0-9_]{0,39}$/;

/** What somebody calls a variable, as a variable may be called: "Talla del niño" is talla_del_nino. */
export function variableName(text: string): string {
  const plain = text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_");
  return plain.replace(/^[_0-9]+|_+$/g, "").slice(0, 40);
}
