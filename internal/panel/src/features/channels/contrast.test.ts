import { expect, it } from "vitest";
import { readableOn } from "./contrast";

it.each([
  ["#000000", "#ffffff"],
  ["#2757b8", "#ffffff"],
  ["#767676", "#ffffff"],
  ["#777777", "#000000"],
  ["#ffd400", "#000000"],
  ["nonsense", "#ffffff"],
])("text on %s is %s", (colour, want) => {
  expect(readableOn(colour)).toBe(want);
});
