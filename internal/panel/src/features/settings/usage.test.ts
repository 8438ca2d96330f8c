import { expect, it } from "vitest";
import { spentInMonth } from "./usage";

const day = (day: string, calls: number, tokens_in: number, tokens_out: number) => ({
  day,
  provider: "openai",
  model: "m",
  calls,
  tokens_in,
  tokens_out,
});

it("adds up the days of the month, whatever the model, and no others", () => {
  const days = [
    day("2026-11-21", 2, 100, 20),
    { ...day("2026-11-21", 1, 10, 1), model: "n" },
    day("2026-11-01", 1, 5, 5),
    day("2026-10-31", 9, 999, 999),
  ];
  expect(spentInMonth(days, "2026-11-21")).toEqual({ tokens: 141, calls: 4 });
  expect(spentInMonth(days, "2026-12-01")).toEqual({ tokens: 0, calls: 0 });
});
