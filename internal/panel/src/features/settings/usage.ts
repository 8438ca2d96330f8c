import type { Spent } from "./queries";

/** What models cost in the month of a day ("2026-11-21"): tokens read and written, and requests. */
export function spentInMonth(days: readonly Spent[], today: string) {
  const month = today.slice(0, "2026-11".length);
  const own = days.filter((d) => d.day.startsWith(month));
  return {
    tokens: own.reduce((sum, d) => sum + d.tokens_in + d.tokens_out, 0),
    calls: own.reduce((sum, d) => sum + d.calls, 0),
  };
}
