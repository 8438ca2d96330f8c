import type { Definition, Field, NodeDef, NodeType, NodeTypes } from "./types";

// What the tests of this feature draw with.

const words = (text: string) => ({ es: text, en: text });
export const field = (key: string, kind: Field["kind"], more: Partial<Field> = {}): Field => ({
  key,
  kind,
  label: words(key),
  ...more,
});

const type = (name: string, fields: Field[], exits: string[]): NodeType => ({
  name,
  group: "logic",
  icon: "square",
  label: words(`el ${name}`),
  about: words(""),
  fields,
  exits: exits.map((exit) => ({ name: exit, label: words(exit) })),
});

export const types: NodeTypes = new Map(
  [
    type("message", [field("content", "content")], ["next"]),
    type(
      "buttons",
      [
        field("text", "text", { required: true }),
        field("items", "exits", {
          required: true,
          exit_label: "label",
          of: [field("label", "text"), field("url", "template")],
        }),
      ],
      ["other"],
    ),
    type("jump", [field("node", "node")], []),
    type("arms", [field("arms", "exits", { min: 2, of: [field("weight", "number", { required: true, min: 0 })] })], []),
  ].map((one) => [one.name, one]),
);

export const node = (id: string, more: Partial<NodeDef> = {}): NodeDef => ({
  id,
  type: "message",
  at: [0, 0],
  data: {},
  ...more,
});

export const definition = (nodes: NodeDef[], more: Partial<Definition> = {}): Definition => ({
  format: 1,
  name: "Prueba",
  language: "es",
  start: nodes[0]?.id ?? "",
  triggers: [],
  variables: [],
  nodes,
  ...more,
});
