import { describe, expect, it } from "vitest";
import { fromRows, instantOf, placeOf, type Rows, readable, toRows, wallClock } from "./globals-model";
import type { Global } from "./queries";

const ZONE = "America/Bogota"; // UTC-5 all year

const list: Global[] = [
  { name: "envio", type: "number", secret: false, value: 4.5 },
  { name: "fin", type: "date", secret: false, value: "2026-12-24T17:30:15Z" },
  { name: "abierto", type: "bool", secret: false, value: true },
  { name: "tallas", type: "list", secret: false, value: ["S", 38] },
  { name: "erp", type: "text", secret: true },
];

describe("values and secrets", () => {
  it("shows each type as it is typed", () => {
    expect(toRows(list, ZONE)).toEqual({
      values: [
        { name: "envio", type: "number", text: "4.5", items: [] },
        { name: "fin", type: "date", text: "2026-12-24T12:30", items: [] },
        { name: "abierto", type: "bool", text: "true", items: [] },
        { name: "tallas", type: "list", text: "", items: ["S", "38"] },
      ],
      secrets: [{ name: "erp", text: "", kept: true }],
    });
  });

  it("sends back what nobody touched as it came, to the second", () => {
    expect(fromRows(toRows(list, ZONE), list, ZONE)).toEqual(list);
  });

  it("reads what was typed by its type", () => {
    const rows: Rows = {
      values: [
        { name: "envio", type: "number", text: "5", items: [] },
        { name: "fin", type: "date", text: "2026-12-25T09:00", items: [] },
        { name: "abierto", type: "bool", text: "false", items: [] },
        { name: "tallas", type: "list", text: "", items: ["38", "L"] },
        { name: "lema", type: "text", text: "12", items: [] },
      ],
      secrets: [{ name: "erp", text: "s3cr3t", kept: true }],
    };
    expect(fromRows(rows, list, ZONE).map((g) => g.value)).toEqual([
      5,
      "2026-12-25T14:00:00.000Z",
      false,
      [38, "L"],
      "12",
      "s3cr3t",
    ]);
  });

  it("does not keep a value whose type changed", () => {
    const rows: Rows = { values: [{ name: "envio", type: "text", text: "4.5", items: [] }], secrets: [] };
    expect(fromRows(rows, list, ZONE)[0]?.value).toBe("4.5");
  });

  it.each([
    ["number", "1e3", true],
    ["number", " ", false],
    ["number", "doce", false],
    ["date", "", false],
    ["date", "2026-12-25T09:00", true],
    ["text", "", true],
  ] as const)("knows whether %s can be read from %j", (type, text, can) => {
    expect(readable({ name: "x", type, text, items: [] })).toBe(can);
  });

  it("finds the field that the server refuses", () => {
    expect(placeOf("items.0.name", 2)).toBe("values.0.name");
    expect(placeOf("items.2.value", 2)).toBe("secrets.0.text");
    expect(placeOf("items", 2)).toBeUndefined();
  });
});

describe("times of a zone", () => {
  it.each([
    ["2026-07-01T09:00", "Europe/Madrid", "2026-07-01T07:00:00.000Z"],
    ["2026-12-01T09:00", "Europe/Madrid", "2026-12-01T08:00:00.000Z"],
    ["2026-10-25T03:30", "Europe/Madrid", "2026-10-25T02:30:00.000Z"], // an hour after the clocks went back
    ["2026-01-01T00:15", "Asia/Kathmandu", "2025-12-31T18:30:00.000Z"],
  ])("%s in %s", (local, zone, instant) => {
    expect(instantOf(local, zone)).toBe(instant);
    expect(wallClock(instant, zone)).toBe(local);
  });
});
