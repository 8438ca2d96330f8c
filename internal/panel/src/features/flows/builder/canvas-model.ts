import { MarkerType } from "@xyflow/react";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useTriggerWords } from "../trigger-words";
import { type Marks, useBuilder, useRead } from "./context";
import type { FlowEdge } from "./edge-view";
import type { FlowNode, NodeFace, StartNode } from "./node-view";

export type CanvasNode = FlowNode | StartNode;
export type CanvasEdge = FlowEdge;

/** The drawing's own node at which conversations enter; the definition has none. */
export const START = "__start";
const START_LEFT = 272;

type Options = {
  sizes: ReadonlyMap<string, { width: number; height: number }>;
  marks: Marks | undefined;
  onTriggers: () => void;
  onCut: (from: string, exit: string) => void;
};

/** The definition as React Flow wants it. A node whose looks did not change stays the same object and is not drawn again. */
export function useCanvasModel({ sizes, marks, onTriggers, onCut }: Options): {
  nodes: CanvasNode[];
  edges: CanvasEdge[];
} {
  const { t } = useTranslation("flows");
  const { editing, types, problems, warnings, mayEdit } = useBuilder();
  const read = useRead();
  const triggerWords = useTriggerWords();
  const drawn = useRef(new Map<string, { face: string; node: CanvasNode }>());
  const { def, selected, edge } = editing;

  const nodes = useMemo(() => {
    const before = drawn.current;
    const now = new Map<string, { face: string; node: CanvasNode }>();
    const keep = (id: string, face: unknown, make: () => CanvasNode) => {
      const key = JSON.stringify(face);
      const old = before.get(id);
      const entry = old?.face === key ? old : { face: key, node: make() };
      now.set(id, entry);
      return entry.node;
    };
    const chosen = new Set(selected);
    const list = def.nodes.map((n) => {
      const type = types.get(n.type);
      const mark = marks?.nodes.get(n.id);
      const face: NodeFace = {
        name: read.name(n),
        typeName: type?.label[read.lang] ?? n.type,
        icon: type?.icon,
        group: type?.group,
        lines: type ? read.lines(n) : [t("node.unknown", { type: n.type })],
        exits: read.exits(n).map((e) => ({
          name: e.name,
          label: read.exitName(e),
          free: !n.next?.[e.name],
          note: marks?.exits.get(`${n.id}:${e.name}`)?.note,
        })),
        faults: problems.of(n.id).length,
        warned: warnings.of(n.id).length > 0,
        passed: mark?.passed,
        here: mark?.here,
        note: mark?.note,
        mayEdit,
      };
      const size = sizes.get(n.id);
      return keep(n.id, [face, n.at, chosen.has(n.id), size], () => ({
        id: n.id,
        type: "block",
        position: { x: n.at[0], y: n.at[1] },
        data: face,
        selected: chosen.has(n.id),
        measured: size,
        ariaLabel: face.name,
      }));
    });
    const first = def.nodes.find((n) => n.id === def.start);
    const at = first ? { x: first.at[0] - START_LEFT, y: first.at[1] } : { x: -START_LEFT, y: 0 };
    const lines = def.triggers.map(triggerWords);
    const size = sizes.get(START);
    const start = keep(START, [lines, at, size, mayEdit], () => ({
      id: START,
      type: "start",
      position: at,
      data: { lines, mayEdit, onOpen: onTriggers },
      measured: size,
      draggable: false,
      selectable: false,
      focusable: false,
      style: { pointerEvents: "all" }, // without any of those React Flow lets nothing in it be pressed
    }));
    drawn.current = now;
    return [start, ...list];
  }, [def, selected, types, problems, warnings, marks, sizes, mayEdit, read, triggerWords, onTriggers, t]);

  const edges = useMemo(() => {
    const there = new Set(def.nodes.map((n) => n.id));
    const marker = { type: MarkerType.ArrowClosed, width: 16, height: 16, color: "var(--muted)" };
    const list: CanvasEdge[] = def.nodes.flatMap((n) =>
      Object.entries(n.next ?? {})
        .filter(([, to]) => there.has(to))
        .map(([exit, to]) => {
          const mark = marks?.exits.get(`${n.id}:${exit}`);
          return {
            id: `${n.id}:${exit}`,
            type: "way",
            source: n.id,
            sourceHandle: exit,
            target: to,
            targetHandle: "in",
            selected: edge?.from === n.id && edge.exit === exit,
            className: mark?.passed ? "passed" : undefined,
            markerEnd: marker,
            ariaLabel: t("edge.label", { from: read.nameOf(n.id), to: read.nameOf(to) }),
            data: { note: mark?.note, onRemove: mayEdit ? () => onCut(n.id, exit) : undefined },
          };
        }),
    );
    if (there.has(def.start))
      list.unshift({
        id: START,
        type: "way",
        source: START,
        sourceHandle: "start",
        target: def.start,
        targetHandle: "in",
        markerEnd: marker,
        selectable: false,
        focusable: false,
        ariaLabel: t("start.title"),
      });
    return list;
  }, [def, edge, marks, mayEdit, read, onCut, t]);

  return { nodes, edges };
}
