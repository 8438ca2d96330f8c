import { useCallback, useEffect, useMemo, useReducer, useRef, useState, useSyncExternalStore } from "react";
import { checkDefinition, saveDraft } from "../api";
import type { Checked } from "../model/exits";
import { begin, reduce } from "../model/history";
import { Problems } from "../model/places";
import type { Definition, Flow } from "../model/types";
import { Autosave } from "./autosave";

const CHECK_PAUSE = 400; // ms after the last change

/** The definition with its history, kept stored and checked. mayEdit false: nothing is written. */
export function useEditor(initial: Flow, mayEdit: boolean) {
  const [flow, setFlow] = useState(initial);
  const [editing, dispatch] = useReducer(reduce, initial.draft, begin);
  const { def } = editing;
  const [autosave] = useState(
    () => new Autosave((body) => saveDraft(initial.id, body), initial.draft_revision, initial.draft, setFlow),
  );
  const saving = useSyncExternalStore(autosave.subscribe, autosave.now);
  useEffect(() => {
    if (mayEdit) autosave.changed(def);
  }, [autosave, def, mayEdit]);
  useLeaving(autosave);

  const checked = useCheck(initial, def);
  const problems = useMemo(() => new Problems(checked?.problems ?? []), [checked]);
  const warnings = useMemo(() => new Problems(checked?.warnings ?? []), [checked]);

  const edit = useCallback(
    (change: (def: Definition) => Definition, options: { tag?: string; select?: string[] } = {}) => {
      if (mayEdit) dispatch({ do: "edit", change, ...options, at: Date.now() });
    },
    [mayEdit],
  );
  const adopt = useCallback(
    (next: Flow) => {
      autosave.adopt(next.draft_revision, next.draft);
      setFlow(next);
      dispatch({ do: "replace", def: next.draft });
    },
    [autosave],
  );
  return {
    flow,
    setFlow,
    editing,
    dispatch,
    edit,
    adopt,
    checked,
    problems,
    warnings,
    saving,
    flush: useCallback(() => autosave.flush(), [autosave]),
    revision: useCallback(() => autosave.revision, [autosave]),
  };
}

/** What waits is stored before the page goes; the browser asks when that cannot be waited for. */
function useLeaving(autosave: Autosave) {
  useEffect(() => {
    const leave = (e: BeforeUnloadEvent) => {
      if (!autosave.dirty) return;
      void autosave.flush();
      e.preventDefault();
    };
    const online = () => void autosave.flush();
    addEventListener("beforeunload", leave);
    addEventListener("online", online);
    return () => {
      removeEventListener("beforeunload", leave);
      removeEventListener("online", online);
      void autosave.flush().finally(() => autosave.stop());
    };
  }, [autosave]);
}

/** What the server says of the definition, asked after each pause; the latest answer until the next. */
function useCheck(initial: Flow, def: Definition): Checked | undefined {
  const [checked, setChecked] = useState<Checked | undefined>(() => ({ ...initial, of: initial.draft }));
  const latest = useRef<Definition>(initial.draft);
  useEffect(() => {
    if (latest.current === def) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      checkDefinition(initial.id, def, abort.signal).then(
        (found) => {
          latest.current = def;
          setChecked({ ...found, of: def });
        },
        () => {}, // offline or left: what was known stays, and saving tells of it
      );
    }, CHECK_PAUSE);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [initial.id, def]);
  return checked;
}
