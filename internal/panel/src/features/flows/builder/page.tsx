import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { client, ok } from "@/lib/api/client";
import { useAllowed } from "@/lib/api/queries";
import { useMedia } from "@/lib/media";
import { Failure, NoPermission, SkeletonRows } from "@/ui/states";
import { flowQuery, typesQuery } from "../api";
import { Editor } from "./editor";

const route = getRouteApi("/shell/bots/$bot/flows/$flow");

export default function BuilderPage() {
  return useAllowed("bots") ? <Loaded /> : <NoPermission className="h-full" />;
}

function Loaded() {
  const { bot: botId, flow: id } = route.useParams();
  const { node, panel } = route.useSearch();
  const bot = useQuery({
    queryKey: ["bots", botId],
    queryFn: () => ok(client.GET("/api/v1/bots/{id}", { params: { path: { id: botId } } })),
  });
  const flow = useQuery(flowQuery(id));
  const types = useQuery(typesQuery);
  const small = useMedia("(width < 48rem)");
  const failed = [flow, types, bot].find((q) => q.isError && !q.data);
  if (failed) return <Failure className="h-full" error={failed.error} onRetry={() => failed.refetch()} />;
  if (!flow.data || !types.data || !bot.data) return <SkeletonRows rows={8} height={56} />;
  return (
    <Editor key={id} flow={flow.data} types={types.data} bot={bot.data} small={small} first={node} panel={panel} />
  );
}
