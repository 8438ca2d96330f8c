import { Graph, layout } from "@dagrejs/dagre";
import type { Definition } from "./types";

type Size = { width: number; height: number };

/** Places for all nodes, from left to right in the order of the conversation. Loaded only when asked for. */
export function arranged(def: Definition, size: (id: string) => Size): Map<string, [number, number]> {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 48, ranksep: 96, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const n of def.nodes) graph.setNode(n.id, { ...size(n.id) });
  for (const n of def.nodes)
    for (const to of Object.values(n.next ?? {})) if (to !== n.id && graph.hasNode(to)) graph.setEdge(n.id, to);
  layout(graph);
  return new Map(
    def.nodes.map((n) => {
      const { x, y, width, height } = graph.node(n.id);
      return [n.id, [Math.round((x - width / 2) / 8) * 8, Math.round((y - height / 2) / 8) * 8]];
    }),
  );
}
