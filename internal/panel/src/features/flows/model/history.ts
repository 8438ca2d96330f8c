import type { Definition } from "./types";

/** A definition being edited: the one place where it is kept, with its past and what is selected. */
export type Editing = {
  def: Definition;
  past: Definition[];
  future: Definition[];
  /** Ids of nodes. */
  selected: string[];
  /** The edge selected, by where it begins. */
  edge?: { from: string; exit: string };
  /** What the latest step was about: further steps of the same tag within a moment join it. */
  tag?: string;
  at: number;
};

export type Edit =
  | {
      do: "edit";
      change: (def: Definition) => Definition;
      /** Steps of the same tag in a row, like typing into one field, are undone together. */
      tag?: string;
      select?: string[];
      at: number;
    }
  | { do: "undo" }
  | { do: "redo" }
  | { do: "select"; nodes: string[]; edge?: Editing["edge"] }
  /** Somebody else's definition takes this one's place; undo brings this one back. */
  | { do: "replace"; def: Definition };

const DEPTH = 200;
const JOIN = 1500; // ms between two steps that may join
/** Tags of what the mouse drags begin so: however long it is held, it is one step. */
export const DRAG = "drag:";

export const begin = (def: Definition): Editing => ({ def, past: [], future: [], selected: [], at: 0 });

export function reduce(state: Editing, step: Edit): Editing {
  switch (step.do) {
    case "edit": {
      const def = step.change(state.def);
      const selected = step.select ?? state.selected;
      if (def === state.def) return step.select ? { ...state, selected, edge: undefined } : state;
      const joins =
        step.tag !== undefined && step.tag === state.tag && (step.tag.startsWith(DRAG) || step.at - state.at < JOIN);
      const past = joins ? state.past : [...state.past.slice(1 - DEPTH), state.def];
      const edge = step.select ? undefined : state.edge;
      return sound({ def, past, future: [], selected, edge, tag: step.tag, at: step.at });
    }
    case "undo": {
      const def = state.past.at(-1);
      if (!def) return state;
      return sound({
        ...state,
        def,
        past: state.past.slice(0, -1),
        future: [state.def, ...state.future],
        tag: undefined,
      });
    }
    case "redo": {
      const [def, ...future] = state.future;
      if (!def) return state;
      return sound({ ...state, def, past: [...state.past, state.def], future, tag: undefined });
    }
    case "select": {
      const { nodes, edge } = step;
      const same = nodes.length === state.selected.length && nodes.every((id, i) => id === state.selected[i]);
      if (same && edge?.from === state.edge?.from && edge?.exit === state.edge?.exit) return state;
      return { ...state, selected: nodes, edge, tag: undefined };
    }
    case "replace":
      return sound({ ...state, def: step.def, past: [...state.past, state.def], future: [], tag: undefined });
  }
}

/** Nothing that is gone stays selected. */
function sound(state: Editing): Editing {
  const there = new Set(state.def.nodes.map((n) => n.id));
  const selected = state.selected.every((id) => there.has(id))
    ? state.selected
    : state.selected.filter((id) => there.has(id));
  const edge = state.edge && there.has(state.edge.from) ? state.edge : undefined;
  return selected === state.selected && edge === state.edge ? state : { ...state, selected, edge };
}
