import { freshId } from "./edits";
import type { Data, Definition, NodeDef, NodeTypes, Variable } from "./types";

/** What is copied, as text: it can be pasted into any flow, also in another window. */
type Clip = { recado: "flow-nodes"; format: number; nodes: NodeDef[]; variables: Variable[] };

/** The chosen nodes, with the edges between them and the variables they speak of. */
export function copied(def: Definition, chosen: readonly string[]): string {
  const set = new Set(chosen);
  const nodes = def.nodes
    .filter((n) => set.has(n.id))
    .map((n) => ({ ...n, next: Object.fromEntries(Object.entries(n.next ?? {}).filter(([, to]) => set.has(to))) }));
  const text = JSON.stringify(nodes);
  const variables = def.variables.filter((v) => new RegExp(`\\b${v.name}\\b`).test(text));
  const clip: Clip = { recado: "flow-nodes", format: def.format, nodes, variables };
  return JSON.stringify(clip, null, 2);
}

/** Reads copied nodes; undefined for any other text. */
export function read(text: string): Clip | undefined {
  try {
    const clip = JSON.parse(text) as Partial<Clip>;
    if (clip.recado !== "flow-nodes" || !Array.isArray(clip.nodes) || clip.nodes.length === 0) return undefined;
    const sound = clip.nodes.every(
      (n) =>
        typeof n?.id === "string" && typeof n.type === "string" && Array.isArray(n.at) && typeof n.data === "object",
    );
    return sound ? { ...(clip as Clip), variables: clip.variables ?? [] } : undefined;
  } catch {
    return undefined;
  }
}

const STEP = 40;

/**
 * The definition with the copied nodes in it, under ids of their own, their edges kept. They land
 * beside where they were copied from, or with their top left corner at `at`.
 */
export function pasted(
  def: Definition,
  clip: Clip,
  types: NodeTypes,
  at?: readonly [number, number],
): { def: Definition; ids: string[] } {
  const taken = def.nodes.map((n) => n.id);
  const renamed = new Map<string, string>();
  for (const n of clip.nodes) {
    const id = freshId("n", [...taken, ...renamed.values()]);
    renamed.set(n.id, id);
  }
  const left = Math.min(...clip.nodes.map((n) => n.at[0]));
  const top = Math.min(...clip.nodes.map((n) => n.at[1]));
  const [dx, dy] = at ? [at[0] - left, at[1] - top] : clear(def, clip.nodes);
  const nodes = clip.nodes.map((n): NodeDef => {
    const next = Object.entries(n.next ?? {}).flatMap(([exit, to]) => {
      const id = renamed.get(to);
      return id ? [[exit, id] as const] : [];
    });
    return {
      ...n,
      id: renamed.get(n.id) as string,
      at: [Math.round(n.at[0] + dx), Math.round(n.at[1] + dy)],
      data: jumping(n, types, (to) => renamed.get(to) ?? (taken.includes(to) ? to : undefined)),
      next: Object.fromEntries(next),
    };
  });
  const known = new Set(def.variables.map((v) => v.name));
  const variables = [...def.variables, ...clip.variables.filter((v) => !known.has(v.name))];
  const ids = nodes.map((n) => n.id);
  return { def: { ...def, variables, start: def.start || (ids[0] ?? ""), nodes: [...def.nodes, ...nodes] }, ids };
}

/** A node's data with the nodes it names under their new ids; one that is not here is named no more. */
function jumping(node: NodeDef, types: NodeTypes, idOf: (id: string) => string | undefined): Data {
  const data = { ...node.data };
  for (const { key, kind } of types.get(node.type)?.fields ?? [])
    if (kind === "node" && typeof data[key] === "string") data[key] = idOf(data[key]);
  return data;
}

/** A shift after which no node lies exactly on another. */
function clear(def: Definition, nodes: readonly NodeDef[]): [number, number] {
  const places = new Set(def.nodes.map((n) => n.at.join()));
  let by = STEP;
  while (nodes.some((n) => places.has([n.at[0] + by, n.at[1] + by].join()))) by += STEP;
  return [by, by];
}
