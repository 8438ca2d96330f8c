import { expect, it } from "vitest";
import { moved } from "./order";

it.each([
  [0, 2, "bcad"],
  [3, 0, "dabc"],
  [1, 1, "abcd"],
  [0, 3, "bcda"],
])("moved from %i to %i", (from, to, want) => {
  expect(moved([..."abcd"], from, to).join("")).toBe(want);
});
