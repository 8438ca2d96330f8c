import { expect, test } from "vitest";
import { draftToSend, templateSchema } from "./template-schema";

const schema = templateSchema({
  required: "required",
  long: "long",
  name: "name",
  language: "language",
  bad: "bad",
  gap: "gap",
  edge: "edge",
});

const good = {
  name: "order_ready",
  language: "es",
  category: "utility" as const,
  header: "",
  body: "Hola {{1}}, tu pedido {{2}} está listo.",
  footer: "",
  samples: ["Ana", "1042"],
  buttons: [],
};

test("a good draft has nothing wrong", () => {
  expect(schema.safeParse(good).success).toBe(true);
});

test.each([
  ["name", { name: "Pedido listo" }, "name"],
  ["name", { name: "" }, "required"],
  ["language", { language: "español" }, "language"],
  ["body", { body: "Hola {{nombre}}." }, "bad"],
  ["body", { body: "Hola {{2}}." }, "gap"],
  ["body", { body: "{{1}} está listo {{2}}." }, "edge"],
  ["body", { body: "Hola {{1}}, pedido {{2}}" }, "edge"],
  ["samples.1", { samples: ["Ana", " "] }, "required"],
  ["samples.0", { samples: [] }, "required"],
  ["header", { header: "x".repeat(61) }, "long"],
  ["buttons.0", { buttons: ["x".repeat(26)] }, "long"],
])("%s: %o is wrong", (path, part, message) => {
  const found = schema.safeParse({ ...good, ...part }).error?.issues ?? [];
  expect(found.map((i) => [i.path.join("."), i.message])).toContainEqual([path, message]);
});

test("what has no words is not sent, nor samples of places that are gone", () => {
  expect(draftToSend({ ...good, header: " ", samples: ["Ana", "1042", "old"] })).toEqual({
    name: "order_ready",
    language: "es",
    category: "utility",
    body: good.body,
    samples: ["Ana", "1042"],
  });
});
