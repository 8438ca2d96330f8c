import { expect, it } from "vitest";
import { niceTop } from "./hourly-bars";

it.each([
  [0, 4],
  [3, 4],
  [5, 8],
  [9, 12],
  [11, 20],
  [35, 40],
  [79, 80],
  [101, 200],
])("niceTop(%i) is %i", (max, want) => {
  expect(niceTop(max)).toBe(want);
  expect(want % 4).toBe(0);
});
