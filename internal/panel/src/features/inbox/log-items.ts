import type { Message, MessageState } from "@/lib/api/types";
import type { Pending } from "./outbox";

/** One line of the thread as it is shown. */
export type LogItem =
  | { kind: "day"; key: string; at: string }
  | { kind: "new"; key: string }
  | { kind: "message"; key: string; message: Message; first: boolean; reactions: string[] }
  | { kind: "pending"; key: string; pending: Pending; first: boolean };

const GROUP = 5 * 60_000; // messages of one author closer than this are one block

const author = (m: Message) => `${m.kind} ${m.from} ${m.author?.id ?? ""}`;

/**
 * Lays out a thread: day lines, the line where new messages begin, reactions on what they react
 * to, and at the end what is still being sent. newAfter: seq up to which everything was read.
 */
export function logItems(
  messages: readonly Message[],
  outbox: readonly Pending[],
  dayKey: (at: string) => string,
  newAfter: number | undefined,
): LogItem[] {
  const ids = new Set(messages.map((m) => m.id));
  const reactions = reactionsByMessage(messages);
  const items: LogItem[] = [];
  let before: Message | undefined;
  let marked = newAfter === undefined;
  for (const m of messages) {
    if (m.content.type === "reaction" && ids.has(m.content.reaction?.message ?? "")) continue;
    if (!before || dayKey(before.at) !== dayKey(m.at)) items.push({ kind: "day", key: `day-${m.id}`, at: m.at });
    if (!marked && m.seq > (newAfter ?? 0) && m.direction === "in" && m.kind === "message") {
      items.push({ kind: "new", key: "new" });
      marked = true;
    }
    const joined = items.at(-1)?.kind === "message" && before && author(before) === author(m);
    const first = !joined || +new Date(m.at) - +new Date(before?.at ?? 0) > GROUP;
    items.push({ kind: "message", key: m.client_id ?? m.id, message: m, first, reactions: reactions.get(m.id) ?? [] });
    before = m;
  }
  const arrived = new Set(messages.map((m) => m.client_id));
  const waiting = outbox.filter((p) => !arrived.has(p.id));
  for (const [i, pending] of waiting.entries()) {
    const at = items.at(-1);
    const first =
      i === 0 ? !(at?.kind === "message" && at.message.from === "agent") : waiting[i - 1]?.note !== pending.note;
    items.push({ kind: "pending", key: pending.id, pending, first });
  }
  return items;
}

/** The last emoji each side put on a message; an empty one takes it away. */
function reactionsByMessage(messages: readonly Message[]): Map<string, string[]> {
  const bySide = new Map<string, Map<string, string>>();
  for (const m of messages) {
    if (m.content.type !== "reaction" || !m.content.reaction) continue;
    const on = bySide.get(m.content.reaction.message) ?? new Map<string, string>();
    on.set(`${m.from} ${m.author?.id ?? ""}`, m.content.reaction.emoji);
    bySide.set(m.content.reaction.message, on);
  }
  return new Map([...bySide].map(([id, sides]) => [id, [...sides.values()].filter(Boolean)]));
}

/** States that want somebody's attention. */
export const needsHelp = (state: MessageState) => state === "failed" || state === "unsure" || state === "expired";
