import { describe, expect, it } from "vitest";
import { type Checked, exitsOf, inOrder, jumpsOf, shown } from "./exits";
import { definition, field, node, types } from "./fixture";
import type { Exit, NodeDef } from "./types";

const exit = (name: string, label = name): Exit => ({ name, label: { es: label, en: label } });
const asked = (items: object[], more: Partial<NodeDef> = {}) =>
  node("a", { type: "buttons", data: { items }, ...more });
const names = (n: NodeDef, checked?: Checked) => exitsOf(n, types, checked).map((e) => e.name);
const checked = (of: NodeDef, exits: Exit[]): Checked => ({
  problems: [],
  warnings: [],
  uses: {},
  exits: { a: exits },
  of: definition([of]),
});

describe("exits", () => {
  it("are the items' and then the type's, labelled by the item", () => {
    const n = asked([
      { id: "o1", label: { es: "Sí", en: "Yes" } },
      { id: "o2", url: "https://a" },
    ]);
    expect(exitsOf(n, types)).toEqual([
      { name: "o1", label: { es: "Sí", en: "Yes" } },
      exit("o2", "https://a"),
      exit("other"),
    ]);
  });

  it("are as the server says for a node it has seen", () => {
    const n = asked([{ id: "o1" }, { id: "o2", url: "x" }]);
    expect(names(n, checked(n, [exit("other"), exit("o1")]))).toEqual(["o1", "other"]);
  });

  it("of a node changed since then leave out what the server called no exit", () => {
    const before = asked([{ id: "o1" }, { id: "o2", url: "x" }]);
    const now = asked([{ id: "o1" }, { id: "o2", url: "xy" }, { id: "o3" }]);
    expect(names(now, checked(before, [exit("other"), exit("o1")]))).toEqual(["o1", "o3", "other"]);
  });

  it("keep in sight an edge from one that is gone", () => {
    expect(names(asked([], { next: { old: "b" } }))).toEqual(["other", "old"]);
  });
});

it("orders nodes as a conversation meets them, jumps included, and the unreached last", () => {
  const def = definition([
    node("lost"),
    node("a", {
      type: "buttons",
      data: { items: [{ id: "o1" }, { id: "o2" }] },
      next: { other: "d", o2: "c", o1: "b" },
    }),
    node("b", { next: { next: "a" } }),
    node("c", { type: "jump", data: { node: "e" } }),
    node("d"),
    node("e"),
  ]);
  const order = inOrder(
    { ...def, start: "a" },
    (n) => exitsOf(n, types),
    (n) => jumpsOf(n, types),
  );
  expect(order.map(({ node: n, reached }) => `${n.id}${reached ? "" : "?"}`)).toEqual([
    "a",
    "b",
    "c",
    "e",
    "d",
    "lost?",
  ]);
});

describe("a field with a condition", () => {
  const by = field("by", "choice", { options: [{ value: "words", label: { es: "", en: "" } }] });
  const only = (value: string) => field("x", "plain", { if: { key: "by", in: [value] } });

  it("counts by its neighbour's value, the first option without one", () => {
    expect(shown(only("words"), { fields: [by], data: {} })).toBe(true);
    expect(shown(only("words"), { fields: [by], data: { by: "number" } })).toBe(false);
  });

  it("in a list's item looks at the item first and then at the node", () => {
    const item = { fields: [only("number")], data: {} };
    expect(shown(only("number"), item, { fields: [by], data: { by: "number" } })).toBe(true);
    const own = { fields: [by], data: { by: "words" } };
    expect(shown(only("number"), own, { fields: [by], data: { by: "number" } })).toBe(false);
  });
});
