import { queryOptions } from "@tanstack/react-query";
import { client, ok } from "@/lib/api/client";

export const channelQuery = (id: string) =>
  queryOptions({
    queryKey: ["channels", id],
    queryFn: () => ok(client.GET("/api/v1/channels/{id}", { params: { path: { id } } })),
  });
