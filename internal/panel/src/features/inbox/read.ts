import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { client, ok } from "@/lib/api/client";
import { useAllowed, useMe } from "@/lib/api/queries";
import type { Conversation } from "@/lib/api/types";
import { putRow } from "@/lib/realtime/live";

/** Tells the server how far the person has read, once the thread is really in front of them. */
export function useMarkRead(c: Conversation, seq: number | undefined) {
  const qc = useQueryClient();
  const me = useMe().user.id;
  const may = useAllowed("inbox", "write"); // who only looks on leaves no trace
  useEffect(() => {
    if (!may || seq === undefined || (c.unread === 0 && seq <= c.read_seq)) return;
    const mark = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", mark);
      ok(client.POST("/api/v1/conversations/{id}/read", { params: { path: { id: c.id } }, body: { seq } })).then(
        () => putRow(qc, { ...c, unread: 0 }, me),
        () => undefined, // the next message tries again
      );
    };
    const timer = setTimeout(mark, 300);
    document.addEventListener("visibilitychange", mark);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", mark);
    };
  }, [c, seq, qc, me, may]);
}
