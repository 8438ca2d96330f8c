import { describe, expect, it } from "vitest";
import { safe } from "./dom";
import { linkify } from "./links";

describe("safe", () => {
  it.each([
    ["https://a.co/x?y=1#z", "https://a.co/x?y=1#z"],
    ["http://a.co", "http://a.co/"],
    ["mailto:ana@a.co", "mailto:ana@a.co"],
    ["tel:+57300", "tel:+57300"],
    ["/media/1?s=2", "https://chat.example/media/1?s=2"],
  ])("opens %s", (address, href) => expect(safe(address, "https://chat.example")).toBe(href));

  it.each([
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://a.co/1",
    "http://",
    "",
  ])("refuses %j", (address) => expect(safe(address, "https://chat.example")).toBeUndefined());
});

describe("linkify", () => {
  const hrefs = (text: string) => linkify(text).flatMap((p) => p.href ?? []);

  it.each([
    ["mira https://a.co/x.", ["https://a.co/x"]],
    ["(ver https://a.co/x)", ["https://a.co/x"]],
    ["https://es.wikipedia.org/wiki/Vela_(luz)", ["https://es.wikipedia.org/wiki/Vela_(luz)"]],
    ["WWW.tienda.co/a, y ana@tienda.co", ["https://www.tienda.co/a", "mailto:ana@tienda.co"]],
    ["https://a.co/x\nhttps://b.co", ["https://a.co/x", "https://b.co/"]],
    ["javascript:alert(1) y data:x", []],
    ['<a href="https://a.co">', ["https://a.co/"]],
    ["https://a.co/\u202egpj.exe", ["https://a.co/"]],
    ["precio 3.50 o a@b", []],
  ])("finds the links of %j", (text, expected) => expect(hrefs(text)).toEqual(expected));

  it.each(["", "nada", "https://a.co).", "a https://a.co, b\n\nc@d.co!", "http://"])("loses nothing of %j", (text) =>
    expect(
      linkify(text)
        .map((p) => p.text)
        .join(""),
    ).toBe(text),
  );

  it("stays quick with text made to slow it down", () => {
    const text = `${"a.".repeat(20_000)}@${"b-".repeat(20_000)}`;
    expect(
      linkify(text)
        .map((p) => p.text)
        .join(""),
    ).toBe(text);
  });
});
