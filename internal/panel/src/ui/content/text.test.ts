import { expect, it } from "vitest";
import { pieces, safeHref } from "./text";

it.each([
  ["hola", [{ text: "hola" }]],
  [
    "ve a https://a.co/x?b=1.",
    [{ text: "ve a " }, { text: "https://a.co/x?b=1", href: "https://a.co/x?b=1" }, { text: "." }],
  ],
  ["(www.tienda.com)", [{ text: "(" }, { text: "www.tienda.com", href: "https://www.tienda.com" }, { text: ")" }]],
  ["ana@tienda.com", [{ text: "ana@tienda.com", href: "mailto:ana@tienda.com" }]],
  ["+57 300 123 4567 hoy", [{ text: "+57 300 123 4567", href: "tel:+573001234567" }, { text: " hoy" }]],
  ["javascript:alert(1)", [{ text: "javascript:alert(1)" }]],
  ["pedido 12345678", [{ text: "pedido 12345678" }]],
])("pieces of %s", (text, want) => {
  expect(pieces(text)).toEqual(want);
});

it.each([
  ["https://a.co", "https://a.co"],
  ["/media/1", "/media/1"],
  ["//evil.example", undefined],
  ["javascript:alert(1)", undefined],
  ["data:text/html,x", undefined],
  [undefined, undefined],
])("safeHref of %s", (url, want) => {
  expect(safeHref(url)).toBe(want);
});
