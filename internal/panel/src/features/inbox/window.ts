import type { Conversation } from "@/lib/api/types";

type Window = Conversation["window"];

/** What may be written in a conversation: anything, anything by a person only, a template, or nothing. */
export type Writing = "free" | "person" | "template" | "nothing";

export function writingAt(w: Window, now: number): Writing {
  if (w.open && !ended(w, now)) return w.human ? "person" : "free";
  return w.start === "template" ? "template" : "nothing";
}

/** Whether the server's word on a window is out of date: what comes after it, only the server knows. */
export const ended = (w: Window, now: number) => w.until !== undefined && Date.parse(w.until) <= now;

const SOON = 60 * 60_000;

/** Whether a window ends so soon that one should hurry. */
export const endsSoon = (w: Window, now: number) => w.until !== undefined && Date.parse(w.until) - now < SOON;
