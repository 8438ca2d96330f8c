import { inLanguage, type Lang, shown } from "./exits";
import type { Data, Field, FlowContent, NodeDef, NodeType, Texts } from "./types";

/** What a summary needs to know besides the node. */
export type Reader = {
  /** Of the interface. */
  lang: Lang;
  /** Of the texts being written. */
  writing: string;
  /** The name of what an id stands for: a label, a member, a team, a flow, a node. */
  nameOf: (kind: "label" | "agent" | "team" | "flow" | "node", id: string) => string | undefined;
  minutes: (n: number) => string;
  /** "Image", "Document"… for a message without words. */
  contentType: (type: FlowContent["type"]) => string;
};

const LINES = 3;
const speaking: ReadonlySet<string> = new Set(["text", "content", "template", "plain", "wa_template", "expression"]);

/** What a node says or does, in a few lines: first its words, then its settings. */
export function summary(node: NodeDef, type: NodeType | undefined, reader: Reader): string[] {
  if (!type) return [];
  const fields = type.fields.filter((f) => shown(f, { data: node.data, fields: type.fields }));
  const lines = (some: Field[]) => some.flatMap((f) => line(f, node.data[f.key], reader) || []);
  const said = lines(fields.filter((f) => speaking.has(f.kind)));
  return [...said, ...lines(fields.filter((f) => !speaking.has(f.kind)))].slice(0, LINES);
}

/** One field's value in a line; empty when there is nothing to tell. */
function line(field: Field, value: unknown, r: Reader): string {
  if (value === undefined || value === null || value === "") return "";
  switch (field.kind) {
    case "text":
      return inLanguage(value as Texts, r.writing);
    case "plain":
    case "template":
    case "expression":
    case "tag":
    case "date":
    case "variable":
      return String(value);
    case "content": {
      const content = value as FlowContent;
      return inLanguage(content.text, r.writing) || content.media?.name || r.contentType(content.type);
    }
    case "choice":
      return field.options?.find((o) => o.value === value)?.label[r.lang] ?? String(value);
    case "label":
    case "agent":
    case "team":
    case "flow":
    case "node":
      return r.nameOf(field.kind, String(value)) ?? "";
    case "minutes":
      return Number(value) > 0 ? r.minutes(Number(value)) : "";
    case "wa_template":
      return String((value as { name?: string }).name ?? "");
    case "words":
      return (value as string[]).join(", ");
    case "list":
      return Array.isArray(value) ? (value as Data[]).flatMap((item) => lead(item, field, r) || []).join(" · ") : "";
    default: // exits are drawn as handles; numbers and switches say nothing by themselves
      return "";
  }
}

/** What a list's item is known by: its first field with words. */
function lead(item: Data, field: Field, r: Reader): string {
  for (const part of field.of ?? []) {
    const text = line(part, item[part.key], r);
    if (text) return text;
  }
  return "";
}

/** The name people know a node by: its own, or its type's with the first words it says. */
export function nodeName(node: NodeDef, type: NodeType | undefined, lang: Lang): string {
  return node.name || type?.label[lang] || node.type;
}
