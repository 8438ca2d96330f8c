import { expect, it } from "vitest";
import { isOrigin } from "./schema";

it.each([
  ["https://tienda.com", true],
  ["https://tienda.com/", true],
  ["http://localhost:3000", true],
  ["https://tienda.com/blog", false],
  ["tienda.com", false],
  ["ftp://tienda.com", false],
  ["javascript:alert(1)", false],
])("isOrigin(%s) is %s", (text, want) => {
  expect(isOrigin(text)).toBe(want);
});
