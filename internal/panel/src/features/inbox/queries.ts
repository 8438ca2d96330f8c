import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { client, ok } from "@/lib/api/client";
import { type ConversationFilter, joinLatest, type Thread } from "@/lib/realtime/events";
import { keys } from "@/lib/realtime/live";

const PAGE = 50;

export const listQuery = (filter: ConversationFilter) =>
  infiniteQueryOptions({
    queryKey: keys.list(filter),
    queryFn: ({ pageParam, signal }) =>
      ok(
        client.GET("/api/v1/conversations", {
          params: { query: { ...filter, cursor: pageParam, limit: PAGE } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: keys.conversation(id),
    queryFn: ({ signal }) => ok(client.GET("/api/v1/conversations/{id}", { params: { path: { id } }, signal })),
  });

const fetchMessages = (id: string, query: { before?: number; limit: number }, signal?: AbortSignal): Promise<Thread> =>
  ok(client.GET("/api/v1/conversations/{id}/messages", { params: { path: { id }, query }, signal }));

/** The latest messages; older ones that were loaded stay in front of them. */
export const threadQuery = (qc: QueryClient, id: string) =>
  queryOptions({
    queryKey: keys.messages(id),
    queryFn: async ({ signal }) => {
      const latest = await fetchMessages(id, { limit: PAGE }, signal);
      return joinLatest(qc.getQueryData<Thread>(keys.messages(id)), latest);
    },
  });

/** Puts one more page of older messages in front. */
export async function loadOlder(qc: QueryClient, id: string) {
  const before = qc.getQueryData<Thread>(keys.messages(id))?.items[0]?.seq;
  if (before === undefined) return;
  const older = await fetchMessages(id, { before, limit: PAGE });
  qc.setQueryData<Thread>(keys.messages(id), (now) => {
    if (!now) return now;
    const have = new Set(now.items.map((m) => m.id));
    return { items: [...older.items.filter((m) => !have.has(m.id)), ...now.items], more: older.more };
  });
}
