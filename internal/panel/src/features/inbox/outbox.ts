import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { client, ok } from "@/lib/api/client";
import { Problem } from "@/lib/api/problem";
import { onceSignedInAgain } from "@/lib/api/session";
import type { Content, Message } from "@/lib/api/types";
import { applyMessages, type Thread } from "@/lib/realtime/events";
import { keys } from "@/lib/realtime/live";
import { session } from "@/lib/storage";

/** A message on its way to the server. Its id is also the Idempotency-Key, so repeating it is safe. */
export type Pending = {
  id: string;
  conversation: string;
  at: string;
  note: boolean;
  content: Content;
  mentions?: string[];
  /** Why the last attempt failed; without it the message is being sent. */
  error?: string;
  /** Sending it again would be refused again: the channel does not allow it any more. */
  refused?: boolean;
};

const KEY = "outbox";
let items: Pending[] = session.get<Pending[]>(KEY) ?? [];
const busy = new Set<string>(); // conversations with a request under way: one at a time keeps the order
const listeners = new Set<() => void>();

function change(to: Pending[]) {
  items = to;
  session.set(KEY, to.length > 0 ? to : undefined);
  for (const listener of listeners) listener();
}
const patch = (id: string, part: Partial<Pending>) =>
  change(items.map((item) => (item.id === id ? { ...item, ...part } : item)));

export function useOutbox(): Pending[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => items,
  );
}

export function enqueue(qc: QueryClient, draft: Omit<Pending, "id" | "at" | "error">) {
  change([...items, { ...draft, id: crypto.randomUUID(), at: new Date().toISOString() }]);
  void drain(qc, draft.conversation);
}

export function retry(qc: QueryClient, id: string) {
  const item = items.find((i) => i.id === id);
  if (!item) return;
  patch(id, { error: undefined });
  void drain(qc, item.conversation);
}

export const discard = (id: string) => change(items.filter((i) => i.id !== id));

/** Takes up what a reload or a lost network left behind. */
export function resume(qc: QueryClient) {
  for (const conversation of new Set(items.map((i) => i.conversation))) void drain(qc, conversation);
}

async function drain(qc: QueryClient, conversation: string) {
  if (busy.has(conversation)) return;
  busy.add(conversation);
  try {
    for (;;) {
      const next = items.find((i) => i.conversation === conversation && !i.error);
      if (!next || !(await send(qc, next))) return;
    }
  } finally {
    busy.delete(conversation);
  }
}

/** Whether to go on with the next one. */
async function send(qc: QueryClient, item: Pending): Promise<boolean> {
  try {
    const message = await post(item);
    qc.setQueryData<Thread>(keys.messages(item.conversation), (t) => t && applyMessages(t, [message]));
    discard(item.id);
    return true;
  } catch (error) {
    const problem = Problem.from(error);
    if (problem.status === 401) {
      onceSignedInAgain(() => void drain(qc, item.conversation));
      return false;
    }
    patch(item.id, { error: problem.message, refused: problem.code.startsWith("window.") });
    if (problem.status === 409) void qc.invalidateQueries({ queryKey: keys.conversation(item.conversation) });
    return true;
  }
}

function post({ id, conversation, note, content, mentions }: Pending): Promise<Message> {
  const params = { path: { id: conversation }, header: { "Idempotency-Key": id } };
  return note
    ? ok(client.POST("/api/v1/conversations/{id}/notes", { params, body: { text: content.text ?? "", mentions } }))
    : ok(client.POST("/api/v1/conversations/{id}/messages", { params, body: { content } }));
}
