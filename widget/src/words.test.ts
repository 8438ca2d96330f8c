import { describe, expect, it } from "vitest";
import { fault } from "./extras/form";
import { bytes, money } from "./extras/rich";
import { fill } from "./words";

const words = { required: "R", badEmail: "E", badPhone: "P" };

describe("sentences", () => {
  it("take their values", () => {
    expect(fill("{1} de {0}", 3, "a")).toBe("a de 3");
    expect(fill("sin {0}")).toBe("sin ");
    expect(fill("{0}", "$& {1}")).toBe("$& {1}");
  });

  it("say sizes as people do", () => {
    expect(bytes(1, "es")).toBe("1 KB");
    expect(bytes(10 * 1024 * 1024, "es")).toBe("10 MB");
    expect(bytes(1_600_000, "es")).toBe("1,5 MB");
  });

  it.each([
    [4590000, "COP", /^45\.900\s(COP|\$)$/],
    [1999, "EUR", /^19,99\s€$/],
    [15000, "CLP", /^15\.000\s(CLP|\$)$/],
    [1500, "KWD", /^1,500\sKWD$/],
    [4550, "COP", /^45,50\s(COP|\$)$/],
    [100, "??", /^1 \?\?$/],
  ])("say %d of %s as %s", (minor, currency, shown) =>
    expect(money(minor, currency, "es-CO".slice(0, 2))).toMatch(shown),
  );
});

describe("a form's answers", () => {
  it.each([
    ["text", "", true, "R"],
    ["text", "", false, ""],
    ["checkbox", "", true, "R"],
    ["email", "ana@casa.co", true, ""],
    ["email", "ana@casa", true, "E"],
    ["email", "ana casa@a.co", true, "E"],
    ["tel", "+57 300 123 4567", true, ""],
    ["tel", "12345", false, "P"],
    ["tel", "", false, ""],
  ] as const)("%s %j, required %s", (type, value, required, expected) =>
    expect(fault({ key: "k", label: "k", type, required }, value, words)).toBe(expected),
  );
});
