import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  startCompletion,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap, placeholder as placeholderText } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { completion, type Vocabulary } from "./completion";
import { expressionLanguage, templateLanguage } from "./language";
import { adoptStyles } from "./strict-styles";
import { theme } from "./theme";

adoptStyles(document);

export type CodeProps = {
  id?: string;
  value: string;
  onChange: (value: string) => void;
  mode: "expression" | "template";
  label: string;
  describedBy?: string;
  placeholder?: string;
  multiline?: boolean;
  disabled?: boolean;
  invalid?: boolean;
  /** Where the source is wrong, in UTF-16 units. */
  faults: readonly { from?: number; to?: number; message: string }[];
  vocabulary: Vocabulary;
  /** Counts up to ask for the list of what can be inserted. */
  insert?: number;
};

/** A source in the language of expressions, or a text with places in it. The server says what is wrong with it. */
export default function CodeEditor(props: CodeProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  latest.current = props;
  const { value, faults, insert, mode, multiline } = props;
  const { id, label, describedBy, invalid, disabled, placeholder } = props;

  // The editor is made once, or somebody would lose the cursor while typing; what changes reaches it below.
  useEffect(() => {
    if (!host.current) return;
    const made = new EditorView({ parent: host.current, state: stateOf(mode, !!multiline, () => latest.current) });
    view.current = made;
    return () => made.destroy();
  }, [mode, multiline]);

  useEffect(() => {
    const look = lookOf({ id, label, describedBy, invalid, disabled, placeholder, multiline });
    view.current?.dispatch({ effects: looks.reconfigure(look) });
  }, [id, label, describedBy, invalid, disabled, placeholder, multiline]);

  // Another value from outside: undo, another language.
  useEffect(() => {
    const v = view.current;
    if (!v || v.state.doc.toString() === value) return;
    v.dispatch({ changes: { from: 0, to: v.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const v = view.current;
    if (!v) return;
    const size = v.state.doc.length;
    const marks = faults.map(({ from = 0, to = 0, message }) => {
      const end = Math.min(to || size, size);
      const start = Math.min(from, end);
      return { from: start, to: start === end ? Math.min(end + 1, size) : end, message, severity: "error" as const };
    });
    v.dispatch(setDiagnostics(v.state, marks));
  }, [faults]);

  useEffect(() => {
    const v = view.current;
    if (!v || !insert) return;
    if (latest.current.mode === "template") {
      const { from, to } = v.state.selection.main;
      v.dispatch({ changes: { from, to, insert: "{{}}" }, selection: { anchor: from + 2 } });
    }
    v.focus();
    startCompletion(v);
  }, [insert]);

  return <div ref={host} className="min-w-0" />;
}

/** What may change while the editor lives. */
const looks = new Compartment();

type Look = Pick<CodeProps, "id" | "label" | "describedBy" | "invalid" | "disabled" | "placeholder" | "multiline">;

function lookOf({ id, label, describedBy, invalid, disabled, placeholder, multiline }: Look): Extension {
  const attributes: Record<string, string> = {
    role: "textbox",
    "aria-label": label,
    "aria-multiline": String(!!multiline),
    ...(id && { id }),
    ...(describedBy && { "aria-describedby": describedBy }),
    ...(invalid && { "aria-invalid": "true" }),
  };
  return [
    EditorView.contentAttributes.of(attributes),
    EditorView.editable.of(!disabled),
    EditorState.readOnly.of(!!disabled),
    placeholder ? placeholderText(placeholder) : [],
  ];
}

function stateOf(mode: CodeProps["mode"], multiline: boolean, latest: () => CodeProps): EditorState {
  const extensions: Extension[] = [
    history(),
    mode === "expression" ? expressionLanguage : templateLanguage,
    bracketMatching(),
    mode === "expression" ? closeBrackets() : [],
    // No pause before Enter takes what is offered: a key that does nothing for a moment is worse.
    autocompletion({ override: [completion(mode, () => latest().vocabulary)], icons: false, interactionDelay: 0 }),
    multiline ? [] : EditorState.transactionFilter.of((tr) => (tr.newDoc.lines > 1 ? [] : tr)),
    // Tab leaves the field, as in any other.
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap]),
    EditorView.lineWrapping,
    EditorView.updateListener.of((u) => {
      const text = u.state.doc.toString();
      if (u.docChanged && text !== latest().value) latest().onChange(text);
    }),
    looks.of(lookOf(latest())),
    theme(multiline),
  ];
  return EditorState.create({ doc: latest().value, extensions });
}
