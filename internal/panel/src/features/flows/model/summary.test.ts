import { expect, it } from "vitest";
import { field, node } from "./fixture";
import { nodeName, type Reader, summary } from "./summary";
import type { Field, NodeType } from "./types";

const reader: Reader = {
  lang: "es",
  writing: "es",
  nameOf: (kind, id) => (id === "gone" ? undefined : `${kind} ${id}`),
  minutes: (n) => `${n} min`,
  contentType: (type) => `[${type}]`,
};
const option = (value: string) => ({ value, label: { es: `la ${value}`, en: value } });

it.each<[Field["kind"], unknown, string[], Partial<Field>?]>([
  ["text", { en: "Hello", es: "Hola" }, ["Hola"]],
  ["text", { en: "Hello" }, ["Hello"]],
  ["plain", "a", ["a"]],
  ["template", "{x}", ["{x}"]],
  ["expression", "a > 1", ["a > 1"]],
  ["number", 3, []],
  ["bool", true, []],
  ["choice", "b", ["la b"], { options: [option("a"), option("b")] }],
  ["minutes", 90, ["90 min"]],
  ["minutes", 0, []],
  ["content", { type: "text", text: { es: "Hola" } }, ["Hola"]],
  ["content", { type: "image", text: {}, media: { name: "foto.jpg" } }, ["foto.jpg"]],
  ["content", { type: "image" }, ["[image]"]],
  ["variable", "talla", ["talla"]],
  ["label", "l1", ["label l1"]],
  ["team", "gone", []],
  ["wa_template", { name: "aviso" }, ["aviso"]],
  ["words", ["si", "ok"], ["si, ok"]],
  ["hours", null, []],
  ["list", [{ a: "uno" }, { a: "dos" }], ["uno · dos"], { of: [field("a", "plain")] }],
  ["exits", [{ id: "o1", a: "uno" }], [], { of: [field("a", "plain")] }],
])("tells a %s of %j as %j", (kind, value, lines, more = {}) => {
  const type: NodeType = {
    name: "x",
    group: "say",
    icon: "",
    label: { es: "Equis", en: "Ex" },
    about: { es: "", en: "" },
    fields: [field("f", kind, more)],
    exits: [],
  };
  expect(summary(node("n", { data: { f: value } }), type, reader)).toEqual(lines);
});

it("says words before settings, and no more than three lines", () => {
  const type = {
    label: { es: "Equis", en: "Ex" },
    fields: [field("v", "variable"), field("m", "minutes"), field("t", "text"), field("e", "expression")],
  } as NodeType;
  const data = { v: "talla", m: 5, t: { es: "Hola" }, e: "1 == 1" };
  expect(summary(node("n", { data }), type, reader)).toEqual(["Hola", "1 == 1", "talla"]);
  expect(nodeName(node("n"), type, "es")).toBe("Equis");
  expect(nodeName(node("n", { name: "Saludo" }), type, "es")).toBe("Saludo");
  expect(nodeName(node("n"), undefined, "es")).toBe("message");
});
