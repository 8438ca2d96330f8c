import { expect, test } from "vitest";
import type { ChannelField } from "@/lib/api/types";
import { fieldGroups, kindSchema, toSend, valuesOf } from "./kind-form";

const field = (part: Partial<ChannelField> & { key: string }): ChannelField => ({
  type: "text",
  required: false,
  ref: false,
  generate: false,
  max: 0,
  label: part.key,
  ...part,
});

const fields = [
  field({ key: "number", required: true }),
  field({ key: "token", type: "secret", required: true }),
  field({ key: "verify", required: true, generate: true }),
  field({ key: "method", type: "select", options: ["POST", "GET"], default: "POST" }),
  field({ key: "note", max: 5 }),
];
const need = { required: "required", long: "long" };

test("a form begins with what is stored, then with defaults; never with a secret", () => {
  expect(valuesOf(fields, { number: "7", token: "leaked" })).toEqual({
    number: "7",
    token: "",
    verify: "",
    method: "POST",
    note: "",
  });
});

test.each([
  ["all there", { number: "7", token: "t" }, [], []],
  ["nothing", {}, [], ["values.number", "values.token"]],
  ["a kept secret", { number: "7" }, ["token"], []],
  ["too long", { number: "7", token: "t", note: "123456" }, [], ["values.note"]],
  ["only spaces", { number: "  ", token: "t" }, [], ["values.number"]],
])("%s", (_, values, kept, wrong) => {
  const form = { name: "x", bot_id: "", values: { ...valuesOf(fields), ...values } };
  const found = kindSchema(fields, kept, need).safeParse(form).error?.issues ?? [];
  expect(found.map((i) => i.path.join("."))).toEqual(wrong);
});

test("an empty secret stays as it is, anything else can be emptied", () => {
  expect(toSend(fields, { number: "7", token: "", verify: "", method: "GET", note: "" })).toEqual({
    number: "7",
    verify: "",
    method: "GET",
    note: "",
  });
});

test("what has a value of its own stands apart", () => {
  const { main, more } = fieldGroups(fields);
  expect(main.map((f) => f.key)).toEqual(["number", "token", "note"]);
  expect(more.map((f) => f.key)).toEqual(["verify", "method"]);
});
