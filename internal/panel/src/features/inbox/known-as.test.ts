import { expect, test } from "vitest";
import { knownAs } from "./known-as";

const of = (value: string, channel_id = "a", verified = true) => ({
  channel_id,
  channel_name: "Tienda",
  value,
  verified,
});

test.each([
  ["a number that is said already", of("34600111222@s.whatsapp.net"), "+34600111222", undefined],
  ["the same as another platform has it", of("+34600111222"), "+34 600 111 222", undefined],
  ["another number", of("5215512345678@s.whatsapp.net"), "+525512345678", "5215512345678"],
  ["a number that nothing else tells", of("34600111222"), undefined, "34600111222"],
  ["an id", of("user:42"), undefined, "42"],
  ["an e-mail address", of("user:ana@tienda.example"), undefined, "ana@tienda.example"],
  ["a visitor", of("visitor:018f6a4e"), undefined, null],
])("%s", (_, identity, phone, value) => {
  expect(knownAs([identity], phone)[0]?.value).toBe(value);
});

test("a channel's several names of one person are one line, verified by any of them", () => {
  const all = [of("34600111222", "a", false), of("773010@lid", "a"), of("42", "b", false)];
  expect(knownAs(all)).toEqual([
    { channel: "a", name: "Tienda", verified: true, value: "34600111222" },
    { channel: "b", name: "Tienda", verified: false, value: "42" },
  ]);
});
