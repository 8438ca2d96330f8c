import { EditorView } from "@codemirror/view";

/** The editor in the panel's tokens, the size of its other fields. */
export const theme = (multiline: boolean) =>
  EditorView.theme({
    "&": {
      border: "1px solid var(--line)",
      borderRadius: "8px",
      background: "var(--surface)",
      fontSize: "14px",
    },
    "&.cm-focused": { outline: "2px solid var(--ring)", outlineOffset: "2px" },
    "&:has([aria-invalid=true])": { borderColor: "var(--danger)" },
    ".cm-scroller": { fontFamily: "inherit", lineHeight: "20px", maxHeight: "320px" },
    ".cm-content": { caretColor: "var(--text)", padding: "7px 0", minHeight: multiline ? "74px" : "34px" },
    ".cm-line": { padding: "0 12px" },
    ".cm-placeholder": { color: "var(--muted)" },
    ".cm-cursor": { borderLeftColor: "var(--text)" },
    "&.cm-focused .cm-matchingBracket": { background: "var(--accent-soft)" },
    // Not a text-decoration: browsers keep that of what is typed over in a style attribute, which the CSP refuses.
    ".cm-lintRange-error": { backgroundImage: "none", borderBottom: "2px dotted var(--danger)" },
    ".cm-tooltip": {
      zIndex: "60",
      overflow: "hidden",
      border: "1px solid var(--line)",
      borderRadius: "8px",
      background: "var(--surface)",
      color: "var(--text)",
      boxShadow: "0 8px 24px -6px rgb(0 0 0 / 0.16)",
    },
    ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", fontSize: "13px", maxHeight: "240px" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li": { padding: "4px 10px", lineHeight: "20px" },
    ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
      background: "var(--accent-soft)",
      color: "var(--text)",
    },
    ".cm-completionDetail": { marginLeft: "12px", color: "var(--muted)", fontStyle: "normal" },
    ".cm-completionMatchedText": { color: "var(--accent)", textDecoration: "none" },
    ".cm-completionInfo": { maxWidth: "260px", padding: "6px 10px", whiteSpace: "pre-line" },
    ".cm-diagnostic": { padding: "4px 10px", borderLeft: "none" },
  });
