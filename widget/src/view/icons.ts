// Outlines on a 24 grid.
import type { State } from "../item";

export const SEND = "M12 19V5m-6 6 6-6 6 6";
export const CLIP = "m20 11-8 8a5 5 0 0 1-7-7l8-8a3 3 0 0 1 5 5l-8 8a1 1 0 0 1-3-3l7-7";
export const BELL = "M6 9a6 6 0 0 1 12 0c0 6 2 7 2 7H4s2-1 2-7M10 20h4";
export const SILENT = `${BELL}M3 3l18 18`;
export const DOWN = "m6 9 6 6 6-6";
export const CHECK = "m5 13 4 4L19 7";
const DISC = "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0M12 7v";

/** How far a message of the visitor has come. */
export const TICKS: Record<State, string> = {
  pending: `${DISC}5l3 2`,
  delivered: "m2 13 4 4L16 7m-4 9 1 1L23 7",
  read: "m2 13 4 4L16 7m-4 9 1 1L23 7",
  failed: `${DISC}6m0 3h.01`,
};
