import type { FlowProblem } from "./types";

/** Where a problem is: in a node's data ("text.es"), elsewhere in a node ("next.yes"), or in the flow itself. */
export type Place = { node?: string; path: string };

/** Reads "nodes[n3].data.text.es"; locations that are no node's keep their whole path. */
export function placeOf(location: string): Place {
  const m = /^nodes\[([^\]]+)\]\.?(.*)$/.exec(location);
  if (!m) return { path: location };
  return { node: m[1], path: (m[2] ?? "").replace(/^data\.?/, "") };
}

/** Problems by place, made once per answer of the server. */
export class Problems {
  private readonly nodes = new Map<string, FlowProblem[]>();
  private readonly flow: FlowProblem[] = [];
  private static readonly none: FlowProblem[] = [];

  constructor(readonly all: readonly FlowProblem[]) {
    for (const p of all) {
      const node = p.node || placeOf(p.location).node;
      if (!node) this.flow.push(p);
      else this.nodes.set(node, [...(this.nodes.get(node) ?? []), p]);
    }
  }

  of(node: string): FlowProblem[] {
    return this.nodes.get(node) ?? Problems.none;
  }

  /** Those exactly at a path: of a node's data, or without a node of the flow ("triggers[0].words"). */
  at(node: string | undefined, path: string): FlowProblem[] {
    const list = node ? this.of(node) : this.flow;
    if (list.length === 0) return list;
    const found = list.filter((p) => placeOf(p.location).path === path);
    return found.length > 0 ? found : Problems.none;
  }

  /** Those at a path or below it. */
  under(node: string | undefined, path: string): FlowProblem[] {
    const list = node ? this.of(node) : this.flow;
    return list.filter((p) => {
      const at = placeOf(p.location).path;
      return at === path || (at.startsWith(path) && /^[.[]/.test(at.slice(path.length)));
    });
  }
}
