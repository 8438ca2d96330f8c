/** Milliseconds to wait before attempt n (from 0): doubling from 1 s to 30 s, with half of it random. */
export const backoff = (n: number, random = Math.random()) => Math.min(30_000, 1000 * 2 ** n) * (0.5 + random / 2);
