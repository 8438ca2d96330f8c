const PLACE = /\{\{([^}]*)\}\}/g;
const MOST = 30;

/** How many values a template's body takes: its places count up from {{1}}. */
export const placesOf = (body: string) => Math.max(0, ...numbersIn(body));

const numbersIn = (body: string) =>
  [...body.matchAll(PLACE)].map(([, n]) => Number(n)).filter((n) => Number.isInteger(n) && n > 0 && n <= MOST);

/** Why a body's places cannot be: one that is no number from 1 to 30, or a hole in the count. */
export function placeProblem(body: string): "bad" | "gap" | undefined {
  const numbers = numbersIn(body);
  if ([...body.matchAll(PLACE)].length !== numbers.length) return "bad";
  return new Set(numbers).size === placesOf(body) ? undefined : "gap";
}

/** The body with its places filled; those without a value stay in sight. */
export const filled = (body: string, values: readonly string[]) =>
  body.replace(PLACE, (place, n) => values[Number(n) - 1]?.trim() || place);
