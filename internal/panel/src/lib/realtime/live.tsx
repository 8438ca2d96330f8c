import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState } from "react";
import { countsQuery, meQuery, useMe } from "../api/queries";
import type { Conversation, ConversationRow } from "../api/types";
import {
  applyMessages,
  applyRow,
  applyRowToOpen,
  type ConversationFilter,
  type LiveEvent,
  type RowPages,
  type Thread,
} from "./events";
import { PresenceBoard, usePresenceOf } from "./presence";
import { LiveSocket, type LiveStatus } from "./socket";

// Keys of what the socket keeps fresh.
export const keys = {
  lists: ["conversations"] as const,
  list: (filter: ConversationFilter) => ["conversations", filter] as const,
  conversation: (id: string) => ["conversation", id] as const,
  messages: (id: string) => ["messages", id] as const,
};

/** Everything the socket keeps fresh, to be fetched again when events were missed. */
const fresh = [keys.lists, ["conversation"], ["messages"], countsQuery.queryKey, ["overview"]];

const late = new WeakSet<object>();

/**
 * Fetches once more, when it is there, what is on its way now: the answer may have been written
 * before what we were just told, and would hide it.
 */
function afterwards(qc: QueryClient, queryKey: readonly unknown[]) {
  for (const query of qc.getQueryCache().findAll({ queryKey, fetchStatus: "fetching" })) {
    if (late.has(query)) continue;
    late.add(query);
    const again = () => {
      late.delete(query);
      void qc.invalidateQueries({ queryKey: query.queryKey, exact: true });
    };
    query.fetch().then(again, () => late.delete(query)); // the fetch under way, not another
  }
}

/** Shows a conversation's new state in every list and where it is open. */
export function putRow(qc: QueryClient, row: ConversationRow, me: string) {
  for (const [key, data] of qc.getQueriesData<RowPages>({ queryKey: keys.lists }))
    if (data) qc.setQueryData(key, applyRow(data, row, key[1] as ConversationFilter, me));
  qc.setQueryData<Conversation>(keys.conversation(row.id), (open) => open && applyRowToOpen(open, row));
}

/** Takes over the server's answer to an action on a conversation. */
export function putConversation(qc: QueryClient, c: Conversation, me: string) {
  putRow(qc, c, me);
  qc.setQueryData(keys.conversation(c.id), c);
  void qc.invalidateQueries({ queryKey: countsQuery.queryKey });
}

/** Whether what may be written in a conversation depends on when the contact last wrote. */
const timed = (c: Conversation | undefined) => c && (!c.window.open || c.window.until !== undefined);

export function applyEvent(qc: QueryClient, e: LiveEvent, me: string) {
  switch (e.t) {
    case "conversation": {
      afterwards(qc, keys.lists);
      const open = qc.getQueryData<Conversation>(keys.conversation(e.c.id));
      putRow(qc, e.c, me);
      // What may be done (claim, reply…) depends on who asks, so a row cannot say it.
      if (open && (open.state !== e.c.state || open.assignee?.id !== e.c.assignee?.id))
        void qc.invalidateQueries({ queryKey: keys.conversation(e.c.id) });
      return;
    }
    case "message":
      afterwards(qc, keys.messages(e.m.conversation_id));
      qc.setQueryData<Thread>(keys.messages(e.m.conversation_id), (t) => t && applyMessages(t, [e.m]));
      // What the contact writes opens the channel's window anew; a pass ties two conversations.
      if (
        (e.m.kind === "event" && e.m.content.text === "passed") ||
        (e.m.direction === "in" && timed(qc.getQueryData<Conversation>(keys.conversation(e.m.conversation_id))))
      )
        void qc.invalidateQueries({ queryKey: keys.conversation(e.m.conversation_id) });
      return;
  }
}

/** Calls fn at most once per gap, and once more after the last call. */
function throttle(fn: () => void, gap: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const run = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      fn();
    }, gap);
  };
  run.cancel = () => clearTimeout(timer);
  return run;
}

type Live = { socket?: LiveSocket; board: PresenceBoard; status: LiveStatus };
const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ children }: { children: ReactNode }) {
  const qc = useQueryClient();
  const { id: me, name } = useMe().user;
  const [board] = useState(() => new PresenceBoard());
  const [socket, setSocket] = useState<LiveSocket>();
  const [status, setStatus] = useState<LiveStatus>("connecting");

  useEffect(() => {
    const counts = throttle(() => void qc.invalidateQueries({ queryKey: countsQuery.queryKey }), 1000);
    const overview = throttle(() => void qc.invalidateQueries({ queryKey: ["overview"] }), 5000);
    const open = new LiveSocket(`${location.origin.replace(/^http/, "ws")}/api/v1/live`, {
      event(e) {
        if (e.t === "typing" || e.t === "presence") return board.apply(e, { id: me, name });
        applyEvent(qc, e, me);
        overview();
        if (e.t === "conversation") counts();
      },
      resumed() {
        for (const queryKey of [["messages"], ["conversation"]]) void qc.invalidateQueries({ queryKey });
      },
      reset() {
        for (const queryKey of fresh) {
          afterwards(qc, queryKey); // a first fetch under way heeds no invalidation
          void qc.invalidateQueries({ queryKey });
        }
      },
      refused: () => void qc.invalidateQueries({ queryKey: meQuery.queryKey }),
      status(s) {
        setStatus(s);
        if (s === "offline") board.clear();
      },
    });
    setSocket(open);
    return () => {
      counts.cancel();
      overview.cancel();
      open.close();
    };
  }, [qc, me, name, board]);

  return <LiveContext value={{ socket, board, status }}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("useLive needs a LiveProvider");
  return live;
}

export const usePresence = (conversation: string) => usePresenceOf(useLive().board, conversation);
