import { expect, test } from "vitest";
import { ended, endsSoon, writingAt } from "./window";

const now = Date.parse("2026-11-21T12:00:00Z");
const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString();

test.each([
  ["no window", { open: true, human: false, start: "free" }, "free"],
  ["inside", { open: true, human: false, until: at(5), start: "template" }, "free"],
  ["a person's time", { open: true, human: true, until: at(5), start: "never" }, "person"],
  ["it ended while the page was open", { open: true, human: false, until: at(0), start: "template" }, "template"],
  ["closed, with templates", { open: false, human: false, start: "template" }, "template"],
  ["closed for good", { open: false, human: false, start: "never" }, "nothing"],
  ["a person's time ended", { open: true, human: true, until: at(-1), start: "never" }, "nothing"],
] as const)("%s: %o", (_, window, writing) => {
  expect(writingAt(window, now)).toBe(writing);
});

test("a window that never ends does not end soon", () => {
  const forever = { open: true, human: false, start: "free" } as const;
  expect([ended(forever, now), endsSoon(forever, now)]).toEqual([false, false]);
  expect(endsSoon({ ...forever, until: at(59) }, now)).toBe(true);
  expect(endsSoon({ ...forever, until: at(61) }, now)).toBe(false);
});
