import { describe, expect, it } from "vitest";
import type { ConversationRow, Message } from "../api/types";
import { applyMessages, applyRow, type ConversationFilter, joinLatest, later, matches } from "./events";

const row = (id: string, over: Partial<ConversationRow> = {}): ConversationRow => ({
  id,
  contact: { id: `c-${id}`, name: id, initials: id },
  channel: { id: "web", kind: "webchat", name: "Web" },
  state: "waiting",
  labels: [],
  last: { snippet: "", from: "contact", at: `2026-01-01T00:00:0${id}Z` },
  unread: 0,
  seq: 1,
  updated_at: "2026-01-01T00:00:00Z",
  version: 1,
  ...over,
});
const at = (n: number) => ({ ...row("1").last, at: `2026-01-01T00:00:0${n}Z` });
const pages = (...rows: ConversationRow[][]) => ({
  pages: rows.map((items, i) => ({ items, next: i < rows.length - 1 ? "n" : undefined })),
  pageParams: [],
});
const ids = (d: { pages: { items: ConversationRow[] }[] }) => d.pages.flatMap((p) => p.items.map((r) => r.id)).join("");
const open: ConversationFilter = { state: "open" };

describe("applyRow", () => {
  const start = pages([row("3"), row("2")], [row("1")]);
  it.each<[string, ConversationRow, ConversationFilter, string]>([
    ["moves a row to the top", row("1", { last: at(9), version: 2 }), open, "132"],
    ["keeps a row in place", row("2", { unread: 4, version: 2 }), open, "321"],
    ["adds a new row", row("4"), open, "4321"],
    ["takes out what no longer fits", row("2", { state: "closed", version: 2 }), open, "31"],
    ["leaves out what never fitted", row("4", { state: "closed" }), open, "321"],
    ["ignores an older version", row("2", { state: "closed", version: 0 }), open, "321"],
    ["ignores an older message", row("2", { state: "closed", seq: 0 }), open, "321"],
    ["does not guess a search's result", row("4"), { state: "open", q: "x" }, "321"],
    ["updates a search's result in place", row("2", { version: 2 }), { state: "open", q: "x" }, "321"],
  ])("%s", (_, changed, filter, want) => {
    expect(ids(applyRow(start, changed, filter, "me"))).toEqual(want);
  });

  it("does not add an old row behind pages that are not loaded", () => {
    const partly = { pages: [{ items: [row("5")], next: "more" }], pageParams: [] };
    expect(ids(applyRow(partly, row("1"), open, "me"))).toEqual("5");
  });

  it("is idempotent", () => {
    const once = applyRow(start, row("1", { last: at(9), version: 2 }), open, "me");
    expect(applyRow(once, row("1", { last: at(9), version: 2 }), open, "me")).toEqual(once);
  });
});

describe("matches", () => {
  const mine = row("1", { state: "human", assignee: { id: "me", name: "Yo" } });
  it.each<[string, ConversationRow, ConversationFilter, boolean]>([
    ["mine", mine, { state: "human", assignee: "me" }, true],
    ["unassigned", mine, { state: "open", assignee: "none" }, false],
    ["somebody else's", mine, { state: "open", assignee: "ana" }, false],
    ["paused is open", row("1", { state: "paused" }), { state: "open" }, true],
    ["another channel", mine, { state: "all", channel: "x" }, false],
    ["without the label", mine, { state: "all", label: "x" }, false],
    ["for the team", row("1", { team_id: "x" }), { state: "all", team: "x" }, true],
    ["for no team", mine, { state: "all", team: "x" }, false],
  ])("%s", (_, r, filter, want) => {
    expect(matches(r, filter, "me")).toBe(want);
  });
});

const msg = (seq: number, over: Partial<Message> = {}): Message => ({
  id: `m${seq}`,
  conversation_id: "1",
  seq,
  direction: "out",
  kind: "message",
  from: "agent",
  at: "2026-01-01T00:00:00Z",
  content: { type: "text", text: "" },
  state: "queued",
  ...over,
});

describe("messages", () => {
  it("orders by seq and drops repeats", () => {
    const t = applyMessages({ items: [msg(1), msg(3)], more: false }, [msg(2), msg(3), msg(4)]);
    expect(t.items.map((m) => m.seq)).toEqual([1, 2, 3, 4]);
  });
  it("never lets a repeated event lower a state", () => {
    const t = applyMessages({ items: [msg(1, { state: "read" })], more: false }, [msg(1, { state: "sent" })]);
    expect(t.items[0]?.state).toBe("read");
  });
  it("lets a failed message be sent again", () => {
    expect(later("failed", "queued")).toBe("queued");
    expect(later("unsure", "sending")).toBe("sending");
    expect(later("delivered", "sending")).toBe("delivered");
  });
});

describe("joinLatest", () => {
  const latest = { items: [msg(5), msg(6)], more: true };
  it("keeps older messages that connect", () => {
    const t = joinLatest({ items: [msg(3), msg(4)], more: false }, latest);
    expect(t.items.map((m) => m.seq)).toEqual([3, 4, 5, 6]);
    expect(t.more).toBe(false);
  });
  it("drops them when a hole opened", () => {
    expect(joinLatest({ items: [msg(1), msg(2)], more: false }, latest)).toBe(latest);
  });
  it("takes the first page as it is", () => {
    expect(joinLatest(undefined, latest)).toBe(latest);
  });
});
