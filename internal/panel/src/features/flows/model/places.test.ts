import { describe, expect, it } from "vitest";
import { Problems, placeOf } from "./places";

it.each([
  ["nodes[n3].data.text.es", { node: "n3", path: "text.es" }],
  ["nodes[n3].data", { node: "n3", path: "" }],
  ["nodes[n3].next.yes", { node: "n3", path: "next.yes" }],
  ["nodes[n3]", { node: "n3", path: "" }],
  ["triggers[0].words", { path: "triggers[0].words" }],
  ["nodes", { path: "nodes" }],
])("reads %s", (location, place) => {
  expect(placeOf(location)).toEqual(place);
});

describe("problems", () => {
  const at = (location: string) => ({ code: "x", message: location, location });
  const all = new Problems([at("nodes[a].data.cases[1].if"), at("nodes[b].data.text.es"), at("goals[0].ref")]);

  it("are found by node and place", () => {
    expect(all.of("a")).toHaveLength(1);
    expect(all.at("a", "cases[1].if")).toHaveLength(1);
    expect(all.at("a", "cases[1]")).toEqual([]);
    expect(all.under("a", "cases")).toHaveLength(1);
    expect(all.under("a", "case")).toEqual([]);
    expect(all.under(undefined, "goals[0]")).toHaveLength(1);
    expect(all.of("c")).toBe(all.of("d")); // the same nothing, so that nobody draws anew
  });
});
