import type { Completion, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";

/** What expressions may speak of, in the reader's language. */
export type Vocabulary = {
  fields: { path: string; type: string; about: string }[];
  functions: { name: string; signature: string; about: string; example?: string }[];
};

/** Paths as they may be written: open ones ("contact.fields.*") end where one's own name begins. */
const writable = (path: string) => path.replace(/\.\*$/, ".");

function options({ fields, functions }: Vocabulary): Completion[] {
  return [
    ...fields.map(
      (f): Completion => ({ label: writable(f.path), detail: f.type, info: f.about || undefined, boost: 1 }),
    ),
    ...functions.map(
      (f): Completion => ({
        label: f.name,
        detail: f.signature,
        info: [f.about, f.example].filter(Boolean).join("\n") || undefined,
        apply: `${f.name}(`,
      }),
    ),
  ];
}

/** Whether a position of a text is inside {{ }}. */
export const insidePlace = (before: string) => before.lastIndexOf("{{") > before.lastIndexOf("}}");

export function completion(mode: "expression" | "template", vocabulary: () => Vocabulary): CompletionSource {
  return (context: CompletionContext): CompletionResult | null => {
    const before = context.state.sliceDoc(0, context.pos);
    if (mode === "template" && !insidePlace(before)) return opening(context, vocabulary());
    const word = context.matchBefore(/[\p{L}_][\p{L}\p{N}_.]*/u);
    if (!word && !context.explicit) return null;
    return { from: word?.from ?? context.pos, options: options(vocabulary()), validFor: /^[\p{L}\p{N}_.]*$/u };
  };
}

/** After a single brace in a text: the whole place, {{path}}. */
function opening(context: CompletionContext, { fields }: Vocabulary): CompletionResult | null {
  const brace = context.matchBefore(/\{[\p{L}\p{N}_.]*/u);
  if (!brace) return null;
  return {
    from: brace.from,
    options: fields
      .filter((f) => !f.path.endsWith("*"))
      .map((f) => ({
        label: `{${f.path}`,
        displayLabel: f.path,
        detail: f.type,
        info: f.about || undefined,
        apply: `{{${f.path}}}`,
      })),
    validFor: /^\{[\p{L}\p{N}_.]*$/u,
  };
}
