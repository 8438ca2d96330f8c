import { useReactFlow } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { useActions } from "./actions";
import { useBuilder } from "./context";

const typing = "input,textarea,select,[contenteditable=true],.cm-editor";
const floating = "[role=dialog],[role=menu]";
const elsewhere = (e: Event) => {
  const target = e.target as Element | null;
  return !!target?.closest?.(`${typing},${floating}`) || document.querySelector(floating) !== null;
};

/** The builder's keys. They rest while somebody types or a dialog is open; text that is selected is copied as text. */
export default function Keys({ onSave }: { onSave: () => void }) {
  const { dispatch, editing } = useBuilder();
  const actions = useActions();
  const view = useReactFlow();
  const latest = useRef({ dispatch, editing, actions, onSave });
  latest.current = { dispatch, editing, actions, onSave };

  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      const { dispatch, editing, actions, onSave } = latest.current;
      const ctrl = e.ctrlKey || e.metaKey;
      const key = e.key.toLowerCase();
      if (ctrl && key === "s") {
        e.preventDefault();
        return onSave();
      }
      if (elsewhere(e) || e.defaultPrevented) return;
      const run = ctrl
        ? {
            z: () => dispatch({ do: e.shiftKey ? "redo" : "undo" }),
            y: () => dispatch({ do: "redo" }),
            a: () => dispatch({ do: "select", nodes: editing.def.nodes.map((n) => n.id) }),
            d: () => actions.duplicate(),
          }[key]
        : {
            delete: () => actions.remove(),
            backspace: () => actions.remove(),
            escape: () => dispatch({ do: "select", nodes: [] }),
            "+": () => void view.zoomIn(),
            "-": () => void view.zoomOut(),
            "0": () => void view.fitView({ padding: 0.15, maxZoom: 1 }),
          }[key];
      if (!run) return;
      e.preventDefault();
      run();
    };
    const copy = (e: ClipboardEvent) => {
      const { editing, actions } = latest.current;
      if (elsewhere(e) || editing.selected.length === 0 || getSelection()?.toString()) return;
      e.preventDefault();
      e.clipboardData?.setData("text/plain", actions.copy());
      if (e.type === "cut") actions.remove();
    };
    const paste = (e: ClipboardEvent) => {
      if (elsewhere(e)) return;
      if (latest.current.actions.paste(e.clipboardData?.getData("text/plain") ?? "")) e.preventDefault();
    };
    addEventListener("keydown", press);
    addEventListener("copy", copy);
    addEventListener("cut", copy);
    addEventListener("paste", paste);
    return () => {
      removeEventListener("keydown", press);
      removeEventListener("copy", copy);
      removeEventListener("cut", copy);
      removeEventListener("paste", paste);
    };
  }, [view]);
  return null;
}
