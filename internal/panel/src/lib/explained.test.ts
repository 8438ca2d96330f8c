import { expect, test } from "vitest";
import { explained } from "./explained";

test.each([
  ["190", "The token expired"],
  ["190 Error validating access token", "The token expired"],
  ["999 Unknown", "999 Unknown"],
  ["", ""],
])("%j is explained", (reason, words) => {
  expect(explained({ "190": "The token expired" }, reason)).toBe(words);
});
