import { expect, it } from "vitest";
import { compare, used } from "./check-i18n.mjs";

it.each([
  ["es", { a: "x" }, { a: "y" }, []],
  ["es", { a: "x" }, {}, ["missing a"]],
  ["es", { a: "x" }, { a: "" }, ["missing a"]],
  ["es", { a: "x" }, { a: "y", b: "z" }, ["unknown b"]],
  ["es", { a: { b: "{{n}} x" } }, { a: { b: "x" } }, ["placeholders differ in a.b"]],
  [
    "es",
    { a_one: "{{count}} x", a_other: "{{count}} x" },
    { a_one: "{{count}}", a_other: "{{count}}" },
    ["missing a_many"],
  ],
  ["en", { a_one: "x", a_other: "x" }, { a_one: "x", a_other: "x" }, []],
])("%s %j %j", (language, reference, own, want) => {
  expect(compare(language, reference, own)).toEqual(want);
});

it("reads the keys of a source file", () => {
  const source =
    'useTranslation(["inbox", "common"]); t("a.b"); t(\n  "common:save"); format("x"); useTranslation(); t("c")';
  expect(used(source)).toEqual(["inbox:a.b", "common:save", "common:c"]);
});
