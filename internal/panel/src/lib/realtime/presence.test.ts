import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { PresenceBoard } from "./presence";

const me = { id: "me", name: "Mateo" };
const ana = { id: "ana", name: "Ana" };
let board: PresenceBoard;

beforeEach(() => {
  vi.useFakeTimers();
  board = new PresenceBoard();
});
afterEach(() => vi.useRealTimers());

const presence = (user: typeof me, viewing: boolean) =>
  board.apply({ t: "presence", conversation_id: "c", user, viewing, typing: false }, me);
const typing = (who: "contact" | "agent", on: boolean, name?: string) =>
  board.apply({ t: "typing", conversation_id: "c", who, name, on }, me);

it("shows who else is here, and not oneself", () => {
  presence(me, true);
  presence(ana, true);
  presence(ana, true);
  expect(board.get("c").agents).toEqual([{ name: "Ana", typing: false }]);
  presence(ana, false);
  expect(board.get("c").agents).toEqual([]);
});

it("ends typing that is not repeated", () => {
  presence(ana, true);
  typing("agent", true, "Ana");
  typing("agent", true, "Mateo");
  typing("contact", true);
  expect(board.get("c")).toEqual({ contactTyping: true, agents: [{ name: "Ana", typing: true }] });
  vi.advanceTimersByTime(6000);
  expect(board.get("c")).toEqual({ contactTyping: false, agents: [{ name: "Ana", typing: false }] });
});

it("starts its time again with every repeat", () => {
  typing("contact", true);
  vi.advanceTimersByTime(5000);
  typing("contact", true);
  vi.advanceTimersByTime(5000);
  expect(board.get("c").contactTyping).toBe(true);
});

it("forgets everybody when the line breaks", () => {
  presence(ana, true);
  board.clear();
  expect(board.get("c").agents).toEqual([]);
});
