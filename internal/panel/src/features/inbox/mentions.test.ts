import { expect, it } from "vitest";
import { mentionAt, mentionedIn } from "./mentions";

it.each([
  ["hola @an", 8, { from: 5, query: "an" }],
  ["@", 1, { from: 0, query: "" }],
  ["ana@tienda.com", 14, undefined],
  ["@ana\nsigue", 10, undefined],
  ["nada", 4, undefined],
])("mentionAt(%j, %i)", (text, caret, want) => {
  expect(mentionAt(text, caret)).toEqual(want);
});

it("finds who is mentioned, the longer name first", () => {
  const members = [
    { id: "1", name: "Ana" },
    { id: "2", name: "Ana Ruiz" },
    { id: "3", name: "Beto" },
  ];
  expect(mentionedIn("@Ana Ruiz mira esto, @Beto", members)).toEqual(["2", "3"]);
  expect(mentionedIn("@Ana y @Ana Ruiz", members)).toEqual(["2", "1"]);
});
