import type { Visit } from "../api";
import type { Marks } from "../builder/context";

/** What a trial passed, to be drawn on the canvas; a sub-flow's own nodes are not on it. */
export function marksOf(visits: readonly Visit[], here: string | undefined, flow: string): Marks {
  const own = visits.filter((v) => !v.flow || v.flow === flow);
  const nodes = new Map<string, { passed?: boolean; here?: boolean }>(own.map((v) => [v.node, { passed: true }]));
  if (here) nodes.set(here, { passed: true, here: true });
  const exits = new Map(own.filter((v) => v.exit).map((v) => [`${v.node}:${v.exit}`, { passed: true }]));
  return { nodes, exits };
}
