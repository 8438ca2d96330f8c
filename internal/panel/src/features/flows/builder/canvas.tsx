import "@xyflow/react/dist/base.css";
import "./canvas.css";
import {
  Background,
  type EdgeChange,
  type FinalConnectionState,
  MiniMap,
  type NodeChange,
  ReactFlow,
  type ReactFlowInstance,
  SelectionMode,
  useReactFlow,
} from "@xyflow/react";
import { type DragEvent, lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { GRID, move } from "../model/edits";
import { DRAG } from "../model/history";
import { type Out, useActions } from "./actions";
import { type CanvasEdge, type CanvasNode, START, useCanvasModel } from "./canvas-model";
import { type Marks, useBuilder } from "./context";
import { EdgeView } from "./edge-view";
import { NodeView, StartView } from "./node-view";
import { DRAGGED_TYPE } from "./palette";
import { ZoomBar } from "./zoom-bar";

const TypePicker = lazy(() => import("./type-picker"));

const nodeTypes = { block: NodeView, start: StartView };
const edgeTypes = { way: EdgeView };

const READABLE = 0.65; // the smallest zoom at which a block's words can be read

type Pick = { x: number; y: number; at: [number, number]; after?: Out };

/** The drawing. What it shows and what is done to it is the editor's; only sizes are its own. */
export default function Canvas({ marks, onTriggers }: { marks: Marks | undefined; onTriggers: () => void }) {
  const { t } = useTranslation("flows");
  const { editing, dispatch, edit, types, mayEdit } = useBuilder();
  const actions = useActions();
  const view = useReactFlow<CanvasNode, CanvasEdge>();
  const [sizes, setSizes] = useState<ReadonlyMap<string, { width: number; height: number }>>(new Map());
  const [pick, setPick] = useState<Pick>();
  const drags = useRef(0);
  const dragging = useRef(false);
  const latest = useRef(actions);
  latest.current = actions;
  const onCut = useCallback((from: string, exit: string) => latest.current.cut(from, exit), []);
  const { nodes, edges } = useCanvasModel({ sizes, marks, onTriggers, onCut });

  const onNodesChange = (changes: NodeChange<CanvasNode>[]) => {
    const measured = changes.filter((c) => c.type === "dimensions" && c.dimensions);
    if (measured.length > 0)
      setSizes((old) => {
        const next = new Map(old);
        for (const c of measured) if (c.type === "dimensions" && c.dimensions) next.set(c.id, c.dimensions);
        return next;
      });
    const places = new Map<string, [number, number]>();
    for (const c of changes)
      if (c.type === "position" && c.position && c.id !== START) places.set(c.id, [c.position.x, c.position.y]);
    if (places.size > 0)
      edit((def) => move(def, places), { tag: dragging.current ? `${DRAG}${drags.current}` : "nudge" });
    const selections = changes.filter((c) => c.type === "select" && c.id !== START);
    if (selections.length > 0) select(selections as { id: string; selected: boolean }[]);
  };

  // React Flow tells what it selects a change at a time, nodes and edges apart.
  const chosen = useRef({ nodes: editing.selected, edge: editing.edge });
  chosen.current = { nodes: editing.selected, edge: editing.edge };
  const select = (changes: { id: string; selected: boolean }[]) => {
    const set = new Set(chosen.current.nodes);
    for (const { id, selected } of changes) selected ? set.add(id) : set.delete(id);
    const next = [...set];
    chosen.current = { nodes: next, edge: next.length > 0 ? undefined : chosen.current.edge };
    dispatch({ do: "select", ...chosen.current });
  };
  const onEdgesChange = (changes: EdgeChange<CanvasEdge>[]) => {
    for (const c of changes) {
      if (c.type !== "select") continue;
      const edge = edges.find((e) => e.id === c.id);
      if (!edge || edge.source === START) continue;
      const here = chosen.current.edge;
      const same = here?.from === edge.source && here?.exit === edge.sourceHandle;
      if (c.selected) chosen.current = { nodes: [], edge: { from: edge.source, exit: edge.sourceHandle ?? "" } };
      else if (same) chosen.current = { ...chosen.current, edge: undefined };
      else continue;
      dispatch({ do: "select", ...chosen.current });
    }
  };

  const connectTo = (from: string, exit: string, to: string) =>
    from === START ? actions.begin(to) : actions.join(from, exit, to);

  /** An edge let go over nothing asks what should be there. */
  const onConnectEnd = (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
    if (state.isValid || !state.fromNode || !state.fromHandle || state.fromHandle.type !== "source") return;
    const point = "changedTouches" in event ? event.changedTouches[0] : event;
    if (!point || !(event.target as Element).closest?.(".react-flow__pane")) return;
    const { x, y } = view.screenToFlowPosition({ x: point.clientX, y: point.clientY });
    const after =
      state.fromNode.id === START ? undefined : { node: state.fromNode.id, exit: state.fromHandle.id ?? "" };
    setPick({ x: point.clientX, y: point.clientY, at: [x, y - 22], after });
  };

  const onDrop = (e: DragEvent) => {
    const type = types.get(e.dataTransfer.getData(DRAGGED_TYPE));
    if (!type) return;
    e.preventDefault();
    const { x, y } = view.screenToFlowPosition({ x: e.clientX, y: e.clientY });
    actions.add(type, { at: [x - 120, y - 22] });
  };

  const held = useRef(false);
  useEffect(() => {
    if (held.current || nodes.some((n) => n.id !== START && !n.measured)) return;
    held.current = true;
    void frame(view);
  }, [nodes, view]);

  const labels = useAriaLabels();
  const hold = (on: boolean) => () => {
    if (on) drags.current++;
    dragging.current = on;
  };
  return (
    <section className="flow-canvas relative h-full min-w-0 flex-1" aria-label={t("canvas")}>
      <ReactFlow<CanvasNode, CanvasEdge>
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onConnect={(c) => connectTo(c.source, c.sourceHandle ?? "", c.target)}
        onReconnect={(old, c) => {
          if (old.source !== c.source || old.sourceHandle !== c.sourceHandle)
            if (old.source !== START) actions.cut(old.source, old.sourceHandle ?? "");
          connectTo(c.source, c.sourceHandle ?? "", c.target);
        }}
        onConnectEnd={onConnectEnd}
        isValidConnection={(c) => c.target !== START}
        onNodeDragStart={hold(true)}
        onNodeDragStop={hold(false)}
        onSelectionDragStart={hold(true)}
        onSelectionDragStop={hold(false)}
        onDragOver={(e) => {
          if (!e.dataTransfer.types.includes(DRAGGED_TYPE)) return;
          e.preventDefault();
          e.dataTransfer.dropEffect = "copy";
        }}
        onDrop={onDrop}
        nodesDraggable={mayEdit}
        nodesConnectable={mayEdit}
        edgesReconnectable={mayEdit}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={["Shift", "Meta", "Control"]}
        panActivationKeyCode="Space"
        selectionMode={SelectionMode.Partial}
        selectionOnDrag
        panOnScroll
        panOnDrag={[1, 2]}
        zoomOnDoubleClick={false}
        snapToGrid
        snapGrid={[GRID, GRID]}
        minZoom={0.2}
        maxZoom={1.75}
        attributionPosition="top-right"
        ariaLabelConfig={labels}
      >
        <Background gap={24} size={1.5} />
        {editing.def.nodes.length > 3 && <MiniMap pannable zoomable style={{ width: 160, height: 110 }} />}
        <ZoomBar />
      </ReactFlow>
      <Suspense>
        {pick && (
          <TypePicker
            x={pick.x}
            y={pick.y}
            onClose={() => setPick(undefined)}
            onPick={(type) => actions.add(type, { at: pick.at, after: pick.after })}
          />
        )}
      </Suspense>
    </section>
  );
}

/** All of it when it can be read then; else its beginning. */
async function frame(view: ReactFlowInstance<CanvasNode, CanvasEdge>) {
  await view.fitView({ padding: 0.12, maxZoom: 1 });
  if (view.getZoom() >= READABLE) return;
  const start = view.getNode(START);
  const box = document.querySelector(".flow-canvas")?.getBoundingClientRect();
  if (!start || !box) return;
  const zoom = READABLE;
  void view.setViewport({ x: 32 - start.position.x * zoom, y: box.height / 3 - start.position.y * zoom, zoom });
}

function useAriaLabels() {
  const { t } = useTranslation("flows");
  return useMemo(
    () => ({
      "node.a11yDescription.default": t("a11y.node"),
      "node.a11yDescription.keyboardDisabled": t("a11y.nodeRead"),
      "node.a11yDescription.ariaLiveMessage": ({ x, y }: { x: number; y: number }) => t("a11y.movedTo", { x, y }),
      "edge.a11yDescription.default": t("a11y.edge"),
      "minimap.ariaLabel": t("minimap"),
    }),
    [t],
  );
}
