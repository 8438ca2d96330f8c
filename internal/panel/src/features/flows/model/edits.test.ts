import { describe, expect, it } from "vitest";
import { addNode, connect, disconnect, emptyData, freshId, move, removeNodes, setData, variableName } from "./edits";
import { definition, node, types } from "./fixture";
import type { NodeType } from "./types";

const typeOf = (name: string) => types.get(name) as NodeType;

describe("nodes", () => {
  it("get the first free id, snap to the grid and hang from the exit they were added after", () => {
    const def = definition([node("n1"), node("n3")]);
    const made = addNode(def, typeOf("message"), [101, 45], { node: "n3", exit: "next" });
    expect(made.id).toBe("n2");
    expect(made.def.nodes[2]).toEqual({
      id: "n2",
      type: "message",
      at: [104, 48],
      data: { content: { type: "text", text: {} } },
    });
    expect(made.def.nodes[1]?.next).toEqual({ next: "n2" });
    expect(made.def.nodes[0]).toBe(def.nodes[0]); // what stays the same is the same object
  });

  it("begin an empty flow", () => {
    expect(addNode(definition([]), typeOf("message"), [0, 0]).def.start).toBe("n1");
  });

  it("start with what their fields need, and as many items as they must have", () => {
    expect(emptyData(typeOf("buttons"))).toEqual({ text: {}, items: [{ id: "o1", label: {} }] });
    expect(emptyData(typeOf("arms"))).toEqual({
      arms: [
        { id: "o1", weight: 1 },
        { id: "o2", weight: 1 },
      ],
    });
  });

  it("take every edge to them along, and leave the start to the one after them", () => {
    const def = definition([
      node("a", { next: { next: "b" } }),
      node("b", { next: { next: "c" } }),
      node("c", { next: { next: "a", again: "b" } }),
    ]);
    const left = removeNodes(def, ["a", "b"]);
    expect(left.nodes).toEqual([node("c", { next: {} })]);
    expect(left.start).toBe("c");
    expect(removeNodes(def, ["b"]).nodes.map((n) => n.next)).toEqual([{}, { next: "a" }]);
    expect(removeNodes(def, ["a", "b", "c"]).start).toBe("");
  });

  it("move only when they are named", () => {
    const def = definition([node("a"), node("b")]);
    const moved = move(def, new Map([["b", [10.4, 20.6] as const]]));
    expect(moved.nodes.map((n) => n.at)).toEqual([
      [0, 0],
      [10, 21],
    ]);
  });
});

describe("edges", () => {
  it("connect, connect anew and disconnect", () => {
    const def = definition([node("a"), node("b"), node("c")]);
    const first = connect(def, "a", "next", "b");
    expect(first.nodes[0]?.next).toEqual({ next: "b" });
    const second = connect(first, "a", "next", "c");
    expect(second.nodes[0]?.next).toEqual({ next: "c" });
    expect(disconnect(second, "a", "next").nodes[0]?.next).toEqual({});
  });

  it("go with the item that made their exit", () => {
    const items = [{ id: "o1" }, { id: "o2" }];
    const def = definition([
      node("a", { type: "buttons", data: { items }, next: { o1: "b", o2: "b", other: "b" } }),
      node("b"),
    ]);
    const changed = setData(def, "a", "items", [{ id: "o2" }]);
    expect(changed.nodes[0]).toMatchObject({ data: { items: [{ id: "o2" }] }, next: { o2: "b", other: "b" } });
  });
});

it.each([
  ["Talla del niño", "talla_del_nino"],
  ["  ¿Cuánto? ", "cuanto"],
  ["2.ª opción", "opcion"],
  ["¿?", ""],
])("calls the variable %j %j", (said, name) => {
  expect(variableName(said)).toBe(name);
});

it("counts past what is taken", () => {
  expect(freshId("o", ["o1", "o2", "o4"])).toBe("o3");
});
