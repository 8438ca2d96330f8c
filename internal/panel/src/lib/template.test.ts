import { expect, test } from "vitest";
import { filled, placeProblem, placesOf } from "./template";

test.each([
  ["Hola", 0, undefined],
  ["Hola {{1}}, tu pedido {{2}}", 2, undefined],
  ["{{2}} y {{1}} y {{1}}", 2, undefined],
  ["Hola {{2}}", 2, "gap"],
  ["Hola {{nombre}}", 0, "bad"],
  ["Hola {{0}}", 0, "bad"],
  ["Hola {{31}}", 0, "bad"],
  ["{{1}} {{}}", 1, "bad"],
] as const)("%s takes %d values", (body, places, problem) => {
  expect(placesOf(body)).toBe(places);
  expect(placeProblem(body)).toBe(problem);
});

test("places without a value stay in sight", () => {
  expect(filled("Hola {{1}}, el {{2}} de {{1}}", ["Ana", " "])).toBe("Hola Ana, el {{2}} de Ana");
});
