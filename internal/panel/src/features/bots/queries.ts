import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { client, ok } from "@/lib/api/client";

const PAGE = 50;

export const botQuery = (id: string) =>
  queryOptions({
    queryKey: ["bots", id],
    queryFn: () => ok(client.GET("/api/v1/bots/{id}", { params: { path: { id } } })),
  });

/** In the order in which they are tried. */
export const rulesQuery = (id: string) =>
  queryOptions({
    queryKey: ["bots", id, "rules"],
    queryFn: async () => {
      const { items } = await ok(client.GET("/api/v1/bots/{id}/rules", { params: { path: { id } } }));
      return items;
    },
  });

export const faqsQuery = (id: string, q: string) =>
  infiniteQueryOptions({
    queryKey: ["bots", id, "faqs", q],
    queryFn: ({ pageParam, signal }) =>
      ok(
        client.GET("/api/v1/bots/{id}/faqs", {
          params: { path: { id }, query: { q: q || undefined, cursor: pageParam, limit: PAGE } },
          signal,
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  });
