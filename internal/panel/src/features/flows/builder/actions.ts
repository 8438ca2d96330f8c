import { useReactFlow } from "@xyflow/react";
import { useTranslation } from "react-i18next";
import { say } from "@/ui/toast";
import { copied, pasted, read } from "../model/clipboard";
import { addNode, connect, disconnect, move, nodeOf, removeNodes } from "../model/edits";
import type { Definition, NodeType } from "../model/types";
import { useBuilder, useLang, useRead } from "./context";

type At = readonly [number, number];
export type Out = { node: string; exit: string };

const STEP_RIGHT = 336;
const NEAR = { x: 240, y: 96 };

/** A place near one where no node lies yet. */
export function freeSpot(def: Definition, at: At): At {
  let [x, y] = at;
  while (def.nodes.some((n) => Math.abs(n.at[0] - x) < NEAR.x && Math.abs(n.at[1] - y) < NEAR.y)) y += NEAR.y + 24;
  return [x, y];
}

/** What can be done with nodes, whether from the canvas, the list, the inspector or the keyboard. */
export function useActions() {
  const { t } = useTranslation(["flows", "common"]);
  const { editing, dispatch, edit, types, announce, mayEdit } = useBuilder();
  const reading = useRead();
  const lang = useLang();
  const canvas = useReactFlow();
  const { def, selected } = editing;

  /** The middle of what is in sight. */
  const middle = (): At => {
    const box = document.querySelector(".flow-canvas")?.getBoundingClientRect();
    if (!box) return [0, 0];
    const { x, y } = canvas.screenToFlowPosition({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
    return [x - 120, y - 40];
  };

  const add = (type: NodeType, where: { at?: At; after?: Out } = {}) => {
    if (!mayEdit) return;
    const { after } = where;
    const from = after && nodeOf(def, after.node);
    const row = from
      ? Math.max(
          0,
          reading.exits(from).findIndex((e) => e.name === after.exit),
        )
      : 0;
    const at = where.at ?? freeSpot(def, from ? [from.at[0] + STEP_RIGHT, from.at[1] + row * 40] : middle());
    // The reducer may run the change twice; what it returns is the same both times.
    const { id } = addNode(def, type, at, after);
    edit((now) => addNode(now, type, at, after).def, { select: [id] });
    announce(
      after && from
        ? t("said.addedAfter", { type: type.label[lang], name: reading.name(from) })
        : t("said.added", { type: type.label[lang] }),
    );
    return id;
  };

  const remove = (ids: readonly string[] = selected) => {
    if (!mayEdit) return;
    const edge = editing.edge;
    if (ids.length === 0) {
      if (edge) cut(edge.from, edge.exit);
      return;
    }
    edit((now) => removeNodes(now, ids), { select: [] });
    say(t("said.removed", { count: ids.length }), { label: t("common:undo"), run: () => dispatch({ do: "undo" }) });
  };

  const join = (from: string, exit: string, to: string) => {
    if (!mayEdit) return;
    edit((now) => connect(now, from, exit, to));
    announce(t("said.connected", { from: reading.nameOf(from), to: reading.nameOf(to) }));
  };

  const cut = (from: string, exit: string) => {
    if (!mayEdit) return;
    edit((now) => disconnect(now, from, exit));
    announce(t("said.disconnected", { from: reading.nameOf(from) }));
  };

  const shift = (ids: readonly string[], dx: number, dy: number) => {
    if (!mayEdit) return;
    const places = new Map<string, At>();
    for (const n of def.nodes) if (ids.includes(n.id)) places.set(n.id, [n.at[0] + dx, n.at[1] + dy]);
    edit((now) => move(now, places), { tag: "nudge" });
    const one = def.nodes.find((n) => n.id === ids[0]);
    if (one) announce(t("said.moved", { name: reading.name(one), x: one.at[0] + dx, y: one.at[1] + dy }));
  };

  const paste = (text: string, at?: At) => {
    const clip = read(text);
    if (!clip || !mayEdit) return false;
    const { ids } = pasted(def, clip, types, at);
    edit((now) => pasted(now, clip, types, at).def, { select: ids });
    announce(t("said.pasted", { count: ids.length }));
    return true;
  };

  const duplicate = (ids: readonly string[] = selected) => {
    if (ids.length > 0) paste(copied(def, ids));
  };

  const arrange = async () => {
    const { arranged } = await import("../model/layout");
    const size = (id: string) => {
      const { width = 240, height = 120 } = canvas.getInternalNode(id)?.measured ?? {};
      return { width, height };
    };
    edit((now) => move(now, arranged(now, size)));
    announce(t("said.arranged"));
    requestAnimationFrame(() => void canvas.fitView({ padding: 0.15, maxZoom: 1 }));
  };

  const begin = (id: string) => {
    edit((now) => ({ ...now, start: id }));
    announce(t("said.start", { name: reading.nameOf(id) }));
  };

  return {
    add,
    remove,
    join,
    cut,
    shift,
    paste,
    duplicate,
    arrange,
    begin,
    copy: (ids: readonly string[] = selected) => copied(def, ids),
    types,
  };
}

export type Actions = ReturnType<typeof useActions>;
