import { describe, expect, it } from "vitest";
import { copied, pasted, read } from "./clipboard";
import { definition, node, types } from "./fixture";

const source = definition(
  [
    node("n1", { next: { next: "n2" } }),
    node("n2", { at: [300, 0], data: { content: { text: { es: "{{vars.talla}}" } } }, next: { next: "n3" } }),
    node("n3", { type: "jump", at: [600, 0], data: { node: "n2" } }),
  ],
  {
    variables: [
      { name: "talla", type: "text" },
      { name: "otra", type: "text" },
    ],
  },
);

describe("pasting", () => {
  it("renews ids, keeps the edges between what was copied and drops the others", () => {
    const clip = read(copied(source, ["n1", "n2"]));
    const { def, ids } = pasted(source, clip ?? fail(), types);
    expect(ids).toEqual(["n4", "n5"]);
    expect(def.nodes.slice(3)).toMatchObject([
      { id: "n4", at: [40, 40], next: { next: "n5" } },
      { id: "n5", at: [340, 40], next: {} },
    ]);
    expect(def.nodes.slice(0, 3)).toEqual(source.nodes);
  });

  it("makes a jump follow the copy of its block, stay with one that is there, and forget one that is not", () => {
    const together = pasted(source, read(copied(source, ["n2", "n3"])) ?? fail(), types);
    expect(together.def.nodes[4]?.data).toEqual({ node: "n4" });
    const alone = pasted(source, read(copied(source, ["n3"])) ?? fail(), types);
    expect(alone.def.nodes[3]?.data).toEqual({ node: "n2" });
    const elsewhere = pasted(definition([]), read(copied(source, ["n3"])) ?? fail(), types);
    expect(elsewhere.def.nodes[0]?.data).toEqual({ node: undefined });
  });

  it("brings the variables that are spoken of, unless they are there", () => {
    const empty = definition([]);
    const { def } = pasted(empty, read(copied(source, ["n2"])) ?? fail(), types, [8, 16]);
    expect(def.variables).toEqual([{ name: "talla", type: "text" }]);
    expect(def).toMatchObject({ start: "n1", nodes: [{ id: "n1", at: [8, 16] }] });
    expect(pasted(source, read(copied(source, ["n2"])) ?? fail(), types).def.variables).toEqual(source.variables);
  });

  it("lies on nothing when it is pasted twice", () => {
    const clip = read(copied(source, ["n1"])) ?? fail();
    const once = pasted(source, clip, types).def;
    const twice = pasted(once, clip, types).def;
    expect(twice.nodes.map((n) => n.at.join())).toEqual(["0,0", "300,0", "600,0", "40,40", "80,80"]);
  });

  it.each(["hola", "{}", '{"recado":"flow-nodes","nodes":[]}', '{"recado":"flow-nodes","nodes":[{"id":1}]}'])(
    "is not for %j",
    (text) => expect(read(text)).toBeUndefined(),
  );
});

const fail = (): never => {
  throw new Error("nothing was copied");
};
