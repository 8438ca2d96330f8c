import { expect, it } from "vitest";
import type { Message } from "@/lib/api/types";
import { logItems } from "./log-items";
import type { Pending } from "./outbox";

const msg = (seq: number, over: Partial<Message> = {}): Message => ({
  id: `m${seq}`,
  conversation_id: "c",
  seq,
  direction: "in",
  kind: "message",
  from: "contact",
  at: `2026-01-01T10:0${seq}:00Z`,
  content: { type: "text", text: "" },
  state: "received",
  ...over,
});
const pending = (id: string): Pending => ({
  id,
  conversation: "c",
  at: "2026-01-01T11:00:00Z",
  note: false,
  content: { type: "text", text: "" },
});
const day = (at: string) => at.slice(0, 10);
const shape = (...args: Parameters<typeof logItems>) => logItems(...args).map((i) => i.key);

it("draws a line per day", () => {
  const items = [msg(1), msg(2), msg(3, { at: "2026-01-02T00:00:00Z" })];
  expect(shape(items, [], day, undefined)).toEqual(["day-m1", "m1", "m2", "day-m3", "m3"]);
});

it("marks where unread messages of the contact begin, once", () => {
  const items = [msg(1), msg(2, { direction: "out", from: "agent" }), msg(3), msg(4)];
  expect(shape(items, [], day, 1)).toEqual(["day-m1", "m1", "m2", "new", "m3", "m4"]);
  expect(shape(items, [], day, 4)).not.toContain("new");
});

it("groups one author's messages", () => {
  const items = [msg(1), msg(2), msg(3, { direction: "out", from: "bot" }), msg(9)];
  const firsts = logItems(items, [], day, undefined).flatMap((i) => (i.kind === "message" ? [i.first] : []));
  expect(firsts).toEqual([true, false, true, true]);
});

it("puts reactions on their message, the last one of each side", () => {
  const react = (seq: number, emoji: string, from: "contact" | "agent" = "contact") =>
    msg(seq, { from, content: { type: "reaction", reaction: { message: "m1", emoji } } });
  const items = [msg(1), react(2, "👍"), react(3, "❤️"), react(4, "🙏", "agent")];
  const shown = logItems(items, [], day, undefined).filter((i) => i.kind === "message");
  expect(shown).toHaveLength(1);
  expect(shown[0]).toMatchObject({ reactions: ["❤️", "🙏"] });
});

it("shows a pending message until its own arrives", () => {
  expect(shape([msg(1)], [pending("p1")], day, undefined)).toEqual(["day-m1", "m1", "p1"]);
  const arrived = msg(2, { client_id: "p1", direction: "out", from: "agent" });
  expect(shape([msg(1), arrived], [pending("p1")], day, undefined)).toEqual(["day-m1", "m1", "p1"]);
});
