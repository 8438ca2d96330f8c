import { describe, expect, it } from "vitest";
import { removeNodes, rename } from "./edits";
import { definition, node } from "./fixture";
import { begin, DRAG, type Edit, type Editing, reduce } from "./history";

const named = (name: string, at: number, tag?: string): Edit => ({
  do: "edit",
  change: (def) => rename(def, "a", name),
  tag,
  at,
});
const play = (state: Editing, ...steps: Edit[]) => steps.reduce(reduce, state);
const nameNow = (state: Editing) => state.def.nodes[0]?.name;

describe("the history", () => {
  const start = () => begin(definition([node("a"), node("b")]));

  it("goes back and forth, and a new step forgets what was undone", () => {
    const two = play(start(), named("uno", 0), named("dos", 5000));
    const back = reduce(two, { do: "undo" });
    expect(nameNow(back)).toBe("uno");
    expect(nameNow(reduce(back, { do: "redo" }))).toBe("dos");
    const other = reduce(back, named("tres", 9000));
    expect(other.future).toEqual([]);
    expect(nameNow(play(other, { do: "undo" }, { do: "undo" }))).toBeUndefined();
    expect(reduce(start(), { do: "undo" })).toEqual(start());
  });

  it("undoes typing into one field at once, but not after a pause or another field", () => {
    const typed = play(start(), named("u", 0, "a.name"), named("un", 400, "a.name"), named("uno", 800, "a.name"));
    expect(typed.past).toHaveLength(1);
    expect(reduce(typed, named("unos", 9000, "a.name")).past).toHaveLength(2);
    expect(reduce(typed, named("x", 900, "b.name")).past).toHaveLength(2);
    expect(play(typed, { do: "select", nodes: ["b"] }, named("uno!", 900, "a.name")).past).toHaveLength(2);
  });

  it("takes a drag as one step however long it is held", () => {
    const dragged = play(
      start(),
      named("x", 0, `${DRAG}1`),
      named("y", 60_000, `${DRAG}1`),
      named("z", 60_001, `${DRAG}2`),
    );
    expect(dragged.past).toHaveLength(2);
  });

  it("does not keep a step that changes nothing", () => {
    expect(reduce(start(), { do: "edit", change: (def) => def, at: 0 }).past).toEqual([]);
  });

  it("keeps selected only what is there", () => {
    const both = reduce(start(), { do: "select", nodes: ["a", "b"] });
    const less = reduce(both, { do: "edit", change: (def) => removeNodes(def, ["a"]), at: 0 });
    expect(less.selected).toEqual(["b"]);
    expect(reduce(less, { do: "undo" }).def.nodes).toHaveLength(2);
  });

  it("brings one's own back after somebody else's took its place", () => {
    const mine = play(start(), named("mío", 0));
    const theirs = reduce(mine, { do: "replace", def: definition([node("a", { name: "suyo" })]) });
    expect(nameNow(theirs)).toBe("suyo");
    expect(nameNow(reduce(theirs, { do: "undo" }))).toBe("mío");
  });
});
