import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { client, ok } from "@/lib/api/client";
import { channelsQuery } from "@/lib/api/queries";
import type { Channel } from "@/lib/api/types";

export const channelQuery = (id: string) =>
  queryOptions({
    queryKey: ["channels", id],
    queryFn: () => ok(client.GET("/api/v1/channels/{id}", { params: { path: { id } } })),
  });

/** Shows the server's answer to a change of a channel, here and in the list. */
export function putChannel(qc: QueryClient, now: Channel) {
  qc.setQueryData(channelQuery(now.id).queryKey, now);
  void qc.invalidateQueries({ queryKey: channelsQuery.queryKey, exact: true });
}

/** How the phones and sockets behind channels stand. Asked for often: it changes without an event. */
export const sessionsQuery = queryOptions({
  queryKey: ["sessions"],
  queryFn: async () => (await ok(client.GET("/api/v1/sessions"))).items,
  refetchInterval: 5_000,
});

export const logQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["channel-log", id],
    queryFn: ({ pageParam, signal }) =>
      ok(
        client.GET("/api/v1/channels/{id}/log", {
          params: { path: { id }, query: { cursor: pageParam, limit: 50 } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
  });
