import { describe, expect, it } from "vitest";
import { formats, localeOf } from "./format";

const co = formats("es", "America/Bogota", "COP");
const now = "2026-11-21T03:00:00Z"; // 22:00 of the 20th in Bogotá

// Intl uses no-break and narrow spaces; tests should not depend on which.
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, " ");

describe("days follow the company's zone", () => {
  it.each([
    ["2026-11-20T06:00:00Z", "Hoy"],
    ["2026-11-20T04:59:00Z", "Ayer"],
    ["2026-11-18T12:00:00Z", "Miércoles, 18 de noviembre"],
  ])("%s is %s", (at, want) => {
    expect(co.day(at, now)).toBe(want);
  });
  it("gives one key to one day", () => {
    expect(co.dayKey("2026-11-21T03:00:00Z")).toBe("2026-11-20");
  });
});

it.each([
  ["2026-11-21T02:59:40Z", "ahora"],
  ["2026-11-21T02:55:00Z", "hace 5 min"],
  ["2026-11-20T23:00:00Z", "hace 4 h"],
])("ago of %s is %s", (at, want) => {
  expect(plain(co.ago(at, now))).toBe(want);
});

it.each([
  [42, "42 s"],
  [95, "2 min"],
  [3900, "1 h 5 min"],
])("duration of %i s is %s", (seconds, want) => {
  expect(plain(co.duration(seconds))).toBe(want);
});

describe("money comes in the minor unit of ISO 4217", () => {
  it.each([
    [18_990_000, "COP", "$ 189.900"],
    [150_000, "CLP", "CLP 150.000"],
    [1999, "USD", "US$ 19,99"],
  ])("%i %s", (minor, code, want) => {
    expect(plain(co.money(minor, code)).replace(/,00$/, "")).toBe(want);
  });
});

it.each([
  ["es", "COP", "es-CO"],
  ["es", "EUR", "es"],
  ["en", "COP", "en"],
])("locale of %s with %s is %s", (language, currency, want) => {
  expect(localeOf(language, currency)).toBe(want);
});

it.each([
  [0, "0 bytes"],
  [2048, "2 kB"],
  [1_840_000, "1,8 MB"],
])("size of %i is %s", (bytes, want) => {
  expect(plain(co.size(bytes))).toBe(want);
});
