import { HighlightStyle, StreamLanguage, type StringStream, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

const words = new Set([
  "and",
  "or",
  "not",
  "in",
  "true",
  "false",
  "nil",
  "contains",
  "startsWith",
  "endsWith",
  "matches",
]);

/** One token of an expression; only colours depend on it, meaning is the server's. */
function token(s: StringStream): string | null {
  if (s.eatSpace()) return null;
  if (s.match(/^(["'`])(?:\\.|(?!\1).)*\1?/)) return "string";
  if (s.match(/^\d+(\.\d+)?/)) return "number";
  const word = s.match(/^[\p{L}_][\p{L}\p{N}_.]*/u) as RegExpMatchArray | null;
  if (word) {
    if (words.has(word[0])) return "keyword";
    return s.match(/^\s*\(/, false) ? "function" : "variableName";
  }
  s.next();
  return "operator";
}

const table = { function: tags.function(tags.variableName) };

const colours = syntaxHighlighting(
  HighlightStyle.define([
    { tag: tags.string, color: "var(--ok)" },
    { tag: tags.number, color: "var(--warn)" },
    { tag: tags.keyword, color: "var(--accent)" },
    { tag: tags.function(tags.variableName), color: "var(--accent)" },
    { tag: tags.special(tags.variableName), color: "var(--accent)", fontWeight: "500" },
  ]),
);

export const expressionLanguage = [StreamLanguage.define({ token, tokenTable: table }), colours];

/** A text whose places stand out: {{an expression}} and {a_name}. */
export const templateLanguage = [
  StreamLanguage.define<{ inside: boolean }>({
    startState: () => ({ inside: false }),
    token(s, state) {
      if (state.inside) {
        if (s.match("}}")) {
          state.inside = false;
          return "place";
        }
        return token(s);
      }
      if (s.match("{{")) {
        state.inside = true;
        return "place";
      }
      if (s.match(/^\{[\p{L}_][\p{L}\p{N}_.]*\}/u)) return "place";
      s.next();
      s.eatWhile(/[^{]/);
      return null;
    },
    tokenTable: { ...table, place: tags.special(tags.variableName) },
  }),
  colours,
];
