import type { Conversation, ConversationRow, Message, MessageState } from "../api/types";

// The frames of GET /api/v1/live. Events that carry a cursor may come twice after a reconnect,
// so everything here is idempotent: rows by version, messages by id, their states by rank.

export type LiveEvent =
  | { t: "conversation"; cursor: string; c: ConversationRow }
  | { t: "message"; cursor: string; m: Message }
  | { t: "typing"; conversation_id: string; who: "contact" | "agent"; name?: string; on: boolean }
  | {
      t: "presence";
      conversation_id: string;
      user: { id: string; name: string };
      viewing: boolean;
      typing: boolean;
    };

/** The lists people look at; "open" is everything that is not closed. */
export const LIST_STATES = ["open", "waiting", "human", "bot", "closed"] as const;

/** What a list of conversations was asked with. */
export type ConversationFilter = {
  state: (typeof LIST_STATES)[number] | "all";
  assignee?: string; // "me", "none" or a user
  channel?: string;
  label?: string;
  team?: string;
  q?: string;
};

/** One page of a list, as the server sent it. */
export type RowPage = { items: ConversationRow[]; next?: string };
export type RowPages<P extends RowPage = RowPage> = { pages: P[]; pageParams: unknown[] };

/** A conversation's messages, oldest first, without holes; more: there are older ones. */
export type Thread = { items: Message[]; more: boolean };

/** Whether a row belongs in a list. Undefined: only the server can tell (text search). */
export function matches(row: ConversationRow, filter: ConversationFilter, me: string): boolean | undefined {
  const byState = {
    all: true,
    open: row.state !== "closed",
    closed: row.state === "closed",
    bot: row.state === "bot",
    waiting: row.state === "waiting",
    human: row.state === "human",
  }[filter.state];
  const who = row.assignee?.id;
  const wanted = filter.assignee === "me" ? me : filter.assignee;
  const byAssignee = !wanted || (wanted === "none" ? !who : who === wanted);
  const byChannel = !filter.channel || row.channel.id === filter.channel;
  const byLabel = !filter.label || row.labels.some((l) => l.id === filter.label);
  const byTeam = !filter.team || row.team_id === filter.team;
  if (!(byState && byAssignee && byChannel && byLabel && byTeam)) return false;
  return filter.q ? undefined : true;
}

type Dated = Pick<ConversationRow, "version" | "seq" | "updated_at">;

/** Whether a tells more than b: later state or assignee (version), message (seq), or anything else. */
const newer = (a: Dated, b: Dated) =>
  a.version !== b.version ? a.version > b.version : a.seq !== b.seq ? a.seq > b.seq : a.updated_at > b.updated_at;

/** Puts a changed row where it now belongs in a list, newest first; or takes it out. */
export function applyRow<P extends RowPage>(
  data: RowPages<P>,
  row: ConversationRow,
  filter: ConversationFilter,
  me: string,
): RowPages<P> {
  const old = data.pages.flatMap((p) => p.items).find((r) => r.id === row.id);
  if (old && newer(old, row)) return data;
  const fits = matches(row, filter, me) ?? old !== undefined;
  if (!old && !fits) return data;

  let placed = !fits;
  const pages = data.pages.map((page, i) => {
    const items = page.items.filter((r) => r.id !== row.id);
    if (placed) return items.length === page.items.length ? page : { ...page, items };
    const at = items.findIndex((r) => r.last.at <= row.last.at);
    const last = i === data.pages.length - 1 && !page.next;
    if (at < 0 && !last) return items.length === page.items.length ? page : { ...page, items };
    items.splice(at < 0 ? items.length : at, 0, row);
    placed = true;
    return { ...page, items };
  });
  return { ...data, pages };
}

/** The opened conversation, with what a row says about it. */
export function applyRowToOpen(open: Conversation, row: ConversationRow): Conversation {
  if (newer(open, row)) return open;
  return { ...open, ...row, contact: { ...open.contact, ...row.contact } };
}

/** Adds or replaces messages, keeping the order by seq. */
export function applyMessages(thread: Thread, messages: readonly Message[]): Thread {
  const byID = new Map(thread.items.map((m) => [m.id, m]));
  for (const m of messages) {
    const old = byID.get(m.id);
    byID.set(m.id, old ? { ...m, state: later(old.state, m.state) } : m);
  }
  return { ...thread, items: [...byID.values()].sort((a, b) => a.seq - b.seq) };
}

const rank: Record<MessageState, number> = {
  received: 0,
  queued: 0,
  sending: 1,
  unsure: 2,
  sent: 3,
  delivered: 4,
  read: 5,
  failed: 6,
  cancelled: 6,
  expired: 6,
};

/** States only rise, except that a failed or unsure message may be sent again. */
export function later(from: MessageState, to: MessageState): MessageState {
  const again = (from === "failed" || from === "unsure") && (to === "queued" || to === "sending");
  return again || rank[to] >= rank[from] ? to : from;
}

/** Joins a fresh latest page to what is loaded: keeps older messages only if no hole opens between. */
export function joinLatest(loaded: Thread | undefined, latest: Thread): Thread {
  const first = latest.items[0];
  const newest = loaded?.items.at(-1);
  if (!loaded || !first || !newest || newest.seq < first.seq - 1) return latest;
  const more = (loaded.items[0]?.seq ?? 0) < first.seq ? loaded.more : latest.more;
  return { ...applyMessages(loaded, latest.items), more };
}
